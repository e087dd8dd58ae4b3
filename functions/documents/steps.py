"""What the handlers share: the two buckets, one version of a document, and what one step leaves for the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from common import settings
from common.objects import Bucket, Stored, encode
from documents import keys
from documents.errors import DocumentGone, WorkGone
from documents.model import Enrichment, Extraction, Source, Summary
from documents.textract import blocks

Kept = TypeVar("Kept", Extraction, Enrichment, Summary)


@dataclass(frozen=True)
class Settings:
    summaries_bucket: str


def summaries() -> Bucket:
    """The bucket of everything that is written: results, rejections, and the work between two steps."""
    return Bucket(settings.read(Settings).summaries_bucket)


def document(state: Mapping[str, Any]) -> Source:
    """The version of the object that the state is about, as Claim put it there."""
    return Source(**state["document"])


def download(source: Source, path: Path, at_most: int | None = None) -> Stored:
    """Streams exactly this version into a file; ``at_most`` bytes of it where given (``common.objects.Bucket``).

    Raises DocumentGone where the object was deleted, or replaced in a bucket without versions, since it was claimed.
    """
    bucket = Bucket(source.bucket)
    found = bucket.download(
        source.key, path, at_most=at_most, version_id=source.version_id, if_match=f'"{source.etag}"'
    )
    if found is None:
        raise gone()
    return found


def head(source: Source) -> Stored:
    """Whether this version is still there, without its bytes. Raises DocumentGone as ``download`` does."""
    found = Bucket(source.bucket).head(source.key, version_id=source.version_id, if_match=f'"{source.etag}"')
    if found is None:
        raise gone()
    return found


def gone() -> DocumentGone:
    return DocumentGone("The document was deleted or replaced before it could be read; upload it again.")


def keep(work: str, name: str, document: Mapping[str, Any]) -> None:
    """Leaves one step's result (``extraction``, ``enrichment``, ``summary``) for those that follow."""
    summaries().put(keys.step(work, name), encode(document))


def extraction(work: str) -> Extraction:
    """Raises WorkGone where Transform left none, or one of another schema."""
    return _load(work, "extraction", Extraction)


def enrichment(work: str, *, redacting: bool = False) -> Enrichment:
    """Raises WorkGone where Enrich left none, or one of another schema.

    ``redacting``: personal data is about to be hidden. Raises WorkGone, too, where Enrich has not looked for it, since
    Redact was switched on while the document was on its way: else it would be shown as if there were none.
    """
    found = _load(work, "enrichment", Enrichment)
    if redacting and not found.sought:
        raise WorkGone("Redact was switched on after Enrich; redrive the execution to look for personal data first.")
    return found


def summary(work: str) -> Summary:
    """Raises WorkGone where Summarize left none, or one of another schema."""
    return _load(work, "summary", Summary)


def answer_parts(work: str, parts: int | None = None) -> Iterator[dict[str, Any]]:
    """Textract's raw answer part by part, in order, one of them in memory at a time.

    ``parts``: how many there must be (``state["answer"]["parts"]``); without it, as many as lie there in a row.
    Raises WorkGone where one that has to be there is not.
    """
    bucket = summaries()
    number = 0
    while parts is None or number < parts:
        found = bucket.get(keys.answer(work, number))
        if found is None:
            if parts is None and number:
                return
            raise _lost(work, f"answer/{number}")
        yield blocks.load(found.body)
        number += 1


def _load(work: str, name: str, kind: type[Kept]) -> Kept:
    found = summaries().get(keys.step(work, name))
    if found is None:
        raise _lost(work, name)
    try:
        return kind.from_json(found.json())
    except (KeyError, TypeError, ValueError) as error:
        place = f"steps/{work}/{name}.json"
        raise WorkGone(f"{place} was written by another version of the code; redrive to make it anew.") from error


def _lost(work: str, name: str) -> WorkGone:
    return WorkGone(f"steps/{work}/{name}.json is gone (it is kept for a week); redrive the execution to make it anew.")
