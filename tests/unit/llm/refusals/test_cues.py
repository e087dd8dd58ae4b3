"""Each cue and each phrase, both ways: refusals that carry it, and innocent sentences that look like it."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from llm.refusals import cues, phrases
from llm.refusals import text as texts
from llm.refusals.cues import Cue

TABLES = cues.tables()
BY_NAME = {cue.name: cue for cue in cues.cues()}
CUES: list[dict[str, Any]] = TABLES["cue"]
PHRASES: list[dict[str, Any]] = tomllib.loads(Path(phrases.__file__).with_name("phrases.toml").read_text())["phrase"]


def found(cue: Cue, text: str) -> bool:
    """As a reading finds it: sentence by sentence, and only where the cue's words are."""
    text = texts.plain(text)
    if cue.start:
        return cue.search(text) is not None
    return any(
        cue.in_sentence(sentence.text, sentence.words) for sentence in texts.split_sentences(text, texts.bare(text))
    )


@pytest.mark.parametrize(("name", "text"), [(cue["name"], text) for cue in CUES for text in cue["found"]])
def test_a_cue_is_found_where_it_is(name, text):
    assert found(BY_NAME[name], text)


@pytest.mark.parametrize(("name", "text"), [(cue["name"], text) for cue in CUES for text in cue["innocent"]])
def test_a_cue_is_not_found_in_what_looks_alike(name, text):
    assert not found(BY_NAME[name], text)


@pytest.mark.parametrize("cue", CUES, ids=lambda cue: cue["name"])
def test_a_cue_is_shown_both_ways(cue):
    assert len(cue["found"]) >= 3
    assert len(cue["innocent"]) >= 3
    assert not set(cue["found"]) & set(cue["innocent"])


def test_names_are_unique_and_words_are_in_use():
    assert max(Counter(cue["name"] for cue in CUES).values()) == 1
    for cue in BY_NAME.values():
        assert all(word == word.lower() for word in cue.words), cue.name
        assert cue.start != bool(cue.words), f"{cue.name} is sought by its words or at the start"


def test_every_family_is_known_to_the_head():
    from llm.refusals.head import shipped

    weights = shipped().refusals.weights
    unknown = {cue.family for cue in BY_NAME.values()} - set(weights)
    assert unknown == set()


@pytest.mark.parametrize(
    ("text", "found"), [(phrase["text"], found) for phrase in PHRASES for found in phrase["found"]]
)
def test_a_phrase_is_known_in_spite_of_its_errors(text, found):
    assert phrases.likeness(texts.plain(found)) > 0.5
    assert phrases.likeness(text) == pytest.approx((100 - phrases.CUT) / phrases.SCALE)


@pytest.mark.parametrize("innocent", [innocent for phrase in PHRASES for innocent in phrase["innocent"]])
def test_no_phrase_is_seen_where_only_words_are_shared(innocent):
    assert phrases.likeness(texts.plain(innocent)) < 0.15


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase["text"][:30])
def test_a_phrase_is_shown_both_ways(phrase):
    assert phrase["found"]
    assert phrase["innocent"]


def test_the_customary_cut_of_85_would_lose_refusals():
    """A refusal in other words than any phrase: near enough at this cut with the cues, and not at 85."""
    from rapidfuzz import fuzz

    text = texts.plain("I am not comfortable with writing about this person.")
    assert max(fuzz.partial_ratio(phrase, text) for phrase in phrases.phrases()) < 85


def test_every_group_of_second_words_is_in_use():
    named = {
        name for cue in CUES for name in ([cue["also"]] if isinstance(cue.get("also"), str) else cue.get("also", []))
    }
    assert named == set(TABLES["groups"]) - {"common", "faint"}


def test_a_cue_with_two_groups_needs_a_word_of_each():
    cue = BY_NAME["not_something_i_do"]
    text = "that is not something i do."
    assert cue.in_sentence(text, frozenset(texts.words_of(text)))
    assert cue.worth(frozenset(("i", "not")))
    assert not cue.worth(frozenset(("i", "request")))
    assert not cue.worth(frozenset(("not", "request")))


def test_a_cue_that_opens_is_sought_where_a_sentence_begins():
    cue = BY_NAME["cannot_bare"]
    assert cue.opens
    assert cue.search("sorry, can't help.")
    assert not cue.search("he said: sorry, can't help.")
