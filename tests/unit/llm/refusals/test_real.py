"""Real completions of models, kept as features without texts: what the detector is worth on models it has not seen."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache

import pytest

from llm.refusals.head import Scored, dump, load, shipped
from operate.calibrate import fitting, rows
from operate.calibrate.pairs import DATA
from operate.calibrate.report import figures
from operate.calibrate.rows import Row
from tests.unit.llm.refusals import corpus

LEAST_F1 = 0.955
MOST_RATIO_ERROR = 0.03


@cache
def held_out(source: str) -> tuple[tuple[Row, Scored], ...]:
    """Every row of a source, judged by a head that has seen neither its model's family nor its prompt."""
    known = corpus.rows()
    own = [row for row in known if row.source == source]
    parts = list(fitting.parts_of(own)) if source != "refusal_direction" else [_of(row.model) for row in _one_each(own)]
    return tuple(fitting.validate(known, fitting.prior(), parts))


def _one_each(rows: list[Row]) -> list[Row]:
    return list({row.model: row for row in rows}.values())


def _of(model: str) -> fitting.Part:
    """The many lines of a small chat model: the model alone is unseen, which is a fifth of the time."""

    def chosen(row: Row) -> bool:
        return row.source == "refusal_direction" and row.model == model

    return chosen, chosen


def by_model(source: str) -> dict[str, float]:
    models = {row.model for row, _ in held_out(source)}
    return {
        model: figures((row, said) for row, said in held_out(source) if row.model == model).ratio_error
        for model in models
    }


def test_rows_are_of_the_features_of_today():
    """Else: ``python -m operate calibrate --data FOLDER --keep operate/calibrate/real.jsonl.gz --write
    functions/llm/refusals/weights.json``, with the labelled completions in FOLDER."""
    assert rows.kept()[0] == rows.digest()


def test_there_is_no_text_in_them():
    lines = gzip.decompress(rows.KEPT.read_bytes()).decode().splitlines()
    assert all(" " not in name for name in json.loads(lines[0])["names"])
    for line in lines[1:]:
        group, model, kind, refused, reason, fold, settled, *parts = json.loads(line)
        assert group in DATA
        assert max(len(model), len(kind)) < 40
        assert refused in (0, 1)
        assert fold in range(rows.FOLDS)
        assert reason in ("", "policy", "no_knowledge", "premise", "scope")
        assert settled in ("", "answered", "refused", "undetermined")
        assert all(
            place.isdecimal() and isinstance(value, (int, float)) for part in parts for place, value in part.items()
        )


def test_every_source_is_there():
    found = Counter(row.source for row in rows.kept()[1])
    assert found["xstest_part"] >= 600
    assert found["refusal_direction"] == 1_500
    assert found["coconot_answers"] >= 900


def test_models_and_prompts_that_no_head_has_seen():
    found = figures(held_out("xstest_part"))
    assert found.total >= 600
    assert found.f1 >= LEAST_F1


def test_no_model_has_a_ratio_that_is_far_off():
    assert max(by_model("xstest_part").values()) <= MOST_RATIO_ERROR


def test_small_chat_models():
    assert figures(held_out("refusal_direction")).f1 >= 0.99
    assert max(by_model("refusal_direction").values()) <= MOST_RATIO_ERROR


def test_answers_with_caveats_are_answers():
    assert figures(held_out("coconot_answers")).ratio_error <= 0.015


def test_doubt_holds_what_is_doubtful():
    """Of what is called doubtful about half is refused; of what is not, few are called wrongly."""
    doubtful = [row.refused for row, said in held_out("xstest_part") if said.doubt]
    assert 0.25 <= sum(doubtful) / len(doubtful) <= 0.75
    assert figures((row, said) for row, said in held_out("xstest_part") if not said.doubt).f1 >= 0.965


def test_scores_mean_what_they_say():
    judged = held_out("xstest_part")
    brier = sum((said.score - row.refused) ** 2 for row, said in judged) / len(judged)
    assert brier <= 0.045


class TestParts:
    def test_a_row_is_never_judged_by_a_head_that_has_seen_its_like(self, monkeypatch):
        seen = []
        real = fitting.fit_head

        def watched(known, start, near=None):
            if near is not None:
                seen.append({(row.source, row.family, row.fold) for row in known})
            return real(known, start, near)

        monkeypatch.setattr(fitting, "fit_head", watched)
        known = [row for row in corpus.rows() if row.source in ("xstest_part", "classes")]
        parts = list(fitting.parts_of([row for row in known if row.source == "xstest_part"]))
        judged = fitting.validate(known, fitting.prior(), parts)
        assert len(judged) == sum(row.source == "xstest_part" for row in known)
        begun = 0
        for (chosen, _), had in zip(parts, seen, strict=True):
            for row, _ in judged[begun : begun + sum(map(chosen, known))]:
                assert not any(source == row.source and family == row.family for source, family, _ in had)
                assert not any(source == row.source and fold == row.fold for source, _, fold in had)
            begun += sum(map(chosen, known))

    def test_every_row_is_judged_once(self):
        known = corpus.rows()
        judged = Counter(id(row) for chosen, _ in fitting.parts_of(known) for row in known if chosen(row))
        assert set(judged.values()) == {1}
        assert len(judged) == len(known)

    def test_variants_of_a_model_are_one_family(self):
        assert {row.family for row in corpus.rows() if row.model.startswith("llama2")} == {"llama2"}


class TestShippedWeights:
    def test_they_are_the_fit_of_these_rows(self):
        fitted, now = fitting.fit_head(corpus.rows(), fitting.prior()), shipped()
        for mine, theirs in ((fitted.refusals, now.refusals), (fitted.gaps, now.gaps)):
            assert mine.bias == pytest.approx(theirs.bias, abs=2e-3)
            assert dict(mine.weights) == pytest.approx(dict(theirs.weights), abs=2e-3)
        assert dict(fitted.extra) == pytest.approx(dict(now.extra), abs=2e-3)
        assert (now.cut, now.doubt) == (fitting.CUT, fitting.DOUBT)

    def test_they_survive_a_file(self, tmp_path):
        path = tmp_path / "head.json"
        path.write_text(dump(shipped()))
        assert load(path) == shipped()
