"""Parts of a DOCX in another format (``w:altChunk``, ECMA-376, 17.17.2): text, HTML, or a DOCX within the DOCX."""

from __future__ import annotations

from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from documents.errors import RejectedDocument
from documents.files import media_types
from documents.model import Flag
from documents.reading import reader_flags
from documents.reading.html import html_text

MOST_BYTES = 5 << 20


def html_of(data: bytes) -> tuple[str | None, list[Flag]]:
    """The part as HTML with every element closed, and the flags of its reader; None where it cannot be read."""
    if not data or len(data) > MOST_BYTES:
        return None, []
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "part"
            path.write_bytes(data)
            return _read(path, data)
    except RejectedDocument:
        return None, []  # counted: the document is more than this part


def _read(path: Path, data: bytes) -> tuple[str | None, list[Flag]]:
    kind = media_types.media_type(path)
    if kind == media_types.DOCX:
        from documents.reading.docx import converting

        converted = converting.convert(path, chunks=False)
        return converted.html, list(converted.flags)
    if kind not in media_types.TEXTS:
        return None, []
    decoded = media_types.decode(data)
    flags = reader_flags.charset(decoded, "A part of the document")
    if kind == media_types.HTML:
        shown, hidden = html_text.shown(decoded.text)
        return shown, [*flags, *reader_flags.hidden(hidden)]
    return "".join(f"<p>{escape(line)}</p>" for line in decoded.text.split("\n") if line.strip()), flags
