"""Each form, both ways: texts that have it, and texts that look alike."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from llm.refusals import forms
from llm.refusals.text import Sentence, bare, plain, split_sentences, words_of

FORMS: list[dict[str, Any]] = forms.tables()["form"]


def found(form: dict[str, Any], text: str) -> bool:
    """As a reading finds it: in a prompt as a whole, in a completion sentence by sentence."""
    text = plain(text)
    if form["scope"] == "prompt":
        return form["name"] in forms.ask(text).forms
    return any(form["name"] in forms.found(form["scope"], each) for each in split_sentences(text, bare(text)))


@pytest.mark.parametrize(("form", "text"), [(form, text) for form in FORMS for text in form["found"]])
def test_a_form_is_found_where_it_is(form, text):
    assert found(form, text), form["name"]


@pytest.mark.parametrize(("form", "text"), [(form, text) for form in FORMS for text in form["innocent"]])
def test_a_form_is_not_found_in_what_looks_alike(form, text):
    assert not found(form, text), form["name"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["name"])
def test_a_form_is_shown_both_ways_and_has_its_words(form):
    assert len(form["found"]) >= 3
    assert len(form["innocent"]) >= 3
    assert form["scope"] in ("prompt", "first", "text")
    for way in form.get("way", [form]):
        assert way["words"]
        assert all(word == word.lower() for word in way["words"])
        also = way.get("also", [])
        assert set([also] if isinstance(also, str) else also) <= set(forms.tables()["groups"])


def test_names_are_unique():
    assert max(Counter(form["name"] for form in FORMS).values()) == 1


def test_no_prompt_asks_for_nothing():
    assert forms.ask("") is forms.NOTHING
    assert forms.ask("  \n ") is forms.NOTHING


def test_only_the_beginning_of_a_prompt_is_read():
    assert "define" in forms.ask("What is phishing?" + " x" * 500).forms
    assert "yesno" not in forms.ask("x " * 250 + "Is it?").forms


@pytest.mark.parametrize("piece", ["why ", "is it ", "does not ", "the document ", "i can only ", "write ", "outside "])
def test_no_text_makes_the_search_explode(piece):
    text = plain(piece * 300)
    sentence = Sentence(0, text, frozenset(words_of(text)))
    for scope in ("prompt", "first", "text"):
        assert isinstance(forms.found(scope, sentence), set)
