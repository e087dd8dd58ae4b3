"""Partition projection (Athena user guide, "Partition projection with Amazon Athena"): partitions come from the table's
properties instead of Glue's list.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from local.services.athena.catalog import Table
from local.services.athena.errors import QueryError

#: The values that a query asks of an injected column: equalities alone.
Wanted = Callable[[str], Sequence[str]]

_MOST = 1_000_000
_NOW = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*(\w+?)S?)?$", re.IGNORECASE)
_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604_800}
_MONTHS = {"MONTH": 1, "YEAR": 12}


def values(table: Table, wanted: Wanted) -> list[tuple[str | None, ...]]:
    """Every combination of the values of the keys.

    Raises:
        QueryError: a setting is missing or wrong, or too many partitions.
    """
    columns = [list(itertools.islice(_column(table, key.name, wanted), _MOST)) for key in table.keys]
    count = 1
    for column in columns:
        count *= len(column)
    if count >= _MOST:
        raise QueryError("EXCEEDED_LIMIT", f"Table {table.full_name} projects more than {_MOST:,} partitions.")
    return list(itertools.product(*columns))


def location(table: Table, found: tuple[str | None, ...]) -> str:
    """The folder of a partition: the template with its values, or Hive's own layout."""
    from local.services.athena.lake.partitions import default_location

    template = table.parameters.get("storage.location.template")
    if not template:
        return default_location(table, found)
    for key, value in zip(table.keys, found, strict=True):
        if "${" + key.name + "}" not in template:
            raise _wrong(table, f"storage.location.template has no ${{{key.name}}}")
        template = template.replace("${" + key.name + "}", str(value))
    return template if template.endswith("/") else template + "/"


def _column(table: Table, name: str, wanted: Wanted) -> Iterator[str]:
    def setting(part: str, default: str | None = None) -> str:
        found = table.parameters.get(f"projection.{name}.{part}", default)
        if found is None:
            raise _wrong(table, f"projection.{name}.{part} is missing")
        return found

    kind = setting("type").lower()
    if kind == "enum":
        return iter([value.strip() for value in setting("values").split(",")])
    if kind == "integer":
        first, last = _ends(table, name, setting("range"))
        digits = int(setting("digits", "0"))
        numbers = range(int(first), int(last) + 1, int(setting("interval", "1")))
        return (str(number).zfill(digits) for number in numbers)
    if kind == "date":
        ends = _ends(table, name, setting("range"))
        return _dates(table, ends, setting("format"), setting("interval", ""), setting("interval.unit", ""))
    if kind == "injected":
        asked = wanted(name)
        if not asked:
            raise QueryError(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {name}, the WHERE clause must contain only static "
                "equality conditions, and at least one such condition must be present.",
            )
        return iter(asked)
    raise _wrong(table, f"projection.{name}.type is '{kind}'; allowed are enum, integer, date and injected")


def _ends(table: Table, name: str, text: str) -> tuple[str, str]:
    first, comma, last = text.partition(",")
    if not comma:
        raise _wrong(table, f"projection.{name}.range needs two ends with a comma between them")
    return first.strip(), last.strip()


def _dates(table: Table, ends: tuple[str, str], pattern: str, interval: str, unit: str) -> Iterator[str]:
    from local.services.athena.sql import formats

    python = formats.java_to_python(pattern)
    readable = python.replace("%-", "%")
    if not unit:
        unit = "DAYS" if "d" in pattern else "MONTHS" if "M" in pattern else "YEARS"
        if re.search(r"[Hhms]", pattern):
            raise _wrong(table, "projection of dates with hours needs interval and interval.unit")
    at, last = (_moment(table, end, readable) for end in ends)
    step, name = int(interval or 1), unit.upper().removesuffix("S")
    if name not in _UNITS and name not in _MONTHS:
        raise _wrong(table, f"the interval unit '{unit}' is unknown")
    before = None
    while at <= last:
        text = at.strftime(python)
        if text != before:
            yield text
        before = text
        at = _later(at, step, name)


def _moment(table: Table, text: str, python: str) -> datetime:
    relative = _NOW.match(text)
    if relative is None:
        try:
            return datetime.strptime(text, python).replace(tzinfo=UTC)
        except ValueError as error:
            raise _wrong(table, f"'{text}' is not in the format of the projection") from error
    now = datetime.now(UTC)
    if relative[1]:
        now = _later(now, int(relative[1] + relative[2]), relative[3].upper())
    return now


def _later(at: datetime, step: int, unit: str) -> datetime:
    if unit in _MONTHS:
        months = at.year * 12 + at.month - 1 + step * _MONTHS[unit]
        return at.replace(year=months // 12, month=months % 12 + 1, day=min(at.day, 28))
    return at + timedelta(seconds=step * _UNITS.get(unit, 86400))


def _wrong(table: Table, why: str) -> QueryError:
    return QueryError("INVALID_TABLE_PROPERTY", f"Table {table.full_name}: {why}.")
