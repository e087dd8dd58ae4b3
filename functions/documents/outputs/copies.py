"""Copies of a document: a scan as a PDF whose text can be searched, and one with personal data blackened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from documents import keys, steps
from documents.files import media_types
from documents.model import Enrichment, Extraction, Inspection, LaidLine, Source


@dataclass(frozen=True, slots=True)
class Copy:
    """``name`` is the member of ``outputs``; ``path`` the file to write under ``key``."""

    name: str
    key: str
    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Material:
    """One document on the disk, and what is known about it. ``folder`` is where copies may be made.

    ``parts``: of Textract's answer, 0 where there is none.
    """

    source: Source
    work: str
    parts: int
    inspection: Inspection
    extraction: Extraction
    enrichment: Enrichment
    path: Path
    folder: Path

    def lines(self) -> Iterator[LaidLine]:
        """Lines in the order and number of ``extraction.lines``, with their words' places where there are pages."""
        if self.inspection.route == "text":
            if self.inspection.media_type != media_types.PDF:
                return (LaidLine(line.page, line.text, ()) for line in self.extraction.lines)
            from documents.reading import own_text

            return own_text.layout(self.path, self.inspection.media_type)
        from documents.textract import blocks

        return blocks.layout(steps.answer_parts(self.work, self.parts))


def wanted(inspection: Inspection, *, searchable: bool, redacted: bool) -> bool:
    """Whether any copy will be made, so that the document is needed at all. What has text can be searched as it is."""
    return redacted or (searchable and inspection.route != "text")


def searchable(material: Material) -> Copy | None:
    """A PDF with the pages' images and an invisible layer of text at the words' places."""
    if material.inspection.route == "text":
        return None
    from documents.outputs import searchable as layer

    path = material.folder / "searchable.pdf"
    layer.pdf(material.path, material.inspection.media_type, material.lines(), path)
    return Copy("searchable", keys.searchable(material.source.key), path, "application/pdf")


def redacted(material: Material) -> Copy:
    """The document with all that was found to be personal painted over; of a file without pages its text, masked."""
    from documents.outputs import redaction

    path, media_type = material.folder / "redacted", material.inspection.media_type
    media_type = redaction.paint(material.path, media_type, list(material.lines()), material.enrichment.secrets, path)
    charset = "; charset=utf-8" if media_type == media_types.PLAIN else ""
    return Copy("redacted", keys.redacted(material.source.key), path, media_type + charset)
