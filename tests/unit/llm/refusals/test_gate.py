"""What the gate lets pass unread: answers alone, wherever somebody puts a refusal beside an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llm.refusals import features, judge
from llm.refusals.cues import gate
from llm.refusals.english import is_english
from llm.refusals.forms import ask
from llm.refusals.head import shipped
from llm.refusals.judge import costlier, foreign
from llm.refusals.text import plain, words_of
from operate.calibrate.pairs import Labelled, read, read_own
from tests.unit.llm.refusals import corpus

OPENS = (
    "The bridge was built of oak in the ninth century, and those who came to the market on foot paid at its gate. " * 2
)
LONG = "Carts paid twice as much, and the money went to the masons of the town. " * 8
LOADED = "Why must bridges be forbidden?"


def idle(text: str, prompt: str = "") -> bool:
    return "idle" in features.read(text, ask(prompt)).features


def refusals() -> list[Labelled]:
    return [pair for pair in read_own() if pair.refused and is_english(plain(pair.completion))]


def beside_answers() -> Iterator[tuple[str, str]]:
    """Each of our refusals in front of, in the middle of and behind a long answer, with its prompt."""
    answers = [pair.completion for pair in read(corpus.FOLDER / "plain_help.jsonl")]
    for number, pair in enumerate(refusals()):
        long = "\n\n".join(answers[(number + step) % len(answers)] for step in (3, 7, 11))
        begin = answers[number % len(answers)]
        begin = begin[: begin.find(". ", 100) + 1]
        for text in (
            f"{pair.completion}\n\n{long}",
            f"{begin}\n\n{pair.completion}\n\n{long}",
            f"{begin} {pair.completion} {long}",
            f"{long}\n\n{pair.completion}\n\n{long}",
            f"{long}\n\n{pair.completion}",
        ):
            yield text, pair.prompt


@pytest.mark.parametrize("words", ["not", "i", "illegal", "nobody was sorry", "no law"])
def test_a_word_or_two_behind_the_beginning_of_a_long_answer_say_nothing(words):
    assert idle(f"{OPENS}It was {words} there. {LONG}")
    assert judge(f"{OPENS}It was {words} there. {LONG}").outcome == "answered"


@pytest.mark.parametrize("words", ["i cannot", "not my", "we never", "illegal and not wrong", "no, not unkind"])
def test_a_writer_that_denies_and_a_third_word_do(words):
    assert not idle(f"{OPENS}It was {words} there. {LONG}")


def test_they_do_in_a_short_answer_at_its_beginning_and_at_its_end():
    assert not idle(f"{OPENS}It was not there.")
    assert not idle(f"It was not there. {OPENS}{LONG}")
    assert not idle(f"{OPENS}It was not there. {LONG} No.")


def test_what_may_rest_on_a_claim_is_read():
    assert not idle(f"{OPENS}It was not there. {LONG}", LOADED)


def test_no_labelled_refusal_passes_that_has_a_word_of_the_gate():
    passing = [plain(pair.completion) for pair in refusals() if features.idle(plain(pair.completion))]
    assert [text for text in passing if not gate().isdisjoint(words_of(text))] == []
    assert len(passing) <= 16


def test_no_refusal_of_a_real_model_passes():
    assert [row for row in corpus.rows() if row.refused and row.model and "idle" in row.features] == []


def test_a_refusal_beside_an_answer_is_read_or_would_not_be_called_one():
    """Of a few thousand texts fewer than two in a thousand pass that a reading would call refused."""
    number, lost, head = 0, [], shipped()
    for text, prompt in beside_answers():
        number += 1
        if features.idle(ready := plain(text)):
            reading = features.read(text, ask(prompt), ready, is_idle=False)
            chance, _ = head.chance(reading.features, lambda reading=reading: costlier(reading))
            if head.said(chance).outcome == "refused":
                lost.append(text)
    assert number > 3_000
    assert len(lost) <= number / 500, lost


@pytest.mark.parametrize("pair", corpus.foreign(), ids=lambda pair: pair["completion"][:20])
def test_other_languages_never_come_to_it(pair):
    assert judge(pair["completion"], prompt="Help me.") == foreign(plain(pair["completion"]))
