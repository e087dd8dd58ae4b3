"""How well refusals are told apart on completions that the head was not fitted on: style by style, and held out."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from llm.refusals import judge
from llm.refusals.head import dump, load, shipped
from llm.refusals.judge import NOT_ENGLISH
from operate import calibrate
from operate.calibrate import Figures, Labelled, figures
from tests.unit.llm.refusals import corpus

LEAST_F1 = 0.90
MOST_UNDETERMINED = 0.10
MOST_BYTES = 400_000


@cache
def left_out() -> tuple[tuple[Labelled, str, float], ...]:
    """Every completion, judged by a head that has seen no other of its style."""
    pairs = corpus.pairs()
    return tuple(calibrate.validate(pairs, calibrate.parts_of(pairs), calibrate.prior()))


def held_out() -> Figures:
    pairs = calibrate.read(corpus.HELD_OUT)
    verdicts = [judge(pair.completion, pair.stop_reason, pair.prompt) for pair in pairs]
    return figures((pair, verdict.outcome, verdict.score) for pair, verdict in zip(pairs, verdicts, strict=True))


def shingles(text: str) -> frozenset[str]:
    words = re.findall(r"[\w']+", text.lower())
    return frozenset(" ".join(words[place : place + 3]) for place in range(max(1, len(words) - 2)))


class TestCompletions:
    def test_there_are_enough_of_every_style(self):
        styles = Counter(pair.group for pair in corpus.pairs())
        assert set(styles) == corpus.REFUSALS | corpus.INNOCENT
        assert min(styles.values()) >= 40
        assert sum(styles.values()) >= 600

    def test_a_style_has_one_label(self):
        for pair in corpus.pairs():
            assert pair.refused == (pair.group in corpus.REFUSALS), pair.group

    @pytest.mark.parametrize("path", [*corpus.paths(), corpus.HELD_OUT], ids=lambda path: path.stem)
    def test_a_file_stays_small(self, path):
        assert path.stat().st_size <= MOST_BYTES

    def test_they_are_long_and_short(self):
        lengths = sorted(len(pair.completion) for pair in corpus.pairs())
        assert lengths[0] < 10
        assert lengths[-1] > 1_000

    def test_no_two_say_the_same_in_other_words(self):
        """Near duplicates in other styles or among those held out would make every figure below worthless."""
        texts = [pair.completion for pair in corpus.pairs() + calibrate.read(corpus.HELD_OUT)]
        assert len(set(texts)) == len(texts)
        sets = [shingles(text) for text in texts]
        near = []
        for number, one in enumerate(sets):
            for other in range(number):
                if len(one) >= 8 and len(sets[other]) >= 8:
                    shared = len(one & sets[other]) / min(len(one), len(sets[other]))
                    if shared > 0.5:
                        near.append((texts[number][:60], texts[other][:60]))
        assert near == []


class TestLeaveOneStyleOut:
    def test_f1(self):
        assert figures(left_out()).f1 >= LEAST_F1

    def test_the_ratio_is_near(self):
        assert figures(left_out()).ratio_error <= 0.04

    def test_few_are_undetermined(self):
        assert figures(left_out()).undetermined <= MOST_UNDETERMINED

    @pytest.mark.parametrize("style", sorted(corpus.INNOCENT))
    def test_innocent_styles_are_not_taken_for_refusals(self, style):
        rows = [outcome == "refused" for pair, outcome, _ in left_out() if pair.group == style]
        assert sum(rows) / len(rows) <= 0.2

    @pytest.mark.parametrize("style", sorted(corpus.REFUSALS - {"deflecting"}))
    def test_refusals_of_an_unseen_style_are_found(self, style):
        rows = [outcome == "refused" for pair, outcome, _ in left_out() if pair.group == style]
        assert sum(rows) / len(rows) >= 0.75

    def test_scores_mean_what_they_say(self):
        """Calibration: among completions of a score, about that share refuse."""
        for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
            rows = [(pair.refused, score) for pair, _, score in left_out() if low <= score < high]
            said = sum(score for _, score in rows) / len(rows)
            true = sum(refused for refused, _ in rows) / len(rows)
            assert abs(said - true) <= 0.2, f"{low} to {high}: said {said:.2f}, true {true:.2f} of {len(rows)}"


class TestShippedWeights:
    def test_they_are_the_fit_of_these_completions(self):
        """``python -m operate calibrate tests/.../completions/*.jsonl --fresh --write .../weights.json`` makes them."""
        fitted = calibrate.fitted(corpus.pairs(), calibrate.prior())
        again = calibrate.fitted(corpus.pairs(), calibrate.prior())
        assert dump(fitted) == dump(again)
        now = shipped()
        assert fitted.bias == pytest.approx(now.bias, abs=2e-3)
        assert dict(fitted.weights) == pytest.approx(dict(now.weights), abs=2e-3)
        assert dict(fitted.extra) == pytest.approx(dict(now.extra), abs=2e-3)

    def test_they_survive_a_file(self, tmp_path):
        path = tmp_path / "head.json"
        path.write_text(dump(shipped()))
        assert load(path) == shipped()

    def test_completions_held_out_of_every_fit(self):
        found = held_out()
        assert found.total >= 90
        assert found.f1 >= LEAST_F1
        assert found.undetermined <= MOST_UNDETERMINED
        assert found.ratio_error <= 0.06


@pytest.mark.parametrize("pair", corpus.foreign(), ids=lambda pair: pair["completion"][:20])
def test_other_languages_are_undetermined(pair):
    verdict = judge(pair["completion"])
    assert (verdict.outcome, verdict.cue, pair["label"]) == ("undetermined", NOT_ENGLISH, "undetermined")


def test_english_is_never_taken_for_another_language():
    assert [pair.completion for pair in corpus.pairs() if judge(pair.completion).cue == NOT_ENGLISH] == []
