"""What the documents chapter says of each document, and whether it is true: held against what was written in it."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageSequence

from local.demo.documents import office_files, texts
from local.demo.documents.maker import Sample

WIDTH = 118
MOST_SENTENCES, MOST_FORMS = 3, 6
ROUTES = {
    "sync": "one call of Textract",
    "async": "a job of Textract",
    "text": "its own text, no OCR",
}
NAMES = ("Oduya", "Castellan", "Brandvold", "Vang", "Persistent cough", "pneumonia")
"""Words of the documents that stand nowhere else."""
ENOUGH = 0.9
"""The share of what was written that OCR has to read."""

_BOXES = tuple((label, "[X]" if ticked else "[ ]") for label, ticked in texts.INTAKE_BOXES)
SCANNED: Mapping[str, texts.Pairs] = {
    "notes/discharge note.png": texts.DISCHARGE,
    "forms/intake form.pdf": (*texts.INTAKE, *_BOXES),
    "forms/registration.jpg": texts.REGISTRATION,
}
"""What stands in the forms of the scans."""
PROSE: Mapping[str, tuple[str, ...]] = {
    "notes/discharge note.png": (
        texts.DISCHARGE_TITLE,
        *(part for section in texts.DISCHARGE_SECTIONS for part in section),
    ),
    "forms/intake form.pdf": (texts.INTAKE_TITLE, texts.INTAKE_CONSENT),
    "forms/registration.jpg": (texts.REGISTRATION_TITLE,),
}
"""Their title, and what stands below the forms."""
WRITTEN: Mapping[str, Sequence[str]] = {
    "letters/visit letter.pdf": [line for page in texts.VISIT_LETTER for line in page],
    "letters/loan letter.pdf": texts.LOAN_LETTER,
    "packets/claim 2041/claim form.pdf": texts.CLAIM_FORM,
    "packets/claim 2041/consent form.pdf": texts.CONSENT_FORM,
    "letters/arabic letter.pdf": texts.ARABIC_LETTER,
    "letters/merged letter.docx": office_files.MERGE_LETTER,
    "mail/papers for October.eml": office_files.MAIL,
}
"""The lines of those that have text of their own."""
PICTURED: Mapping[str, tuple[Sequence[str], texts.Pairs]] = {
    "letters/travel note.pdf": (texts.TRAVEL_NOTE, texts.TICKET),
}
"""The lines of those that have a picture among text of their own, and what the picture says."""
TABLES: Mapping[str, Sequence[Sequence[str]]] = {
    "notes/discharge note.png": texts.MEDICATIONS,
    "forms/intake form.pdf": texts.VACCINATIONS,
}
"""The one table of those scans that have one."""
FLAGS: Mapping[str, Sequence[str]] = {
    "letters/loan letter.pdf": ("TEXT_HIDDEN",),
    "forms/registration.jpg": ("ADDRESS_NO_STREET_NUMBER", "PHONE_DIGITS_MISSING"),
    "packets/claim 2041/consent form.pdf": ("DOCUMENT_MISSING", "DOCUMENT_MISSING"),
    "packets/claim 2041/claim form.pdf": ("DOCUMENT_MISSING",),
    "letters/merged letter.docx": ("TEXT_HIDDEN",),
}
"""What a person should look at; the other documents need no person. Of the packet's three documents, the consent form
is read first and the claim form second; the last one never comes."""


@dataclass(frozen=True)
class Result:
    """``answer`` is the summary document, or the refusal where the document was not accepted."""

    sample: Sample
    original: bytes
    answer: dict[str, Any]
    accepted: bool
    tables: tuple[bytes, ...] = ()
    searchable: bytes = b""

    @property
    def key(self) -> str:
        return self.sample.key

    @property
    def route(self) -> str:
        """sync, async or text; nothing where the document was refused."""
        return str(self.answer["document"]["route"]) if self.accepted else ""

    @property
    def pages(self) -> int:
        return int(self.answer["document"]["pages"]) if self.accepted else 0

    def codes(self) -> list[str]:
        return [flag["code"] for flag in self.answer.get("flags", ())]

    def text(self) -> str:
        """What can be searched: of the copy, or of the original where it needs none."""
        return pdf_text(self.searchable or self.original)


def described(result: Result) -> list[str]:
    """The document in lines of at most WIDTH characters."""
    lines = [f"{result.sample.caption} ({result.key})"]
    if not result.accepted:
        return [*lines, *_labelled("refused", f"{result.answer['error']}: {result.answer['message']}")]
    answer = result.answer
    pages = "1 page" if result.pages == 1 else f"{result.pages} pages"
    lines += _labelled("route", f"{result.route}, {pages}: {ROUTES[result.route]}")
    lines += _labelled("type", answer["type"]["name"])
    lines += _labelled("summary", " ".join(answer["summary"][:MOST_SENTENCES]))
    forms = list(_told_forms(answer))
    if rest := len(forms) - MOST_FORMS:
        forms = [*forms[:MOST_FORMS], f"and {rest} more"] if rest > 0 else forms
    lines += [line for number, form in enumerate(forms) for line in _labelled("" if number else "forms", form)]
    for table, body in zip(answer["tables"], result.tables, strict=True):
        head = ", ".join(next(csv.reader(io.StringIO(body.decode())), []))
        lines += _labelled("table", f"page {table['page']}, {table['rows']} by {table['columns']}: {head}")
    for flag in answer["flags"]:
        at = f" ({answer['forms'][flag['form']]['key'].rstrip(': ')})" if flag["form"] is not None else ""
        lines += _labelled("flag", f"{flag['code']}{at}: {flag['message']}")
    return lines


def promises(results: Sequence[Result]) -> list[tuple[str, bool]]:
    """What can be told from the results and what was uploaded, and whether it is so."""
    accepted = [result for result in results if result.accepted and result.sample.expected == "summarized"]
    scans = [result for result in accepted if result.key in SCANNED]
    own = [result for result in accepted if result.key in WRITTEN]
    pictured = [result for result in accepted if result.key in PICTURED]
    seen = _sums(map(_seen, pictured))
    fields, cells = _sums(map(_read, scans)), _sums(map(_cells, scans))
    return [
        ("every document is summarised, or refused by name in a sentence, as it should", all(map(_ended, results))),
        ("a page with a scan goes by one call, more by a job, text by neither", all(map(_went, accepted))),
        ("the pages are counted", all(result.pages == page_count(result.original) for result in accepted)),
        (f"of the scans' form fields at least {ENOUGH:.0%} read as they were written ({fields[0]} of {fields[1]})",
         fields[0] >= ENOUGH * fields[1] > 0),
        (f"of their tables' cells too ({cells[0]} of {cells[1]})", cells[0] >= ENOUGH * cells[1] > 0),
        ("the forms of documents with text of their own are what was written, all of it and nothing else",
         bool(own) and all(forms(result.answer) == pairs(WRITTEN[result.key]) for result in own)),
        (f"what a picture on a page of text says is read too ({seen[0]} of {seen[1]})", seen[0] >= ENOUGH * seen[1]),
        ("scans can be searched in their copies", bool(scans) and all(map(_can_be_searched, scans))),
        ("what has text of its own gets no copy", not any(result.searchable for result in own)),
        ("every sentence of a summary stands in its document as it was written", all(map(_is_from_document, accepted))),
        ("the flags are those that should be and no others",
         all(sorted(result.codes()) == list(FLAGS.get(result.key, ())) for result in accepted)),
    ]  # fmt: skip


def forms(answer: Mapping[str, Any]) -> dict[str, str]:
    """Keys without their colon, and values; of a key that stands there twice the last."""
    return {form["key"].rstrip(": "): form["value"] for form in answer["forms"]}


def page_count(original: bytes) -> int:
    """Of a PDF or an image; what is only written is one page."""
    if not original.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8", b"II*", b"MM")):
        return 1
    if not original.startswith(b"%PDF"):
        with Image.open(io.BytesIO(original)) as image:
            return sum(1 for _ in ImageSequence.Iterator(image))
    import pypdfium2

    document = pypdfium2.PdfDocument(original)
    try:
        return len(document)
    finally:
        document.close()


def pdf_text(pdf: bytes) -> str:
    """What a reader of PDF finds when it searches."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def as_written(key: str) -> str:
    """All that stands in the document of this key, before it was drawn or printed."""
    if key in WRITTEN:
        return "\n".join(WRITTEN[key])
    if key in PICTURED:
        lines, pairs = PICTURED[key]
        return "\n".join([*lines, *(f"{name}: {value}" for name, value in pairs)])
    title, *paragraphs = PROSE[key]
    return "\n".join([title, *(f"{name}: {value}" for name, value in SCANNED[key]), *paragraphs])


def _labelled(label: str, text: str) -> list[str]:
    """The text beside its label, wrapped below itself."""
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {label:<9}", subsequent_indent=" " * 11) or [f"  {label}"]


def _told_forms(answer: Mapping[str, Any]) -> Iterator[str]:
    """Each form as it was read, and behind it what it means where that is written in another way."""
    for form, field in zip(answer["forms"], answer["fields"], strict=True):
        value = field["value"]
        meaning = f" -> {value}" if value and field["kind"] != "text" and value != form["value"] else ""
        yield f"{form['key'].rstrip(': ')}: {form['value']}{meaning}"


def pairs(lines: Sequence[str]) -> dict[str, str]:
    """The ``Key: value`` lines."""
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def _ended(result: Result) -> bool:
    if result.sample.expected == "summarized":
        return result.accepted and bool(result.answer["summary"])
    told = not result.accepted and result.answer["error"] == result.sample.expected
    return told and result.answer["message"].endswith(".")


def _went(result: Result) -> bool:
    scanned = "sync" if page_count(result.original) == 1 else "async"
    return result.route == (scanned if result.key in {*SCANNED, *PICTURED} else "text")


def _read(result: Result) -> tuple[int, int]:
    """How many of the scan's fields were read as they were written, and how many were written."""
    found = forms(result.answer)
    scanned = SCANNED[result.key]
    return sum(found.get(key) == value for key, value in scanned), len(scanned)


def _seen(result: Result) -> tuple[int, int]:
    """How many of a picture's fields were read as they were written, and how many were written."""
    found, (_, pairs) = forms(result.answer), PICTURED[result.key]
    return sum(found.get(key) == value for key, value in pairs), len(pairs)


def _cells(result: Result) -> tuple[int, int]:
    """The same of the cells of its tables, which have to stand at their places."""
    found = [list(csv.reader(io.StringIO(table.decode()))) for table in result.tables]
    written = [[list(row) for row in TABLES[result.key]]] if result.key in TABLES else []
    if [[len(row) for row in table] for table in found] != [[len(row) for row in table] for table in written]:
        return 0, sum(len(row) for table in written for row in table) or 1
    places = [
        pair
        for tables in zip(found, written, strict=True)
        for rows in zip(*tables, strict=True)
        for pair in zip(*rows, strict=True)
    ]
    return sum(read == meant for read, meant in places), len(places)


def _sums(counts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(counts)
    return sum(right for right, _ in listed), sum(all_ for _, all_ in listed)


def _can_be_searched(result: Result) -> bool:
    written = {word for key, value in SCANNED[result.key] for word in words(f"{key} {value}") if word != "x"}
    share = len(written.intersection(words(result.text()))) / len(written)
    empty = not result.original.startswith(b"%PDF") or not pdf_text(result.original).strip()
    return empty and share >= ENOUGH and page_count(result.searchable) == result.pages


def _is_from_document(result: Result) -> bool:
    """The local model picks sentences and form fields, it writes none; a page turned or misread by OCR shows here."""
    written = f" {' '.join(words(as_written(result.key)))} "
    return all(f" {' '.join(words(sentence))} " in written for sentence in result.answer["summary"])
