"""Addresses of twelve countries with and without a house number. A false flag costs a person more than a missed one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning.normalise import addresses

WHOLE = {
    "US": [
        "Building 44, Fort Bragg, NC 28310",
        "Rockefeller Center, New York, NY 10111",
        "123 Main St, Springfield, IL 62704",
        "Alejandro Rosalez 123 Any Street, Any Town, USA",
        "One Microsoft Way, Redmond, WA 98052",
        "N6W23001 Bluemound Rd, Waukesha, WI 53188",
        "12345 Main Street, Reno, NV 89501",
        "350 5th Avenue, New York",
        "1200 West Fulton Market, Chicago, IL 60607",
        "PO Box 12, Springfield, IL 62704",
        "P.O. Box 998, Reno NV",
        "RR 2 Box 45, Jasper, AR 72641",
        "Jane Doe\n12800 Highway 61\nMemphis, TN 38103",
        "PSC 3 Box 1042, APO AE 09021",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500",
        "W156 N8480 Pilgrim Rd",
        "St. Mary's Hospital, Reno, NV 89501",
        "100 Main St Suite 200 Dallas TX 75201",
        "1200 SW 5th Ave, Portland, OR 97204",
        "12E MAIN ST, RENO, NV 89501",
        "12345 Biscayne, Miami, FL 33101",
        "92-123 Makakilo Dr, Kapolei, HI 96707",
        "B12 MAIN ST, RENO NV",
        "#5 Main St, Springfield, IL 62704",
    ],
    "GB": [
        "Brookside, Station Road, Hook RG27 9HT",
        "Windsor Castle, Windsor SL4 1NJ",
        "221B Baker Street, London NW1 6XE",
        "Rose Cottage, Church Lane, Ambridge, AM1 2AB",
        "Flat 3, Rose Court, Church Lane, Leeds LS1 4AP",
        "10 Downing Street, London SW1A 2AA",
    ],
    "DE": [
        "Schloss Schönbrunn, 1130 Wien",
        "Hauptstr. 5, 12345 Berlin",
        "Hauptstr. 5 12345 Berlin",
        "Am Markt 3\n12345 Berlin",
        "Unter den Linden 77, 10117 Berlin",
        "Straße des 17. Juni 135, 10623 Berlin",
        "Postfach 10 20, 10117 Berlin",
        "c/o Müller, Lindenweg 4a, D-50667 Köln",
    ],
    "FR": [
        "Lieu-dit Le Bourg, 24220 Saint-Cyprien",
        "12, rue de la Paix, 75002 Paris", "3 bis avenue Foch, 75116 Paris", "BP 40, 33000 Bordeaux"],
    "ES": [
        "Cortijo El Olivar, 29200 Antequera",
        "Av. Insurgentes Sur 1602, Col. Crédito, 03940 CDMX",
        "Avenida Providencia 1208, 7500000 Santiago",
        "Calle Mayor, 5, 28013 Madrid", "Avda. de la Constitución, s/n, 41001 Sevilla",
           "C/ Alcalá 50, 28014 Madrid"],
    "IT": [
        "Masseria San Domenico, 72015 Savelletri",
        "Via Roma 10, 00184 Roma RM", "Piazza Garibaldi, 7, 80142 Napoli", "Via dei Mille snc, 74100 Taranto"],
    "BR": [
        "Avenida Paulista 1578, Bela Vista, São Paulo",
        "Av. Paulista, 1578 - Bela Vista, São Paulo - SP, 01310-200", "Rua Augusta, s/n, São Paulo - SP"],
    "NL": [
        "Hof van Holland, 1012 AB Amsterdam",
        "Damrak 1, 1012 LG Amsterdam", "Herengracht 502, 1017CB Amsterdam", "Postbus 20001, 2500 EA Den Haag"],
    "CA": ["100 Queen St W, Toronto, ON M5H 2N2", "1055 rue Sherbrooke O, Montréal QC H3A 1G1"],
    "AU": ["Unit 5/12 Smith Street, Sydney NSW 2000", "Level 3, 100 George Street, Sydney NSW 2000"],
    "IN": ["Flat 3B, Sunrise Apartments, MG Road, Bengaluru 560001", "12 MG Road, Bengaluru - 560 001",
           "1234 MG Road, Pune"],
    "JP": ["1-1 Chiyoda, Chiyoda-ku, Tokyo 100-8111", "東京都千代田区千代田1-1"],
}  # fmt: skip
LACKING = {
    "US": [
        "Main Street, Springfield, IL 62704",
        "Main Street Springfield IL 62704",
        "Main Street, Apt 4B, Springfield, IL 62704",
        "Main Street, Suite 200, Springfield, IL 62704-1234",
        "5th Avenue, New York, NY 10001",
        "Highway 61, Memphis, TN 38103",
        "Springfield, IL",
        "West Fulton Market, Chicago, IL 60607",
        "Bluemound Rd, Waukesha, WI, 53188",
        "Microsoft Way, Redmond, WA 98052",
    ],
    "GB": ["Baker Street, London NW1 6XE", "Fulton Market, London NW1 6XE", "Baker Street, London NW1"],
    "DE": ["Hauptstraße, 12345 Berlin", "Hauptstr. 12345 Berlin", "Straße des 17. Juni, 10623 Berlin"],
    "FR": ["Rue de la Paix, 75002 Paris", "rue de la Paix 75002 Paris"],
    "ES": ["Calle Mayor, 28013 Madrid"],
    "IT": ["Via Roma, 00184 Roma RM"],
    "BR": ["Av. Paulista, São Paulo - SP, 01310-200"],
    "NL": ["Herengracht, 1017 CB Amsterdam"],
    "CA": ["Queen St W, Toronto, ON M5H 2N2"],
    "AU": ["George Street, Sydney NSW 2000"],
    "IN": ["MG Road, Bengaluru 560001"],
}
NO_STREET = ["Acme Corporation", "Ann Lee", "Tokyo", "東京都千代田区丸の内", "Department of Health"]


def rows(table: dict[str, list[str]]) -> list[str]:
    return [text for texts in table.values() for text in texts]


def test_there_are_sixty_addresses_in_twelve_countries():
    assert len(rows(WHOLE)) + len(rows(LACKING)) >= 60
    assert len(WHOLE.keys() | LACKING.keys()) == 12


@pytest.mark.parametrize("text", [*rows(WHOLE), *NO_STREET])
def test_an_address_whose_house_is_told(text: str):
    found = addresses.normalise(text)
    assert found is not None
    assert found.trouble is None
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("text", rows(LACKING))
def test_an_address_without_a_street_number(text: str):
    found = addresses.normalise(text)
    assert found is not None
    assert found.trouble == "ADDRESS_NO_STREET_NUMBER"
    assert found.value, "what is there stays readable"


@pytest.mark.parametrize("text", rows(WHOLE))
def test_a_name_before_an_address_changes_nothing(text: str):
    for before in ("Ann Lee, ", "Ann Lee\n", "Ann Lee "):
        found = addresses.normalise(before + text)
        assert found is not None
        assert found.trouble is None, before


def test_a_house_number_in_a_field_of_its_own_counts():
    assert addresses.normalise("Main Street, Springfield", numbered=True).trouble is None


@pytest.mark.parametrize("text", ["", "n/a", "same as above", "jane@example.org", "https://example.org/a", "12", "---"])
def test_what_is_no_address_is_none(text: str):
    assert addresses.normalise(text) is None


def test_an_address_tells_itself_by_a_street_and_a_place():
    assert addresses.looks_like("12 Main St, Springfield, IL 62704")
    assert addresses.looks_like("Hauptstraße 5, 12345 Berlin")
    assert not addresses.looks_like("We drove down the street, then home")
    assert not addresses.looks_like("Springfield, IL 62704")
    assert not addresses.looks_like("St. Mary's, Springfield, IL 62704"), "a saint is no street"


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9,. #]{1,40}", fullmatch=True))
def test_any_text_is_read_without_an_error(text: str):
    found = addresses.normalise(text)
    addresses.looks_like(text)
    assert found is None or found.value


@given(st.sampled_from(rows(LACKING)), st.integers(1, 999))
def test_a_number_before_any_of_them_mends_it(text: str, number: int):
    found = addresses.normalise(f"{number} {text}")
    assert found is not None
    assert found.trouble is None
