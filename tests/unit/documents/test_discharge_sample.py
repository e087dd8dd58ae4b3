"""The discharge note that the pipeline was made for: what its forms have to become, and what one lost digit raises."""

from __future__ import annotations

from datetime import date

import pytest

from documents.meaning.enrichment import enrich
from documents.meaning.normalise import locale
from documents.model import Enrichment, Extraction
from documents.reading import key_values
from tests.unit.documents.meaning import document

HISTORY = (
    "Patient was c/o chest pain on arrival. ROS: negative except as noted. PMHx: asthma as a child; NKDA. Smoked 1 PPD "
    "for ten years and stopped. He was seen by two doctors, was given fluids and rested overnight. "
) * 4
FORMS = [
    ("Ph: ", "(888)-(999)-(0000) "),
    ("Fax: ", "(888)-(999)-(1111) "),
    ("Patient Name: ", "John Doe "),
    ("Patient ID: ", "NARH-36640 "),
    ("Gender: ", "Male "),
    ("Attending Physician: ", "Mateo Jackson, PhD "),
    ("Admit Date: ", "07-Sep-2020 "),
    ("Discharge Date: ", "08-Sep-2020 "),
    ("Discharge Disposition: ", "Home with Support Services "),
    ("Pre-existing / Developed Conditions Impacting Hospital Stay: ", HISTORY),
    ("Summary: ", "Rest for some days and take the tablets with food. "),
]


def read(forms: list[tuple[str, str]]) -> Enrichment:
    lines = ["Hospital Discharge Summary", *(f"{key}{value}" for key, value in forms)]
    return enrich(document(*lines, forms=forms), locale.of("US"), date(2020, 9, 10))


def test_every_field_is_what_it_is():
    made = read(FORMS)
    assert made.type.name == "discharge_summary"
    assert made.flags == ()
    assert [(field.kind, field.value) for field in made.fields[:9]] == [
        ("phone", "+18889990000"),
        ("phone", "+18889991111"),
        ("text", "John Doe"),
        ("text", "NARH-36640"),
        ("text", "Male"),
        ("text", "Mateo Jackson, PhD"),
        ("date", "2020-09-07"),
        ("date", "2020-09-08"),
        ("text", "Home with Support Services"),
    ]
    assert [field.raw for field in made.fields] == [value for _, value in FORMS]
    assert [field.kind for field in made.fields[9:]] == ["text", "text"]


def test_keys_have_the_templates_names_and_stay_as_they_are():
    made = read(FORMS)
    assert [field.name for field in made.fields] == [
        "phone", "fax", "patient_name", "patient_id", "gender", "attending_physician", "admission_date",
        "discharge_date", "discharge_disposition", None, None,
    ]  # fmt: skip
    assert [field.key for field in made.fields] == [key for key, _ in FORMS]


@pytest.mark.parametrize(
    "key",
    ["Patient Name:", "Name of patient", "PATIENT'S NAME", "Name of Patient (last, first)", "1. Patient name"],
)
def test_a_name_in_other_words_is_the_same_name(key: str):
    made = read([(key, "John Doe"), *FORMS[1:]])
    assert (made.fields[0].name, made.fields[0].key) == ("patient_name", key)


def test_a_name_is_its_types_own():
    lines = ("Bank statement", "Opening balance", "Closing balance", "Statement period")
    made = enrich(document(*lines, forms=[("Name", "Ann Lee"), ("Fax", "1")]), locale.of("US"), date(2020, 9, 10))
    assert (made.type.name, [field.name for field in made.fields]) == ("bank_statement", ["account_holder", None])


@pytest.mark.parametrize("number", ["(888)-(999)-(000)", "(888)-(999)-(000) ", "888-999-000", "Mob. (888)-(999)-(000)"])
def test_a_lost_digit_is_flagged(number: str):
    made = read([("Ph: ", number), *FORMS[1:]])
    assert [(flag.code, flag.form) for flag in made.flags] == [("PHONE_DIGITS_MISSING", 0)]
    assert (made.fields[0].kind, made.fields[0].value) == ("phone", None)


def test_the_same_lines_without_textract():
    lines = [key_values.cells_of(f"{key}{value}".strip()) for key, value in FORMS[:9]]
    made = read(list(key_values.find(lines)))
    assert [field.value for field in made.fields[:2]] == ["+18889990000", "+18889991111"]
    assert made.flags == ()


@pytest.mark.parametrize(
    "key",
    [
        "Ph:", "PH.", "Ph. No.", "Mob", "Mob. No.", "Tel.", "Tél.", "WhatsApp", "Handy-Nr.", "Telefono", "Telemóvel",
        "Mobiel", "Тел.", "Моб. телефон", "Τηλ.", "電話番号", "携帯電話", "手机", "联系电话", "휴대폰", "전화번호",  # noqa: RUF001
        "هاتف", "رقم الجوال", "फ़ोन", "मोबाइल नंबर",
    ],
)  # fmt: skip
def test_keys_of_telephone_numbers_in_the_languages_that_are_read(key: str):
    made = enrich(document(forms=[(key, "888 999 000")]), locale.of("US"), date(2020, 9, 10))
    assert [flag.code for flag in made.flags] == ["PHONE_DIGITS_MISSING"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("pH", "7.35"), ("pH:", "7,4"), ("Cell", "B12"), ("Mobile", "yes, 2"), ("Phone type", "6S"), ("Tel", "ext 12")],
)
def test_words_that_mean_something_else_too(key: str, value: str):
    made = enrich(document(forms=[(key, value)]), locale.of("US"), date(2020, 9, 10))
    assert made.flags == ()
    assert made.fields[0].kind == "text"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("City, State, ZIP", "Reno, NV 89501"),
        ("Address line 2", "Springfield, IL 62704"),
        ("Wohnort", "10117 Berlin"),
        ("Bill to", "Acme Corporation"),
        ("Bill to", "Alejandro Rosalez\n123 Any Street\nAny Town, USA"),
        ("Address", "One Microsoft Way, Redmond, WA 98052"),
    ],
)
def test_what_needs_no_house_number_is_not_flagged(key: str, value: str):
    made = enrich(Extraction(1, (), document(forms=[(key, value)]).forms), locale.of("US"), date(2020, 9, 10))
    assert made.flags == ()
