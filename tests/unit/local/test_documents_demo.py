"""What the documents chapter says of a result, and that each of its promises breaks when it is not kept."""

from __future__ import annotations

import copy
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from local.demo.documents import chapter, maker, pdf_writer, report
from local.demo.documents import texts as document_texts
from local.demo.documents.report import Result

LETTER = next(sample for sample in maker.SAMPLES if sample.key == chapter.LETTER)
FORM = next(sample for sample in maker.SAMPLES if sample.key == "forms/registration.jpg")
NOTE = next(sample for sample in maker.SAMPLES if sample.key == chapter.NOTE)
TORN = next(sample for sample in maker.SAMPLES if sample.key == "bad/torn.pdf")


def answer(pairs: document_texts.Pairs, pages: int, route: str, **more: Any) -> dict[str, Any]:
    return {
        "summary": ["He may return to office work at once and to sports after the next visit."],
        "forms": [{"key": key, "value": value} for key, value in pairs],
        "fields": [{"kind": "text", "value": value} for _, value in pairs],
        "document": {"pages": pages, "route": route, "version_id": "1"},
        "type": {"name": "other"},
        "flags": [],
        "tables": [],
        **more,
    }


def flag(code: str) -> dict[str, Any]:
    return {"code": code, "message": f"It is {code}.", "page": 1, "form": 3}


@pytest.fixture
def letter() -> Result:
    written = report.WRITTEN[LETTER.key]
    pairs = tuple((key, value) for line in written if ": " in line for key, value in [line.split(": ", 1)])
    return Result(LETTER, LETTER.make(), answer(pairs, 2, "text"), accepted=True)


@pytest.fixture
def form() -> Result:
    pairs = tuple((f"{key}:", value) for key, value in document_texts.REGISTRATION)
    flags = [flag("PHONE_DIGITS_MISSING"), flag("ADDRESS_NO_STREET_NUMBER")]
    image = io.BytesIO()
    Image.new("L", (100, 140), 255).save(image, "JPEG")
    searchable = pdf_writer.text_pdf([[f"{key}: {value}" for key, value in document_texts.REGISTRATION]])
    found = answer(pairs, 1, "sync", flags=flags, summary=["Patient Name: Ottilie Brandvold."])
    return Result(FORM, image.getvalue(), found, accepted=True, searchable=searchable)


@pytest.fixture
def note() -> Result:
    pairs = tuple((f"{key}:", value) for key, value in document_texts.DISCHARGE)
    written = report.as_written(NOTE.key)
    table = "\r\n".join(",".join(row) for row in document_texts.MEDICATIONS).encode()
    image = io.BytesIO()
    Image.new("L", (100, 140), 255).save(image, "PNG")
    found = answer(pairs, 1, "sync", summary=["Type 2 diabetes, well controlled."])
    copy = pdf_writer.text_pdf([written.splitlines()])
    return Result(NOTE, image.getvalue(), found, accepted=True, tables=(table,), searchable=copy)


@pytest.fixture
def torn() -> Result:
    return Result(TORN, b"", {"error": "BrokenDocument", "message": "It cannot be opened."}, accepted=False)


def kept(*results: Result) -> list[bool]:
    return [kept for _, kept in report.promises(results)]


def broken_by(*results: Result) -> list[str]:
    return [text for text, kept in report.promises(results) if not kept]


def test_every_promise_is_kept_by_results_that_are_right(letter: Result, note: Result, form: Result, torn: Result):
    assert all(kept(letter, note, form, torn))


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        ({"summary": []}, "every document is summarised"),
        ({"summary": ["He may return to sports at once."]}, "every sentence"),
        ({"summary": ["work at onc"]}, "every sentence"),
        ({"document": {"pages": 3, "route": "text"}}, "the pages"),
        ({"document": {"pages": 2, "route": "async"}}, "a page with"),
        ({"flags": [flag("FIELD_MISSING")]}, "the flags"),
        ({"forms": [{"key": "Patient Name", "value": "Casimir Vang"}]}, "the forms of documents with text"),
    ],
)
def test_a_promise_about_a_letter_is_broken_alone(letter: Result, note: Result, broken: dict[str, Any], promise: str):
    failed = broken_by(replace(letter, answer={**letter.answer, **broken}), note)
    assert len(failed) == 1
    assert failed[0].startswith(promise)


def test_fields_misread_are_counted(letter: Result, note: Result, form: Result):
    wrong = copy.deepcopy(form.answer)
    for one in wrong["forms"][:2]:
        one["value"] = "0ttilie"
    assert broken_by(letter, note, replace(form, answer=wrong)) == [
        "of the scans' form fields at least 90% read as they were written (12 of 14)"
    ]


@pytest.mark.parametrize(
    "table", [b"", b"Medication,Dose\r\n", b"a,b,c,d\r\n" * 4, b"Medication,Dose,Times a day,Until\r\n" * 4]
)
def test_a_table_that_was_misread_is_found(letter: Result, note: Result, table: bytes):
    (failed,) = broken_by(letter, replace(note, tables=(table,)))
    assert failed.startswith("of their tables' cells too (")
    (failed,) = broken_by(letter, replace(note, tables=()))
    assert failed == "of their tables' cells too (0 of 16)"


@pytest.mark.parametrize("lines", [[], ["Something else stands here"]])
def test_a_copy_that_cannot_be_searched_is_found(letter: Result, note: Result, lines: list[str]):
    wrong = replace(note, searchable=pdf_writer.text_pdf([lines]))
    assert broken_by(letter, wrong) == ["scans can be searched in their copies"]


def test_a_refusal_under_another_name_is_found(letter: Result, note: Result):
    wrong = Result(TORN, b"", {"error": "EmptyDocument", "message": "It cannot be opened."}, accepted=False)
    assert [text[:40] for text in broken_by(letter, note, wrong)] == ["every document is summarised, or refused"]
    refused = Result(LETTER, b"", {"error": "BrokenDocument", "message": "It cannot be opened."}, accepted=False)
    assert not kept(refused, note)[0]
    taken = replace(letter, sample=TORN)
    assert [text[:40] for text in broken_by(letter, note, taken)] == ["every document is summarised, or refused"]


def test_a_document_is_told_in_lines_that_fit(form: Result):
    form.answer["fields"][2] |= {"kind": "phone", "value": "+14155550130"}
    form.answer["summary"] = ["A sentence that is said again and again until it is long."] * 8
    form.answer["tables"] = [{"rows": 3, "columns": 2, "page": 1}]
    lines = report.described(replace(form, tables=(b'Day,"Hours, minutes"\r\n',)))
    assert lines[:3] == [
        "a digit and a street number missing (forms/registration.jpg)",
        "  route    sync, 1 page: one call of Textract",
        "  type     other",
    ]
    assert max(map(len, lines)) <= report.WIDTH
    assert sum(line.count("A sentence") for line in lines) == report.MOST_SENTENCES
    assert "           Phone: (415) 555-013 -> +14155550130" in lines
    assert "  table    page 1, 3 by 2: Day, Hours, minutes" in lines
    assert lines[-1] == "  flag     ADDRESS_NO_STREET_NUMBER (Address): It is ADDRESS_NO_STREET_NUMBER."


def test_forms_that_are_not_shown_are_counted(letter: Result):
    shown = report.MOST_FORMS
    assert f"           and {10 - shown} more" in report.described(letter)


def test_a_refusal_is_told_with_its_sentence(torn: Result):
    assert report.described(torn) == [
        "torn PDF (bad/torn.pdf)",
        "  refused  BrokenDocument: It cannot be opened.",
    ]


def test_the_corrected_letter_is_told_from_the_old_one(letter: Result):
    body = chapter.corrected_letter()
    assert report.page_count(body) == 1
    text = report.pdf_text(body)
    assert "Balance Due: $0.00" in text
    pairs = (("Balance Due", "$0.00"),)
    new = {**answer(pairs, 1, "text"), "document": {"pages": 1, "route": "text", "version_id": "2"}}
    assert chapter.replaced(letter, Result(LETTER, body, new, accepted=True))
    assert not chapter.replaced(letter, letter)
    mixed = {**new, "forms": [*new["forms"], {"key": "Next Visit", "value": "2026-04-01"}]}
    assert not chapter.replaced(letter, Result(LETTER, body, mixed, accepted=True))


def test_what_is_kept_lies_in_a_folder_of_its_own(form: Result, tmp_path: Path):
    chapter.save(Result(FORM, b"a", form.answer, accepted=True, tables=(b"1", b"2"), searchable=b"s"), tmp_path)
    found = {path.name: path.read_bytes() for path in (tmp_path / "registration").iterdir()}
    assert found.pop("summary.json").startswith(b'{\n  "summary"')
    assert found == {"registration.jpg": b"a", "table 1.csv": b"1", "table 2.csv": b"2", "searchable.pdf": b"s"}


def test_the_folders_and_the_samples_are_there():
    keys = [*chapter.FIRST, chapter.CLAIM]
    assert len({Path(key).stem for key in keys}) == len(keys)
    assert {sample.key for sample in maker.SAMPLES}.issuperset(keys)
    assert {key for key in keys if not key.startswith("bad/")} == {*report.SCANNED, *report.WRITTEN, *report.PICTURED}


def test_the_words_looked_for_in_logs_stand_in_documents_and_in_no_key():
    texts = " ".join(map(report.as_written, [*report.SCANNED, *report.WRITTEN]))
    assert all(word in texts for word in report.NAMES)
    assert not any(word in key for word in report.NAMES for key in (*chapter.FIRST, chapter.CLAIM))


def test_a_hidden_total_that_is_believed_breaks_a_promise(letter: Result, note: Result, form: Result, torn: Result):
    sample = next(sample for sample in maker.SAMPLES if sample.key == "letters/loan letter.pdf")
    lines = [line.split(": ", 1) for line in document_texts.LOAN_LETTER if ": " in line]
    pairs = tuple((key, value) for key, value in lines)
    summary = ["The first rate is due on the first working day of May."]
    right = answer(pairs, 1, "text", summary=summary, flags=[flag("TEXT_HIDDEN")])
    loan = Result(sample, sample.make(), right, accepted=True)
    assert all(kept(letter, note, form, torn, loan))
    forged = [*right["forms"], {"key": "Total Due", "value": "$1.00"}]
    believed = replace(loan, answer={**right, "forms": forged, "flags": []})
    assert len(broken_by(letter, note, form, torn, believed)) == 2


def test_a_picture_that_is_not_read_breaks_a_promise(letter: Result, note: Result, form: Result, torn: Result):
    sample = next(sample for sample in maker.SAMPLES if sample.key == "letters/travel note.pdf")
    read = answer(document_texts.TICKET, 1, "sync", summary=["Nobody has typed it in."])
    travel = Result(sample, sample.make(), read, accepted=True)
    assert all(kept(letter, note, form, torn, travel))
    unread = replace(travel, answer={**read, "forms": [], "fields": []})
    assert [text.partition(" (")[0] for text in broken_by(letter, note, form, torn, unread)] == [
        "what a picture on a page of text says is read too"
    ]
