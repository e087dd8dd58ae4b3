"""What the application itself puts into the inbox: attachments of an e-mail, documents that were one file.

Each lies in a folder beside the object that it came out of, and is a document of its own, which the pipeline then
finds. Its metadata say which version it is of and what it was made from. So a repeated run of the same version puts
nothing, an older version changes nothing, the same content is sent once, and what somebody else has put there stays as
it is. When the object that it came out of is deleted, it goes too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket
from documents import keys
from documents.errors import KeyTooLong
from documents.model import Source
from documents.outputs import deletions, versioned_writes

ATTACHMENTS, PARTS = "attachments", "parts"
"""Folders: ``<key>.attachments/``, ``<key>.parts/``."""
FOLDERS: Final = (ATTACHMENTS, PARTS)
DIGEST: Final = "content-sha256"
"""Name of metadata: what it was made from, in SHA-256. An object without it is somebody else's."""
MOST_NAME_BYTES: Final = 120

Make = Callable[[], bytes | Path]


def folder(key: str, kind: str) -> str:
    return f"{key}.{kind}/"


def place(key: str, kind: str, number: int, name: str) -> str | None:
    """The key of one object, its name shortened where its results would have no room; None where none fits.

    ``name`` must have no slash. Its ending stays where it is a short one. Whoever sends a mail must not say by an
    attachment who may read what: no name makes one of the files that are no documents.
    """
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and len(ending.encode()) <= 10 else (name, "")
    for most in (MOST_NAME_BYTES, 40, 0):
        short = stem.encode()[:most].decode("utf-8", "ignore").rstrip()
        found = f"{folder(key, kind)}{number:02}{' ' if short else ''}{short}{ending}"
        if keys.is_no_document(found):
            found = found.removesuffix(f".{keys.ACCESS}") + f"_{keys.ACCESS}"
        try:
            keys.check(found)
        except KeyTooLong:
            continue
        return found
    return None


def is_anothers(bucket: Bucket, key: str) -> bool:
    """Whether somebody else has put an object there."""
    seen = bucket.head(key)
    return seen is not None and DIGEST not in seen.metadata


def put(
    bucket: Bucket, key: str, make: Make, source: Source, content_type: str, metadata: Mapping[str, str]
) -> bool | None:
    """Whether it was written; False where it is there already, or a newer version's; None where another's object is.

    ``make`` gives the content where it is needed. ``metadata``: DIGEST, and what else it is to say.
    Raises what ``make`` raises, StorageUnavailable, ConcurrentUpdate (try again).
    """
    metadata = {**metadata, versioned_writes.SEQUENCER: source.sequencer}
    body: bytes | Path | None = None
    for _ in range(versioned_writes.TRIES):
        seen = bucket.head(key)
        if seen is not None and DIGEST not in seen.metadata:
            return None
        same = seen is not None and seen.metadata[DIGEST] == metadata[DIGEST]
        if same or (seen is not None and not versioned_writes.is_newer(source, seen)):
            return False
        body = make() if body is None else body
        condition = seen.etag if seen else ABSENT
        if _written(bucket, key, body, content_type=content_type, metadata=metadata, if_match=condition):
            return True
    raise ConcurrentUpdate(f"Others wrote s3://{bucket.name}/{key} again and again while it was to be put.")


def _written(bucket: Bucket, key: str, body: bytes | Path, **options: Any) -> bool:
    if isinstance(body, bytes):
        return bucket.put(key, body, **options) is not None
    with body.open("rb") as file:
        return bucket.put(key, file, **options) is not None


def is_late(bucket: Bucket, source: Source, kind: str) -> bool:
    """Whether a newer version of the object has put something there already."""
    there = (bucket.head(found) for found in bucket.keys(folder(source.key, kind)))
    return any(seen and DIGEST in seen.metadata and versioned_writes.is_older(source, seen) for seen in there)


def forget(bucket: Bucket, source: Source, kind: str, keep: Collection[str] = (), *, alone: bool = False) -> int:
    """Deletes what the versions up to this one have put there, but for ``keep``; how many objects.
    ``alone``: what this version has put.

    With versions it leaves a delete marker, as a person's deletion does: S3's event about it takes the results along.
    Raises ConcurrentUpdate (try again).
    """
    taken = 0
    for found in list(bucket.keys(folder(source.key, kind))):
        if found in keep:
            continue
        seen = bucket.head(found)
        if seen is not None and DIGEST in seen.metadata:
            taken += versioned_writes.forget(bucket, found, source, alone=alone)
    return taken


def settle(summaries: Bucket, bucket: Bucket, source: Source, kind: str) -> bool:
    """To be called after the last was put: True, and all of it gone, where the object was deleted meanwhile."""
    if not deletions.covers(summaries, source):
        return False
    forget(bucket, source, kind)
    return True
