"""One item per pipeline, kind and day (UTC): what was taken, and what an operator raised the ceiling by.

The sum is counted up by one conditional ADD, so it never passes the ceiling, however many workers ask at once. A
ceiling is raised and never lowered within a day; so a worker that does not know of it yet asks for too little, never
too much.

All workers share the item, which takes 1,000 writes per second; a write that its condition refuses counts, too. So a
worker that was refused remembers it for a quarter of a minute, and asks the table for what is too much no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.errors import CeilingReached, ConcurrentUpdate, StorageUnavailable
from common.observability import logger
from common.table import Table

KEPT_SECONDS = 40 * 86_400
"""``operate spending --days`` looks back; an item is some 200 bytes."""
TRIES = 8
TOLD_PERCENT = 80
"""Of the ceiling, from which on the alarms on spending tell."""
SPENT, RAISED = "spent", "raised"
REFUSED_SECONDS = 15.0
"""For which a refusal holds; as long as a pause may be unknown (``pauses``), and so may a raise."""

_refused: dict[tuple[str, str], _Refusal] = {}


def day_of(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def key(pipeline: str, kind: str, day: str) -> str:
    return f"spending#{pipeline}#{kind}#{day}"


@dataclass(frozen=True, slots=True)
class Slip:
    """``amount`` taken from a day's account; ``spent`` of ``allowed`` are taken by then."""

    key: str
    day: str
    amount: int
    spent: int
    allowed: int


@dataclass(frozen=True, slots=True)
class State:
    """A day's account. ``raised`` on top of the deployed ceiling; ``raises``: who, when and by how much."""

    spent: int = 0
    raised: int = 0
    raises: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    """``room`` of ``allowed`` that was left ``at`` a second of the wall's clock; the monotonic one may stand still
    where Lambda freezes a worker."""

    at: float
    room: int
    allowed: int


@dataclass(frozen=True)
class Account:
    """What ``pipeline`` may buy of one ``kind`` in a day: ``ceiling``, 0 for nothing. ``clock``: in seconds of the
    epoch."""

    table: Table
    pipeline: str
    kind: str
    ceiling: int
    clock: Callable[[], float] = time.time

    @property
    def today(self) -> str:
        return day_of(self.clock())

    def take(self, least: int, most: int) -> Slip:
        """Takes ``most`` of today's, or what is left where that is less, but never less than ``least``.

        Raises CeilingReached where not even that is left (as of REFUSED_SECONDS ago at most), StorageUnavailable and
        ConcurrentUpdate: without an answer nothing is bought.
        """
        day = self.today
        name, amount, allowed = key(self.pipeline, self.kind, day), max(least, most), self.ceiling
        self._check(name, least)
        for _ in range(TRIES):
            if amount <= allowed:
                spent = self.table.take(name, SPENT, amount, seconds=KEPT_SECONDS, at_most=allowed)
                if spent is not None:
                    return Slip(name, day, amount, spent, self._allowed(day, spent, allowed))
            state = read(self.table, self.pipeline, self.kind, day)
            allowed = self.ceiling + state.raised
            room = allowed - state.spent
            if room < least:
                _refused[self.table.name, name] = _Refusal(self.clock(), room, allowed)
                raise CeilingReached(self._sentence(least, room, allowed))
            amount = min(max(least, most), room)
        raise ConcurrentUpdate(f"Other workers took {self.kind} from {name} again and again.")

    def _check(self, name: str, least: int) -> None:
        place = self.table.name, name
        known = _refused.get(place)
        if known is None:
            return
        if not 0 <= self.clock() - known.at < REFUSED_SECONDS:
            _refused.pop(place, None)
        elif least > known.room and self.ceiling <= known.allowed:
            raise CeilingReached(self._sentence(least, known.room, known.allowed))

    def _allowed(self, day: str, spent: int, known: int) -> int:
        """What the day may have in all. Who finds room below the deployed ceiling has not looked whether it was raised;
        from TOLD_PERCENT on somebody may have raised it for the alarm's sake, and waits for the alarm's end."""
        if known > self.ceiling or 100 * spent < TOLD_PERCENT * known:
            return known
        try:
            return self.ceiling + read(self.table, self.pipeline, self.kind, day).raised
        except StorageUnavailable:
            logger().warning("not known whether it was raised", extra={"account": key(self.pipeline, self.kind, day)})
            return known

    def _sentence(self, least: int, room: int, allowed: int) -> str:
        left, what = f"{max(0, room):,} of today's {allowed:,}", f"{self.kind} of {self.pipeline}"
        said = f"{left} {what} are left, and {least:,} are needed."
        if least > allowed:
            return f"{said} No day has so many: raise today's ceiling (operate spending raise), or the parameter."
        return f"{said} It goes on at midnight UTC, or once the ceiling is raised (operate spending raise)."

    def give_back(self, slip: Slip, amount: int) -> None:
        """Returns ``amount`` to the day it was taken from; a negative one is taken on top, whatever the ceiling says.

        A table that is busy is no reason to fail: until midnight there is a little less to spend.
        """
        if not amount:
            return
        try:
            self.table.take(slip.key, SPENT, -amount, seconds=KEPT_SECONDS)
        except StorageUnavailable:
            logger().warning("not given back", extra={"account": slip.key, "amount": amount})


def read(table: Table, pipeline: str, kind: str, day: str) -> State:
    """How a day's account stands. Raises StorageUnavailable."""
    item = table.get(key(pipeline, kind, day)) or {}
    return State(int(item.get(SPENT, 0)), int(item.get(RAISED, 0)), tuple(item.get("raises", ())))


def raise_ceiling(table: Table, pipeline: str, kind: str, day: str, amount: int, by: str, at: str) -> State:
    """Raises one day's ceiling by ``amount``; the account as it then stands.

    Raises ConcurrentUpdate where somebody else has raised it meanwhile: look at it again first.
    """
    seen = read(table, pipeline, kind, day)
    raises = (*seen.raises, {"by": by, "at": at, "amount": amount})
    changes = {RAISED: seen.raised + amount, "raises": list(raises)}
    condition = f"#{RAISED} = :seen" if seen.raised else f"attribute_not_exists(#{RAISED})"
    values = {"seen": seen.raised}
    name = key(pipeline, kind, day)
    if not table.amend(name, changes, seconds=KEPT_SECONDS, condition=condition, values=values):
        raise ConcurrentUpdate("Somebody else has raised this ceiling just now; look at it, then raise it again.")
    return State(seen.spent, seen.raised + amount, raises)


def forget() -> None:
    """The next worker that is refused asks the table first."""
    _refused.clear()
