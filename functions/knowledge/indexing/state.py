"""What a document is and what its pointer says, at one moment, and which one thing is to be done. No writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from common.objects import Bucket
from common.sequencers import newer
from common.table import Table
from knowledge.indexing import pointers
from knowledge.indexing.pointers import Pending, Pointer
from knowledge.model import Access
from knowledge.passages import sources
from knowledge.rights import files, sets
from services.s3vectors import Vector

Kind = Literal["index", "remove", "retag", "sweep", "note", "wait", "done"]


class Vectors(Protocol):
    """``services.s3vectors.Index``."""

    def put(self, vectors: Sequence[Vector]) -> None: ...
    def get(self, keys: Sequence[str]) -> Mapping[str, Vector]: ...
    def delete(self, keys: Sequence[str]) -> None: ...
    def query(self, vector: Sequence[float], top: int, where: Mapping[str, Any] | None = None) -> Sequence[Any]: ...


@dataclass(frozen=True)
class World:
    """What one turn works with. ``owner``: a name that no other turn has. ``embed``: vectors of texts, in their order.
    ``begin``: to be called before each piece of the work; ends the turn where no time is left. ``index``: the ARN of
    ``vectors``."""

    summaries: Bucket
    inbox: Bucket
    knowledge: Bucket
    table: Table
    vectors: Vectors
    embed: Callable[[Sequence[str]], Iterator[Sequence[float] | None]]
    default: Access
    owner: str
    begin: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.time
    index: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """``read``: None where the document is gone. ``acl``: id of the set of who may read it now. ``replaced``: whether
    the inbox has another upload than the one that was read, or none: its summary, or its deletion, comes.
    ``is_elsewhere``: the vectors that count are in another index, which is gone: a vector bucket's key cannot change,
    so with another KmsKeyArn CloudFormation makes an empty one, of another ARN."""

    pointer: Pointer
    read: sources.Read | None
    ruling: files.Ruling
    acl: str
    replaced: bool = False
    is_elsewhere: bool = False

    @property
    def wanted(self) -> str | None:
        """The version that is to count; None: nothing is to be found."""
        if self.is_held:
            return self.pointer.version
        return None if self.read is None or self.read.unread else self.read.document.version

    @property
    def is_held(self) -> bool:
        """Whether what counts stays as it is: a newer text is there and its summary comes, or the summary is of an
        older upload than one that was indexed: then a late writer's, which takes it away again."""
        if self.read is None:
            return False
        return self.read.unread == "TextNotYet" or self.is_behind

    @property
    def is_behind(self) -> bool:
        return self.read is not None and newer(self.pointer.sequencer, self.read.document.sequencer)


@dataclass(frozen=True, slots=True)
class Step:
    """``pending``: those that it is about. ``seconds``: after which to look again, because others are at work."""

    kind: Kind
    pending: tuple[Pending, ...] = ()
    seconds: int = 0


def look(world: World, key: str, before: Seen | None = None) -> Seen:
    """The pointer first: whoever reads the summary before it may take an older one for the newest. The upload last:
    rights that were read before it are those of what was there then, or of what was there before.

    Raises StorageUnavailable.
    """
    pointer = pointers.read(world.knowledge, key) or Pointer(key)
    read = sources.read(world.summaries, key, before.read if before else None)
    ruling = files.ruling(world.inbox, key, world.default)
    replaced = is_replaced(world.inbox, key, read)
    is_elsewhere = pointer.version is not None and pointer.index != world.index
    return Seen(pointer, read, ruling, sets.identifier(ruling.access), replaced, is_elsewhere)


def is_replaced(inbox: Bucket, key: str, read: sources.Read | None) -> bool:
    """Whether the object of the inbox is not the one that was read. Raises StorageUnavailable.

    By a listing, which needs no right to read documents.
    """
    if read is None or not read.upload:
        return False
    found = next(inbox.objects(key), None)
    return found is None or (found.key, found.etag.strip('"')) != (key, read.upload)


def next_step(seen: Seen, owner: str, now: float, *, check: bool = False) -> Step:
    """``check``: the vectors of the version that counts are to be looked at, whatever the pointer says.

    Access files tell of what lies in the inbox. Who replaces a paper by one without its names and then lets everyone
    read it does not mean the paper with the names: what was read of another upload gets no new readers. Those who lost
    the right are refused by the access file itself (``retrieval.checks``).
    """
    pointer, wanted = seen.pointer, seen.wanted
    others = [each for each in pointer.pending if each.owner != owner and each.lives(now)]
    # Ours, and those of workers that are dead or have let go.
    left = [each for each in pointer.pending if each not in others]
    # Two that write the same vectors would make each other begin anew; the second one looks again later.
    busy, ours = _of(others, wanted), _of(left, wanted)
    # Of a version that is held nobody has the text just now: it is put again by whoever follows it.
    is_due = wanted != pointer.version or (seen.is_elsewhere and not seen.is_held)
    if is_due and not (wanted and seen.replaced):
        if wanted is None:
            return Step("remove")
        return Step("wait", seconds=_until(busy, now)) if busy else Step("index", ours)
    orphans = tuple(each for each in left if each.version != pointer.version)
    if orphans:
        return Step("sweep", orphans)
    if wanted is not None and not seen.replaced:
        if ours or check or seen.acl != pointer.acl:
            return Step("wait", seconds=_until(busy, now)) if busy else Step("retag", ours)
        if not seen.is_held and seen.read and seen.read.document.sequencer != pointer.sequencer:
            return Step("note")
    return Step("done", seconds=_until(others, now) if others else 0)


def _of(pending: Sequence[Pending], version: str | None) -> tuple[Pending, ...]:
    return tuple(each for each in pending if each.version == version)


def _until(pending: Sequence[Pending], now: float) -> int:
    """Seconds until the last of these workers is dead, at the latest."""
    return max(1, int(max(each.at for each in pending) + pointers.LIVING_SECONDS - now) + 1)
