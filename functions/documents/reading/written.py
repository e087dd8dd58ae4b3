"""Documents that are written, not laid out: text, HTML, Markdown, DOCX, workbooks and e-mails.

Each is one page, but a form feed begins a page of a text or of Markdown, and a workbook has one for each sheet.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from documents.files import media_types
from documents.model import Extraction, Flag, Form, Line
from documents.reading import invisible, key_values, plain_text, reader_flags


def extract(path: Path, media_type: str) -> Extraction:
    """``media_type``: no PDF and no image. Raises what the kind's reader raises for a file that it cannot open.

    Of an e-mail its own text; ``documents.outputs.attachments`` has what is attached.
    """
    return invisible.left_out(_extract(path, media_type))


def _extract(path: Path, media_type: str) -> Extraction:
    if media_type == media_types.DOCX:
        from documents.reading.docx import converting

        content = converting.convert(path)
        return of_html(content.html, content.flags)
    if media_type == media_types.XLSX:
        from documents.reading.workbooks import sheets

        return sheets.read(path)
    if media_type in media_types.MAILS:
        from documents.reading.mail import letters, opening

        return letters.extraction(opening.read(path, media_type))
    decoded = media_types.decode(path.read_bytes())
    found = of_text(decoded.text, media_type)
    return replace(found, flags=(*reader_flags.charset(decoded), *found.flags))


def of_text(text: str, media_type: str) -> Extraction:
    """Raises BrokenDocument for HTML that is too costly to parse."""
    if media_type == media_types.HTML:
        return of_html(text)
    if media_type == media_types.MARKDOWN:
        from documents.reading import markdown

        return markdown.read(text)
    if media_type == media_types.PLAIN:
        return plain_text.read(text)
    raise ValueError(f"{media_type} has no text of its own.")


def of_html(html: str, flags: tuple[Flag, ...] = ()) -> Extraction:
    from documents.reading.html import html_text

    content = html_text.read(html)
    pairs = [*content.forms, *key_values.find(content.rows)]
    return Extraction(
        pages=1,
        lines=tuple(Line(1, piece.strip()) for line in content.lines for piece in plain_text.broken(line)),
        forms=tuple(Form(1, key, value, source="text") for key, value in pairs),
        tables=tuple(content.tables),
        flags=(
            *reader_flags.hidden(content.hidden),
            *reader_flags.pictures(content.pictures),
            *reader_flags.skipped(content.unread),
            *flags,
        ),
    )
