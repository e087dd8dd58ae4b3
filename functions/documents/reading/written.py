"""Documents that are written, not laid out: text, HTML, Markdown and DOCX.

Each is one page, but a form feed begins a page of a text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from documents.files import media_types
from documents.model import Extraction, Flag, Form, Line
from documents.reading import key_values, plain_text, reader_flags

MOST_MARKDOWN_PARAGRAPH: Final = 50_000
"""Characters without an empty line; brackets in longer ones can keep a Markdown parser busy for minutes."""


def extract(path: Path, media_type: str) -> Extraction:
    """``media_type``: no PDF and no image. Raises what the kind's reader raises for a file that it cannot open."""
    if media_type == media_types.DOCX:
        from documents.reading.docx import converting

        content = converting.convert(path)
        return of_html(content.html, content.flags)
    decoded = media_types.decode(path.read_bytes())
    guessed = reader_flags.charset(decoded)
    found = _of_text(decoded.text, media_type)
    return replace(found, flags=(*guessed, *found.flags))


def _of_text(text: str, media_type: str) -> Extraction:
    if media_type == media_types.HTML:
        return of_html(text)
    if media_type == media_types.MARKDOWN and not _is_dense(text):
        from markdown_it import MarkdownIt

        # Raw HTML within Markdown shows, as in any renderer; the reader of HTML then drops what does not.
        return of_html(str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)))
    if media_type in (media_types.PLAIN, media_types.MARKDOWN):
        return plain_text.read(text)
    raise ValueError(f"{media_type} has no text of its own.")


def of_html(html: str, flags: tuple[Flag, ...] = ()) -> Extraction:
    from documents.reading import html_text

    content = html_text.read(html)
    pairs = [*content.forms, *key_values.find(content.rows)]
    return Extraction(
        pages=1,
        lines=tuple(Line(1, piece.strip()) for line in content.lines for piece in plain_text.broken(line)),
        forms=tuple(Form(1, key, value, source="text") for key, value in pairs),
        tables=tuple(content.tables),
        flags=(*reader_flags.hidden(content.hidden), *reader_flags.skipped(content.unread), *flags),
    )


def _is_dense(text: str) -> bool:
    """Whether a Markdown file is better read as the plain text that it is, too."""
    return any(len(paragraph) > MOST_MARKDOWN_PARAGRAPH for paragraph in re.split(r"\n[ \t]*\n", text))
