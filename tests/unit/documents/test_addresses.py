from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning.normalise import addresses


@pytest.mark.parametrize(
    "text",
    [
        "123 Main St, Springfield, IL 62704",
        "12345 Main Street, Reno, NV 89501",
        "350 5th Avenue, New York",
        "Hauptstr. 5, 12345 Berlin",
        "Hauptstr. 5 12345 Berlin",
        "Am Markt 3\n12345 Berlin",
        "Unter den Linden 77, 10117 Berlin",
        "Straße des 17. Juni 135, 10623 Berlin",
        "12, rue de la Paix, 75002 Paris",
        "Calle Mayor, 5, 28013 Madrid",
        "221B Baker Street, London NW1 6XE",
        "PO Box 12, Springfield, IL 62704",
        "P.O. Box 998, Reno NV",
        "1200 West Fulton Market, Chicago, IL 60607",
        "Postfach 10 20, 10117 Berlin",
    ],
)
def test_an_address_with_its_number(text):
    found = addresses.normalise(text)
    assert found is not None
    assert found.trouble is None
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    "text",
    [
        "Main Street, Springfield, IL 62704",
        "Main Street Springfield IL 62704",
        "Main Street, Apt 4B, Springfield, IL 62704",
        "Main Street, Suite 200, Springfield, IL 62704-1234",
        "5th Avenue, New York, NY 10001",
        "Highway 61, Memphis, TN 38103",
        "Hauptstraße, 12345 Berlin",
        "Hauptstr. 12345 Berlin",
        "Straße des 17. Juni, 10623 Berlin",
        "Rue de la Paix, 75002 Paris",
        "Baker Street, London NW1 6XE",
        "Springfield, IL",
        "West Fulton Market, Chicago, IL 60607",
        "Fulton Market, London NW1 6XE",
    ],
)
def test_an_address_without_a_street_number(text):
    found = addresses.normalise(text)
    assert found is not None
    assert found.trouble == "ADDRESS_NO_STREET_NUMBER"
    assert found.value, "what is there stays readable"


def test_a_house_number_in_a_field_of_its_own_counts():
    assert addresses.normalise("Main Street, Springfield", numbered=True).trouble is None


@pytest.mark.parametrize("text", ["", "n/a", "same as above", "jane@example.org", "https://example.org/a", "12", "---"])
def test_what_is_no_address_is_none(text):
    assert addresses.normalise(text) is None


def test_an_address_tells_itself_by_a_street_and_a_place():
    assert addresses.looks_like("12 Main St, Springfield, IL 62704")
    assert addresses.looks_like("Hauptstraße 5, 12345 Berlin")
    assert not addresses.looks_like("We drove down the street, then home")
    assert not addresses.looks_like("Springfield, IL 62704")


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9,. #]{1,40}", fullmatch=True))
def test_any_text_is_read_without_an_error(text):
    found = addresses.normalise(text)
    addresses.looks_like(text)
    assert found is None or found.value
