"""Features of the time at which a trip began, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trips.recipe.parser import Recipe

# Not strftime, whose names follow the locale.
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(map(str, range(24)))
MONTHS = tuple(map(str, range(13)))


def derive(times: Sequence[datetime], feature: str, recipe: Recipe) -> list[str]:
    """One text for each time: ``day_name``, ``hour`` (0 to 23), ``month`` (1 to 12) or ``part_of_day``."""
    if feature == "day_name":
        return [DAYS[time.weekday()] for time in times]
    if feature == "hour":
        return [HOURS[time.hour] for time in times]
    if feature == "month":
        return [MONTHS[time.month] for time in times]
    return [recipe.parts[time.hour] for time in times]
