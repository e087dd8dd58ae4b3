"""``python -m operate calibrate``: what it reads, what it prints, what it writes, and what it says of bad input."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

from llm.refusals.head import Scored, load, shipped
from operate import cli
from operate.calibrate import command, pairs, rows
from operate.calibrate.logistic import Prior, fit, sigmoid
from operate.calibrate.pairs import Labelled
from operate.calibrate.report import figures, report
from operate.calibrate.rows import Row, row_of
from operate.errors import OperateError


@pytest.fixture(autouse=True)
def _path_stays(monkeypatch):
    """The command puts functions/ on the path; another test must not find it there because of this one."""
    monkeypatch.setattr(sys, "path", list(sys.path))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def labelled(refused: bool, outcome: str, model: str = "", kind: str = "", reason: str = "") -> tuple[Row, Scored]:
    row = Row("group", "source", model, kind, refused, reason, 0, "", {}, {})
    return row, Scored(outcome, 0.5, outcome == "undetermined")


class TestFigures:
    def test_an_undetermined_verdict_is_neither_a_refusal_nor_right(self):
        judged = (
            [labelled(True, "refused")] * 6 + [labelled(True, "undetermined")] * 2 + [labelled(False, "answered")] * 10
        )
        found = figures([*judged, labelled(False, "refused"), labelled(False, "undetermined")])
        assert (found.total, found.undetermined, found.doubt) == (20, 0.15, 0.15)
        assert found.precision == pytest.approx(6 / 7)
        assert found.recall == pytest.approx(6 / 8)
        assert found.f1 == pytest.approx(12 / 15)
        assert found.ratio_error == pytest.approx(abs(7 / 20 - 8 / 20))

    def test_nothing_refused_at_all(self):
        found = figures([labelled(False, "answered")])
        assert (found.precision, found.recall, found.f1, found.ratio_error) == (0, 0, 0, 0)

    def test_nothing_at_all(self):
        with pytest.raises(ValueError, match="nothing to compare"):
            figures([])

    def test_models_classes_and_reasons_are_told_apart(self):
        judged = [labelled(True, "refused", "one", "kind a", "policy")] * 20 + [
            labelled(True, "answered", "two", "kind b", "scope"),
            labelled(False, "answered", "two", "kind b"),
        ] * 10
        lines = report(judged, "Title")
        assert lines[0] == "Title"
        names = [line.split("  ")[1].strip() if line.startswith("  ") else line for line in lines[2:-1]]
        assert names == [
            *("all", "by model:", "source: one", "source: two", "by class:", "kind a", "kind b"),
            *("by reason:", "policy", "scope"),
        ]
        assert lines[-1].endswith("over 2 models: mean 0.250, largest 0.500")


class TestInput:
    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("{", "line 2 is not JSON"),
            ("[1]", "line 2 is not an object"),
            ('{"completion": "Hm.", "label": "maybe"}', 'line 2: label must be "refused" or "answered"'),
            ('{"completion": "Hm."}', "line 2: label"),
            ('{"completion": " ", "label": "refused"}', "line 2: completion is missing or empty"),
            ('{"completion": 4, "label": "refused"}', "line 2: completion must be a string"),
            ('{"completion": "Hm.", "label": "refused", "model": 4}', "line 2: model must be a string"),
            ('{"completion": "Hm.", "label": "refused", "reason": "mood"}', "line 2: reason must be one of no_know"),
        ],
    )
    def test_an_error_names_the_line(self, tmp_path, line, says):
        path = write(tmp_path / "pairs.jsonl", {"completion": "Yes.", "label": "answered"}, line)
        with pytest.raises(OperateError, match=says):
            pairs.read(path)

    def test_blank_lines_and_other_members_do_no_harm(self, tmp_path):
        row = {"completion": "No.", "label": "refused", "model": "m", "stop_reason": "end_turn", "prompt": "p", "id": 7}
        path = write(tmp_path / "pairs.jsonl", "", row, "")
        assert pairs.read(path) == [Labelled("No.", True, "m", "end_turn", "p", "pairs", "pairs")]

    def test_what_is_answered_in_part_is_left_out(self, tmp_path):
        row = {"completion": "No.", "label": "refused"}
        assert len(pairs.read(write(tmp_path / "pairs.jsonl", row, {**row, "label": "partial"}))) == 1

    def test_no_pairs_no_file_no_text(self, tmp_path):
        with pytest.raises(OperateError, match="holds no pairs"):
            pairs.read(write(tmp_path / "empty.jsonl"))
        with pytest.raises(OperateError, match="cannot be read"):
            pairs.read(tmp_path / "absent.jsonl")
        (tmp_path / "latin.jsonl").write_bytes(b'{"completion": "\xe9"}')
        with pytest.raises(OperateError, match="not UTF-8"):
            pairs.read(tmp_path / "latin.jsonl")

    @pytest.mark.parametrize("name", ["nowhere:make", "json", "json:nothing", ":x"])
    def test_an_encoder_that_is_not_there(self, name):
        with pytest.raises(OperateError, match="MODULE:FACTORY"):
            command.encoder_named(name)

    def test_an_encoder_that_is_none(self):
        with pytest.raises(OperateError, match="needs model"):
            command.encoder_named("builtins:dict")


class TestCommand:
    def pairs(self, folder: Path, each: int = 30) -> Path:
        """A shop whose assistant declines in words of its own, which no cue knows."""
        rows = []
        for number in range(each):
            name = "ABCDEFGHIJ"[number % 10] + str(number)
            rows.append({"completion": f"That one stays in the drawer, {name}.", "label": "refused", "model": "shop"})
            rows.append(
                {"completion": f"Order {name} is on its way and comes on Friday.", "label": "answered", "model": "shop"}
            )
        return write(folder / "pairs.jsonl", *rows)

    def test_it_prints_both_tables_and_writes_a_head(self, tmp_path, capsys):
        target = tmp_path / "head.json"
        assert cli.main(["calibrate", str(self.pairs(tmp_path)), "--write", str(target)]) == 0
        printed = capsys.readouterr().out
        assert "As it is shipped:" in printed
        assert "each pair judged without its like" in printed
        assert "over 1 models" in printed
        assert load(target).refusals.bias != shipped().refusals.bias

    def test_too_few_pairs_are_measured_but_not_fitted(self, tmp_path, capsys):
        target = tmp_path / "head.json"
        assert cli.main(["calibrate", str(self.pairs(tmp_path, 5)), "--write", str(target)]) == 1
        assert "A fit needs 20 refused and 20 answered pairs; here are 5 and 5." in capsys.readouterr().out
        assert not target.exists()

    def test_a_bad_line_ends_it(self, tmp_path, capsys):
        assert cli.main(["calibrate", str(write(tmp_path / "bad.jsonl", "x"))]) == 1
        assert "line 1 is not JSON" in capsys.readouterr().err

    def test_an_encoder_gets_its_weight(self, tmp_path):
        target = tmp_path / "head.json"
        name = f"{__name__}:Initials"
        assert cli.main(["calibrate", str(self.pairs(tmp_path)), "--encoder", name, "--write", str(target)]) == 0
        assert "embedded" in load(target).extra


class Initials:
    """An encoder for tests: which letters begin words."""

    model, dimensions = "initials", 26

    def encode(self, texts):
        return [
            [float(sum(word[0] == chr(97 + place) for word in text.split())) for place in range(26)] for text in texts
        ]


class TestRows:
    PAIR = Labelled(
        "I can't help you with that.", True, "m", "end_turn", "Open the door for me", "g", "s", "k", "policy"
    )

    def test_a_row_has_no_text(self):
        row = row_of(self.PAIR)
        assert self.PAIR.completion not in repr(row)
        assert row.features["inability_first"] == 1.0
        assert (row.group, row.model, row.kind, row.reason, row.refused) == ("g", "m", "k", "policy", True)

    def test_a_row_is_judged_as_its_pair_is(self):
        from llm.refusals import judge

        for pair in pairs.read_own()[::9]:
            verdict, said = judge(pair.completion, "", pair.prompt), rows.outcome(row_of(pair), shipped())
            if verdict.outcome != "undetermined":
                assert (said.outcome, said.doubt) == (verdict.outcome, verdict.doubt)
                # What is idle is an answer before its prompt is asked, as it is in another language.
                assert verdict.cue in ("no_phrase", "idle") or said.score == pytest.approx(verdict.score, abs=1e-3)

    def test_rows_are_kept_and_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(rows, "digest", lambda: "of today")
        path = tmp_path / "rows.jsonl.gz"
        known = [row_of(self.PAIR), row_of(Labelled("Yes.", False, prompt="Is it?"))]
        rows.keep(known, path)
        digest, read = rows.kept(path)
        assert digest == "of today"
        assert [(row.features, row.extra, row.settled, row.refused) for row in read] == [
            (row.features, row.extra, row.settled, row.refused) for row in known
        ]
        before = path.read_bytes()
        rows.keep(known, path)
        assert path.read_bytes() == before

    def test_rows_that_cannot_be_read(self, tmp_path):
        path = tmp_path / "rows.jsonl.gz"
        for content in (b"", b"text", b"\x1f\x8b"):
            path.write_bytes(content)
            with pytest.raises(OperateError, match="--data and --keep"):
                rows.kept(path)

    def test_prompts_share_a_fold(self):
        folds = {row_of(Labelled(text, True, prompt="Why?")).fold for text in ("No.", "I can't.", "Never.")}
        assert len(folds) == 1


class TestData:
    def folder(self, folder: Path) -> Path:
        for name in pairs.DATA:
            lines = [
                {"completion": f"I can't do number {number} for you.", "label": "refused", "prompt": f"Do {number}"}
                if number % 2
                else {"completion": f"Number {number} is on its way.", "label": "answered", "prompt": f"Send {number}"}
                for number in range(60)
            ]
            write(folder / f"{name}.jsonl", *[{**line, "model": name} for line in lines])
        return folder

    def test_real_completions_are_read_kept_and_fitted_with_the_own_ones(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr(pairs, "OWN", self.own(tmp_path / "own"))
        kept, head = tmp_path / "kept.gz", tmp_path / "head.json"
        options = ["--data", str(self.folder(tmp_path)), "--keep", str(kept), "--write", str(head)]
        assert cli.main(["calibrate", *options]) == 0
        printed = capsys.readouterr().out
        assert "180 rows without texts" in printed
        assert "by class:" in printed
        assert load(head).cut == 0.55
        assert len(rows.kept(kept)[1]) == 180

    def test_a_folder_without_them(self, tmp_path, capsys):
        assert cli.main(["calibrate", "--data", str(tmp_path)]) == 1
        assert "xstest_part.jsonl' cannot be read" in capsys.readouterr().err

    def own(self, folder: Path) -> Path:
        for name in ("classes", "completions"):
            (folder / name).mkdir(parents=True)
            write(folder / name / "few.jsonl", {"completion": f"I won't {name}.", "label": "refused"})
        return folder

    def test_sources_without_their_tests(self, tmp_path, monkeypatch):
        monkeypatch.setattr(pairs, "OWN", tmp_path)
        with pytest.raises(OperateError, match="name your own pairs"):
            pairs.read_own()


class TestLogistic:
    NONE = Prior(0.0, {}, {})

    def test_known_odds_are_found(self):
        """Of 400 with the feature 300 are refused, of 400 without it 100: odds of 3 and 1/3."""
        rows = [{"on": 1.0}] * 400 + [{}] * 400
        labels = [1] * 300 + [0] * 100 + [1] * 100 + [0] * 300
        found = fit(rows, labels, 1e-9, self.NONE)
        assert found.bias == pytest.approx(-math.log(3), abs=1e-6)
        assert found.weights["on"] == pytest.approx(2 * math.log(3), abs=1e-6)
        assert found.probability({"on": 1.0}) == pytest.approx(0.75)

    def test_without_evidence_the_prior_stands(self):
        prior = Prior(-0.5, {"rare": 1.5}, {})
        found = fit([], [], 1.0, prior)
        assert (found.bias, dict(found.weights)) == (-0.5, {"rare": 1.5})

    def test_what_is_held_moves_less(self):
        rows, labels = [{"on": 1.0}, {}] * 20, [1, 0] * 20
        free = fit(rows, labels, 1.0, Prior(0.0, {"on": 0.0}, {}))
        held = fit(rows, labels, 1.0, Prior(0.0, {"on": 0.0}, {"on": 10.0}))
        assert 0 < held.weights["on"] < free.weights["on"]

    def test_labels_that_a_feature_tells_apart_wholly_do_not_run_away(self):
        found = fit([{"on": 1.0}, {}] * 50, [1, 0] * 50, 1.0, self.NONE)
        assert 0 < found.weights["on"] < 20

    def test_what_counts_three_times_is_three_rows(self):
        once, thrice = [{"on": 1.0}, {}, {}], [{"on": 1.0}] * 3 + [{}, {}]
        counted = fit(once, [1, 0, 1], 1.0, self.NONE, [3.0, 1.0, 1.0])
        repeated = fit(thrice, [1, 1, 1, 0, 1], 1.0, self.NONE)
        assert counted.weights["on"] == pytest.approx(repeated.weights["on"])

    def test_sigmoid_at_its_ends(self):
        assert (sigmoid(-1e9), sigmoid(0), sigmoid(1e9)) == (0.0, 0.5, 1.0)
