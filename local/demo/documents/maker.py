"""Documents of invented people: notes, forms, letters, and files that must not hurt the pipeline.
Made by script, so that the same call gives the same bytes under the same release of Pillow.

``SAMPLES`` lists every document with its key and what the pipeline should make of it; ``load()`` makes as many small
ones as a load test wants. Telephone numbers are of the ranges kept for fiction (555-01xx).
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFont

from local.demo.documents import office_files, pdf_writer, texts

#: A4 at 200 dots an inch.
WIDTH, HEIGHT = 1654, 2339
PASSWORD = "only the owner knows"  # noqa: S105 - of a sample that must stay locked
_MARGIN, _LINE, _SIZE = 150, 46, 30
_VALUE_AT = 480
_LONG_AGO = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sample:
    """A document, and what becomes of it: ``expected`` is "summarized" or the name of the error in ``rejected/``."""

    caption: str
    key: str
    make: Callable[[], bytes]
    expected: str = "summarized"


# ---- scans


def discharge_note() -> bytes:
    """One page as a scanner gives it: a little turned, with grain. PNG, grey."""
    return _png(_scanned(_discharge_page(), seed=1))


def intake_form() -> bytes:
    """Two scanned pages without a text layer: lines to fill in, check boxes, a ruled table, a signature. PDF."""
    pages = [_scanned(page, seed=2 + number) for number, page in enumerate(_intake_pages())]
    return pdf_writer.picture_pdf([(_jpeg(page), page.width, page.height) for page in pages])


def intake_form_tiff() -> bytes:
    """The same two pages as a TIFF of two frames."""
    first, second = (_scanned(page, seed=2 + number) for number, page in enumerate(_intake_pages()))
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=[second], compression="tiff_adobe_deflate", dpi=(200, 200))
    return out.getvalue()


def registration() -> bytes:
    """A form whose telephone number lacks a digit and whose address has no street number. JPEG."""
    page, pen = _paper()
    y = _heading(pen, texts.REGISTRATION_TITLE, _MARGIN)
    for key, value in texts.REGISTRATION:
        y = _pair(pen, y, key, value)
    return _jpeg(_scanned(page, seed=5))


def scan(number: int) -> bytes:
    """A small scanned receipt, another one for each number. JPEG."""
    page, pen = _paper(1000, 700)
    y = _heading(pen, "Receipt", 60, left=60)
    for key, value in texts.receipt(number):
        y = _pair(pen, y, key, value, left=60, value_at=400)
    return _jpeg(_scanned(page, seed=number))


def oversized_image() -> bytes:
    """A page with more than Textract's 10 MB: eleven of grain that does not compress. PNG."""
    noise = random.Random(11).randbytes(3500 * 3200)  # noqa: S311 - grain, no secret
    return _png(Image.frombytes("L", (3500, 3200), noise), compress_level=0)


# ---- text


def visit_letter() -> bytes:
    """Two pages of text that can be selected, with ``Key: value`` lines. PDF."""
    return pdf_writer.text_pdf(texts.VISIT_LETTER)


def loan_letter() -> bytes:
    """A page whose file holds another total than it shows. PDF with text."""
    return pdf_writer.hiding_pdf(texts.LOAN_LETTER, texts.LOAN_LETTER_HIDDEN)


def travel_note() -> bytes:
    """A page of text with a scanned ticket on it. PDF."""
    page, pen = _paper(1300, 420)
    y = 60
    for key, value in texts.TICKET:
        y = _pair(pen, y, key, value, left=60, value_at=500)
    return pdf_writer.illustrated_pdf(texts.TRAVEL_NOTE, _jpeg(page), page.width, page.height)


def arabic_letter() -> bytes:
    """A page that is read from right to left, with dates and amounts that are not. PDF with text and its own font."""
    return pdf_writer.arabic_pdf(texts.ARABIC_LETTER)


def consent_form() -> bytes:
    """Belongs to the packet. PDF with text."""
    return pdf_writer.text_pdf([texts.CONSENT_FORM])


def claim_form() -> bytes:
    """Belongs to the packet. PDF with text."""
    return pdf_writer.text_pdf([texts.CLAIM_FORM])


def packet() -> bytes:
    """What the folder beside it must hold; its discharge note is never put there. JSON."""
    return json.dumps({"types": list(texts.PACKET_TYPES)}, indent=1).encode()


def memo() -> bytes:
    """Headings, paragraphs and a table. DOCX."""
    return _docx(texts.memo_xml())


def merge_letter() -> bytes:
    """Names and amounts in merge fields, and a second balance that does not show. DOCX."""
    return _docx(office_files.merge_letter_xml(texts.WORD))


def minutes() -> bytes:
    """Markdown."""
    return texts.MINUTES.encode()


def web_page() -> bytes:
    """HTML with scripts, styles, an event handler and a comment, none of which may come through."""
    return texts.WEB_PAGE.encode()


def plain_note() -> bytes:
    """Plain text with accents, in UTF-8."""
    return texts.PLAIN_NOTE.encode()


# ---- what must be refused


def broken() -> bytes:
    """Begins like a PDF and is torn off in the middle."""
    whole = visit_letter()
    return whole[: len(whole) // 3]


def locked() -> bytes:
    """Opens with ``PASSWORD`` only. PDF."""
    return pdf_writer.locked(visit_letter(), PASSWORD)


def empty() -> bytes:
    """No bytes at all."""
    return b""


def pdf_bomb() -> bytes:
    """Few kilobytes, 256 MB unpacked. PDF."""
    return pdf_writer.bomb(256_000_000)


def docx_bomb() -> bytes:
    """Under a megabyte, 512 MB unpacked. DOCX."""
    head, tail = texts.memo_xml().rsplit("</w:body>", 1)
    return _docx(head, padding=512_000_000, tail=f"</w:body>{tail}")


def too_many_pages() -> bytes:
    """3,001 pages, one more than Textract takes. PDF."""
    return pdf_writer.many_pages(3_001)


def archive() -> bytes:
    """A ZIP that is no DOCX."""
    return _zip({"notes.txt": b"Nothing for a reader of documents.\n"})


SAMPLES: tuple[Sample, ...] = (
    Sample("discharge note, scanned", "notes/discharge note.png", discharge_note),
    Sample("two-page form, scanned", "forms/intake form.pdf", intake_form),
    Sample("the same form as TIFF", "forms/intake form.tiff", intake_form_tiff),
    Sample("a digit and a street number missing", "forms/registration.jpg", registration),
    Sample("letter with its own text", "letters/visit letter.pdf", visit_letter),
    Sample("letter with a hidden total", "letters/loan letter.pdf", loan_letter),
    Sample("scan within a page of text", "letters/travel note.pdf", travel_note),
    Sample("letter in Arabic", "letters/arabic letter.pdf", arabic_letter),
    Sample("packet: claim form", "packets/claim 2041/claim form.pdf", claim_form),
    Sample("packet: consent form", "packets/claim 2041/consent form.pdf", consent_form),
    Sample("memo", "memos/clinic hours.docx", memo),
    Sample("letter of a mail merge", "letters/merged letter.docx", merge_letter),
    Sample("e-mail with papers", "mail/papers for October.eml", office_files.mail),
    Sample("minutes", "minutes/2026-03-12.md", minutes),
    Sample("web page with scripts", "web/patient guide.html", web_page),
    Sample("plain note", "notes/r\u00e9sum\u00e9 + notes.txt", plain_note),
    Sample("a PNG that is called PDF", "odd/really a picture.pdf", discharge_note),
    Sample("torn PDF", "bad/torn.pdf", broken, "BrokenDocument"),
    Sample("locked PDF", "bad/locked.pdf", locked, "PasswordProtected"),
    Sample("no bytes", "bad/empty.pdf", empty, "EmptyDocument"),
    Sample("PDF bomb", "bad/bomb.pdf", pdf_bomb, "DecompressionBomb"),
    Sample("DOCX bomb", "bad/bomb.docx", docx_bomb, "DecompressionBomb"),
    Sample("picture of 11 MB", "bad/large.png", oversized_image, "TooLarge"),
    Sample("3,001 pages", "bad/many pages.pdf", too_many_pages, "TooManyPages"),
    Sample("ZIP", "bad/archive.zip", archive, "UnsupportedFormat"),
)
PACKET_KEY = "packets/claim 2041/packet.json"
"""Beside the packet's two documents; put it there first."""


def load(documents: int, scans: int, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Keys under ``prefix`` and bytes of ``documents`` small documents, the first ``scans`` of them scans; no two the
    same.
    """
    kinds: tuple[tuple[str, Callable[[str], bytes]], ...] = (
        ("txt", lambda text: text.encode()),
        ("md", lambda text: f"# Visit\n\n{text}".encode()),
        ("html", lambda text: f"<html><body><p>{text.replace(chr(10), '</p><p>')}</p></body></html>".encode()),
        ("pdf", lambda text: pdf_writer.text_pdf([text.splitlines()])),
    )
    for number in range(documents):
        if number < scans:
            yield f"{prefix}scan {number:04}.jpg", scan(number)
        else:
            ending, encoded = kinds[number % len(kinds)]
            yield f"{prefix}note {number:04}.{ending}", encoded(texts.visit(number))


# ---- drawing


def _discharge_page() -> Image.Image:
    page, pen = _paper()
    y = _heading(pen, texts.DISCHARGE_TITLE, _MARGIN)
    for key, value in texts.DISCHARGE:
        y = _pair(pen, y, key, value)
    for title, paragraph in texts.DISCHARGE_SECTIONS:
        y = _heading(pen, title, y + 20, size=34)
        y = _paragraph(pen, y, paragraph)
    y = _heading(pen, "Medications", y + 20, size=34)
    y = _table(pen, y, texts.MEDICATIONS)
    return _signed(page, pen, y)


def _intake_pages() -> tuple[Image.Image, Image.Image]:
    first, pen = _paper()
    y = _heading(pen, texts.INTAKE_TITLE, _MARGIN)
    for key, value in texts.INTAKE:
        y = _pair(pen, y, key, value, underlined=True)
    y = _heading(pen, "Have you ever had", y + 30, size=34)
    for label, ticked in texts.INTAKE_BOXES:
        y = _check_box(pen, y, label, ticked)
    second, pen = _paper()
    y = _heading(pen, "Allergies and vaccinations", _MARGIN)
    y = _table(pen, y, texts.VACCINATIONS)
    y = _paragraph(pen, y + 30, texts.INTAKE_CONSENT)
    return first, _signed(second, pen, y)


def _paper(width: int = WIDTH, height: int = HEIGHT) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    page = Image.new("L", (width, height), 250)
    return page, ImageDraw.Draw(page)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font inside Pillow: Aileron."""
    return ImageFont.load_default(size)


def _heading(pen: ImageDraw.ImageDraw, text: str, y: int, size: int = 48, left: int = _MARGIN) -> int:
    pen.text((left, y), text, 10, _font(size), stroke_width=1, stroke_fill=10)
    return y + size + 26


def _pair(
    pen: ImageDraw.ImageDraw,
    y: int,
    key: str,
    value: str,
    left: int = _MARGIN,
    value_at: int = _VALUE_AT,
    underlined: bool = False,
) -> int:
    pen.text((left, y), f"{key}:", 20, _font(_SIZE))
    pen.text((value_at, y), value, 20, _font(_SIZE))
    if underlined:
        pen.line((value_at - 8, y + _LINE - 6, WIDTH - _MARGIN, y + _LINE - 6), 90, 2)
    return y + _LINE + 12


def _paragraph(pen: ImageDraw.ImageDraw, y: int, text: str) -> int:
    font, line = _font(_SIZE), ""
    for word in [*text.split(), ""]:
        longer = f"{line} {word}".strip()
        if word and font.getlength(longer) <= WIDTH - 2 * _MARGIN:
            line = longer
            continue
        pen.text((_MARGIN, y), line, 20, font)
        y, line = y + _LINE, word
    return y + 10


def _check_box(pen: ImageDraw.ImageDraw, y: int, label: str, ticked: bool) -> int:
    side = 30
    pen.rectangle((_MARGIN, y, _MARGIN + side, y + side), outline=20, width=3)
    if ticked:
        pen.line((_MARGIN + 6, y + 6, _MARGIN + side - 6, y + side - 6), 20, 4)
        pen.line((_MARGIN + 6, y + side - 6, _MARGIN + side - 6, y + 6), 20, 4)
    pen.text((_MARGIN + side + 20, y), label, 20, _font(_SIZE))
    return y + _LINE + 10


def _table(pen: ImageDraw.ImageDraw, y: int, rows: tuple[tuple[str, ...], ...]) -> int:
    column, height = (WIDTH - 2 * _MARGIN) // len(rows[0]), 62
    for row, cells in enumerate(rows):
        for number, cell in enumerate(cells):
            left, top = _MARGIN + number * column, y + row * height
            pen.rectangle((left, top, left + column, top + height), outline=40, width=3)
            pen.text((left + 14, top + 14), cell, 20, _font(_SIZE), stroke_width=int(row == 0), stroke_fill=20)
    return y + len(rows) * height + 20


def _signed(page: Image.Image, pen: ImageDraw.ImageDraw, y: int) -> Image.Image:
    """A line with a scrawl on it, and what it is for."""
    y = max(y + 120, HEIGHT - 420)
    pen.text((_MARGIN, y), "Signature:", 20, _font(_SIZE))
    wave = random.Random(9)  # noqa: S311 - a scrawl, no secret
    points = [(_VALUE_AT + 14 * step, y - 5 + wave.randint(-38, 30)) for step in range(30)]
    pen.line(points, 30, 4, joint="curve")
    pen.line((_VALUE_AT - 20, y + _LINE, _VALUE_AT + 560, y + _LINE), 40, 3)
    return page


def _scanned(page: Image.Image, seed: int) -> Image.Image:
    """``page`` as a scanner sees it: turned by up to half a degree, with grain."""
    chance = random.Random(seed)  # noqa: S311 - a picture, no secret
    angle = chance.choice((-0.5, -0.3, 0.3, 0.5))
    turned = page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=250)
    grain = Image.frombytes("L", page.size, chance.randbytes(page.width * page.height))
    depth = 18
    return ImageChops.add(turned, grain.point([value * depth // 255 for value in range(256)]), 1, -depth // 2)


def _png(image: Image.Image, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(200, 200), **options)
    return out.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, dpi=(200, 200))
    return out.getvalue()


# ---- ZIP and DOCX


def _docx(body: str, padding: int = 0, tail: str = "") -> bytes:
    parts = {name: text.encode() for name, text in texts.DOCX_PARTS.items()}
    return _zip(parts, "word/document.xml", body.encode(), padding, tail.encode())


def _zip(parts: dict[str, bytes], last: str = "", head: bytes = b"", padding: int = 0, tail: bytes = b"") -> bytes:
    """An archive of ``parts`` and, if named, of ``last``: ``head``, that many spaces, ``tail``."""
    out, block = io.BytesIO(), b" " * 1_000_000
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(_entry(name), data)
        if last:
            with archive.open(_entry(last), "w") as entry:
                entry.write(head)
                for _ in range(padding // len(block)):
                    entry.write(block)
                entry.write(tail)
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
