"""A document as its reader has left it in the summaries bucket: its summary, its text, or that it is gone.

``summaries/<key>.json`` is written last and says all the rest; what it names is there. A text is written before it: so
one that is of another version than the summary announces a summary that is yet to come. A deletion sets a mark before
it takes anything away, and a late writer may put a summary down and take it away again: what a mark covers is gone.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from common.content import language_guess
from common.objects import Bucket, Stored
from common.sequencers import OLDEST, newer
from knowledge.model import Document
from knowledge.passages import versions

SCHEMA: Final = 1
"""Of the summaries and texts that are understood."""
DAY: Final = 86_400
Unread = Literal["", "NoText", "OtherSchema", "InParts", "TextNotYet"]
"""Why a document has no passages though it is there: its release kept no text; its form is not known; its parts are
documents themselves; its text is of another version, whose summary comes."""

Pages = Sequence[tuple[int, Sequence[str]]]

_SAMPLE: Final = 20_000
"""Characters of a text by which its language is guessed."""
_NOT_ABOUT: Final = frozenset({"date_of_birth", "due_date", "expiry_date"})
"""Names of dates that say nothing about when a document was made (of the types of documents, docs/documents.md)."""


@dataclass(frozen=True, slots=True)
class Read:
    """``pages``: numbers and lines, empty where ``unread`` says why. ``written``: when the summary was, in seconds of
    the epoch. ``tags``: of summary and text, by which ``read`` knows them again. ``upload``: the entity tag, without
    quotes, of the object of the inbox that was read; empty where the summary does not say."""

    document: Document
    pages: Pages
    unread: Unread
    written: float
    tags: tuple[str, str] = ("", "")
    upload: str = ""


def summary(key: str) -> str:
    return f"summaries/{key}.json"


def text(key: str) -> str:
    return f"text/{key}.json.gz"


def boxes(key: str) -> str:
    return f"boxes/{key}.json.gz"


def said(bucket: Bucket, key: str) -> dict[str, Any] | None:
    """The summary of a document that is there, as it is written; None where it is gone. Raises StorageUnavailable."""
    stored = bucket.get(summary(key))
    return None if stored is None or _is_deleted(bucket, key, stored) else _json(stored.body)


def read(bucket: Bucket, key: str, before: Read | None = None) -> Read | None:
    """The document ``key`` as it is now; None where it is gone. ``before``: what an earlier call gave, which is given
    again where nothing has changed. Raises StorageUnavailable.
    """
    stored = bucket.get(summary(key))
    if stored is None or _is_deleted(bucket, key, stored):
        return None
    said = _json(stored.body)
    upload, unread = str((said.get("document") or {}).get("etag") or ""), _unread(said)
    if unread:
        return Read(_document(key, said, (), stored), (), unread, stored.modified, (stored.etag, ""), upload)
    head = bucket.head(text(key))
    tags = (stored.etag, head.etag if head else "")
    if before is not None and before.tags == tags:
        return before
    kept = bucket.get(text(key)) if head else None
    found = _json(gzip.decompress(kept.body)) if kept else {}
    if kept is None or not _belongs(found, said):
        return Read(_document(key, said, (), stored), (), "TextNotYet", stored.modified, tags, upload)
    pages = tuple((int(page["page"]), tuple(page["lines"])) for page in found["pages"])
    return Read(_document(key, said, pages, stored), pages, "", stored.modified, (stored.etag, kept.etag), upload)


def page(bucket: Bucket, key: str, said: Mapping[str, Any], number: int) -> list[str] | None:
    """The lines of one page, of the upload that the summary ``said`` is of; None where there is no such page.

    Raises StorageUnavailable.
    """
    kept = bucket.get(text(key))
    found = _json(gzip.decompress(kept.body)) if kept else {}
    if not _belongs(found, said):
        return None
    return next(([str(line) for line in each["lines"]] for each in found["pages"] if each["page"] == number), None)


def _json(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def _unread(said: Mapping[str, Any]) -> Unread:
    if said.get("schema") != SCHEMA or "document" not in said:
        return "OtherSchema"
    if said.get("parts"):
        return "InParts"
    return "" if (said.get("outputs") or {}).get("text") else "NoText"


def _belongs(found: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether a text is of the version that the summary is of. One that was made again (a replay of the same version)
    may be newer than its summary: what it says is what the summary that follows is of."""
    about = found.get("document", {})
    same = ("etag", "sequencer", "version_id")
    return found.get("schema") == SCHEMA and all(about.get(name) == said["document"].get(name) for name in same)


def _document(key: str, said: Mapping[str, Any], pages: Pages, stored: Stored) -> Document:
    about = said.get("document") or {}
    kind = str((said.get("type") or {}).get("name", ""))
    day, language = _day(said), language_guess.guess(_sample(pages), "")
    return Document(
        key=key,
        version=versions.of(said, pages, type=kind, date=day, language=language) if about else "",
        sequencer=str(about.get("sequencer", OLDEST)),
        type=kind,
        # Of a document without a date of its own: not part of its version, so that it stays what it first was.
        date=int(stored.modified // DAY) if day is None else day,
        language=language,
    )


def _sample(pages: Pages) -> str:
    lines: list[str] = []
    length = 0
    for _, found in pages:
        for line in found:
            if length > _SAMPLE:
                return "\n".join(lines)
            lines.append(line)
            length += len(line)
    return "\n".join(lines)


def _day(said: Mapping[str, Any]) -> int | None:
    """Days since the epoch of the first date that a field of the document's type has."""
    for field in said.get("fields") or ():
        if field.get("kind") == "date" and field.get("value") and field.get("name") not in (None, *_NOT_ABOUT):
            try:
                return (date.fromisoformat(field["value"]) - date(1970, 1, 1)).days
            except ValueError:
                continue
    return None


def _is_deleted(bucket: Bucket, key: str, stored: Stored) -> bool:
    """Whether a mark of a deletion covers the summary (docs/documents.md, "Deleting a document")."""
    said = _json(stored.body).get("document") or {}
    mark = bucket.head(f"deleted/{_hashed(key)}/all.json")
    if mark is not None and not newer(str(said.get("sequencer", OLDEST)), mark.metadata.get("sequencer", OLDEST)):
        return True
    version = said.get("version_id")
    return bool(version) and bucket.head(f"deleted/{_hashed(key)}/{_hashed(str(version))}.json") is not None


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
