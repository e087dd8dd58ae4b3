from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning.normalise import locale, phones


@pytest.mark.parametrize(
    ("text", "where", "e164"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123 ext. 12", "US", "+12125550123"),
        ("Cell: 212-555-0123", "US", "+12125550123"),
        ("+49 30 123456", "", "+4930123456"),
        ("030 / 123456", "DE", "+4930123456"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("212-555-0123 / 212-555-0199", "US", "+12125550123, +12125550199"),
        ("07911 123456", "GB", "+447911123456"),
    ],
)
def test_a_whole_number_becomes_e164(text, where, e164):
    found = phones.normalise(text, locale.of(where))
    assert found is not None
    assert (found.value, found.trouble) == (e164, None)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("212-555-012", "US"),
        ("(212) 555-01", "US"),
        ("555-0123", "US"),
        ("12", "US"),
        ("+1 212 555 012", ""),
        ("212-555-O123", "US"),
        ("212-555-0123 or 212-555-01", "US"),
        ("0791 123", "GB"),
    ],
)
def test_digits_missing_in_a_phone_number(text, where):
    found = phones.normalise(text, locale.of(where))
    assert found is not None
    assert (found.value, found.trouble) == (None, "PHONE_DIGITS_MISSING")


@pytest.mark.parametrize("text", ["", "n/a", "see above", "212 555 01234567 8", "2125550123"])
def test_what_is_no_number_or_cannot_be_judged_is_none(text):
    assert phones.normalise(text, locale.of("US" if text != "2125550123" else "")) is None


def test_a_number_tells_itself_only_when_it_is_written_like_one():
    us = locale.of("US")
    assert phones.looks_like("(212) 555-0123", us)
    assert not phones.looks_like("2125550123", us)
    assert not phones.looks_like("123-45-6789", us)
    assert not phones.looks_like("$1,234.56", us)


@given(st.text(max_size=40) | st.from_regex(r"[0-9()+\-. x]{1,20}", fullmatch=True), st.sampled_from(["", "US", "DE"]))
def test_any_text_gives_nothing_a_flag_or_e164(text, where):
    found = phones.normalise(text, locale.of(where))
    phones.looks_like(text, locale.of(where))
    if found is not None:
        assert (found.value is None) == (found.trouble == "PHONE_DIGITS_MISSING")
        assert found.value is None or all(re.fullmatch(r"\+\d{3,17}", each) for each in found.value.split(", "))
