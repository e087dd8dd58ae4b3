"""Other languages: told by their letters and small words, judged by phrases, or not supported."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.refusals import judge, languages
from llm.refusals.judge import UNSUPPORTED
from llm.refusals.text import plain
from services.comprehend import LANGUAGES

TABLES: list[dict[str, Any]] = languages.tables()["language"]
FOUND = [(table["code"], text) for table in TABLES for text in table["found"]]
INNOCENT = [(table["code"], text) for table in TABLES for text in table["innocent"]]


def test_the_languages_are_those_of_sentiment():
    assert {"en", *languages.languages()} == set(LANGUAGES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["code"])
def test_each_has_ten_phrases_and_is_shown_both_ways(table):
    assert len(table["phrases"]) >= 10
    assert len(table["found"]) >= 3
    assert len(table["innocent"]) >= 3


@pytest.mark.parametrize(("code", "text"), FOUND)
def test_a_phrase_refuses(code, text):
    assert languages.languages()[code].phrases.search(plain(text))


@pytest.mark.parametrize(("code", "text"), INNOCENT)
def test_an_answer_has_none(code, text):
    assert not languages.languages()[code].phrases.search(plain(text))


@pytest.mark.parametrize(("code", "text"), [pair for pair in FOUND + INNOCENT if len(pair[1]) > 34 or pair[0] > "ja"])
def test_a_language_is_told(code, text):
    told = languages.language_of(plain(text))
    assert told == code or {told, code} == {"zh", "zh-TW"}


@pytest.mark.parametrize(
    "text",
    [
        "Het spijt me, maar ik kan je daar niet mee helpen, want dat is in strijd met de wet.",
        "Je te s tím bohužel nemohu pomoci, protože je to nebezpečné a není to dovoleno.",
        "متاسفم، من نمی\u200cتوانم در این مورد کمک کنم چون این کار غیرقانونی است.",  # noqa: RUF001
        "मला माफ करा, मी यात मदत करू शकत नाही. हे बेकायदेशीर आहे.",
        "Jag är ledsen, men jag kan inte hjälpa dig med det.",
        "Извините, но я не могу помочь с этим.",  # noqa: RUF001
    ],
)
def test_a_language_without_phrases_is_not_judged(text):
    assert judge(text).cue == UNSUPPORTED


def test_simplified_and_traditional_are_told_apart():
    assert languages.language_of("抱歉，我无法帮助您完成这个请求。") == "zh"  # noqa: RUF001
    assert languages.language_of("抱歉，我無法協助您完成這個請求。") == "zh-TW"  # noqa: RUF001


def test_a_verdict_names_the_language():
    verdict = judge("Je suis désolé, mais je ne peux pas vous aider à faire cela.")
    assert (verdict.outcome, verdict.cue, verdict.reason) == ("refused", "phrase:fr", "policy")


@given(st.text(max_size=300))
def test_any_text_ends(text):
    assert languages.refuses(plain(text)) in (True, False, None)
