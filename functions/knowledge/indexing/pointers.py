"""``knowledge/<key>.json``: which version of a document counts. Each write is conditional on what was seen before it.

S3 Vectors has no conditional writes, and a worker may be late, doubled or dead. So who writes or deletes vectors says
so in the pointer first, under a name of its own (``Pending``), and takes that away when it is done:

- Vectors of a version that does not count are never without a pending that names them, so they are found again.
- The vectors of a version are deleted only under a pending that is ``leaving``, and no version begins to count while
  one of it is there. So the version that counts has all its vectors at every moment.
- A pending counts for as long as its worker may live. Whoever finds a dead one tidies up after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from common.objects import ABSENT, Bucket, encode
from knowledge.model import SCHEMA

LIVING_SECONDS: Final = 960
"""A worker lives for fifteen minutes at most (Lambda), and a request of its last second for less than one more."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Vectors 0 to ``passages - 1`` of ``version`` that ``owner`` is writing, or deleting (``leaving``), since ``at``
    in seconds of the epoch; 0: it has let go of them."""

    version: str
    passages: int
    owner: str
    at: int
    leaving: bool = False

    def lives(self, now: float) -> bool:
        return self.at + LIVING_SECONDS > now


@dataclass(frozen=True, slots=True)
class Pointer:
    """``version``: None where the document is gone, or has no passages that are of use. ``acl``: id of the access set
    that its vectors carry. ``index``: ARN of the index that has them. ``etag``: of the pointer as it was read."""

    key: str
    version: str | None = None
    sequencer: str = "0"
    passages: int = 0
    acl: str = ""
    indexed_at: str = ""
    pending: tuple[Pending, ...] = ()
    index: str = ""
    etag: str = field(default=ABSENT, compare=False)

    @property
    def doc(self) -> str:
        return doc(self.key)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "key": self.key,
            "doc": self.doc,
            "version": self.version,
            "sequencer": self.sequencer,
            "passages": self.passages,
            "acl": self.acl,
            "indexed_at": self.indexed_at,
            "pending": [asdict(each) for each in self.pending],
            "index": self.index,
        }

    def without(self, pending: Iterable[Pending]) -> Pointer:
        gone = set(pending)
        return replace(self, pending=tuple(each for each in self.pending if each not in gone))

    def with_(self, pending: Pending) -> Pointer:
        return replace(self, pending=(*self.pending, pending))


def doc(key: str) -> str:
    """A document in the keys and the metadata of its vectors."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def place(key: str) -> str:
    return f"{PREFIX}{key}.json"


PREFIX: Final = "knowledge/"


def key_of(found: str) -> str:
    """The document whose pointer lies there."""
    return found.removeprefix(PREFIX).removesuffix(".json")


def read(bucket: Bucket, key: str) -> Pointer | None:
    """None where the document was never indexed. Raises StorageUnavailable."""
    stored = bucket.get(place(key))
    if stored is None:
        return None
    found: Mapping[str, Any] = stored.json()
    return Pointer(
        key=key,
        version=found["version"],
        sequencer=found["sequencer"],
        passages=found["passages"],
        acl=found["acl"],
        indexed_at=found["indexed_at"],
        pending=tuple(Pending(**each) for each in found["pending"]),
        index=found.get("index", ""),
        etag=stored.etag,
    )


def move(bucket: Bucket, pointer: Pointer) -> Pointer | None:
    """Writes it in place of the one that it was made from (``etag``); None where another is there.

    Raises StorageUnavailable: then it may be written or not, and has to be read again.
    """
    etag = bucket.put(place(pointer.key), encode(pointer.to_json()), if_match=pointer.etag)
    return None if etag is None else replace(pointer, etag=etag)
