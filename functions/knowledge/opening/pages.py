"""A page for who may read it now: where it lies, as an address that S3 takes for some minutes.

The order is what makes it safe. The pointer is read first, then the access file, then the summary, and the upload last:
where the inbox still has the upload that was read, the rights in between were those of this document. Access files tell
of what lies in the inbox now, so what was read of an upload that was replaced is not shown to anybody any more.

What is not there, what may not be read, what is of another version and what has no such page are one refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.doors.errors import Conflict, NotFound
from common.doors.taken import moment
from common.objects import Bucket
from common.observability import count
from knowledge.indexing.pointers import Pointer
from knowledge.model import SCHEMA, Reader
from knowledge.opening import shown
from knowledge.opening.asked import Wanted
from knowledge.passages import sources
from knowledge.retrieval import checks
from knowledge.retrieval.world import CheckWorld

SECONDS: Final = 300
"""For which an address counts: whoever holds it reads the document meanwhile, whatever happens to their right."""
MOST_KEY: Final = 1_009
"""Bytes of a key: its pointer and its summary have fifteen more."""
MOST_TEXT: Final = 200_000
"""Characters of a page's text that are told; files of text are one page, however long they are."""
SEQUENCER: Final = "sequencer"
ABSENT: Final = (
    "There is no such page of a document that you may read. Take key, version and page from a citation or a hit."
)
REPLACED: Final = (
    "This document was replaced, and is being read anew. Open it again in some seconds, or search once more."
)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """An object. ``version``: of S3; None in a bucket without versions, where the newest one is read."""

    bucket: str
    key: str
    version: str | None


Sign = Callable[[Place, Mapping[str, str]], str]
"""An object, and what sets the headers of its answer -> an address for SECONDS."""


@dataclass(frozen=True, slots=True)
class World:
    sees: CheckWorld
    summaries: Bucket
    sign: Sign


def opened(world: World, reader: Reader, wanted: Wanted, now: float) -> Document:
    """``{schema, key, version, page, pages, media_type, inline, url, expires, lines, cut}``; ``lines``: the page's text
    where the document has no picture of it, else None; ``cut``: there are more.

    Raises NotFound, Conflict, StorageUnavailable.
    """
    pointer = _pointer(world.sees, reader, wanted)
    summary = _summary(world, wanted.key, pointer)
    about = summary["document"]
    if wanted.page > (about.get("pages") or 1):
        raise NotFound(ABSENT)
    copy = _copy(world, summary)
    media_type = shown.PDF if copy else str(about.get("media_type") or "")
    lines, cut = (
        (None, False) if media_type in shown.PICTURES else _lines(world.summaries, wanted.key, summary, wanted.page)
    )
    _check_upload(world.sees.inbox, wanted.key, str(about["etag"]))
    place = copy or Place(world.sees.inbox.name, wanted.key, about.get("version_id") or None)
    url = world.sign(place, shown.headers(wanted.key, media_type))
    count("DocumentsOpened")
    return {
        "schema": SCHEMA,
        "key": wanted.key,
        "version": pointer.version,
        "page": wanted.page,
        "pages": about.get("pages") or 1,
        "media_type": media_type,
        "inline": media_type in shown.INLINE,
        "url": f"{url}#page={wanted.page}" if media_type == shown.PDF else url,
        "expires": moment(now + SECONDS),
        "lines": lines,
        "cut": cut,
    }


def _pointer(sees: CheckWorld, reader: Reader, wanted: Wanted) -> Pointer:
    """Of the version that counts, where the reader may read it."""
    if len(wanted.key.encode("utf-8", "surrogatepass")) > MOST_KEY:
        raise NotFound(ABSENT)
    looked = checks.Looked()
    found = checks.document(sees, reader, wanted.key, looked)
    count("RightsDenied", looked.denied)
    if found is None or wanted.version not in (None, found.version):
        raise NotFound(ABSENT)
    return found


def _summary(world: World, key: str, pointer: Pointer) -> Document:
    """That of the upload that the pointer is of."""
    found = sources.said(world.summaries, key)
    if found is None:
        raise NotFound(ABSENT)
    if str((found.get("document") or {}).get(SEQUENCER)) != pointer.sequencer:
        raise Conflict(REPLACED)
    return found


def _copy(world: World, summary: Mapping[str, Any]) -> Place | None:
    """The copy whose pages are pictures with their text, where there is one of this upload."""
    place = (summary.get("outputs") or {}).get("searchable")
    if not place:
        return None
    stored = world.summaries.head(str(place))
    if stored is None or stored.metadata.get(SEQUENCER) != str(summary["document"][SEQUENCER]):
        return None
    return Place(world.summaries.name, str(place), stored.version_id)


def _check_upload(inbox: Bucket, key: str, etag: str) -> None:
    """By a listing, as the index does."""
    found = next(inbox.objects(key), None)
    if found is None or found.key != key:
        raise NotFound(ABSENT)
    if found.etag.strip('"') != etag:
        raise Conflict(REPLACED)


def _lines(summaries: Bucket, key: str, summary: Mapping[str, Any], page: int) -> tuple[list[str], bool]:
    """The lines of one page, and whether there are more than are told."""
    lines = sources.page(summaries, key, summary, page)
    if lines is None:
        raise NotFound(ABSENT)
    told: list[str] = []
    room = MOST_TEXT
    for line in lines:
        if room <= 0:
            return told, True
        told.append(line[:room])
        room -= len(line)
    return told, room < 0
