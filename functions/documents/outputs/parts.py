"""Several documents in one PDF, each put into the inbox as a document of its own beside the one that they came in.

The whole keeps its own summary, which names its parts. A part's key is the whole's key, its number and its type;
``beside`` says what holds for it there. A part is never split again. All are put, or none: then a flag says why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from common.objects import Bucket
from common.observability import count
from documents import steps
from documents.errors import BrokenDocument, DecompressionBomb, PasswordProtected, UnsupportedFormat
from documents.files import media_types
from documents.intake import originals
from documents.meaning import boundaries
from documents.meaning.boundaries import Span
from documents.model import Extraction, Flag, Part, Source
from documents.outputs import beside, deletions

if TYPE_CHECKING:
    from documents.files.pdf_parts import Cutter

MOST_PARTS: Final = 100
"""Of one file: what one upload may start is bounded."""
PAGES: Final = "part-pages"
"""Name of metadata: which pages of the whole. An object that has it is not split."""
_TAKEN: Final = "another object is where one of them would be put"


def split(source: Source, extraction: Extraction) -> Extraction:
    """What was read, with its parts and a flag where it holds several documents; those are in the inbox by then.

    Raises DocumentGone, StorageUnavailable, ConcurrentUpdate (try again).
    """
    bucket, summaries = Bucket(source.bucket), steps.summaries()
    found = boundaries.spans(extraction) if extraction.pages > 1 else []
    if len(found) > 1 and PAGES in originals.head(source).metadata:
        return extraction
    if deletions.covers(summaries, source) or beside.is_late(bucket, source, beside.PARTS):
        return extraction  # Write leaves nothing of this version either
    parts, why = _sent(bucket, source, found) if len(found) > 1 else ((), "")
    beside.forget(bucket, source, beside.PARTS, keep={part.key for part in parts})
    beside.settle(summaries, bucket, source, beside.PARTS)
    if len(found) < 2:
        return extraction
    return replace(extraction, flags=(*extraction.flags, _flag(found, why)), parts=parts)


def _sent(bucket: Bucket, source: Source, found: Sequence[Span]) -> tuple[tuple[Part, ...], str]:
    """The parts, all in the inbox; or none, and why."""
    if len(found) > MOST_PARTS:
        return (), f"more than {MOST_PARTS} are not taken out of one file"
    parts = []
    for number, span in enumerate(found, 1):
        key = beside.place(source.key, beside.PARTS, number, f"{span.type}.pdf")
        if key is None:
            return (), "its key has no room for theirs"
        if beside.is_anothers(bucket, key):
            return (), _TAKEN
        parts.append(Part(span.type, span.first, span.last, key))
    try:
        put = _put(bucket, source, parts)
    except (BrokenDocument, DecompressionBomb, PasswordProtected, UnsupportedFormat) as error:
        return (), str(error).rstrip(".")
    count("PartsSent", sum(each is True for each in put))
    if None in put:
        return (), _TAKEN
    count("DocumentsSplit")
    return tuple(parts), ""


def _put(bucket: Bucket, source: Source, parts: Sequence[Part]) -> list[bool | None]:
    """For each part what ``beside.put`` says."""
    from documents.files import pdf_parts

    with TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        originals.download(source, path)
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest()
        with pdf_parts.opened(path) as cutter:
            return [_put_one(bucket, source, part, cutter, whole) for part in parts]


def _put_one(bucket: Bucket, source: Source, part: Part, cutter: Cutter, whole: str) -> bool | None:
    """It is told by what it was made from: two writers of PDFs seldom write the same bytes."""
    pages = f"{part.first}-{part.last}"
    metadata = {PAGES: pages, beside.DIGEST: hashlib.sha256(f"{whole} {pages}".encode()).hexdigest()}
    return beside.put(bucket, part.key, lambda: cutter.cut(part.first, part.last), source, media_types.PDF, metadata)


def _flag(found: Sequence[Span], why: str) -> Flag:
    pages = ", ".join(str(span.first) if span.first == span.last else f"{span.first}-{span.last}" for span in found)
    told = f"The file holds {len(found)} documents, on pages {pages}"
    if why:
        return Flag("DOCUMENT_UNSPLIT", f"{told}, and was not split: {why}. Upload each by itself.")
    return Flag("DOCUMENT_SPLIT", f"{told}; each was put into the inbox by itself, and is read there.")
