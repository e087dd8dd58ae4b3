"""Discrete events: a process is a generator that yields seconds to wait, or a Signal to wait for."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Generator

Process = Generator["float | Signal", None, None]


class Clock:
    """Time, chance (of a seed, so that a row is always the same), and the processes that wait."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 0.0
        self.chance = random.Random(seed)
        self._waiting: list[tuple[float, int, Process]] = []
        self._numbers = itertools.count()

    def spawn(self, process: Process, after: float = 0.0) -> None:
        heapq.heappush(self._waiting, (self.now + after, next(self._numbers), process))

    def run(self, done: Callable[[], bool]) -> None:
        """Until ``done``, which is asked when a process ends, or nothing waits any more."""
        waiting = self._waiting
        while waiting:
            self.now, _, process = heapq.heappop(waiting)
            try:
                wish = next(process)
            except StopIteration:
                if done():
                    return
                continue
            if isinstance(wish, Signal):
                wish.waiting.append(process)
            else:
                heapq.heappush(waiting, (self.now + wish, next(self._numbers), process))

    def about(self, seconds: float, spread: float = 0.35) -> float:
        """A duration around a mean, with the long tail that services have (log-normal)."""
        return seconds * math.exp(spread * self.chance.gauss(0, 1) - spread * spread / 2)


class Signal:
    """Something that processes wait for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.waiting: deque[Process] = deque()

    def fire(self) -> None:
        while self.waiting:
            self._clock.spawn(self.waiting.popleft())

    def wake_one(self) -> None:
        if self.waiting:
            self._clock.spawn(self.waiting.popleft())
