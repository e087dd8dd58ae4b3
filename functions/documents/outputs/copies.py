"""Copies of a document: a scan as a PDF whose text can be searched, and one with personal data blackened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from common.objects import Bucket
from documents import keys, steps
from documents.files import media_types
from documents.intake import originals
from documents.model import Extraction, Inspection, LaidLine, Source
from documents.outputs import versioned_writes


@dataclass(frozen=True, slots=True)
class Copy:
    """``name`` is the member of ``outputs``; ``path`` the file to write under ``key``."""

    name: str
    key: str
    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A version and what was read from it. ``parts``: of Textract's answer, 0 where there is none."""

    source: Source
    work: str
    parts: int
    inspection: Inspection
    extraction: Extraction

    def lines(self, path: Path) -> Iterator[LaidLine]:
        """Lines in the order and number of ``extraction.lines``, with their words' places where there are pages.

        ``path``: the document's bytes.
        """
        if self.inspection.route == "text":
            if self.inspection.media_type != media_types.PDF:
                return (LaidLine(line.page, line.text, ()) for line in self.extraction.lines)
            from documents.reading import own_text

            return own_text.layout(path, self.inspection.media_type, self.extraction.unchecked)
        from documents.textract import blocks, raw_answers

        return blocks.layout(raw_answers.parts(self.work, self.parts))


def put(bucket: Bucket, read: ReadDocument, *, searchable: bool, redacted: bool) -> dict[str, str | None] | None:
    """Writes the copies that are wanted; their keys by their names, None where a newer version's are there.

    What has text of its own can be searched as it is. Raises DocumentGone, WorkGone, ConcurrentUpdate (try again).
    """
    outputs: dict[str, str | None] = {}
    searchable = searchable and read.inspection.route != "text"
    if not (searchable or redacted):
        return outputs
    with TemporaryDirectory() as name:
        folder = Path(name)
        original = folder / "document"
        originals.download(read.source, original)
        if read.inspection.unlocked:
            # Nothing could be added to a file that is encrypted.
            original = _unlocked(original)
        copies = [_searchable(read, original, folder / "searchable.pdf")] if searchable else []
        copies += [_redacted(read, original, folder / "redacted")] if redacted else []
        for copy in copies:
            if not versioned_writes.put(bucket, copy.key, copy.path, read.source, copy.media_type):
                return None
            outputs[copy.name] = copy.key
    return outputs


def _unlocked(path: Path) -> Path:
    from documents.files import pdfs

    copy = path.with_suffix(".unlocked")
    pdfs.unlock(path, copy)
    path.unlink()
    return copy


def _searchable(read: ReadDocument, original: Path, path: Path) -> Copy:
    """A PDF with the pages' images and an invisible layer of text at the words' places."""
    from documents.outputs import searchable

    searchable.pdf(original, read.inspection.media_type, read.lines(original), path)
    return Copy("searchable", keys.searchable(read.source.key), path, "application/pdf")


def _redacted(read: ReadDocument, original: Path, path: Path) -> Copy:
    """The document with all personal data painted over; of a file without pages its text, masked."""
    from documents.outputs import redaction

    secrets = steps.enrichment(read.work, redacting=True).secrets
    lines = list(read.lines(original))
    if [line.text for line in lines] != [line.text for line in read.extraction.lines]:
        # Places of personal data would be those of other words.
        raise steps.lost(read.work, "extraction")
    own_text = read.inspection.route == "text"
    media_type = redaction.paint(original, read.inspection.media_type, lines, secrets, path, unread=own_text)
    charset = "; charset=utf-8" if media_type == media_types.PLAIN else ""
    return Copy("redacted", keys.redacted(read.source.key), path, media_type + charset)
