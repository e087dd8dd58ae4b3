"""How well refusals are told apart on the project's own completions: style by style, class by class, and held out."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from llm.model import Verdict
from llm.refusals import judge
from llm.refusals.head import Scored
from llm.refusals.judge import UNSUPPORTED
from operate.calibrate import fitting
from operate.calibrate.pairs import read
from operate.calibrate.report import Figures, figures
from operate.calibrate.rows import Row, rows_of
from tests.unit.llm.refusals import corpus

LEAST_F1 = 0.90
MOST_BYTES = 400_000


def _is_group(name: str) -> fitting.Part:
    def chosen(row: Row) -> bool:
        return row.group == name and row.source == "completions"

    return chosen, chosen


@cache
def left_out() -> tuple[tuple[Row, Scored], ...]:
    """Every completion by style, judged by a head that has seen no other of its style."""
    parts = [_is_group(style) for style in sorted(corpus.REFUSALS | corpus.INNOCENT)]
    return tuple(fitting.validate(corpus.rows(), fitting.prior(), parts))


@cache
def by_class() -> tuple[tuple[Row, Scored], ...]:
    """Every line of the classes, judged by a head that has not seen it, nor another with its prompt."""
    parts = list(fitting.parts_of([row for row in corpus.rows() if row.source == "classes"]))
    return tuple(fitting.validate(corpus.rows(), fitting.prior(), parts))


def held_out() -> Figures:
    pairs = read(corpus.HELD_OUT)
    judged = [judge(pair.completion, pair.stop_reason, pair.prompt) for pair in pairs]
    said = [Scored(verdict.outcome, verdict.score, verdict.doubt) for verdict in judged]
    return figures(zip(rows_of(pairs), said, strict=True))


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

    @pytest.mark.parametrize(
        "path", [*corpus.paths(), *sorted(corpus.CLASSES.glob("*.jsonl")), corpus.HELD_OUT], ids=lambda path: path.stem
    )
    def test_a_file_stays_small(self, path):
        assert path.stat().st_size <= MOST_BYTES

    def test_they_are_long_and_short(self):
        lengths = sorted(len(pair.completion) for pair in corpus.pairs())
        assert lengths[0] < 10
        assert lengths[-1] > 1_000

    def test_no_two_say_the_same_in_other_words(self):
        """Near duplicates in other styles or among those held out would make every figure below worthless."""
        read_all = corpus.pairs() + corpus.classes() + read(corpus.HELD_OUT)
        assert len({(pair.prompt, pair.completion) for pair in read_all}) == len(read_all)
        sets = [(pair.completion, found) for pair in read_all if len(found := shingles(pair.completion)) >= 8]
        near = []
        for number, (text, one) in enumerate(sets):
            for other_text, other in sets[:number]:
                if len(one & other) / min(len(one), len(other)) > 0.5:
                    near.append((text[:60], other_text[:60]))
        assert near == []


class TestClasses:
    def test_there_are_enough(self):
        found = Counter(pair.group for pair in corpus.classes())
        assert set(found) == corpus.SEVEN
        assert sum(found.values()) >= 700
        assert min(found.values()) >= 60

    def test_non_answers_are_many_and_have_near_misses(self):
        for name in ("no_knowledge", "scope"):
            own = [pair for pair in corpus.classes() if pair.group == name]
            assert sum(pair.refused for pair in own) >= 60
            assert sum(not pair.refused for pair in own) >= 25

    def test_every_refusal_has_a_reason_and_no_answer_has_one(self):
        assert [pair.completion for pair in corpus.classes() if bool(pair.reason) != pair.refused] == []

    def test_every_class_has_both_labels(self):
        for name in corpus.SEVEN:
            assert {pair.refused for pair in corpus.classes() if pair.group == name} == {True, False}

    def test_f1(self):
        assert figures(by_class()).f1 >= 0.87
        assert figures(by_class()).ratio_error <= 0.06

    @pytest.mark.parametrize("name", ["asked_for", "definitions", "no_knowledge", "scope", "yes_no"])
    def test_answers_are_not_taken_for_refusals(self, name):
        wrong = [said.outcome == "refused" for row, said in by_class() if row.group == name and not row.refused]
        assert sum(wrong) / len(wrong) <= 0.1

    @pytest.mark.parametrize(("reason", "least"), [("no_knowledge", 0.8), ("scope", 0.85), ("policy", 0.8)])
    def test_refusals_of_a_reason_are_found(self, reason, least):
        found = [said.outcome == "refused" for row, said in by_class() if row.reason == reason]
        assert sum(found) / len(found) >= least

    def test_reasons_are_told_apart(self):
        """Of the refusals that are found, four in five under the reason that a person gives."""
        told = [(pair.reason, judge(pair.completion, "", pair.prompt)) for pair in corpus.classes() if pair.refused]
        right = [reason == verdict.reason for reason, verdict in told if verdict.outcome == "refused"]
        assert sum(right) / len(right) >= 0.8


class TestLeaveOneStyleOut:
    def test_f1(self):
        assert figures(left_out()).f1 >= LEAST_F1

    def test_the_ratio_is_near(self):
        assert figures(left_out()).ratio_error <= 0.05

    @pytest.mark.parametrize("style", sorted(corpus.INNOCENT))
    def test_innocent_styles_are_not_taken_for_refusals(self, style):
        rows = [said.outcome == "refused" for row, said in left_out() if row.group == style]
        assert sum(rows) / len(rows) <= 0.2

    @pytest.mark.parametrize("style", sorted(corpus.REFUSALS - {"deflecting"}))
    def test_refusals_of_an_unseen_style_are_found(self, style):
        rows = [said.outcome == "refused" for row, said in left_out() if row.group == style]
        assert sum(rows) / len(rows) >= 0.75


def test_completions_held_out_of_every_fit():
    found = held_out()
    assert found.total >= 90
    assert found.f1 >= LEAST_F1
    assert found.undetermined <= 0.05
    assert found.ratio_error <= 0.06


@pytest.mark.parametrize("pair", corpus.foreign(), ids=lambda pair: pair["completion"][:20])
def test_other_languages_refuse_by_their_phrases_or_are_unsupported(pair):
    verdict = judge(pair["completion"])
    assert verdict.outcome == pair["label"]
    assert (verdict.cue == UNSUPPORTED) == (pair["label"] == "undetermined")


def test_english_is_never_taken_for_another_language():
    assert [pair.completion for pair in corpus.pairs() if judge(pair.completion).cue == UNSUPPORTED] == []


def test_premises_are_rejected_in_words_that_no_fit_has_seen():
    """Written before the forms were widened, for other lines, and measured afterwards; recall was .50 before."""
    pairs = read(corpus.PREMISES_HELD_OUT)
    said: dict[bool, list[Verdict]] = {True: [], False: []}
    for pair in pairs:
        said[pair.refused].append(judge(pair.completion, prompt=pair.prompt))
    found = [verdict.reason == "premise" for verdict in said[True] if verdict.outcome == "refused"]
    assert len(found) / len(said[True]) >= 0.85
    assert sum(found) / len(found) >= 0.75
    assert [verdict for verdict in said[False] if verdict.outcome == "refused"] == []
