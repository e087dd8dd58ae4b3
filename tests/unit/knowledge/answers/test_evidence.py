"""Numbers, dates, codes and names of a text, however they are written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answers.evidence import dates, numbers, texts, words
from knowledge.answers.evidence.texts import Texts


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("7", "7"),
        ("1200", "1200"),
        ("1,200", "1200"),
        ("1.200", "1200"),
        ("1 200", "1200"),
        ("1\u202f200", "1200"),
        ("1'200", "1200"),
        ("1,200.50", "1200.5"),
        ("1.200,50", "1200.5"),
        ("1 200,5", "1200.5"),
        ("1,200,300", "1200300"),
        ("0.5", "0.5"),
        ("0,5", "0.5"),
        ("12.50", "12.5"),
        ("2026.10", "2026.1"),
        ("10.0000", "10"),
    ],
)
def test_a_number_is_its_value(token, value):
    assert numbers.of(token) == {token: numbers.value(token)}
    assert numbers.value(token) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("in 2026 300 people", ["2026", "300"]),
        ("1, 2 and 3.", ["1", "2", "3"]),
        ("between 5-7 at 10:30", ["5", "7", "10", "30"]),
        ("version 1.2.3", ["1.2.3"]),
        ("no number", []),
    ],
)
def test_numbers_of_a_text(text, tokens):
    assert list(numbers.of(text)) == tokens


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_groups_and_decimals_of_either_custom_are_one_value(whole, cents):
    plain = Decimal(f"{whole}.{cents:02}")
    english = f"{whole:,}.{cents:02}"
    assert {numbers.value(english), numbers.value(english.translate(str.maketrans(",.", ".,")))} == {plain.normalize()}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-03-04", {(2026, 3, 4)}),
        ("04.03.2026", {(2026, 3, 4)}),
        ("4.3.2026", {(2026, 3, 4)}),
        ("03/04/2026", {(2026, 3, 4), (2026, 4, 3)}),
        ("13/04/2026", {(2026, 4, 13)}),
        ("4 March 2026", {(2026, 3, 4)}),
        ("4th of March, 2026", {(2026, 3, 4)}),
        ("March 4, 2026", {(2026, 3, 4)}),
        ("Mar. 4 2026", {(2026, 3, 4)}),
        ("4. März 2026", {(2026, 3, 4)}),
        ("4 de marzo de 2026", {(2026, 3, 4)}),
        ("1er août 2026", {(2026, 8, 1)}),
        ("4 March", {(0, 3, 4)}),
        ("March 4", {(0, 3, 4)}),
        ("March 2026", {(2026, 3, 0)}),
        ("may 5 people", set()),
        ("May 5", {(0, 5, 5)}),
        ("May 1,200.50", set()),
        ("the 4 marchers", set()),
        ("99.99.2026", set()),
        ("2026-13-45", set()),
    ],
)
def test_dates_of_a_text(text, days):
    assert {day for mention in dates.mentions(text) for day in mention.days} == days


def test_places_of_dates_are_those_of_the_text():
    text = "From 4 March 2026 to 2026-04-05."
    assert [text[found.start : found.end] for found in dates.mentions(text)] == ["4 March 2026", "2026-04-05"]


@pytest.mark.parametrize(
    ("text", "certain", "first"),
    [
        ("The lease of Ann Berg", ("Ann", "Berg"), ()),
        ("Ann Berg signed", ("Berg",), ("Ann",)),
        ("Berg signed", (), ("Berg",)),
        ("NATO signed", ("NATO",), ()),
        ("Berg's lease", ("Berg's",), ()),
        ("Who is Ann? Is Berg there?", ("Ann", "Berg"), ()),
        ("It was on a Monday in March", (), ()),
        ("Mr. Berg and I", (), ("Berg",)),
        ("Karl-Heinz of O'Neill", ("O'Neill",), ("Karl-Heinz",)),
        ("no names here", (), ()),
    ],
)
def test_names_of_a_text(text, certain, first):
    found = texts.names(text)
    assert (found.certain, found.first) == (certain, first)


@pytest.mark.parametrize(
    ("passage", "text", "lacks"),
    [
        ("It costs €1,200.", "It costs EUR 1,200.", []),
        ("It costs $5.", "It costs EUR 5.", ["EUR"]),
        ("The U.S. signed.", "It was the US.", []),
        ("The US signed.", "It was the U.S. at last.", []),
        ("Karl Heinz Meier paid.", "It was Karl-Heinz Meier.", []),
        ("The Meiers paid.", "It was Meier.", []),
        ("ISO9001 counts.", "By ISO 9001 it counts.", []),
        ("Account DE89 3704 0044.", "It is DE8937040044.", []),
        ("A notice of 3 months.", "It is a 3-month notice.", []),
        ("It weighs 5 kg.", "It weighs 5kg.", []),
        ("Signed on 4 March, of the year 2026.", "Signed on 4 March 2026.", []),
        ("Signed on 2026-03-04.", "Signed on 4 March.", []),
        ("Signed on 4 March.", "Signed on 2026-03-04.", ["2026-03-04"]),
        ("Numbers 12 345 and 6.", "It is 12345.", []),
        ("It is 1,200.", "It is 200.", ["200"]),
        ("It is 0.5.", "It is 5.", ["5"]),
    ],
)
def test_what_a_text_lacks(passage, text, lacks):
    assert Texts([passage]).lacks(text) == lacks


@given(st.text(max_size=200))
def test_any_text_has_words(text):
    assert set(words.meant(text)) <= words.all_of(text)
    assert all(words.fold(word) == word or not word.isascii() for word in words.meant(text))
