"""What the provider itself says, before any text is read."""

from __future__ import annotations

import pytest

from llm import stops
from llm.model import Verdict
from llm.refusals import judge
from llm.refusals.declared import declared

ANSWER = "Here you go: three eggs, a spoon of flour."
REFUSAL = "I'm sorry, but I can't help with that."
WORDS = [(family, word, name) for family, words in stops.BY_FAMILY.items() for word, name in words.items()]


@pytest.mark.parametrize(("family", "word", "name"), WORDS)
@pytest.mark.parametrize("text", ["", ANSWER])
def test_every_word_of_every_family_has_its_verdict(family, word, name, text):
    verdict = declared(text, word)
    match stops.kind_of(name):
        case "refused":
            assert verdict == Verdict("refused", 1.0, "stop_reason", reason="policy")
        case "filtered":
            assert (verdict.outcome, verdict.reason) == ("undetermined", "filtered")
        case _:
            assert (verdict is None) == bool(text)
    assert declared(text, word.upper()) == verdict


def test_a_word_means_the_same_in_every_family():
    meanings = {}
    for _, word, name in WORDS:
        meanings.setdefault(word, set()).add(name)
    assert {word: names for word, names in meanings.items() if len(names) > 1} == {}


def test_every_name_has_a_kind():
    assert {name for _, _, name in WORDS} <= stops.KINDS.keys()


def test_converse_knows_no_reason_that_the_table_lacks():
    from botocore.session import get_session

    known = get_session().get_service_model("bedrock-runtime").shape_for("StopReason").enum
    assert set(known) == set(stops.BY_FAMILY["converse"])


def test_a_word_that_is_in_no_table_stays_and_its_text_is_judged():
    assert stops.name_of("Ran_Out_Of_Luck") == "ran_out_of_luck"
    assert stops.kind_of("ran_out_of_luck") == "pair"
    assert declared(ANSWER, "ran_out_of_luck") is None


@pytest.mark.parametrize("stop", [stops.GUARDRAIL, stops.MASKED])
def test_a_masked_answer_is_read_and_so_is_one_without_a_trace(stop):
    assert judge(ANSWER, stop).outcome == "answered"
    assert judge(REFUSAL, stop).outcome == "refused"
    assert declared("", stop) == Verdict("undetermined", 0.5, stops.GUARDRAIL, reason="filtered")


def test_a_refusal_names_its_policy():
    assert judge(ANSWER, "refusal", category="cyber").cue == "stop_reason:cyber"


@pytest.mark.parametrize(
    ("details", "category"),
    [
        ({"category": "cyber"}, "cyber"),
        ({"category": "frontier_llm"}, "frontier_llm"),
        ({"category": "something of next year"}, "other"),
        ({"category": None}, ""),
        ({"category": ["bio"]}, ""),
        ({}, ""),
        (None, ""),
        ("cyber", ""),
    ],
)
def test_categories_are_few(details, category):
    assert stops.category_of(details) == category
