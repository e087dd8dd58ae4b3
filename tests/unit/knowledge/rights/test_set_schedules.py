"""Workers that keep a set and put passages, and workers that forget it, in any order of their steps, dying anywhere: in
the end whoever is named in a set that passages carry finds it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from common.errors import ConcurrentUpdate
from knowledge.model import Access, Reader
from knowledge.rights import sets

ACCESS = Access(frozenset({"u"}), frozenset({"g"}), denied_users=frozenset({"v"}))
NAME = sets.identifier(ACCESS)
SCHEDULES = 400


class Died(BaseException):
    """A worker's end, which nothing in it notices."""


class Steps:
    """Lets one of several workers go on at a time, by chance, from one step to the next."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._waiting: dict[int, threading.Event] = {}
        self._dead: set[int] = set()
        self._changed = threading.Condition()

    def step(self, worker: int) -> None:
        """Called by a worker before each of its steps; waits until it is this one's turn."""
        event = threading.Event()
        with self._changed:
            self._waiting[worker] = event
            self._changed.notify_all()
        event.wait()
        if worker in self._dead:
            raise Died

    def run(self, workers: Sequence[Callable[[], None]], deaths: float) -> list[int]:
        """The workers that did not come to their end."""
        living = {
            number: threading.Thread(target=self._guarded, args=(number, work)) for number, work in enumerate(workers)
        }
        for thread in living.values():
            thread.start()
        while living:
            with self._changed:
                self._changed.wait_for(lambda: self._ready(living), timeout=0.001)
                for number in [number for number, thread in living.items() if not thread.is_alive()]:
                    del living[number]
                if not living or not self._ready(living):
                    continue
                number = self._chance.choice(sorted(self._waiting))
                if self._chance.random() < deaths:
                    self._dead.add(number)
                self._waiting.pop(number).set()
        return sorted(self._dead)

    def _ready(self, living: Mapping[int, threading.Thread]) -> bool:
        return all(number in self._waiting for number, thread in living.items() if thread.is_alive())

    def _guarded(self, number: int, work: Callable[[], None]) -> None:
        try:
            work()
        except (Died, ConcurrentUpdate):  # a queue's message comes again after either
            self._dead.add(number)


class Items:
    """The table's items, and the sets that passages carry."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.carried: dict[int, str] = {}


class Stepped:
    """``common.table.Table`` as one worker has it: each operation is a step."""

    def __init__(self, there: Items, step: Callable[[], None] = lambda: None) -> None:
        self._items, self._there, self._step = there.items, there, step

    def get(self, key: str) -> dict[str, Any] | None:
        self._step()
        return {**self._items[key]} if key in self._items else None

    def put(self, key: str, item: Mapping[str, Any], *, seconds: int) -> bool:
        self._step()
        self._items[key] = {**item, "expires": 1 << 40}
        return True

    def amend(self, key: str, changes: Mapping[str, Any], *, values: Mapping[str, Any], **_: Any) -> bool:
        self._step()
        if self._items.get(key, {}).get("turn") != values["turn"]:
            return False
        self._items[key].update(changes)
        return True

    def delete(self, key: str, *, values: Mapping[str, Any], **_: Any) -> bool:
        self._step()
        if self._items.get(key, {}).get("turn") != values["turn"]:
            return False
        del self._items[key]
        return True

    def add_member(self, key: str, name: str, member: str, **_: Any) -> bool:
        self._step()
        self._items.setdefault(key, {}).setdefault(name, set()).add(member)
        return True

    def remove_members(
        self, members: Sequence[tuple[str, str, str]], *, key: str, values: Mapping[str, Any], **_: Any
    ) -> bool:
        """Two in a transaction."""
        for start in range(0, len(members), 2):
            self._step()
            if self._items.get(key, {}).get("turn") != values["turn"]:
                return False
            for item, name, member in members[start : start + 2]:
                self._items.get(item, {}).get(name, set()).discard(member)
        return True

    def carries(self, name: str) -> bool:
        self._step()
        return name in self._there.carried.values()

    def index(self, document: int, access: Access | None) -> None:
        """What the index does: a set, its passages, the set once more; and forgets what the document had before."""
        before = self._there.carried.get(document)
        name = sets.keep(self, access) if access else None  # type: ignore[arg-type]
        self._step()
        if name is None:
            self._there.carried.pop(document, None)
        else:
            self._there.carried[document] = name
        if access:
            sets.keep(self, access)  # type: ignore[arg-type]
        if before not in (None, name):
            sets.forget(self, str(before), self.carries)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each worker."""

    def in_order(table: Any, name: str, access: Access) -> None:
        for each in list(sets._readers(access)):
            sets._add(table, name, *each)

    monkeypatch.setattr(sets, "_add_all", in_order)


@pytest.mark.parametrize("deaths", [0.0, 0.03])
@pytest.mark.parametrize("seeds", [range(start, SCHEDULES, 4) for start in range(4)], ids=str)
def test_in_the_end_every_reader_finds_what_passages_carry(seeds: range, deaths: float):
    forgotten = 0
    for seed in seeds:
        chance, there = random.Random(seed), Items()
        other = Access(frozenset({"x"}))
        for document in range(2):
            Stepped(there).index(document, chance.choice([ACCESS, other, None]))
        wanted = {document: [chance.choice([ACCESS, other, None]) for _ in range(2)] for document in range(3)}
        steps = Steps(chance)

        def worker(
            number: int, steps: Steps = steps, wanted: dict[int, list[Any]] = wanted, there: Items = there
        ) -> None:
            own = Stepped(there, lambda: steps.step(number))
            for access in wanted[number]:
                own.index(number, access)

        died = steps.run([lambda number=number: worker(number) for number in wanted], deaths)  # type: ignore[misc]
        for number in died:  # whose message comes again
            Stepped(there).index(number, wanted[number][-1])
        carried = set(there.carried.values())
        for who, mine in ((Reader("", "u"), NAME), (Reader("", "y", ("g",)), NAME)):
            found = sets.readable(Stepped(there), who)  # type: ignore[arg-type]
            assert set(found) >= carried & {mine}, seed
            forgotten += mine not in found
        assert sets.readable(Stepped(there), Reader("", "v", ("g",))) == [], seed  # type: ignore[arg-type]
        if not died:
            known = {key.removeprefix("knowledge-set#") for key in there.items if key.startswith("knowledge-set#")}
            assert known == carried, seed
    assert forgotten > 0
