"""Keys that several versions of a document share, written so that the newest version's content stays.

Each object carries its version's sequencer as metadata, and each write is conditional on what was seen there before. So
an older version never replaces a newer one's object, whatever races. The rules about a document as a whole:

- ``summaries/<key>.json`` is of the newest version that was summarised. A newer version that was refused leaves it as
  it is: it says of which version it is.
- ``rejected/<key>.json`` is there only while the newest refused version is newer than the summarised one. A handler
  that writes either looks at the other one afterwards, so one of two that race sees both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, Stored
from common.sequencers import OLDEST, newer
from documents import keys
from documents.errors import KeyTooLong
from documents.model import Source

SEQUENCER = "sequencer"
TRIES = 10


def sequencers(bucket: Bucket, key: str) -> list[str]:
    """Of the versions of a document that have a result or a refusal."""
    places = []
    for name in (keys.summary, keys.rejected):
        try:
            stored = bucket.head(name(key))
        except KeyTooLong:
            continue
        if stored is not None:
            places.append(place(stored))
    return places


def place(stored: Stored) -> str:
    """The sequencer of the version that an object was written for."""
    return stored.metadata.get(SEQUENCER, OLDEST)


def is_older(source: Source, stored: Stored | None) -> bool:
    """Whether an object of a newer version than this one is there."""
    return stored is not None and newer(place(stored), source.sequencer)


def is_newer(source: Source, stored: Stored) -> bool:
    """Whether this version is newer than the one that the object is of."""
    return newer(source.sequencer, place(stored))


def put(bucket: Bucket, key: str, body: bytes | Path, source: Source, content_type: str = "application/json") -> bool:
    """Writes an object of this version; False where one of a newer version is there, which stays.

    Raises ConcurrentUpdate where others write the key again and again.
    """
    for _ in range(TRIES):
        seen = bucket.head(key)
        if is_older(source, seen):
            return False
        condition = seen.etag if seen else ABSENT
        metadata = {SEQUENCER: source.sequencer}
        if isinstance(body, bytes):
            tag = bucket.put(key, body, content_type=content_type, metadata=metadata, if_match=condition)
        else:
            with body.open("rb") as file:
                tag = bucket.put(key, file, content_type=content_type, metadata=metadata, if_match=condition)
        if tag is not None:
            return True
    raise ConcurrentUpdate(f"Others wrote s3://{bucket.name}/{key} again and again while this version tried to.")


def forget(bucket: Bucket, key: str, source: Source, *, alone: bool = False) -> bool:
    """Deletes an object unless it is of a version newer than this one; whether there was one to delete.

    ``alone``: it stays, too, where it is of an older one.

    Raises ConcurrentUpdate where others write the key again and again.
    """
    for _ in range(TRIES):
        seen = bucket.head(key)
        if seen is None or is_older(source, seen) or (alone and is_newer(source, seen)):
            return False
        if bucket.delete(key, if_match=seen.etag):
            return True
    raise ConcurrentUpdate(f"Others wrote s3://{bucket.name}/{key} again and again while it was to be deleted.")


def settle(bucket: Bucket, key: str) -> None:
    """Takes away what lies beside the summary and is not of it: tables and copies that older versions left.

    What a newer version has put there before its own summary stays. Raises ConcurrentUpdate where the summary changes
    again and again.
    """
    for _ in range(TRIES):
        seen = bucket.get(keys.summary(key))
        if seen is None:
            return
        _sweep(bucket, key, seen.json())
        after = bucket.head(keys.summary(key))
        if after is not None and after.etag == seen.etag:
            return
    raise ConcurrentUpdate(f"s3://{bucket.name}/{keys.summary(key)} changed again and again.")


def _sweep(bucket: Bucket, key: str, summary: Mapping[str, Any]) -> None:
    source = Source(bucket=bucket.name, key=key, etag="", sequencer=summary["document"]["sequencer"])
    named = {table["csv"] for table in summary["tables"]}
    named |= {copy for copy in summary["outputs"].values() if copy}
    tables = [found for found in bucket.keys(keys.tables(key)) if keys.is_table(key, found)]
    for found in [*tables, keys.searchable(key), keys.redacted(key), keys.boxes(key), keys.text(key)]:
        if found not in named:
            forget(bucket, found, source)


def encode(document: Mapping[str, Any]) -> bytes:
    """JSON that keeps the order of its members, since people read summaries."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
