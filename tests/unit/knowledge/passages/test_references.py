"""References: the same form in a passage and in a question, in scripts with capitals and without."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.passages import references
from knowledge.passages.references import MOST_REFERENCE, of

CODES = st.from_regex(r"[A-Z]{2,4}[-/.][0-9]{3,6}([-/.][A-Z0-9]{1,4})?", fullmatch=True)
AROUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.text())
def test_any_text_has_references_that_are_bounded_and_each_once(text: str):
    found = of(text)
    assert len(set(found)) == len(found)
    assert all(0 < len(each) <= MOST_REFERENCE and each == each.strip() for each in found)
    assert all(any(sign.isalnum() for sign in each) for each in found)
    for each in found:
        each.encode()


@given(AROUND, CODES, AROUND, st.sampled_from(["{}", "{},", "({})", "{}.", "{}?", "\u3010{}\u3011", "\u7684{}\u662f"]))
def test_a_code_is_met_wherever_it_stands(before: str, code: str, after: str, written: str):
    passage = f"{before} {written.format(code)} {after}"
    assert code.casefold() in of(passage)
    assert set(of(f"what about {code.lower()}")) & set(of(passage))


@given(st.integers(1_000, 10**9), st.integers(1, 99))
def test_a_number_is_met_in_every_way_of_writing_it(whole: int, cents: int):
    american, european = f"{whole:,}.{cents:02}", f"{whole:,}".replace(",", ".") + f",{cents:02}"
    french, swiss = (
        f"{whole:,}".replace(",", "\u202f") + f",{cents:02}",
        f"{whole:,}".replace(",", "\u2019") + f".{cents:02}",
    )
    plain = f"{whole}.{cents:02}"
    forms = [set(of(f"it cost {each} euros")) for each in (american, european, french, swiss, plain)]
    assert all(forms[0] & each for each in forms), forms


@given(st.dates())
def test_a_day_is_met_in_every_way_of_writing_it(day):
    if not 1800 <= day.year <= 2199:
        return
    month = calendar.month_name[day.month]
    for written in (
        f"{day.isoformat()}",
        f"{day.day:02}.{day.month:02}.{day.year}",
        f"{day.day}/{day.month}/{day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month.upper()} {day.year}",
        f"{day.day}. {month[:3]}. {day.year}",
        f"{day.year}\u5e74{day.month}\u6708{day.day}\u65e5",
    ):
        assert day.isoformat() in of(f"on {written}"), written


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Who is Picard?", {"picard"}),
        ("Captain Jean-Luc Picard", {"jean-luc", "picard", "jean-luc picard"}),
        ("M\u00fcller-L\u00fcdenscheidt's bill", {"m\u00fcller-l\u00fcdenscheidt", "m\u00fcller"}),
        ("M\u00dcLLER", {"m\u00fcller"}),
        ("Mu\u0308ller", {"m\u00fcller"}),
        ("STRASSE Stra\u00dfe", {"strasse"}),
        ("\u0418\u0432\u0430\u043d\u043e\u0432", {"\u0438\u0432\u0430\u043d\u043e\u0432"}),
        ("the iPhone of NATO", {"iphone", "nato"}),
        ("500 mg", {"500"}),
        ("500mg", {"500mg", "500"}),
        ("\uff21\uff22-\uff11\uff12\uff13", {"ab-123"}),
        ("\u0663\u0664\u0665", {"345"}),
        ("\u8ba2\u5355\u53f7ABC-123\u5df2\u53d1\u8d27", {"abc-123", "abc123"}),
        ("IBAN DE89 3704 0044 0532 0130 00", {"de89370400440532013000"}),
        ("call +49 (30) 123-4567", {"123-4567", "1234567"}),
        ("v2.1.3", {"v2.1.3"}),
        ("le 5 f\u00e9vrier 2023", {"2023-02-05"}),
        ("am 3. M\u00e4rz 2024", {"2024-03-03"}),
        ("03/04/2024", {"2024-04-03", "2024-03-04"}),
    ],
)
def test_what_is_in_a_text(text: str, wanted: set[str]):
    assert wanted <= set(of(text))


NOTHING = [
    "What is it?",
    "Wie viel ist das?",
    "\u8fd9\u662f\u4ec0\u4e48",
    "\u0645\u0627 \u0647\u0630\u0627",
    "only small words here",
    "7",
    "",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_has_no_reference(text: str):
    assert of(text) == ()


def test_a_day_that_is_none_is_a_number_all_the_same():
    assert "2024-02-31" not in of("31.02.2024")
    assert "31.02.2024" in of("31.02.2024")


def test_a_name_within_a_word_is_another():
    assert not set(of("Sales")) & set(of("Sale"))
    assert not set(of("INV-204")) & {"inv-2041", "inv2041"}


def test_a_mention_has_all_its_forms():
    assert ("inv-2041", "inv2041", "2041") in list(references.mentions("INV-2041"))


def test_what_tells_most_comes_first():
    found = of("Picard paid INV-2041 on 12 March 2024")
    assert found.index("2024-03-12") < found.index("inv-2041") < found.index("picard")
