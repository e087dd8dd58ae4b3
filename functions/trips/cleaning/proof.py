"""Rows of the right types -> rows that can be true: bounds, a trip that ends after it began, hours that exist.

Whole columns are looked at: their least and largest values first, single rows only where those are out of bounds.
Reasons: ``bounds``, ``order`` (ends before it begins), ``long`` (lasts longer than the recipe's trip), ``clock`` (an
hour that the zone's clocks skip).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from trips.recipe.model import Column, Recipe, Trip

if TYPE_CHECKING:
    from trips.recipe.zones import Change

Stamps = Mapping[int, Sequence[datetime | None]]
"""The parsed times of each timestamp column, by its index; None where there is none."""


def changes(stamps: Stamps, recipe: Recipe) -> Sequence[Change]:
    """The changes of the zone's clocks that some of the times may meet; most records meet none."""
    if not recipe.zone:
        return ()
    ends: list[datetime] = []
    for times in stamps.values():
        present = times if None not in times else [time for time in times if time]
        ends += (min(present), max(present)) if present else ()  # type: ignore[type-var, arg-type]
    if not ends:
        return ()
    from trips.recipe import zones

    return zones.near(min(ends), max(ends), recipe.zone)


def unproved(
    columns: Sequence[Sequence[str]], stamps: Stamps, recipe: Recipe, changed: Sequence[Change]
) -> dict[int, tuple[str, str]]:
    """Reason and column of each row, by its index, that cannot be true; the first reason of a row counts."""
    found: dict[int, tuple[str, str]] = {}
    for index, column in enumerate(recipe.columns):
        if column.least is not None or column.most is not None:
            for row in _out_of_bounds(columns[index], column):
                found.setdefault(row, ("bounds", column.name))
    if recipe.trip:
        for row, reason in _impossible(stamps, recipe.trip, changed):
            found.setdefault(row, (reason, recipe.columns[recipe.trip.end].name))
    for index, times in stamps.items():
        for row in _within(times, [change for change in changed if not change.exists]):
            found.setdefault(row, ("clock", recipe.columns[index].name))
    return found


def ambiguous(stamps: Stamps, changed: Sequence[Change]) -> int:
    """Times of an hour that comes twice, when clocks are put back: which of both is not known."""
    twice = [change for change in changed if change.exists]
    return sum(sum(1 for _ in _within(times, twice)) for times in stamps.values()) if twice else 0


def _out_of_bounds(texts: Sequence[str], column: Column) -> Iterator[int]:
    least = -float("inf") if column.least is None else column.least
    most = float("inf") if column.most is None else column.most
    # The same few places come again and again, so that different texts are far fewer than rows.
    bad = {text for text in set(texts) if text and not least <= float(text) <= most}
    if bad:
        yield from (row for row, text in enumerate(texts) if text in bad)


def _impossible(stamps: Stamps, trip: Trip, changed: Sequence[Change]) -> Iterator[tuple[int, str]]:
    from trips.recipe import zones

    longest, none = timedelta(seconds=trip.longest_seconds), timedelta()
    lengths = zones.lengths(both(stamps, trip.start), both(stamps, trip.end), changed)
    if not lengths or (min(lengths) >= none and max(lengths) <= longest):
        return
    for row, length in enumerate(lengths):
        if not none <= length <= longest:
            yield row, "order" if length < none else "long"


def both(stamps: Stamps, index: int) -> Sequence[datetime]:
    """The times of one end of a trip, which is a required column."""
    return cast("Sequence[datetime]", stamps[index])


def _within(times: Sequence[datetime | None], changed: Sequence[Change]) -> Iterator[int]:
    for change in changed:
        yield from (row for row, time in enumerate(times) if time and change.begin <= time < change.end)
