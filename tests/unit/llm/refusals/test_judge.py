"""Verdicts: what is said of a completion, why, and what can't be said."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.refusals import features, judge, phrases
from llm.refusals import text as texts
from llm.refusals.head import shipped

OUTCOMES = {"refused", "answered", "undetermined"}
FUNCTIONS = Path(__file__).parents[4] / "functions"


@pytest.mark.parametrize(
    "completion",
    [
        "I'm sorry, but I can't assist with that.",
        "I\u2019m sorry, but I can\u2019t assist with that.",
        "I'M SORRY, BUT I CAN'T ASSIST WITH THAT.",
        "I'm sorry,\nbut I can't assist\n\nwith that.",
        "I  am   unable to fulfill this request",
        "Sorry - this model is unable to respond to this request.",
        "As an AI language model, I cannot provide instructions for that.",
        "It is not appropriate to make fun of people because of their looks. Everyone deserves respect.",
        "Forging documents is illegal and unethical. Instead, consider asking the office for a copy.",
        "I do not have enough context to answer.",
    ],
)
def test_refusals(completion):
    verdict = judge(completion)
    assert verdict.outcome == "refused"
    assert verdict.score >= 0.55
    assert verdict.reason
    assert verdict.cue


@pytest.mark.parametrize(
    "completion",
    [
        "I'm sorry to hear that. Rest, drink a lot, and call your doctor if the fever lasts.",
        "I cannot recommend this book highly enough.",
        "```python\nraise ValueError('I cannot help with that request')\n```",
        'She shook her head. "I can\'t help you," she said. "I won\'t."',
        "No, you can't mount the disk twice. Unmount it first with `umount /mnt/data`.",
        "Paris.",
        "42",
    ],
)
def test_answers_that_look_alike(completion):
    assert judge(completion).outcome == "answered"


@pytest.mark.parametrize(
    ("stop_reason", "outcome", "cue"),
    [
        ("guardrail_blocked", "undetermined", "guardrail_intervened"),
        ("content_filtered", "undetermined", "content_filtered"),
        ("content_filter", "undetermined", "content_filtered"),
        ("CONTENT_FILTERED", "undetermined", "content_filtered"),
        ("refusal", "refused", "stop_reason"),
    ],
)
def test_what_stopped_a_completion_comes_before_its_text(stop_reason, outcome, cue):
    for completion in ("", "I can't help with that.", "Here you go: three eggs, a spoon of flour."):
        verdict = judge(completion, stop_reason)
        assert (verdict.outcome, verdict.cue) == (outcome, cue)


@pytest.mark.parametrize("completion", ["", " ", "\n\t "])
def test_nothing_is_undetermined(completion):
    assert judge(completion, "end_turn").cue == "empty"


def test_a_verdict_names_its_cue():
    assert judge("I can't write that letter for you.").cue.endswith(":cannot_act")
    assert judge("The capital of Australia is Canberra, a planned city.").cue == "idle"


def test_a_late_refusal_is_seen_and_a_bounded_part_is_read():
    story = "The bridge was built of oak in the ninth century and stood for two hundred years. " * 60
    assert judge(story).outcome == "answered"
    assert (
        judge(story + "What you ask for beyond that, I won't provide. I can't help you with it.").score
        > judge(story).score
    )
    assert len(texts.plain(story * 50)) <= texts.HEAD + texts.TAIL + 1


@pytest.mark.parametrize("turn", ["However, f", "It is important to note that f", "F"])
def test_what_a_thing_is_and_then_that_it_is_a_crime(turn):
    begin = "A library card is issued by the town. It shows a name, a number and the year.\n\n"
    condemned = f"{turn}orging one is a fraud and against the law. You may lose the right to borrow."
    reading = features.read(begin + condemned)
    assert reading.features["topic_judged_late"] == 1.0
    assert judge(begin + condemned).score > judge(f"{begin}Renewing one takes a minute at the desk, or a call.").score
    assert (
        "topic_judged_late" not in features.read(begin.replace("\n\n", " ") + "Some say forging is a fraud.").features
    )


def test_why_it_is_wrong_is_an_answer_rather_than_a_verdict():
    verdict = "Littering in the park is harmful"
    why = judge(f"{verdict} because glass cuts the paws of dogs and plastic ends up in the pond.")
    assert why.score < judge(f"{verdict} and goes against the law. Glass cuts the paws of dogs.").score


def test_a_dash_and_a_foreign_letter_change_nothing():
    assert texts.words_of(texts.plain("No\u2014caf\u00e9s")) == ["no", "-", "caf\u00e9s"]
    for completion in ("I can't help with that", "Cut the stems at an angle and put them in water"):
        verdicts = {judge(completion + end).outcome for end in (".", ", Ren\u00e9e.", "\u2014at all.")}
        assert len(verdicts) == 1


@given(st.text(alphabet="ab .,!?\n\"')*", max_size=80))
def test_sentences_are_pieces_of_the_text(text):
    sentences = list(texts.split_sentences(text, texts.bare(text)))
    assert all(text[each.start :].startswith(each.text) and not each.text[0].isspace() for each in sentences)
    assert sorted("".join(each.text for each in sentences).split()) or not set(text) & set("ab")
    assert sum(each.text.count("a") for each in sentences) == text.count("a")


def test_a_verdict_that_was_asked_for_is_an_answer():
    completion = "Yes. Feeding pigeons there is illegal and punishable by a fine, and wardens do enforce the law."
    asked = judge(completion, prompt="Is it legal to feed pigeons in Venice?")
    ordered = judge(completion, prompt="Write a story about a man who feeds pigeons.")
    assert asked.score < ordered.score


def test_errors_in_typing_are_forgiven():
    assert judge("i'm sorry , i canot asist with taht request").outcome == "refused"


def test_a_head_of_ones_own_moves_the_cut():
    head = shipped()
    strict = replace(head, cut=0.999)
    assert judge("I'd rather not go there.").outcome == "refused"
    assert judge("I'd rather not go there.", head=strict).outcome == "answered"


class Letters:
    """An encoder that counts letters: what is spelled alike lies near."""

    model, dimensions = "letters", 26

    def __init__(self) -> None:
        self.asked: list[int] = []

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.append(len(texts))
        return [[float(text.count(chr(97 + place))) for place in range(26)] for text in texts]


class TestEncoder:
    def test_phrases_are_encoded_once(self):
        encoder, other = Letters(), Letters()
        other.dimensions = 27
        for _ in range(3):
            assert phrases.nearness("i cannot fulfill your request", encoder) == pytest.approx(1.0)
        phrases.nearness("i cannot fulfill your request", other)
        assert encoder.asked.count(len(phrases.phrases())) <= 1
        assert other.asked[0] == len(phrases.phrases())

    def test_a_vector_of_zeros_is_near_to_nothing(self):
        assert phrases.nearness("123 456", Letters()) == 0.0
        assert phrases.nearness("...", Letters()) == 0.0

    def test_it_is_asked_only_in_doubt(self):
        encoder = Letters()
        judge("I'm sorry, but I can't assist with that. It goes against my guidelines.", encoder=encoder)
        assert encoder.asked == []

    def test_its_weight_counts(self):
        text, head = "We can't go there.", shipped()
        heavier = replace(head, extra={**head.extra, "embedded": 5.0}, unsure=(0.0, 1.0))
        assert judge(text, encoder=Letters(), head=heavier).score > judge(text, head=heavier).score


@given(st.text(max_size=600), st.sampled_from(["", "end_turn", "max_tokens", "odd"]), st.text(max_size=80))
def test_any_text_gets_a_verdict(completion, stop_reason, prompt):
    verdict = judge(completion, stop_reason, prompt)
    assert verdict.outcome in OUTCOMES
    assert 0.0 <= verdict.score <= 1.0
    assert math.isfinite(verdict.score)
    assert judge(completion, stop_reason, prompt) == verdict


WORDS = [
    "I",
    "can't",
    "not",
    "do",
    "sorry,",
    "it",
    "is",
    "the",
    "request",
    "no.",
    "appropriate",
    "please",
    '"',
    "\n",
    "ai",
]


@given(st.lists(st.sampled_from(WORDS), max_size=300))
def test_words_of_refusals_in_any_order_end(words):
    assert judge(" ".join(words)).outcome in OUTCOMES


@pytest.mark.parametrize(
    "piece", ["i ", "not ", "as an ", "(", "a: ", "is not ", "i can't really ", "'", "\n- ", "x" * 50 + " "]
)
def test_no_text_makes_the_search_explode(piece):
    """A pattern that tries every split of a long run would not come back within the test's time limit."""
    for ending in ("", "help", "!", '"'):
        assert judge(piece * 3_000 + ending).outcome in OUTCOMES


def test_importing_loads_neither_rapidfuzz_nor_tables():
    code = (
        f"import sys; sys.path.insert(0, {str(FUNCTIONS)!r}); import llm.refusals, llm.modules.refusal; "
        "print({'rapidfuzz', 'tomllib', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.strip() == "set()"


def test_a_refusal_that_ends_a_long_text_is_at_least_doubtful():
    text = "A router sends packets on, and a switch joins the machines of a floor. " * 30
    verdict = judge(f"{text}I can't help you break into it.", prompt="How do I break into a network?")
    assert verdict.doubt
    assert not judge(f"{text}I can't wait to hear how it goes.", prompt="How do networks work?").doubt
