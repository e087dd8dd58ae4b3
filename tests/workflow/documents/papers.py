"""Documents that these tests need and the demo has not."""

from __future__ import annotations

import io

from local.demo.documents import pdf_writer
from local.samples.documents import note, page, scan, two_pages

__all__ = ["note", "note_with_tables", "page", "register", "scan", "two_pages"]


def note_with_tables(number: int) -> bytes:
    """Markdown with so many tables."""
    tables = [f"## Table {each}\n\n| a | b |\n|---|---|\n| 1 | {each} |\n" for each in range(1, number + 1)]
    return ("# Notes\n\nThere is something to read here.\n\n" + "\n".join(tables)).encode()


def register(lines: int = 45, numbers: int = 17) -> bytes:
    """One page full of numbers, in words that need no OCR. A note that somebody stuck on it sends it to Textract."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.annotations import FreeText

    rows = [" ".join(f"{row + 10}{number + 10}" for number in range(numbers)) for row in range(lines)]
    page = pdf_writer.text_pdf([["This register lists the numbers of the whole ward for one year.", *rows]])
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(page)))
    writer.add_annotation(0, FreeText(text="Seen", rect=(450, 20, 560, 40)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
