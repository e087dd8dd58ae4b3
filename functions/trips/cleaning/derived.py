"""Features of the time at which a trip began, and of how long it was, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trips.cleaning.proof import both
from trips.cleaning.rows import Table
from trips.recipe.model import Recipe

# Not strftime, whose names follow the locale.
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBERS = tuple(map(str, range(24)))


def derive(table: Table, feature: str, recipe: Recipe) -> list[str]:
    """One text for each row: ``day_name``, ``day_number`` (0 is Monday), ``hour`` (0 to 23), ``month`` (1 to 12),
    ``part_of_day``, or ``seconds`` between both ends of the trip, whole ones."""
    times: Sequence[datetime] = both(table.stamps, recipe.source)
    if feature == "day_name":
        return [DAYS[time.weekday()] for time in times]
    if feature == "day_number":
        return [NUMBERS[time.weekday()] for time in times]
    if feature == "hour":
        return [NUMBERS[time.hour] for time in times]
    if feature == "month":
        return [NUMBERS[time.month] for time in times]
    if feature == "part_of_day":
        return [recipe.parts[time.hour] for time in times]
    from trips.recipe import zones

    end = recipe.trip.end if recipe.trip else recipe.source
    lengths = zones.lengths(times, both(table.stamps, end), table.changed)
    return [str(length.days * 86_400 + length.seconds) for length in lengths]
