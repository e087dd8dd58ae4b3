"""Counts, sums, means, extremes and shares in a question."""

from __future__ import annotations

import re
from dataclasses import replace

from local.services.bedrock.sql import words
from local.services.bedrock.sql.asked import Reading
from local.services.bedrock.sql.plan import Measure
from local.services.bedrock.sql.prompt import Column

_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_KINDS = (
    ("median", r"\bmedian\b"),
    ("avg", r"\b(?:on )?(?:average|avg|mean)\b"),
    ("sum", r"\b(?:total|sum)\b"),
    ("max", r"\b(?:maximum|max|highest|longest|largest|biggest|greatest)\b"),
    ("min", r"\b(?:minimum|min|lowest|shortest|smallest)\b"),
)
_COUNTED = r"\b(?:how many|(?:total )?number of|(?:total )?count(?: of)?|how often)\b"
_SHARE = r"\b(?:what )?(?:share|percentage|percent|proportion|fraction)\b(?: of)?"


def read(reading: Reading) -> list[Measure]:
    """The measures of a question, in the order of its words as far as rules keep it; empty where it names none."""
    if reading.take(_SHARE):
        reading.take(r"\b(?:of )?(?:all|total)\b")
        return [Measure("share")]
    found: list[Measure] = []
    unit = _unit(reading)
    if not reading.has(r"\b(?:average|mean|avg) number of\b"):
        found += _counts(reading)
        for kind, pattern in _KINDS:
            found += _columns(reading, kind, pattern)
    if not found and reading.take(r"\bhow long\b"):
        found += _long(reading)
    return [_in_unit(measure, unit) for measure in found]


def is_duration(column: Column) -> bool:
    return column.is_number and bool(set(words.stems(column.name)) & {"duration", "length"})


def unit_of(column: Column) -> str:
    """Of a duration, as its name says."""
    parts = words.stems(column.name)
    if any(part in {"min", "minute"} for part in parts):
        return "minute"
    return "hour" if "hour" in parts else "second"


def seconds_in(unit: str) -> float:
    return next(seconds for name, seconds in _UNITS.items() if name.startswith(unit.lower()[:3]))


def _unit(reading: Reading) -> str:
    found = reading.take(r"\bin (seconds|minutes|hours)\b") or reading.take(r"\bhow many (seconds|minutes|hours)\b")
    return found[1].rstrip("s").lower() if found else ""


def _in_unit(measure: Measure, unit: str) -> Measure:
    column = measure.column
    if not unit or column is None or not is_duration(column) or measure.kind in {"count", "distinct"}:
        return measure
    return replace(measure, divisor=seconds_in(unit) / seconds_in(unit_of(column)), unit=f"{unit}s")


def _counts(reading: Reading) -> list[Measure]:
    match = reading.take(_COUNTED)
    if match is None:
        return []
    at = match.start() + 3
    different = reading.has(r"\b(?:different|distinct|unique)\b")
    _, phrase = reading.phrase(at)
    first = re.match(r"\w+", phrase)
    if first and not different and words.names_table(first[0], reading.table):
        return [Measure("count")]
    column = reading.column(at)
    if column is not None:
        return [Measure("distinct", column)]
    return [Measure("count")]


def _columns(reading: Reading, kind: str, pattern: str) -> list[Measure]:
    found = []
    while match := re.search(pattern, reading.text, re.IGNORECASE):
        reading.blank(*match.span())
        column = reading.column(match.start() + 3, lambda each: each.is_number and not _is_code(each))
        if column is None:
            column = _implied(reading, match)
        if column is None:
            if not reading.left():
                # Nothing that can be measured: the word is put back, and is what is missing.
                reading.text += f" {match[0]} "
            break
        found.append(Measure(kind, column))
    return found


def _implied(reading: Reading, match: re.Match[str]) -> Column | None:
    """``the longest trip``, ``how long ... on average``: a duration, where there is one."""
    long = reading.take(r"\bhow long\b") or match[0].lower() in {"longest", "shortest"}
    _, phrase = reading.phrase(match.start() + 3)
    first = re.match(r"\w+", phrase)
    trip = first is not None and words.names_table(first[0], reading.table)
    if long or (trip and re.search(r"\b(?:long|time)\b", phrase)):
        return next((column for column in reading.table.columns if is_duration(column)), None)
    return None


def _long(reading: Reading) -> list[Measure]:
    column = next((column for column in reading.table.columns if is_duration(column)), None)
    if column is None:
        reading.text += " long-lasting "
        return []
    return [Measure("avg", column)]


def _is_code(column: Column) -> bool:
    """A number that counts nothing: an id, or a place."""
    return bool(set(words.stems(column.name)) & {"id", "latitude", "longitude", "lat", "lon", "code"})
