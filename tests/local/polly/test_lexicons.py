"""Pronunciation lexicons of the local Polly: kept, checked and applied as the developer guide says."""

from __future__ import annotations

import json

import pytest

from local.services.polly import lexicons, service
from tests.local.polly.builders import error, marks, request, speak

PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="{alphabet}" xml:lang="{lang}">
{lexemes}
</lexicon>"""
W3C = "<lexeme><grapheme>W3C</grapheme><alias>World Wide Web Consortium</alias></lexeme>"
PECAN = "<lexeme><grapheme>pecan</grapheme><phoneme>pɪˈkɑːn</phoneme></lexeme>"  # noqa: RUF001


def pls(*lexemes: str, alphabet: str = "ipa", lang: str = "en-US") -> str:
    return PLS.format(alphabet=alphabet, lang=lang, lexemes="".join(lexemes))


def put(account: str, name: str, content: str) -> object:
    return service.handle(request("PUT", f"/v1/lexicons/{name}", {"Content": content}, account=account))


def test_a_lexicon_is_laid_over_the_text() -> None:
    assert put("1", "w3c", pls(W3C, PECAN)).status == 200
    text = "The W3C has a pecan tree."
    plain, said = speak(text, account="1"), speak(text, account="1", LexiconNames=["w3c"])
    assert len(said.body) > 1.2 * len(plain.body)
    assert said.headers["x-amzn-requestcharacters"] == plain.headers["x-amzn-requestcharacters"] == str(len(text))
    assert error(speak(text, account="2", LexiconNames=["w3c"])) == "404 LexiconNotFoundException"


def test_a_lexicon_of_another_language_and_parts_of_words_change_nothing() -> None:
    put("3", "german", pls(W3C, lang="de-DE"))
    put("3", "english", pls(W3C))
    assert speak("The W3C.", account="3", LexiconNames=["german"]).body == speak("The W3C.", account="3").body
    assert speak("The W3Cs.", account="3", LexiconNames=["english"]).body == speak("The W3Cs.", account="3").body


def test_speech_marks_still_stand_where_the_words_do() -> None:
    put("4", "w3c", pls(W3C))
    found = marks(
        speak("The W3C ends.", account="4", LexiconNames=["w3c"], OutputFormat="json", SpeechMarkTypes=["word"])
    )
    assert "The W3C ends."[found[-1]["start"] : found[-1]["end"]] == "ends"


def test_what_is_kept_can_be_listed_read_and_deleted() -> None:
    put("5", "b", pls(W3C, PECAN))
    put("5", "a", pls(W3C, lang="de-DE", alphabet="x-sampa"))
    listed = json.loads(service.handle(request("GET", "/v1/lexicons", account="5")).body)["Lexicons"]
    assert [one["Name"] for one in listed] == ["a", "b"]
    assert listed[1]["Attributes"]["LexemesCount"] == 2
    assert listed[0]["Attributes"]["LanguageCode"] == "de-DE"
    got = json.loads(service.handle(request("GET", "/v1/lexicons/b", account="5")).body)
    assert got["Lexicon"] == {"Name": "b", "Content": pls(W3C, PECAN)}
    assert service.handle(request("DELETE", "/v1/lexicons/b", account="5")).status == 200
    assert error(service.handle(request("GET", "/v1/lexicons/b", account="5"))) == "404 LexiconNotFoundException"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<lexicon", "InvalidLexiconException"),
        ("<lexicon/>", "InvalidLexiconException"),
        ("<!DOCTYPE a>" + pls(W3C), "InvalidLexiconException"),
        (pls("<lexeme><grapheme>a</grapheme></lexeme>"), "InvalidLexiconException"),
        (pls(W3C, alphabet="arpabet"), "UnsupportedPlsAlphabetException"),
        (pls(W3C, lang="xx-XX"), "UnsupportedPlsLanguageException"),
        (pls(f"<lexeme><grapheme>a</grapheme><alias>{'b' * 101}</alias></lexeme>"), "MaxLexemeLengthExceededException"),
        (pls(W3C) + " " * lexicons.MAX_CHARACTERS, "LexiconSizeExceededException"),
    ],
)
def test_what_is_no_lexicon(content: str, code: str) -> None:
    assert error(put("6", "a", content)) == f"400 {code}"


def test_an_account_has_a_hundred() -> None:
    for number in range(lexicons.MAX_LEXICONS):
        assert put("7", f"a{number}", pls(W3C)).status == 200
    assert error(put("7", "more", pls(W3C))) == "400 MaxLexiconsNumberExceededException"
    assert put("7", "a1", pls(PECAN)).status == 200
    assert error(put("8", "no-name", pls(W3C))).startswith("400 ")
