"""Two workers at the same moment, in every order that their calls of AWS can come in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from tests.unit.training.world import World


def every_order(world: World, *workers: Callable[[], Any]) -> Iterator[list[Any]]:
    """What the workers return, once per order; only one of them runs at a time, from one call to its next one.

    The caller puts the account back between two orders. An order is found by going back to the last turn at which
    another worker could have had it: who loses makes other calls, so orders cannot be listed before. Turns begin with
    each worker's second call: the first one must read what no worker writes, so it does not matter when it comes.
    """
    plan: list[int] = []
    while True:
        turns = Turns(world, workers, plan)
        yield turns.run()
        while turns.taken:
            number, others = turns.taken.pop()
            later = [each for each in others if each > number]
            if later:
                plan = [each for each, _ in turns.taken] + [later[0]]
                break
        else:
            return


@dataclass
class Turns:
    """``plan``: who has the first turns; the rest goes to the first who is not done. ``taken``: who had each turn, and
    who could have had it."""

    world: World
    workers: Sequence[Callable[[], Any]]
    plan: Sequence[int]
    taken: list[tuple[int, list[int]]] = field(default_factory=list)

    def run(self) -> list[Any]:
        """Raises what a worker raised."""
        self._stopped: SimpleQueue[int] = SimpleQueue()
        self._go = [threading.Semaphore(0) for _ in self.workers]
        self._numbers: dict[int, int] = {}
        self._began: set[int] = set()
        self._done: set[int] = set()
        self.world.hook = self._hook
        with ThreadPoolExecutor(len(self.workers)) as pool:
            running = []
            for number in range(len(self.workers)):
                running.append(pool.submit(self._work, number))
                self._stopped.get()
            while live := [number for number in range(len(self.workers)) if number not in self._done]:
                number = self.plan[len(self.taken)] if len(self.taken) < len(self.plan) else live[0]
                self.taken.append((number, live))
                self._go[number].release()
                self._stopped.get()
        self.world.hook = lambda _: None
        return [each.result() for each in running]

    def _work(self, number: int) -> Any:
        self._numbers[threading.get_ident()] = number
        try:
            return self.workers[number]()
        finally:
            self._done.add(number)
            self._stopped.put(number)

    def _hook(self, said: str) -> None:
        if said.startswith("before"):
            number = self._numbers[threading.get_ident()]
            if number not in self._began:
                self._began.add(number)
                return
            self._stopped.put(number)
            self._go[number].acquire()
