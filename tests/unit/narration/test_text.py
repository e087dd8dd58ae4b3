from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import fromstring
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.article import language_tags, text

whole = st.text(st.characters(exclude_categories=["Cs"]))


@given(whole)
def test_clean_text_is_stable_and_fits_into_xml(raw):
    cleaned = text.clean(raw)
    assert text.clean(cleaned) == cleaned
    assert "  " not in cleaned
    assert fromstring(f"<a>{escape(cleaned)}</a>").text == (cleaned or None)


@given(st.text(st.characters(categories=["L", "N", "P"])))
def test_letters_digits_and_punctuation_stay(raw):
    assert text.clean(raw) == unicodedata.normalize("NFC", raw)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  a \t\n b ", "a b"),
        ("a\x00\x1b[2Jb", "a [2Jb"),
        ("Zu\u00adsam\u200bmen", "Zusammen"),
        ("u\u0308ber", "\u00fcber"),
        ("10\u00a0km", "10\u00a0km"),
        ("\ufffe", ""),
        ("\u202eabc", "abc"),
    ],
)
def test_clean(raw, cleaned):
    assert text.clean(raw) == cleaned


@pytest.mark.parametrize("sounding", ["a", "7", "€", "字", "* 1 *", "%", "=", "❤ ja"])
def test_speakable(sounding):
    assert text.speakable(sounding)


@pytest.mark.parametrize("silent", ["", " ", "***", "—", "...", "\u00a0", "❤", "→", "❦", "🎉🎉", "☎️"])
def test_not_speakable(silent):
    assert not text.speakable(silent)


@given(st.text(), st.integers(1, 60))
def test_an_excerpt_is_short_and_printable(raw, limit):
    shown = text.excerpt(raw, limit)
    assert len(shown) <= limit + 5
    assert not text.CONTROL.search(shown)
    shown.encode()


@pytest.mark.parametrize(
    ("tag", "usual"),
    [
        ("DE-at", "de-AT"),
        ("zh-hant-hk", "zh-Hant-HK"),
        ("es-419", "es-419"),
        ("en-a-MYEXT-x-US", "en-a-myext-x-us"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
    ],
)
def test_canonical_language(tag, usual):
    assert language_tags.canonical(tag) == usual
    assert language_tags.canonical(usual) == usual


@pytest.mark.parametrize("tag", ["", "d", "de_DE", "deutsch", "de-", "-de", "de-DE\n", "a" * 40, "de-DE-"])
def test_what_is_no_language(tag):
    assert language_tags.canonical(tag) is None
