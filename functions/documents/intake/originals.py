"""One version of the original object in the inbox: in the machine's state, its bytes, and its first limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from common.objects import Bucket, Stored
from documents import keys, steps
from documents.errors import DocumentGone, EmptyDocument, TooLarge
from documents.model import Source

MOST_BYTES: Final = 500 << 20
"""Of any document (Textract developer guide, "Quotas in Amazon Textract": asynchronous operations). Nothing larger is
ever downloaded; ``files.inspection`` knows the tighter limits of each format."""


def document(state: Mapping[str, Any]) -> Source:
    """The version of the object that the state is about, as Claim put it there."""
    return Source(**state["document"])


def check(source: Source) -> None:
    """What needs no look into the document. Raises KeyTooLong, EmptyDocument, TooLarge."""
    keys.check(source.key)
    if source.size == 0:
        raise EmptyDocument("The object has no bytes; upload the document again.")
    if source.size > MOST_BYTES:
        raise TooLarge(f"The document has more than {MOST_BYTES >> 20} MB, which Textract does not take; split it.")


def download(source: Source, path: Path, at_most: int | None = None) -> Stored:
    """Streams exactly this version into a file; ``at_most`` bytes of it where given (``common.objects.Bucket``).

    Raises DocumentGone where the object was deleted, or replaced in a bucket without versions, since it was claimed.
    """
    stored = Bucket(source.bucket).download(
        source.key, path, at_most=at_most, version_id=source.version_id, if_match=f'"{source.etag}"'
    )
    if stored is None:
        raise gone()
    return stored


def keep_unlocked(work: str, path: Path) -> None:
    """Leaves a copy of an encrypted PDF for Textract. Raises what ``pdfs.unlock`` raises."""
    from documents.files import pdfs

    copy = path.with_suffix(".unlocked")
    pdfs.unlock(path, copy)
    with copy.open("rb") as file:
        steps.summaries().put(keys.unlocked(work), file, content_type="application/pdf")


def for_textract(source: Source, work: str, *, unlocked: bool) -> Source:
    """The document itself, or its copy without encryption where Inspect has left one (``unlocked``).

    Raises WorkGone where that is there no more: who waits for Textract longer than the copy is kept must not have the
    original refused, which Textract cannot read.
    """
    bucket, key = steps.summaries(), keys.unlocked(work)
    copy = bucket.head(key)
    if unlocked and copy is None:
        raise steps.lost(work, "unlocked", "pdf")
    return replace(source, bucket=bucket.name, key=key, etag=copy.etag.strip('"'), version_id=None) if copy else source


def head(source: Source) -> Stored:
    """Whether this version is still there, without its bytes. Raises DocumentGone as ``download`` does."""
    stored = Bucket(source.bucket).head(source.key, version_id=source.version_id, if_match=f'"{source.etag}"')
    if stored is None:
        raise gone()
    return stored


def gone() -> DocumentGone:
    return DocumentGone("The document was deleted or replaced before it could be read; upload it again.")
