from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning.normalise import amounts, locale


@pytest.mark.parametrize(
    ("text", "where", "value"),
    [
        ("$1,234.56", "US", "1234.56 USD"),
        ("$1,234.56", "CA", "1234.56 CAD"),
        ("$1,234.56", "", "1234.56"),
        ("1.234,56 €", "DE", "1234.56 EUR"),
        ("1.234,56 €", "US", "1234.56 EUR"),
        ("(1,234.56)", "US", "-1234.56"),
        ("$(5.00)", "US", "-5.00 USD"),
        ("-$5.00", "US", "-5.00 USD"),
        ("$-5.00", "US", "-5.00 USD"),
        ("\u22125,00 EUR", "DE", "-5.00 EUR"),
        ("5.00-", "US", "-5.00"),
        ("1 234,56", "", "1234.56"),
        ("1\u202f234,56 €", "FR", "1234.56 EUR"),
        ("CHF 1'234.50", "", "1234.50 CHF"),
        ("1.200,--", "DE", "1200"),
        ("Rs. 12,34,567.00", "US", "1234567.00 INR"),
        ("1,000,000", "US", "1000000"),
        ("1,234", "US", "1234"),
        ("1,234", "DE", "1.234"),
        ("1.234", "DE", "1234"),
        ("0.125", "US", "0.125"),
        ("12.50 USD", "US", "12.50 USD"),
        ("¥ 1200", "JP", "1200 JPY"),
        ("kr 12,50", "SE", "12.50 SEK"),
        ("0.00", "US", "0.00"),
        ("(0.00)", "US", "0.00"),
    ],
)
def test_an_amount(text, where, value):
    found = amounts.normalise(text, locale.of(where))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text",
    ["", "n/a", "12%", "3 pages", "12,34,5", "1,23.4.5", "1234 5678", "05/05/2024", "12 13", "$", "1.2.3,4", "--5"],
)
def test_what_is_no_amount_is_none(text):
    assert amounts.normalise(text, locale.of("US")) is None


def test_a_mark_that_could_be_either_is_not_guessed():
    assert amounts.normalise("1.234", locale.of("")) is None


def test_only_a_currency_makes_a_number_money_by_itself():
    assert amounts.looks_like("$5.00", locale.of("CA"))
    assert amounts.looks_like("5,00 €", locale.of(""))
    assert not amounts.looks_like("5.00", locale.of("US"))


@given(
    st.text(max_size=30) | st.from_regex(r"[$€(]?[0-9.,' ]{1,14}[)-]?", fullmatch=True),
    st.sampled_from(["", "US", "DE"]),
)
def test_any_text_gives_nothing_or_a_decimal(text, where):
    found = amounts.normalise(text, locale.of(where))
    if found is not None and found.value is not None:
        assert Decimal(found.value.split()[0]).is_finite()


@given(st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2))
def test_every_amount_written_in_its_region_is_read_back(value):
    american = f"{value:,.2f}"
    german = american.translate(str.maketrans(",.", ".,"))
    for text, where in ((american, "US"), (german, "DE")):
        found = amounts.normalise(text, locale.of(where))
        assert found is not None
        assert Decimal(str(found.value)) == value
