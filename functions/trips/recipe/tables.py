"""The smaller tables of a recipe. Each function raises BadRecipe with a sentence that says what to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trips.errors import BadRecipe
from trips.recipe.model import FEATURES, Column, Trip

HOUR_SECONDS = 3600


def member(table: Mapping[str, Any], key: str, allowed: Sequence[str]) -> str:
    """An entry that is one of a few words."""
    value = table.get(key)
    if value not in allowed:
        raise BadRecipe(f"{key} = {value!r} of {table.get('name', '[input]')} is none of {', '.join(allowed)}.")
    return str(value)


def texts(table: Mapping[str, Any], key: str, default: Sequence[str]) -> tuple[str, ...]:
    """An entry that is a list of texts."""
    given = table.get(key, list(default))
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise BadRecipe(f"{key} = {given!r} of {table.get('name', '[input]')} must be a list of texts.")
    return tuple(given)


def number(entry: Mapping[str, Any], key: str, kind: str) -> float | None:
    """A bound of a column."""
    given = entry.get(key)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or kind not in ("integer", "number"):
        raise BadRecipe(f"{key} = {given!r} of {entry['name']} must be a number, and the column too.")
    return given


def time(table: Mapping[str, Any]) -> tuple[str, bool]:
    """Name of the zone in which times are written ("" if none is given), and whether offsets are converted to it."""
    zone = table.get("zone", "")
    converts = member({"name": "[time]", "offsets": "convert" if zone else "refuse", **table}, "offsets", _OFFSETS)
    if converts == "convert" and not zone:
        raise BadRecipe('offsets = "convert" of [time] needs a zone to convert to, like zone = "America/New_York".')
    if zone:
        from trips.recipe import zones

        zones.zone(str(zone))
    return str(zone), converts == "convert"


_OFFSETS = ("convert", "refuse")


def trip(table: Mapping[str, Any], columns: Sequence[Column]) -> Trip | None:
    """The two times of a trip. None where the recipe has no [trip]."""
    if not table:
        return None
    hours, late = table.get("longest_hours", 24), table.get("late_days", 7)
    for key, value in (("longest_hours", hours), ("late_days", late)):
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise BadRecipe(f"{key} = {value!r} of [trip] must be a number above 0.")
    start, end = (_timestamp(table, key, columns, "[trip]") for key in ("start", "end"))
    return Trip(start, end, int(hours * HOUR_SECONDS), int(late))


def _timestamp(table: Mapping[str, Any], key: str, columns: Sequence[Column], where: str) -> int:
    for index, column in enumerate(columns):
        if column.name == table.get(key) and column.kind == "timestamp" and column.required:
            return index
    raise BadRecipe(f"{where} {key} = {table.get(key)!r} must name a required column of type timestamp.")


def derived(
    table: Mapping[str, Any], columns: Sequence[Column], trip: Trip | None
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The index of the timestamp that features come from, -1 where there are none, and (name, feature) of each."""
    wanted = tuple((name, str(feature)) for name, feature in table.items() if name != "from")
    for name, feature in wanted:
        if feature not in FEATURES:
            raise BadRecipe(f"{name} = {feature!r} in [derive] is none of {', '.join(FEATURES)}.")
    if not table:
        return (trip.start, ()) if trip else (-1, ())
    source = _timestamp(table, "from", columns, "[derive]")
    if any(feature == "seconds" for _, feature in wanted) and (trip is None or trip.start != source):
        raise BadRecipe('"seconds" in [derive] needs a [trip] whose start is the `from` of [derive].')
    return source, wanted


def parts(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The part of the day of each hour: a part lasts until the next one begins, over midnight too."""
    if not table or not all(isinstance(hour, int) and 0 <= hour < 24 for hour in table.values()):
        raise BadRecipe("[parts_of_day] gives the first hour (0 to 23) of each part.")
    begins = sorted((hour, name) for name, hour in table.items())
    return tuple(next((name for first, name in reversed(begins) if first <= hour), begins[-1][1]) for hour in range(24))


def balance(table: Mapping[str, Any], columns: Sequence[Column]) -> tuple[int, str]:
    """The index of the column that tells the classes apart (-1: none), and the value of one class."""
    if not table:
        return -1, ""
    names = [column.name for column in columns]
    if table.get("column") not in names or not isinstance(table.get("value"), str):
        raise BadRecipe("[balance] needs the column that tells the classes apart, and the value of one of them.")
    index = names.index(table["column"])
    if columns[index].values and table["value"] not in columns[index].values:
        raise BadRecipe(f"[balance] value = {table['value']!r} is none of the values of {table['column']}.")
    return index, table["value"]
