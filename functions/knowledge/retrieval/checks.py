"""Whether a hit may be told: the version that counts, and the access file as it is now.

Sets and filters only narrow a search; this decides. A right that was taken away before a request began is never used
in it, whatever the index still says.

A chain of access files cannot be read at one moment, so it is read twice: where a nearer file was missing before and
after the one that rules was read, there was a moment at which that one ruled. Read once, two changes in between could
give a reader what he never had at any moment. A file that comes and goes again between the two readings is not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

from knowledge.indexing import pointers
from knowledge.indexing.pointers import Pointer
from knowledge.model import Hit, Reader
from knowledge.retrieval.world import CheckWorld
from knowledge.rights import decide, files

WORKERS: Final = 16
READINGS: Final = 4
"""Of access files that change while they are read; then the document is not told this time."""


@dataclass(slots=True)
class Looked:
    """What one request knows about documents, by their keys; never kept for longer."""

    may: dict[str, bool] = field(default_factory=dict)
    pointers: dict[str, Pointer | None] = field(default_factory=dict)
    denied: int = 0
    stale: int = 0
    """Hits that were taken away: by their documents' access, and because another version counts."""


def still(world: CheckWorld, reader: Reader, hits: Sequence[Hit]) -> list[Hit]:
    """Those of ``hits`` whose version counts and which ``reader`` may read, now, in their order.

    Raises StorageUnavailable.
    """
    return look(world, reader, hits, Looked())


def look(world: CheckWorld, reader: Reader, hits: Sequence[Hit], looked: Looked) -> list[Hit]:
    """The same, counted in ``looked``; documents that it knows are not looked at again.

    What is of a knowledge base counts as long as KnowledgeBaseId names that base: no document of ours is looked at, so
    nothing that the base says can stand for one.
    """
    _learn(world, reader, {hit.key for hit in hits if not hit.base} - looked.may.keys(), looked)
    found = []
    for hit in hits:
        if hit.base:
            looked.stale += hit.base != world.base
            found += [hit] if hit.base == world.base else []
            continue
        pointer = looked.pointers[hit.key]
        if pointer is None or pointer.version != hit.version:
            looked.stale += 1
        elif not looked.may[hit.key]:
            looked.denied += 1
        else:
            found.append(replace(hit, sequencer=pointer.sequencer))
    return found


def document(world: CheckWorld, reader: Reader, key: str, looked: Looked) -> Pointer | None:
    """The pointer of a document of which a version counts and which ``reader`` may read, now; else None.

    Raises StorageUnavailable.
    """
    _learn(world, reader, {key}, looked)
    pointer = looked.pointers[key]
    if pointer is None or pointer.version is None:
        return None
    looked.denied += not looked.may[key]
    return pointer if looked.may[key] else None


def _learn(world: CheckWorld, reader: Reader, keys: Collection[str], looked: Looked) -> None:
    ordered = sorted(keys)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(lambda key: pointers.read(world.knowledge, key), ordered)
        looked.pointers.update(zip(ordered, found, strict=True))
        allowed = _allowed(world, reader, ordered, pool)
    looked.may.update({key: key in allowed for key in ordered})


def _allowed(world: CheckWorld, reader: Reader, keys: Collection[str], pool: ThreadPoolExecutor) -> set[str]:
    """The documents over which the same access file, or none, ruled in two readings one after the other, and which
    both allow."""
    allowed: set[str] = set()
    before = _reading(world, reader, keys, pool)
    for _ in range(READINGS - 1):
        if not before:
            break
        after = _reading(world, reader, before, pool)
        allowed |= {key for key, path in after.items() if path == before[key]}
        before = {key: path for key, path in after.items() if path != before[key]}
    return allowed


def _reading(
    world: CheckWorld, reader: Reader, keys: Collection[str], pool: ThreadPoolExecutor
) -> dict[str, str | None]:
    """The documents that the reader may read, with the key of the access file that says so."""
    seen: files.Seen = {}
    ordered = list(keys)
    rulings = pool.map(lambda key: files.governing(world.inbox, key, world.default, seen), ordered)
    found = zip(ordered, rulings, strict=True)
    return {key: path for key, (path, access) in found if decide.may_read(access, reader)}
