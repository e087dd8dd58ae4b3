"""Rows of one record -> those of one day, for a lake whose partitions are the days on which trips began.

A record has one set of partition keys (Firehose developer guide, "Dynamic partitioning"), and rows of several days: the
day with the most rows stays, the others are put on the stream again as records of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from trips.cleaning.proof import both
from trips.cleaning.rows import Left, Table
from trips.recipe.model import Recipe

FIRST_DAY = date(2010, 1, 1)
"""Of the table's projected partitions (pipelines/trips.yaml): rows before it would lie where no query looks."""
AHEAD_DAYS = 1
"""A local day may be a day ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of one day ("" if there are none), how many of them came late, and the lines of each other day."""

    table: Table
    day: str
    late: int
    others: Sequence[Sequence[int]]


def split(table: Table, recipe: Recipe, arrival_ms: int, lines: Sequence[bytes]) -> Split:
    """``arrival_ms``: when Firehose took the record; ``lines`` of the record, as they came.

    Days that no partition is projected for are left out with the reason ``day``.
    """
    if not len(table) or recipe.source < 0:
        return Split(table, "", 0, [])
    arrival = datetime.fromtimestamp(arrival_ms / 1000, UTC).date()
    days = [time.date() for time in both(table.stamps, recipe.source)]
    counts = Counter(days)
    last = arrival + timedelta(days=AHEAD_DAYS)
    outside = {day for day in counts if not FIRST_DAY <= day <= last}
    places: dict[date, list[int]] = {}
    for place, day in enumerate(days):
        places.setdefault(day, []).append(place)
    left = [
        _left(table.numbers[place], recipe.columns[recipe.source].name, lines)
        for day in outside
        for place in places.pop(day)
    ]
    table.left.extend(sorted(left))
    if not places:
        return Split(table.only([]), "", 0, [])
    own = max(sorted(places), key=lambda day: len(places[day]))
    others = [[table.numbers[place] for place in found] for day, found in sorted(places.items()) if day != own]
    late_days = recipe.trip.late_days if recipe.trip else 0
    late = len(places[own]) if recipe.trip and (arrival - own).days > late_days else 0
    return Split(table.only(places[own]) if others or left else table, own.isoformat(), late, others)


def begun(table: Table, recipe: Recipe, arrival_ms: int, data: bytes) -> Table:
    """Without the rows of trips that begin more than a day after they came, which no trip does: reason ``day``."""
    if not len(table) or recipe.source < 0:
        return table
    last = datetime.fromtimestamp(arrival_ms / 1000, UTC).date() + timedelta(days=AHEAD_DAYS)
    times = both(table.stamps, recipe.source)
    if max(times).date() <= last:
        return table
    column, lines = recipe.columns[recipe.source].name, data.split(b"\n")
    table.left.extend(
        _left(table.numbers[place], column, lines) for place, time in enumerate(times) if time.date() > last
    )
    table.left.sort()
    return table.only([place for place, time in enumerate(times) if time.date() <= last])


def _left(number: int, column: str, lines: Sequence[bytes]) -> Left:
    text = lines[number].decode("utf-8", "surrogateescape").removesuffix("\r")
    return Left(number + 1, "day", column, text)
