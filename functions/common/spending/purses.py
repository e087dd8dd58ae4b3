"""What one worker may spend in one turn.

A worker takes a block at once, pays its calls from it, and gives the rest back at its end: a write per call would cost
little, but all workers write to one item, which takes 1,000 writes per second. A worker that dies has taken too much,
by a block at most, until midnight. What is in hand at midnight is given back to its day, and taken anew from the next
one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType
from typing import TypeVar

from common.errors import CeilingReached, PipelinePaused, SpendingStopped
from common.observability import count, logger, measure
from common.spending import pauses
from common.spending.accounts import Account, Slip
from common.spending.refusals import is_unbilled
from common.table import Table

T = TypeVar("T")

LEAST_BLOCKS = 100
"""Blocks that a day's ceiling holds at least: else what a dozen workers have in hand would look spent, and ring alarms,
where a cautious owner has set a low ceiling."""


class Purse:
    """Pays for calls of one kind; for several threads at once. ``block``: taken at a time, where a call needs less.

    At its end it counts CeilingReached and PipelinePaused (1, by kind too, where a call was not made for that reason),
    and measures SpentPercent of the day's ceiling.
    """

    def __init__(self, account: Account, block: int = 0) -> None:
        self._account, self._block = account, block
        self._lock = Lock()
        self._slip: Slip | None = None
        self._left = 0
        self._stops = {"CeilingReached": 0, "PipelinePaused": 0}
        self._percent = 0.0

    def __enter__(self) -> Purse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def pay(self, amount: int, call: Callable[[], T], billed: Callable[[T], int] | None = None) -> T:
        """What ``call`` returns, made only where ``amount`` of today's is left and the pipeline is not paused.

        A call that is made again is billed again, and so counts again; one that was refused without a bill counts
        nothing. ``billed``: what the service says that it bills, where that may differ.
        Raises CeilingReached, PipelinePaused, StorageUnavailable, ConcurrentUpdate, and what ``call`` raises.
        """
        slip = self._hold(amount)
        try:
            result = call()
        except BaseException as error:
            if is_unbilled(error):
                self._return(slip, amount)
            raise
        if billed is not None:
            self._return(slip, amount - billed(result))
        return result

    def spend(self, most: int, call: Callable[[], T], used: Callable[[], int]) -> T:
        """The same for what makes several paid calls: ``most`` is taken before, and ``used`` says afterwards, also
        where it has failed, how much of it was billed."""
        slip = self._hold(most)
        try:
            return call()
        finally:
            self._return(slip, most - used())

    def have(self, amount: int) -> None:
        """Takes ``amount`` at once, for calls that follow and make sense together. Raises as ``pay`` does."""
        self._return(self._hold(amount), amount)

    def _hold(self, amount: int) -> Slip:
        try:
            pauses.check(self._account.table, self._account.pipeline)
            with self._lock:
                return self._held(amount)
        except CeilingReached as error:
            self._stop("CeilingReached", error)
            raise
        except PipelinePaused as error:
            self._stop("PipelinePaused", error)
            raise

    def _held(self, amount: int) -> Slip:
        if self._slip is not None and self._slip.day != self._account.today:
            self._settle()
        if self._slip is None or self._left < amount:
            self._slip = self._account.take(amount - self._left, self._block)
            self._left += self._slip.amount
            self._percent = 100 * self._slip.spent / max(1, self._slip.allowed)
        self._left -= amount
        return self._slip

    def _return(self, slip: Slip, amount: int) -> None:
        with self._lock:
            if self._slip is not None and self._slip.day == slip.day:
                self._left += amount
            else:
                self._account.give_back(slip, amount)

    def _stop(self, name: str, error: Exception) -> None:
        if not self._stops[name]:
            logger().warning("nothing is bought", extra={"reason": name, "cause": str(error)})
        self._stops[name] = 1

    def _settle(self) -> None:
        if self._slip is not None:
            self._account.give_back(self._slip, self._left)
        self._slip, self._left = None, 0

    def close(self) -> None:
        """Gives back what was not spent; may be called twice."""
        with self._lock:
            self._settle()
        for name, value in self._stops.items():
            count(name, value, **({"kind": self._account.kind} if value else {}))
        measure("SpentPercent", "Percent", 100.0 if self._stops["CeilingReached"] else self._percent)


@contextmanager
def held_as(name: str) -> Iterator[None]:
    """Counts under ``name`` that what is inside could buy nothing (1), and raises it on; else 0."""
    try:
        yield
    except SpendingStopped:
        count(name)
        raise
    count(name, 0)


def open_purse(
    table: str, pipeline: str, kind: str, ceiling: int, *, block: int = 0, clock: Callable[[], float] = time.time
) -> Purse:
    """A purse on the account of ``kind`` in the table of this name; ``block`` is smaller where the ceiling is low."""
    return Purse(Account(Table(table), pipeline, kind, ceiling, clock), min(block, ceiling // LEAST_BLOCKS))
