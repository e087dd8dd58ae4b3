"""One document's vectors brought to what S3 says now: repeated, late or doubled messages find nothing to do.

Each round looks at everything and does one thing; the last round finds nothing to do. What another worker has changed
between the look and the write loses the write (``pointers.move``), and the next round looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from common.errors import ConcurrentUpdate, TransientError
from common.observability import logger
from knowledge.indexing import pointers, state, vectors
from knowledge.indexing.pointers import Pending, Pointer
from knowledge.indexing.state import Kind, Seen, Step, World
from knowledge.model import Document, Passage
from knowledge.passages.cutting import cut
from knowledge.rights import sets

ROUNDS: Final = 12
AT_A_TIME: Final = 500
"""Vectors between two looks at the clock: as many as one request puts or deletes."""

Data = Sequence[float]


@dataclass(slots=True)
class Outcome:
    """What was done, in order. ``passages``: that were put. ``without``: that the embedding model refuses, and nobody
    finds. ``left_out``: references that their vectors have no room for. ``seen``: the last look. ``seconds``: after
    which somebody has to look again at the latest, 0 for never. ``settled``: the index says what S3 says. ``left``:
    ids of the access sets that the vectors carried before. ``elsewhere``: the vectors were in an index that is gone.
    """

    seen: Seen
    done: list[Kind] = field(default_factory=list)
    passages: int = 0
    without: int = 0
    left_out: int = 0
    seconds: int = 0
    settled: bool = False
    left: set[str] = field(default_factory=set)
    elsewhere: bool = False


def reconcile(world: World, key: str, *, check: bool = False) -> Outcome:
    """``check``: looks at the vectors themselves, too, and puts those again that are missing or say another set.

    Raises StorageUnavailable, ConcurrentUpdate, VectorsThrottled, VectorsUnavailable, and what ``world.embed`` and
    ``world.begin`` raise (try again). A worker that ends so lets go of what it had begun.
    """
    try:
        return _rounds(world, key, check)
    except Exception:
        _let_go(world, key)
        raise


def _rounds(world: World, key: str, check: bool) -> Outcome:
    outcome: Outcome | None = None
    for _ in range(ROUNDS):
        world.begin()
        seen = state.look(world, key, outcome.seen if outcome else None)
        outcome = outcome or Outcome(seen, elsewhere=seen.is_elsewhere)
        outcome.seen = seen
        step = state.next_step(seen, world.owner, world.clock(), check=check)
        if step.kind in ("done", "wait"):
            outcome.settled = step.kind == "done"
            outcome.seconds = step.seconds
            return outcome
        if _ACTS[step.kind](world, seen, step, outcome):
            outcome.done.append(step.kind)
            outcome.left |= {seen.pointer.acl} - {""}
            check = check and step.kind not in ("index", "retag")
    raise ConcurrentUpdate("Others changed a document's pointer again and again; the next try will find it quieter.")


def _index(world: World, seen: Seen, step: Step, outcome: Outcome) -> bool:
    """The wanted version's vectors, and then the pointer; False where it was changed meanwhile."""
    assert seen.read is not None  # noqa: S101 - a version is wanted, so there is one
    document, pointer = seen.read.document, seen.pointer
    passages, data = _embedded(world, cut(seen.read.pages), outcome)
    acl = sets.keep(world.table, seen.ruling.access)
    mine = Pending(document.version, len(passages), world.owner, int(world.clock()))
    declared = pointers.move(world.knowledge, pointer.without(step.pending).with_(mine))
    if declared is None:
        return False
    _put(world, document, acl, passages, data, outcome)
    counts = replace(
        declared.without([mine]),
        version=document.version,
        sequencer=document.sequencer,
        passages=len(passages),
        acl=acl,
        indexed_at=_now(world),
        index=world.index,
    )
    return _leave(world, counts, pointer if pointer.version != document.version else None)


def _embedded(world: World, cut_: Iterable[Passage], outcome: Outcome) -> tuple[list[Passage], list[Data]]:
    """Passages with their vectors, counted anew without those that have none."""
    passages: list[Passage] = []
    found: list[Data] = []
    every = list(cut_)
    for passage, data in zip(every, world.embed([each.text for each in every]), strict=True):
        if data is not None:
            passages.append(replace(passage, n=len(passages)))
            found.append(data)
    outcome.without += len(every) - len(passages)
    return passages, found


def _put(
    world: World, document: Document, acl: str, passages: list[Passage], data: list[Data], outcome: Outcome
) -> None:
    references = vectors.References(document, passages)
    for start in range(0, len(passages), AT_A_TIME):
        world.begin()
        portion = zip(passages[start : start + AT_A_TIME], data[start : start + AT_A_TIME], strict=True)
        world.vectors.put([vectors.of(document, acl, each, references.of(each), numbers) for each, numbers in portion])
    outcome.passages += len(passages)
    outcome.left_out += references.left_out


def _remove(world: World, seen: Seen, _step: Step, _outcome: Outcome) -> bool:
    """Nothing is to be found any more. The sequencer stays, so that no late writer's version comes back."""
    gone = replace(seen.pointer, version=None, passages=0, acl="", indexed_at=_now(world))
    if seen.read is not None:
        gone = replace(gone, sequencer=seen.read.document.sequencer)
    return _leave(world, gone, seen.pointer)


def _leave(world: World, pointer: Pointer, old: Pointer | None) -> bool:
    """Moves the pointer, and deletes the vectors of the version that counted before (``old``)."""
    leaving: tuple[Pending, ...] = ()
    if old is not None and old.version is not None:
        leaving = (Pending(old.version, old.passages, world.owner, int(world.clock()), leaving=True),)
    moved = pointers.move(world.knowledge, replace(pointer, pending=(*pointer.pending, *leaving)))
    if moved is not None and leaving:
        _clear(world, moved, leaving)
    return moved is not None


def _sweep(world: World, seen: Seen, step: Step, _outcome: Outcome) -> bool:
    """Vectors that do not count and that nobody alive has in hand."""
    now = int(world.clock())
    versions = {each.version: each.passages for each in step.pending}
    leaving = tuple(Pending(version, most, world.owner, now, leaving=True) for version, most in versions.items())
    claimed = seen.pointer.without(step.pending)
    moved = pointers.move(world.knowledge, replace(claimed, pending=(*claimed.pending, *leaving)))
    if moved is None:
        return False
    _clear(world, moved, leaving)
    return True


def _clear(world: World, pointer: Pointer, leaving: tuple[Pending, ...]) -> None:
    """Deletes vectors that ``pointer`` says are leaving, and then says so no more; where that is lost, the next round
    finds it said and deletes again."""
    for each in leaving:
        for keys in _portions(vectors.keys(pointer.doc, each.version, each.passages)):
            world.begin()
            world.vectors.delete(keys)
    pointers.move(world.knowledge, pointer.without(leaving))


def _retag(world: World, seen: Seen, step: Step, outcome: Outcome) -> bool:
    """The same vectors, with the set of who may read them now. Nothing is embedded, unless some are missing."""
    pointer = seen.pointer
    assert pointer.version is not None  # noqa: S101 - it counts
    acl = sets.keep(world.table, seen.ruling.access)
    mine = Pending(pointer.version, pointer.passages, world.owner, int(world.clock()))
    declared = pointers.move(world.knowledge, pointer.without(step.pending).with_(mine))
    if declared is None:
        return False
    for keys in _portions(vectors.keys(pointer.doc, pointer.version, pointer.passages)):
        world.begin()
        found = world.vectors.get(keys)
        if len(found) < len(keys) and not seen.is_held:
            if pointers.read(world.knowledge, pointer.key) != declared:
                return False  # another version counts by now, and these are being deleted
            logger().warning("vectors are missing", extra={"document": pointer.doc, "missing": len(keys) - len(found)})
            return _index(world, replace(seen, pointer=declared), Step("index", (mine,)), outcome)
        world.begin()
        others = [each for each in found.values() if each.metadata.get("acl") != acl]
        if others:
            world.vectors.put([replace(each, metadata={**each.metadata, "acl": acl}) for each in others])
    return _leave(world, replace(declared.without([mine]), acl=acl), None)


def _note(world: World, seen: Seen, _step: Step, _outcome: Outcome) -> bool:
    """The same text was uploaded again."""
    assert seen.read is not None  # noqa: S101 - its sequencer differs
    return _leave(world, replace(seen.pointer, sequencer=seen.read.document.sequencer), None)


_ACTS: Mapping[Kind, Callable[[World, Seen, Step, Outcome], bool]] = MappingProxyType(
    {"index": _index, "remove": _remove, "retag": _retag, "sweep": _sweep, "note": _note}
)


def _let_go(world: World, key: str) -> None:
    """Says that this worker writes no more. Where that cannot be said, the others wait until it must be dead."""
    try:
        pointer = pointers.read(world.knowledge, key)
        if pointer is not None and any(each.owner == world.owner for each in pointer.pending):
            pending = (replace(each, at=0) if each.owner == world.owner else each for each in pointer.pending)
            pointers.move(world.knowledge, replace(pointer, pending=tuple(pending)))
    except TransientError:
        logger().warning("what was begun is held for a while", exc_info=True)


def _portions(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), AT_A_TIME):
        yield keys[start : start + AT_A_TIME]


def _now(world: World) -> str:
    return datetime.fromtimestamp(world.clock(), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
