"""Fields, types and flags of whole documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import keys
from documents.meaning.enrichment import enrich
from documents.meaning.flags import missing_documents, missing_pages
from documents.meaning.normalise import locale
from documents.meaning.vocabulary import document_types, keywords
from documents.model import Enrichment, Extraction, Form, Query, Signature, Table
from tests.unit.documents.meaning import document

TODAY = date(2026, 11, 20)


def enriched(extraction: Extraction, where: str = "US", **options: float) -> Enrichment:
    return enrich(extraction, locale.of(where), TODAY, **options)


def codes(made: Enrichment) -> list[str]:
    return [flag.code for flag in made.flags]


def kinds(*forms: tuple[str, str], where: str = "US") -> list[tuple[str, str | None]]:
    return [(field.kind, field.value) for field in enriched(document(forms=list(forms)), where).fields]


# The three that the reference names.


def test_digits_missing_in_a_phone_number():
    made = enriched(document("Discharge Summary", forms=[("Patient", "Ann Lee"), ("Phone", "(212) 555-012")]))
    flag = next(flag for flag in made.flags if flag.code == "PHONE_DIGITS_MISSING")
    assert (flag.page, flag.form) == (1, 1)
    assert made.fields[1].value is None
    assert made.fields[1].raw == "(212) 555-012"


def test_an_address_without_a_street_number():
    made = enriched(document(forms=[("Home address", "Main Street, Springfield, IL 62704")]))
    assert codes(made) == ["ADDRESS_NO_STREET_NUMBER"]
    assert made.fields[0].value == "Main Street, Springfield, IL 62704"


def test_a_document_missing_from_its_packet():
    packet = missing_documents.read(b'{"types": ["discharge_summary", "consent_form"]}')
    assert [flag.code for flag in missing_documents.flags(packet, ["discharge_summary"])] == ["DOCUMENT_MISSING"]
    assert missing_documents.flags(packet, ["consent_form", "discharge_summary"]) == []


# Fields


def test_a_key_says_what_its_value_is():
    assert kinds(
        ("Date of Birth:", "01/02/60"),
        ("Tel.", "212-555-0123"),
        ("Total", "$12.00"),
        ("Address", "12 Main St, Reno, NV"),
        ("Name", "  Ann   Lee "),
        ("Smoker", "[X]"),
        ("Comments", ""),
    ) == [
        ("date", "1960-01-02"),
        ("phone", "+12125550123"),
        ("amount", "12.00 USD"),
        ("address", "12 Main St, Reno, NV"),
        ("text", "Ann Lee"),
        ("text", "[X]"),
        ("text", ""),
    ]


def test_a_value_says_itself_what_it_is():
    assert kinds(
        ("When", "March 4, 2024"), ("Call", "(212) 555-0123"), ("Sum of it", "€ 5,00"), ("Section", "1.2.24")
    ) == [
        ("date", "2024-03-04"),
        ("phone", "+12125550123"),
        ("amount", "5.00 EUR"),
        ("text", "1.2.24"),
    ]


def test_a_key_may_forbid_what_its_value_looks_like():
    assert kinds(("Email address", "ann@example.org"), ("Account number", "1,234"), ("Tax ID", "12-3456789")) == [
        ("text", "ann@example.org"),
        ("text", "1,234"),
        ("text", "12-3456789"),
    ]


def test_a_value_that_is_not_what_its_key_says_is_text_without_a_flag():
    made = enriched(
        document(forms=[("Phone", "none"), ("Date", "n/a"), ("Amount", "see invoice"), ("Address", "same as above")])
    )
    assert {field.kind for field in made.fields} == {"text"}
    assert codes(made) == []


def test_an_ambiguous_date_is_flagged_without_a_region_and_read_with_one():
    form = [("Date", "03/04/2024")]
    assert codes(enriched(document(forms=form), "")) == ["DATE_AMBIGUOUS"]
    assert enriched(document(forms=form), "US").fields[0].value == "2024-03-04"
    both = enriched(document(forms=[*form, ("Issued", "25/12/2023")]), "US")
    assert [flag.form for flag in both.flags] == [0], "the other date shows that this document writes the day first"
    assert codes(enriched(document("Seen on 25/12/2023.", forms=form), "US")) == ["DATE_AMBIGUOUS"]


def test_a_house_number_field_completes_the_address():
    forms = [("Street", "Main Street"), ("House number", "12")]
    assert codes(enriched(document(forms=forms))) == []


def test_low_confidence_is_flagged_under_the_threshold_and_never_where_nothing_was_estimated():
    forms = (Form(2, "Name", "Ann", 61.4), Form(2, "City", "Reno", 80.0), Form(1, "State", "NV", None, "text"))
    made = enriched(Extraction(2, forms=forms), threshold=80)
    assert [(flag.code, flag.page, flag.form) for flag in made.flags] == [("LOW_CONFIDENCE", 2, 0)]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=30)), max_size=6),
    st.lists(st.text(max_size=40), max_size=6),
)
def test_any_document_is_enriched(forms, lines):
    made = enriched(document(*lines, forms=forms))
    assert [field.form for field in made.fields] == list(range(len(forms)))
    assert Enrichment.from_json(made.to_json()) == made


def test_no_text_of_the_document_stands_in_a_flag():
    forms = [("Phone", "212-555-98"), ("Address", "Secret Lane, Hideout, NV 89501"), ("Date", "31/02/2087")]
    said = " ".join(flag.message for flag in enriched(document("Invoice", "Page 1 of 3", forms=forms)).flags)
    assert said
    assert not any(word in said for word in ("98", "Secret", "Hideout", "2087"))


# Types

SAMPLES = {
    "discharge_summary": document(
        "MERCY HOSPITAL",
        "Discharge Summary",
        "Admitted with chest pain.",
        "Follow up in two weeks.",
        forms=[("Patient Name", "Ann Lee"), ("Discharge Date", "03/04/2024")],
    ),
    "invoice": document(
        "Rechnung", "Zahlbar binnen 14 Tagen", forms=[("Rechnungsnummer", "17"), ("Gesamtbetrag", "12,00 €")]
    ),
    "receipt": document(
        "CORNER STORE",
        "Cashier: Joe",
        "Subtotal 4.00",
        "Tax 0.32",
        "Total 4.32",
        "Cash 5.00",
        "Change 0.68",
        "Thank you",
    ),
    "bank_statement": document("First Bank", "Account Statement", "Opening balance 12.00", "Closing balance 13.00"),
    "claim_form": document(
        "HEALTH INSURANCE CLAIM FORM", forms=[("Insured's I.D. number", "1"), ("Policy number", "2")]
    ),
    "contract": document("LEASE AGREEMENT", "The parties shall ...", "Tenant and Landlord", "governing law"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_type_is_told_by_its_words(name):
    found = document_types.classify(SAMPLES[name])
    assert found.name == name
    assert 0 < found.confidence <= 1


@pytest.mark.parametrize("lines", [(), ("Hello",), ("The total eclipse of the sun was seen by all.",)])
def test_what_fits_nothing_is_other(lines):
    found = document_types.classify(document(*lines))
    assert found.name == "other"
    assert 0 < found.confidence <= 1


def test_a_word_inside_another_is_no_cue():
    assert document_types.classify(document("Billboards and contractors")).name == "other"


def test_one_key_of_a_form_is_no_two_signs_of_a_type():
    """Every clinic asks for the patient's name and for a date: that makes no visit letter a discharge summary."""
    lines = ("Visit Letter", "He was seen for a follow-up of his knee injury.")
    forms = [("Patient Name", "Casimir Vang"), ("Date of Birth", "1990-04-22"), ("Visit Date", "2026-02-18")]
    assert document_types.classify(document(*lines, forms=forms)).name == "other"


def test_equal_points_leave_no_confidence():
    two = {name: document_types.Type(name, ("form",), (), (), ()) for name in ("a", "b")}
    found = document_types.classify(document("Form"), two)
    assert (found.name, found.confidence) == ("a", 0.0)


def test_the_shipped_types_are_well_formed():
    assert "other" not in document_types.shipped()
    for kind in document_types.shipped().values():
        assert all(names for names in kind.required)
        assert kind.words or kind.title
        assert kind.description
        assert len(kind.prompt) < 600
        assert not kind.prompt.endswith("."), "it goes on in a sentence"
        keys_of = keywords.table("types.toml")[kind.name].get("names", {})
        assert len(kind.names) == len({gist for keys in keys_of.values() for gist in map(keywords.gist, keys)})
        assert all(kind.names[keywords.gist(key)] == name for name, keys in keys_of.items() for key in keys), kind.name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Name (please print)", "patient_name"),
        ("2. Name (last, first)", "patient_name"),
        ("Name (patient)", "patient_name"),
        ("Name (next of kin)", None),
        ("Name\uff08Witness\uff09", None),
        ("Date of Birth (MM/DD/YYYY)", "date_of_birth"),
        ("Date of Birth (spouse)", None),
    ],
)
def test_a_remark_that_says_whose_a_field_is_counts(key, name):
    assert document_types.shipped()["discharge_summary"].names.get(keywords.gist(key)) == name


# Required fields


def missing(*lines: str, forms: list[tuple[str, str]]) -> list[tuple[str, int | None]]:
    made = enriched(document("Invoice", "Bill to", "Amount due", *lines, forms=forms))
    assert made.type.name == "invoice"
    return [(flag.message.split("'")[1], flag.form) for flag in made.flags if flag.code == "FIELD_MISSING"]


def test_a_required_field_that_is_absent_or_empty_is_flagged():
    assert missing(forms=[("Invoice No.", " - "), ("Due date", "March 4, 2024")]) == [
        ("invoice number", 0),
        ("total", None),
    ]


def test_a_required_field_may_go_by_other_names_and_stand_in_a_line():
    assert missing(forms=[("1. INVOICE # (see back)", "17"), ("Amount Due:", "$5")]) == []
    assert missing("Invoice number: 17", "Total: 5.00", forms=[]) == []


@pytest.mark.parametrize(
    ("rows", "there"),
    [
        ([("Item", "Total"), ("Pen", "$5")], True),
        ([("Item", "Total"), ("Pen", "")], False),
        ([("Pen", "$5"), ("Grand total", "$5")], True),
        ([("Pen", "$5"), ("Total", "Total")], False),
    ],
)
def test_a_required_field_may_stand_in_a_table(rows, there):
    table = Table(1, tuple(rows))
    extraction = replace(document("Invoice", "Bill to", forms=[("Invoice #", "17")]), tables=(table,))
    assert (codes(enriched(extraction)) == []) is there


def test_a_required_field_may_be_the_answer_to_a_query():
    extraction = document("Invoice", "Bill to", forms=[("Invoice #", "17")])
    asked = Query(1, "What is the amount due?", "AMOUNT")
    assert codes(enriched(replace(extraction, queries=(asked,)))) == ["FIELD_MISSING"]
    assert codes(enriched(replace(extraction, queries=(replace(asked, answer="$5"),)))) == []


def test_a_value_below_its_label_is_found_and_the_next_label_is_none():
    assert missing("Invoice number", "17", "Total", "$5", forms=[]) == []
    assert missing("Invoice number", "Due date", "Total", "17", forms=[]) == [("invoice number", None)]


def test_a_signature_on_the_page_is_the_field():
    lines = document("Informed Consent", "I consent to the procedure", "I understand the risks")
    assert codes(enriched(lines)) == ["FIELD_MISSING"]
    signed = Extraction(1, lines.lines, signatures=(Signature(1, 99.0),))
    assert codes(enriched(signed)) == []


# Pages


def test_footers_are_read_once_however_many_totals_they_name(monkeypatch):
    """A text made of footers with other totals each would be read once a total: for hours, and be tried again."""
    read = []
    once = missing_pages._sequences
    monkeypatch.setattr(missing_pages, "_sequences", lambda lines: read.append(len(lines)) or once(lines))
    assert len(missing_pages.flags(document(*(f"1| Page 1 of {total}" for total in range(2, 300))))) == 298
    assert read == [298]


def test_a_line_of_brackets_is_no_key():
    assert missing("Invoice number: 17", *["(" * 19_000] * 500, "Total: $5", forms=[]) == []


def pages(*lines: str, of: int | None = None) -> list[str]:
    return [flag.message for flag in missing_pages.flags(document(*lines, pages=of))]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("1| Page 1 of 3", "2| Page 3 of 3"), "Page 2 of 3 not found."),
        (("1| Page 2 of 3", "2| Page 3 of 3"), "Page 1 of 3 not found."),
        (("1| Page 1 of 3", "2| Page 2 of 3"), "Page 3 of 3 not found."),
        (("1| Page 1 of 4",), "Pages 2, 3 and 4 of 4 not found."),
        (("1| Seite 1 von 2",), "Page 2 of 2 not found."),
        (("1| Página 1 de 2",), "Page 2 of 2 not found."),
        (("1| ACME Corp. - Confidential - Page 1/2",), "Page 2 of 2 not found."),
        (("1| Page 1 of 20",), "19 pages of 20 not found."),
    ],
)
def test_a_page_that_the_footers_count_and_the_file_lacks(lines, message):
    assert pages(*lines) == [message]


@pytest.mark.parametrize(
    "lines",
    [
        ("1| Page 1 of 2", "2| Page 2 of 2"),
        ("1| Page 2 of 2", "2| Page 1 of 2"),
        ("1| Page 1 of 3", "2| no footer here", "3| Page 3 of 3"),
        ("1| as shown on page 1 of 3", "1| see page 2 of 9 for more", "1| Page 5 of 3", "1| Page 1 of 9999"),
        ("1| Page 1 of 1", "2| Page 1 of 1"),
        ("1| nothing",),
    ],
)
def test_pages_that_are_there_or_only_spoken_of(lines):
    assert pages(*lines) == []


def test_a_first_page_without_a_footer_is_not_missing():
    assert pages("1| Title", "2| Page 2 of 3", "3| Page 3 of 3") == []


# Packets


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"types": []}',
        b'{"types": "invoice"}',
        b'{"types": [1]}',
        b'{"types": ["unheard of"]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_broken_packet_is_flagged_as_such(body):
    packet = missing_documents.read(body)
    assert [flag.code for flag in missing_documents.flags(packet, [])] == ["PACKET_UNREADABLE"]


def test_a_type_that_is_listed_twice_is_wanted_twice():
    packet = missing_documents.read(b'{"types": ["receipt", "receipt"]}')
    assert missing_documents.missing(packet, ["receipt", "invoice"]) == ["receipt"]


@pytest.mark.parametrize(("key", "folder"), [("a.pdf", ""), ("a/b c/d.pdf", "a/b c/"), ("a//d", "a//")])
def test_the_folder_of_a_key(key, folder):
    assert keys.folder(key) == folder
