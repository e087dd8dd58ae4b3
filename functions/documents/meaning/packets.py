"""Packets: the ``packet.json`` beside a document, the folder's summaries, and ``packets/<folder>packet.json``.

Documents come in any order, so a flag on one of them can only say what was missing when that one was read. What is
missing now says ``packets/<folder>packet.json``, made anew after every summary of the folder (``settle``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, encode
from documents import keys
from documents.errors import KeyTooLong
from documents.meaning.flags import missing_documents
from documents.meaning.flags.missing_documents import Packet
from documents.model import SCHEMA, Flag, Part

MOST_DOCUMENTS = 200
"""Summaries of a folder that are read; a folder with more is no packet."""
_MOST_BYTES = 65_536
_TRIES = 8


def of(inbox: Bucket, key: str) -> Packet | None:
    """The packet.json beside a document; None where its folder has none."""
    place = f"{keys.folder(key)}{keys.PACKET}"
    seen = inbox.head(place)
    if seen is not None and seen.size > _MOST_BYTES:
        return Packet(problem=f"it has more than {_MOST_BYTES} bytes")
    found = inbox.get(place) if seen is not None else None
    return None if found is None else missing_documents.read(found.body)


def siblings(summaries: Bucket, key: str, wanted: Iterable[str] | None = None) -> dict[str, str]:
    """Key and type of the other documents of the folder that have a summary; of a file that was split, of its parts.

    With ``wanted`` it stops as soon as these types are all found. Raises TooManyDocuments.
    """
    missing_types = None if wanted is None else Counter(wanted)
    types: dict[str, str] = {}
    for other in _others(summaries, key):
        if missing_types is not None and not missing_types:
            break
        if len(types) >= MOST_DOCUMENTS:
            raise TooManyDocuments
        stored = summaries.get(keys.summary(other))
        found = {} if stored is None else _types_of(other, stored.body)
        types |= found
        if missing_types is not None:
            missing_types -= Counter(found.values())
    return types


class TooManyDocuments(Exception):
    """The folder has more than ``MOST_DOCUMENTS`` summaries."""


def look(inbox: Bucket, summaries: Bucket, key: str, kind: str, parts: Sequence[Part] = ()) -> list[Flag]:
    """The packet's flags for the document ``key`` of type ``kind``; none where its folder is no packet.

    ``parts``: those that it was split into; their types then count for it.
    """
    packet = of(inbox, key)
    if packet is None:
        return []
    kinds = [part.type for part in parts] or [kind]
    try:
        others = siblings(summaries, key, missing_documents.missing(packet, kinds)) if packet.types else {}
    except TooManyDocuments:
        return missing_documents.flags(_too_many(), ())
    return missing_documents.flags(packet, [*kinds, *others.values()])


def settle(inbox: Bucket, summaries: Bucket, key: str) -> dict[str, Any] | None:
    """Makes the packet's status anew; to be called after a document's summary was written. None without a packet.

    ``{schema, folder, types, documents: {key: type}, present, missing, complete, problem}``. The tag of the old status
    is read before the folder is, and the write is conditional on it: of two documents that end at the same time, the
    one whose view is older loses and looks again. Raises ConcurrentUpdate after eight lost tries.
    """
    packet = of(inbox, key)
    if packet is None:
        return None
    try:
        place = keys.packet(keys.folder(key))
    except KeyTooLong:
        return None  # eight bytes short of room; the documents' flags are all there is then
    for _ in range(_TRIES):
        before = summaries.get(place)
        status = _status(packet, summaries, key)
        body = encode(status)
        if before is not None and before.body == body:
            return status
        if summaries.put(place, body, if_match=before.etag if before else ABSENT) is not None:
            return status
    raise ConcurrentUpdate(f"The packet's status {place} kept changing; the next try will find it quieter.")


def forget(summaries: Bucket, key: str) -> None:
    """Takes away the status of a folder whose ``packet.json``, the object ``key``, was deleted."""
    try:
        summaries.delete(keys.packet(keys.folder(key)))
    except KeyTooLong:
        return  # there never was one


def _status(packet: Packet, summaries: Bucket, key: str) -> dict[str, Any]:
    # Named by no document's own key, so that this document is among the others.
    try:
        documents = siblings(summaries, f"{keys.folder(key)}{keys.PACKET}")
    except TooManyDocuments:
        packet, documents = _too_many(), {}
    absent = missing_documents.missing(packet, documents.values())
    return {
        "schema": SCHEMA,
        "folder": keys.folder(key),
        "types": list(packet.types),
        "documents": documents,
        "present": sorted(set(documents.values())),
        "missing": absent,
        "complete": not packet.problem and not absent,
        "problem": packet.problem or None,
    }


def _too_many() -> Packet:
    return Packet(problem=f"the folder holds more than {MOST_DOCUMENTS} documents")


def _others(summaries: Bucket, key: str) -> Iterator[str]:
    """Keys of the documents of the same folder that have a summary, not of those in folders below it."""
    prefix = f"summaries/{keys.folder(key)}"
    for found in summaries.keys(prefix, delimiter="/"):
        other = found.removeprefix("summaries/").removesuffix(".json")
        if found.endswith(".json") and other != key:
            yield other


def _types_of(key: str, body: bytes) -> dict[str, str]:
    """Type by key: the document's own, or of what it was split into. Empty where the summary is none."""
    try:
        document = json.loads(body)
        parts = {str(part["key"]): str(part["type"]) for part in document.get("parts", ())}
        return parts or {key: str(document["type"]["name"])}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
