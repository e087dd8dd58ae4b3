"""Every order in which workers and writers of S3 can come between each other, on a world in memory.

A worker is the real ``reconcile`` on buckets and an index whose every call is a step. What a worker asks for next
depends on nothing but the answers that it has had, so a worker *is* the list of its answers: it is run anew up to its
next call (and remembered), and a schedule can go on from any state in every way. A worker looks at everything anew in
each of its rounds, so what it was told in earlier ones is forgotten. A state that was reached before is not gone into
again. A worker that is never chosen any more is one that died there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.errors import TransientError
from common.objects import ABSENT, Stored
from knowledge.indexing import state as state_module
from knowledge.indexing.reconcile import ROUNDS, Outcome, reconcile
from knowledge.indexing.state import Seen, World
from knowledge.model import Access
from services.s3vectors import Vector

Op = tuple[Any, ...]
Objects = Mapping[tuple[str, str], tuple[bytes, tuple[tuple[str, str], ...]]]
NOW = 1_800_000_000


@dataclass(frozen=True)
class State:
    """All that S3 and the index hold: objects by bucket and key, vectors by key with their access set."""

    objects: frozenset[tuple[tuple[str, str], tuple[bytes, tuple[tuple[str, str], ...]]]] = frozenset()
    vectors: frozenset[tuple[str, str]] = frozenset()

    def get(self, bucket: str, key: str) -> tuple[bytes, tuple[tuple[str, str], ...]] | None:
        return dict(self.objects).get((bucket, key))

    def with_object(self, bucket: str, key: str, body: bytes | None, metadata: Mapping[str, str] = {}) -> State:
        rest = {place: value for place, value in self.objects if place != (bucket, key)}
        if body is not None:
            rest[(bucket, key)] = (body, tuple(sorted(metadata.items())))
        return State(frozenset(rest.items()), self.vectors)

    def with_vector(self, key: str, acl: str | None) -> State:
        rest = {(each, set_) for each, set_ in self.vectors if each != key}
        return State(self.objects, frozenset(rest | {(key, acl)} if acl is not None else rest))


def etag(body: bytes) -> str:
    """S3's own, of the content: the same bytes have the same one again."""
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def apply(state: State, op: Op) -> tuple[State, Any]:
    """What a call changes, and what it answers."""
    match op:
        case "get" | "head", bucket, key:
            found = state.get(bucket, key)
            if found is None:
                return state, None
            body, metadata = found
            return state, Stored(etag(body), dict(metadata), len(body), body if op[0] == "get" else b"", modified=NOW)
        case "put", bucket, key, body, if_match:
            found = state.get(bucket, key)
            there = ABSENT if found is None else etag(found[0])
            if if_match is not None and if_match != there:
                return state, None
            return state.with_object(bucket, key, body), etag(body)
        case "get vector", key:
            return state, dict(state.vectors).get(key)
        case "put vector" | "delete vector", key, *acl:
            return state.with_vector(key, acl[0] if acl else None), None
    raise AssertionError(op)


class Stop(BaseException):
    """A worker asks for something that it has no answer to yet."""

    def __init__(self, op: Op) -> None:
        super().__init__(op)
        self.op = op


class NewRound(BaseException):
    """A worker has done with a round, and looks at everything anew."""


@dataclass
class Tape:
    answers: Sequence[Any]
    at: int = 0

    def begin(self) -> None:
        if self.answers and self.at == len(self.answers):
            raise NewRound

    def ask(self, *op: Any) -> Any:
        if self.at == len(self.answers):
            raise Stop(op)
        self.at += 1
        return self.answers[self.at - 1]


@dataclass
class TapedBucket:
    tape: Tape
    name: str

    def get(self, key: str, *, at_most: int | None = None) -> Stored | None:
        found: Stored | None = self.tape.ask("get", self.name, key)
        return found

    def head(self, key: str) -> Stored | None:
        found: Stored | None = self.tape.ask("head", self.name, key)
        return found

    def put(self, key: str, body: bytes, *, if_match: str | None = None) -> str | None:
        tag: str | None = self.tape.ask("put", self.name, key, body, if_match)
        return tag


@dataclass
class TapedVectors:
    """Each vector is a step: a worker may die in the middle of a request's vectors."""

    tape: Tape

    def put(self, vectors: Sequence[Vector]) -> None:
        for each in vectors:
            self.tape.ask("put vector", each.key, each.metadata["acl"])

    def get(self, keys: Sequence[str]) -> dict[str, Vector]:
        found = ((key, self.tape.ask("get vector", key)) for key in keys)
        return {key: Vector(key, (1.0,), {"acl": acl}) for key, acl in found if acl is not None}

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.tape.ask("delete vector", key)


def look(world: World, key: str, _before: Seen | None = None) -> Seen:
    """In place of ``state.look``: without what an earlier round has read."""
    tape: Tape = world.knowledge.tape  # type: ignore[attr-defined]
    tape.begin()
    return LOOK(world, key)


LOOK = state_module.look
Next = Op | Outcome | TransientError | type[NewRound]


def worker(key: str, owner: str, now: int, answers: Sequence[Any]) -> Next:
    """What the worker asks for after these answers of its round, or how it ends."""
    tape = Tape(answers)
    buckets: list[Any] = [TapedBucket(tape, name) for name in ("summaries", "inbox", "knowledge")]
    world = World(
        *buckets,
        table=None,  # type: ignore[arg-type]
        vectors=TapedVectors(tape),
        embed=lambda texts: iter([(1.0,)] * len(texts)),
        default=Access(),
        owner=owner,
        clock=lambda: now,
    )
    try:
        return reconcile(world, key)
    except Stop as stop:
        return stop.op
    except NewRound:
        return NewRound
    except TransientError as error:
        return error


@dataclass
class Numbered:
    """Things that are equal have the same number, so that comparing long ones costs nothing."""

    things: list[Any] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)

    def of(self, thing: Any, mark: Any) -> int:
        if mark not in self.numbers:
            self.numbers[mark] = len(self.things)
            self.things.append(thing)
        return self.numbers[mark]


Writes = Sequence[tuple[frozenset[tuple[str, str]], Callable[[State], State]]]
"""The objects that a write is about, and what it makes of a state."""


@dataclass
class Explorer:
    """``writes``: what happens in S3, in this order, at any time. ``owners``: workers that may run at any time.
    ``check`` is called once with each state of the world that can come about."""

    key: str
    writes: Writes
    owners: Sequence[str]
    check: Callable[[State], None]
    now: int = NOW
    schedules: int = 0
    _states: Numbered = field(default_factory=Numbered)
    _tapes: Numbered = field(default_factory=Numbered)
    """By owner, the number of the tape before, and the last answer."""
    _asked: dict[int, Next] = field(default_factory=dict)
    _applied: dict[tuple[int, int], tuple[int, Any]] = field(default_factory=dict)
    _ended: dict[State, State] = field(default_factory=dict)

    @property
    def worlds(self) -> list[State]:
        """Every state of the world that came about."""
        return self._states.things

    def explore(self, start: State) -> None:
        """Depth first, with a stack of our own: schedules are long."""
        tapes = tuple(self._begin(owner) for owner in self.owners)
        stack, seen = [(self._state(start), 0, tapes)], set()
        while stack:
            place = stack.pop()
            if place not in seen:
                seen.add(place)
                stack.extend(self._after(*place))
        self.schedules = len(seen)

    def _after(self, state: int, written: int, tapes: tuple[int, ...]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        asking = [number for number, tape in enumerate(tapes) if isinstance(self._ask(tape), tuple)]
        # What nobody writes any more is read at once: no order of such reads makes a difference.
        free = next((number for number in asking if self._is_settled(self._op(tapes[number]), written)), None)
        for number in asking if free is None else [free]:
            after, tape = self._step(state, tapes[number])
            yield after, written, (*tapes[:number], tape, *tapes[number + 1 :])
        if free is None and written < len(self.writes):
            yield self._state(self.writes[written][1](self._states.things[state])), written + 1, tapes

    def _ask(self, tape: int) -> Next:
        """What this worker asks for next, or how it has ended."""
        if tape not in self._asked:
            self._asked[tape] = worker(self.key, self._tapes.things[tape][0], self.now, self._tapes.things[tape][1])
        return self._asked[tape]

    def _op(self, tape: int) -> Op:
        op = self._ask(tape)
        assert isinstance(op, tuple)
        return op

    def _step(self, state: int, tape: int) -> tuple[int, int]:
        """The worker's next call: the state and its tape after it."""
        if (state, tape) not in self._applied:
            owner, answers = self._tapes.things[tape]
            after, answer = apply(self._states.things[state], self._op(tape))
            mark = (answer.etag, answer.body) if isinstance(answer, Stored) else answer
            grown = self._tapes.of((owner, (*answers, answer)), (owner, tape, mark))
            if self._ask(grown) is NewRound:
                grown = self._begin(owner)
            self._applied[state, tape] = (self._state(after), grown)
        return self._applied[state, tape]

    def _begin(self, owner: str) -> int:
        return self._tapes.of((owner, ()), (owner, -1, None))

    def _state(self, state: State) -> int:
        known = len(self._states.things)
        number = self._states.of(state, state)
        if number == known:
            self.check(state)
        return number

    def _is_settled(self, op: Op, written: int) -> bool:
        if op[0] not in ("get", "head") or op[1] == "knowledge":
            return False
        return not any((op[1], op[2]) in places for places, _ in self.writes[written:])

    def ended(self, state: State, later: int) -> State:
        """After one more worker, alone, when all others must be dead."""
        if state not in self._ended:
            after, answers, rounds = state, [], 0
            while not isinstance(op := worker(self.key, "last", self.now + later, answers), Outcome):
                if op is NewRound:
                    answers, rounds = [], rounds + 1
                    assert rounds < ROUNDS
                    continue
                assert isinstance(op, tuple), op
                after, answer = apply(after, op)
                answers.append(answer)
            assert op.settled
            assert op.seconds == 0
            self._ended[state] = after
        return self._ended[state]
