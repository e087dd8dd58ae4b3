"""Documents that these tests need and the demo has not."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from local.demo.documents import pdf_writer


def note(name: str = "Ada Lovelace") -> bytes:
    """A text of its own, read in no time."""
    return f"Patient: {name}\nPhone: (206) 555-0147\n\nThe patient went home in good condition.\n".encode()


def note_with_tables(number: int) -> bytes:
    """Markdown with so many tables."""
    tables = [f"## Table {each}\n\n| a | b |\n|---|---|\n| 1 | {each} |\n" for each in range(1, number + 1)]
    return ("# Notes\n\nThere is something to read here.\n\n" + "\n".join(tables)).encode()


def page(*lines: str) -> bytes:
    """A picture of a few large lines: one page for OCR, quickly read."""
    image = Image.new("L", (1000, 120 + 90 * len(lines)), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(44)
    for number, line in enumerate(lines):
        pen.text((60, 60 + 90 * number), line, fill=0, font=font)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(150, 150))
    return out.getvalue()


def scan() -> bytes:
    return page("Patient Name: Ada Lovelace", "The patient went home.")


def two_pages() -> bytes:
    """A TIFF of two frames, which takes a job."""
    frames = [Image.open(io.BytesIO(page(f"Page {number}: Ada Lovelace went home."))) for number in (1, 2)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate", dpi=(150, 150))
    return out.getvalue()


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
