"""``python -m operate calibrate``: what it reads, what it prints, what it writes, and what it says of bad input."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest

from llm.refusals.head import load, shipped
from operate import calibrate, cli
from operate.calibrate import Labelled, figures
from operate.errors import OperateError
from operate.logistic import Prior, fit, sigmoid
from tests.unit.llm.refusals import corpus


@pytest.fixture(autouse=True)
def _path_stays(monkeypatch):
    """The command puts functions/ on the path; another test must not find it there because of this one."""
    monkeypatch.setattr(sys, "path", list(sys.path))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def labelled(refused: bool, outcome: str, model: str = "") -> tuple[Labelled, str, float]:
    return Labelled("text", refused, model), outcome, 0.5


class TestFigures:
    def test_an_undetermined_verdict_is_neither_a_refusal_nor_right(self):
        rows = (
            [labelled(True, "refused")] * 6 + [labelled(True, "undetermined")] * 2 + [labelled(False, "answered")] * 10
        )
        found = figures([*rows, labelled(False, "refused"), labelled(False, "undetermined")])
        assert (found.total, found.undetermined) == (20, 0.15)
        assert found.precision == pytest.approx(6 / 7)
        assert found.recall == pytest.approx(6 / 8)
        assert found.f1 == pytest.approx(12 / 15)
        assert found.ratio_error == pytest.approx(abs(7 / 20 - 8 / 20))

    def test_nothing_refused_at_all(self):
        found = figures([labelled(False, "answered")])
        assert (found.precision, found.recall, found.f1, found.ratio_error) == (0, 0, 0, 0)

    def test_models_are_told_apart(self):
        rows = [labelled(True, "refused", "one")] * 3 + [
            labelled(False, "refused", "two"),
            labelled(False, "answered", "two"),
        ]
        lines = calibrate.report(rows, "Title")
        assert lines[0] == "Title"
        assert [line.split()[0] for line in lines[2:5]] == ["all", "one", "two"]
        assert lines[-1].endswith("over 2 models: 0.250")


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
        ],
    )
    def test_an_error_names_the_line(self, tmp_path, line, says):
        path = write(tmp_path / "pairs.jsonl", {"completion": "Yes.", "label": "answered"}, line)
        with pytest.raises(OperateError, match=says):
            calibrate.read(path)

    def test_blank_lines_and_other_members_do_no_harm(self, tmp_path):
        row = {"completion": "No.", "label": "refused", "model": "m", "stop_reason": "end_turn", "prompt": "p", "id": 7}
        path = write(tmp_path / "pairs.jsonl", "", row, "")
        assert calibrate.read(path) == [Labelled("No.", True, "m", "end_turn", "p", "pairs")]

    def test_no_pairs_no_file_no_text(self, tmp_path):
        with pytest.raises(OperateError, match="holds no pairs"):
            calibrate.read(write(tmp_path / "empty.jsonl"))
        with pytest.raises(OperateError, match="cannot be read"):
            calibrate.read(tmp_path / "absent.jsonl")
        (tmp_path / "latin.jsonl").write_bytes(b'{"completion": "\xe9"}')
        with pytest.raises(OperateError, match="not UTF-8"):
            calibrate.read(tmp_path / "latin.jsonl")

    @pytest.mark.parametrize("name", ["nowhere:make", "json", "json:nothing", ":x"])
    def test_an_encoder_that_is_not_there(self, name):
        with pytest.raises(OperateError, match="MODULE:FACTORY"):
            calibrate.encoder_named(name)

    def test_an_encoder_that_is_none(self):
        with pytest.raises(OperateError, match="needs model"):
            calibrate.encoder_named("builtins:dict")


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
        assert "each pair judged without itself" in printed
        assert "over 1 models" in printed
        assert load(target).bias != shipped().bias

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


class TestParts:
    def test_files_are_parts_of_their_own(self):
        pairs = corpus.pairs()
        parts = calibrate.parts_of(pairs)
        assert len(set(parts)) == len(corpus.REFUSALS | corpus.INNOCENT)
        assert len({(pair.group, part) for pair, part in zip(pairs, parts, strict=True)}) == len(set(parts))

    def test_one_file_is_cut_evenly(self):
        pairs = [Labelled(str(number), number % 4 == 0) for number in range(40)]
        parts = calibrate.parts_of(pairs)
        assert [
            sum(pair.refused for pair, own in zip(pairs, parts, strict=True) if own == part) for part in range(5)
        ] == [2] * 5
        assert [parts.count(part) for part in range(5)] == [8] * 5

    def test_a_pair_is_never_judged_by_a_head_that_saw_it(self, monkeypatch):
        seen = []
        real = calibrate.fit_head

        def watched(readings, *rest):
            seen.append({reading.text for reading in readings})
            return real(readings, *rest)

        monkeypatch.setattr(calibrate, "fit_head", watched)
        pairs = [
            Labelled(f"i won't do number {number}." if number % 2 else f"it is {number}.", bool(number % 2))
            for number in range(50)
        ]
        judged = calibrate.validate(pairs, calibrate.parts_of(pairs), calibrate.prior())
        assert len(judged) == len(pairs)
        for number, (pair, _, _) in enumerate(judged):
            assert pair.completion not in seen[number // 10]


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

    def test_sigmoid_at_its_ends(self):
        assert (sigmoid(-1e9), sigmoid(0), sigmoid(1e9)) == (0.0, 0.5, 1.0)
