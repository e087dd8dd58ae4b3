"""Copies of a document: a scan as a PDF whose text can be searched, and one with personal data blackened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from common.objects import Bucket
from documents import keys, steps
from documents.errors import WorkGone
from documents.files import media_types
from documents.intake import originals
from documents.model import Extraction, Inspection, LaidLine, Layout, Source
from documents.outputs import versioned_writes


@dataclass(frozen=True, slots=True)
class Copy:
    """``name`` is the member of ``outputs``; ``path`` the file to write under ``key``."""

    name: str
    key: str
    path: Path
    media_type: str


@dataclass(frozen=True)
class ReadDocument:
    """A version and what was read from it. ``parts``: of Textract's answer, 0 where there is none; ``folder`` is where
    the document's bytes are put, once, if anybody asks for them."""

    source: Source
    work: str
    parts: int
    inspection: Inspection
    extraction: Extraction
    folder: Path

    @cached_property
    def original(self) -> Path:
        """The document's bytes; of an encrypted one that opens without a password, unlocked. Raises DocumentGone."""
        path = self.folder / "document"
        originals.download(self.source, path)
        # Nothing could be added to a file that is encrypted.
        return _unlocked(path) if self.inspection.unlocked else path

    @cached_property
    def layout(self) -> Layout:
        """Where everything of ``extraction`` stands. Raises DocumentGone, WorkGone where it is another reading's."""
        found = self._layout()
        if [line.text for line in found.lines] != [line.text for line in self.extraction.lines]:
            raise WorkGone("Another version of the code read the document; redrive the execution to read it anew.")
        return found

    def _layout(self) -> Layout:
        if self.inspection.route != "text":
            from documents.textract import blocks, raw_answers

            return blocks.layout(raw_answers.parts(self.work, self.parts))
        from documents.outputs import places

        if self.inspection.media_type != media_types.PDF:
            return places.searched(
                self.extraction, [LaidLine(line.page, line.text, ()) for line in self.extraction.lines]
            )
        return places.searched(self.extraction, self._laid())

    def _laid(self) -> list[LaidLine]:
        """As Transform left them. Where it left none, or another run's, the document is painted once more."""
        found = steps.layout(self.work, self.folder / "layout")
        if found is not None and [line.text for line in found] == [line.text for line in self.extraction.lines]:
            return found
        from documents.reading import own_text

        return list(own_text.layout(self.original, media_types.PDF, self.extraction.unchecked))


def put(bucket: Bucket, read: ReadDocument, *, searchable: bool, redacted: bool) -> dict[str, str | None] | None:
    """Writes the copies that are wanted; their keys by their names, None where a newer version's are there.

    What has text of its own can be searched as it is. Raises DocumentGone, WorkGone, ConcurrentUpdate (try again).
    """
    outputs: dict[str, str | None] = {}
    makers = [_searchable] if searchable and read.inspection.route != "text" else []
    makers += [_redacted] if redacted else []
    for make in makers:
        copy = make(read)
        if not versioned_writes.put(bucket, copy.key, copy.path, read.source, copy.media_type):
            return None
        outputs[copy.name] = copy.key
        copy.path.unlink()
    return outputs


def _unlocked(path: Path) -> Path:
    from documents.files import pdfs

    copy = path.with_suffix(".unlocked")
    pdfs.unlock(path, copy)
    path.unlink()
    return copy


def _searchable(read: ReadDocument) -> Copy:
    """A PDF with the pages' images and an invisible layer of text at the words' places."""
    from documents.outputs.pages import searchable

    path = read.folder / "searchable.pdf"
    searchable.pdf(read.original, read.inspection.media_type, read.layout.lines, path)
    return Copy("searchable", keys.searchable(read.source.key), path, "application/pdf")


def _redacted(read: ReadDocument) -> Copy:
    """The document with all personal data painted over; of a file without pages its text, masked."""
    from documents.outputs import redaction

    path = read.folder / "redacted"
    secrets = steps.enrichment(read.work, redacting=True).secrets
    own_text = read.inspection.route == "text"
    media_type = redaction.paint(
        read.original, read.inspection.media_type, read.layout.lines, secrets, path, unread=own_text
    )
    charset = "; charset=utf-8" if media_type == media_types.PLAIN else ""
    return Copy("redacted", keys.redacted(read.source.key), path, media_type + charset)
