"""Dates to ISO 8601, and which are refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning.normalise import dates, locale

TODAY = date(2026, 11, 20)


def value(text: str, where: str = "", **options: object) -> str | None:
    found = dates.normalise(text, locale.of(where), TODAY, **options)  # type: ignore[arg-type]
    assert found is not None
    assert (found.value is None) == (found.trouble == "DATE_AMBIGUOUS")
    return found.value


@pytest.mark.parametrize(
    ("text", "where", "iso"),
    [
        ("2024-03-04", "", "2024-03-04"),
        ("2024/3/4", "US", "2024-03-04"),
        ("20240304", "", "2024-03-04"),
        ("2024-03-04T10:15:00Z", "", "2024-03-04"),
        ("03/04/2024", "US", "2024-03-04"),
        ("03/04/2024", "de-DE", "2024-04-03"),
        ("03/04/2024", "en_GB", "2024-04-03"),
        ("03/04/2024 10:15 AM", "US", "2024-03-04"),
        ("03.04.2024", "", "2024-04-03"),
        ("3. 4. 2024", "DE", "2024-04-03"),
        ("24/03/04", "JP", "2024-03-04"),
        ("05/05/2024", "", "2024-05-05"),
        ("13/04/2024", "", "2024-04-13"),
        ("04/13/2024", "", "2024-04-13"),
        ("25/12/2024", "US", "2024-12-25"),
        ("March 4th, 2024", "", "2024-03-04"),
        ("the 4th of March 2024", "", "2024-03-04"),
        ("Mon, 04-Mar-24", "", "2024-03-04"),
        ("Mar 3 2024", "", "2024-03-03"),
        ("mar. 5 mars 2024", "", "2024-03-05"),
        ("4. März 2024", "", "2024-03-04"),
        ("Montag, den 4. Jänner 2024", "", "2024-01-04"),
        ("1er février 2024", "", "2024-02-01"),
        ("lunes 4 de marzo de 2024", "", "2024-03-04"),
        ("29 Feb 2024", "", "2024-02-29"),
        ("\u0664/\u0663/\u0662\u0660\u0662\u0664", "GB", "2024-03-04"),
        ("2024\u5e743\u67084\u65e5", "JP", "2024-03-04"),
        ("2024\ub144 3\uc6d4 4\uc77c", "", "2024-03-04"),
        ("Mon 03/04/2024", "US", "2024-03-04"),
        ("Montag, 04.03.2024", "DE", "2024-03-04"),
        ("vendredi 25/12/2024 \u00e0 10h15", "FR", "2024-12-25"),
    ],
)
def test_a_date_that_can_be_decided(text, where, iso):
    assert value(text, where) == iso


@pytest.mark.parametrize(
    ("text", "iso"), [("March 2024", "2024-03"), ("03/2024", "2024-03"), ("2024-03", "2024-03"), ("2024", "2024")]
)
def test_a_part_of_a_date_stays_a_part(text, iso):
    assert value(text, "US") == iso


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("03/04/2024", ""),
        ("03/04/2024", "CA"),
        ("03/04/2024", "JP"),
        ("03.04.2024", "US"),
        ("03-04-05", ""),
        ("31/02/2024", "US"),
        ("29 Feb 2023", ""),
        ("13/13/2024", "US"),
        ("4 March", "US"),
    ],
)
def test_a_date_that_cannot_is_refused_not_guessed(text, where):
    assert value(text, where) is None


@pytest.mark.parametrize(
    "text", ["", "hello", "12", "1,234.56", "555-123-4567", "March", "Mary May", "1/2/3/4", "123-45-6789"]
)
def test_what_is_no_date_is_none(text):
    assert dates.normalise(text, locale.of("US"), TODAY) is None


@pytest.mark.parametrize(
    ("text", "birth", "iso"),
    [
        ("03/04/45", False, "2045-03-04"),
        ("03/04/46", False, "1946-03-04"),
        ("03/04/45", True, "1945-03-04"),
        ("11/19/26", True, "2026-11-19"),
        ("11/21/26", True, "1926-11-21"),
        ("4 Mar 99", False, "1999-03-04"),
    ],
)
def test_years_of_two_digits_lie_from_80_years_ago_to_19_ahead_and_births_in_the_past(text, birth, iso):
    assert value(text, "US", birth=birth) == iso


def test_a_document_that_contradicts_its_region_makes_its_dates_doubtful():
    evidence = dates.Evidence(["25/12/2023"])
    assert value("03/04/2024", "US", evidence=evidence) is None
    assert value("03/04/2024", "GB", evidence=evidence) == "2024-04-03"
    assert value("03/04/2024", "", evidence=evidence) == "2024-04-03"
    assert value("03/04/2024", "", evidence=dates.Evidence(["25/12/2023", "12/25/2023"])) is None


@given(
    st.text(max_size=40) | st.from_regex(r"[0-9/.\- ]{1,12}", fullmatch=True),
    st.sampled_from(["", "US", "DE", "JP", "CA"]),
    st.booleans(),
)
def test_any_text_gives_nothing_a_flag_or_an_iso_date(text, where, birth):
    found = dates.normalise(text, locale.of(where), TODAY, birth=birth)
    if found is not None and found.value is not None:
        assert date.fromisoformat(f"{found.value}-01-01"[:10])


@given(
    st.dates(date(1950, 1, 1), date(2045, 12, 31)),
    st.sampled_from(
        [
            ("US", "%m/%d/%Y"),
            ("GB", "%d/%m/%Y"),
            ("", "%Y-%m-%d"),
            ("", "%d %B %Y"),
            ("", "%B %d, %Y"),
            ("US", "%m-%d-%y"),
        ]
    ),
)
def test_every_day_written_in_its_region_is_read_back(day, form):
    where, pattern = form
    assert value(day.strftime(pattern), where) == day.isoformat()


@pytest.mark.parametrize("tag", ["english", "EN-us-x", "U", "12"])
def test_a_locale_that_is_none_is_refused(tag):
    with pytest.raises(locale.UnknownLocale):
        locale.of(tag)


def test_a_text_mentions_dates_in_every_reading():
    assert dates.readings("Due 03/04/2024.") == {"2024-03-04", "2024-04-03"}
    assert "2024-03-04" in dates.readings("on the 4th of March, 2024, at noon")
    assert not dates.readings("nothing in 2024")


@pytest.mark.parametrize("text", ["06 June 11th", "6th June 11th", "Sunday, 06 June 11th", "June 06 11th"])
def test_two_numbers_that_may_both_be_the_day(text):
    found = dates.normalise(text, locale.of("US"), TODAY)
    assert found is not None
    assert (found.value, found.trouble) == (None, "DATE_AMBIGUOUS")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11th June 06", "2006-06-11"),
        ("11th June 11", "2011-06-11"),
        ("June 11th, 06", "2006-06-11"),
        ("2024 June 11th", "2024-06-11"),
        ("11. Juni 06", "2006-06-11"),
        ("12 gennaio 2024", "2024-01-12"),
        ("3 de março de 2024", "2024-03-03"),
        ("12 mei 2024", "2024-05-12"),
    ],
)
def test_an_ordinal_is_the_day(text, day):
    assert dates.normalise(text, locale.of("US"), TODAY).value == day
