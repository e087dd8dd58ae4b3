"""The rows of one record: read, judged, and turned into columns of canonical text.

A row is a line. It either has every required column in the right type, or it is left out with a reason; one bad line
never touches another. The types of a column never depend on what else a record holds.

Canonical text: an integer has no sign but "-" and no leading zero, a number has a decimal point or an exponent, a
timestamp parses as ISO 8601, a string stands in double quotes (nothing inside is escaped); "" is a missing value.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple, NoReturn

from trips.cleaning.line_pattern import clean_line
from trips.errors import UnreadableRecord
from trips.recipe.parser import Recipe

# A record has at most 1,000 KiB (Firehose API reference, Record), so no field can be cut by csv's own limit.
csv.field_size_limit(1 << 21)

Row = tuple[str, ...]
"""Canonical text of each kept column, and a last text where an expression puts a line that it does not match."""

INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
WHOLE = re.compile(r"([+-]?[0-9]{1,15})\.0*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,17}")
LENIENT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
SHORTEST_TIME = len("2019-07-31 23:59")


class Left(NamedTuple):
    """A row that was left out: its line in the record (from 1), why, at which column, and the line itself.

    Reasons: ``empty`` (a required column has no value), ``invalid`` (a value is not of its type), ``columns`` (too few
    or too many), ``json`` (no JSON object), ``encoding`` (no UTF-8).
    """

    line: int
    reason: str
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Clean rows in canonical text, the parsed times of the column that features come from, and what was left out."""

    rows: list[Row]
    times: list[datetime]
    left: list[Left]


class _Unclean(Exception):
    """One row cannot be used; carries reason and column."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


def read(data: bytes, recipe: Recipe) -> Table:
    """Every row of a record. Raises UnreadableRecord if there are lines and not one of them can be read."""
    encoded = True
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Undecodable bytes become lone surrogates, by which their lines are known.
        text, encoded = data.decode("utf-8-sig", "surrogateescape"), False
    table = _json(text, recipe, encoded) if recipe.format == "json" else _csv(text, recipe, encoded)
    if not table.rows and table.left and all(left.reason in _UNREADABLE for left in table.left):
        raise UnreadableRecord(f"None of its {len(table.left)} lines is a row ({table.left[0].reason}).")
    return table


_UNREADABLE = {"columns", "json", "encoding"}


def _csv(text: str, recipe: Recipe, encoded: bool) -> Table:
    first, _, rest = text.partition("\n")
    header, skipped = recipe.header, 0
    cells = _cells(first)
    if cells and not recipe.known.isdisjoint(cells):
        header, text, skipped = tuple(cells), rest, 1
    if not header and text.strip():
        raise UnreadableRecord("Its first line is no header, and the recipe has none.")
    if len(set(header)) < len(header):
        raise UnreadableRecord("Its header names a column twice.")
    expression = clean_line(recipe, header) if encoded else None

    def careful(line: str) -> Row:
        cells = _cells(line)
        if cells is None or len(cells) != len(header):
            raise _Unclean("columns")
        return _row(dict(zip(header, cells, strict=True)), recipe)

    if expression is None:
        return _each(text.split("\n"), careful, recipe, skipped)
    matches = expression.findall(text)
    return _mended(matches, [match[-1] for match in matches], text, careful, recipe, skipped)


def _json(text: str, recipe: Recipe, _encoded: bool) -> Table:
    def careful(line: str) -> Row:
        try:
            document = json.loads(line, parse_int=str, parse_float=str, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise _Unclean("json") from error
        if not isinstance(document, dict):
            raise _Unclean("json")
        return _row({name: _text(value, name) for name, value in document.items() if name in recipe.known}, recipe)

    return _each(text.split("\n"), careful, recipe, 0)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _text(value: Any, column: str) -> str:
    """A JSON value as the text that CSV would have; numbers are text already."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str) and not _SURROGATE.search(value):
        return value
    raise _Unclean("invalid", column)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _cells(line: str) -> list[str] | None:
    try:
        return next(csv.reader([line.removesuffix("\r")], strict=True), None)
    except csv.Error:
        return None


def _each(lines: list[str], careful: Callable[[str], Row], recipe: Recipe, skipped: int) -> Table:
    """Every line with care."""
    empty: Row = ("",) * (len(recipe.columns) + 1)
    return _mended([empty] * len(lines), lines, "\n".join(lines), careful, recipe, skipped)


def _mended(
    rows: list[Row], bad: list[str], text: str, careful: Callable[[str], Row], recipe: Recipe, skipped: int
) -> Table:
    """``rows``, where ``bad`` has a line that is to be read with care in its place; blank lines are no rows.

    ``rows`` and ``bad`` have an entry for each line of ``text``, the first of which is line ``skipped`` + 1.
    """
    left: list[Left] = []
    for index in [index for index, line in enumerate(bad) if line]:
        if bad[index].strip():
            try:
                rows[index] = careful(_readable(bad[index]))
            except _Unclean as unclean:
                left.append(_left(index + skipped, unclean, bad[index]))
    anchor = recipe.anchor
    try:
        kept = [row for row in rows if row[anchor]]
        return Table(kept, _times(kept, recipe), left)
    except ValueError:
        return _without_bad_times(rows, left, text.split("\n"), recipe, skipped)


def _readable(line: str) -> str:
    if _SURROGATE.search(line):
        raise _Unclean("encoding")
    return line


def _left(index: int, unclean: _Unclean, line: str) -> Left:
    return Left(index + 1, unclean.reason, unclean.column, line.removesuffix("\r"))


def _times(rows: Sequence[Row], recipe: Recipe) -> list[datetime]:
    """Parses every timestamp column, and returns the one that features come from. Raises ValueError."""
    source_times: list[datetime] = []
    for index, column in enumerate(recipe.columns):
        if column.kind == "timestamp":
            texts: Iterable[str] = [row[index] for row in rows]
            present = texts if column.required else filter(None, texts)
            times = list(map(datetime.fromisoformat, map(str.strip, present, repeat('"'))))
            if index == recipe.source:
                source_times = times
    return source_times


def _without_bad_times(rows: list[Row], left: list[Left], lines: list[str], recipe: Recipe, skipped: int) -> Table:
    """Some timestamp has the right form and is no time, like 2019-02-30: find its row."""
    stamps = [(index, column) for index, column in enumerate(recipe.columns) if column.kind == "timestamp"]
    kept = []
    for number, row in enumerate(rows):
        if not row[recipe.anchor]:
            continue
        try:
            for index, column in stamps:
                if row[index]:
                    _timestamp(row[index].strip('"'), column.name)
        except _Unclean as unclean:
            left.append(_left(number + skipped, unclean, lines[number]))
        else:
            kept.append(row)
    left.sort()
    return Table(kept, _times(kept, recipe), left)


# One row with care


def _row(values: Mapping[str, str], recipe: Recipe) -> Row:
    """Canonical text of each kept column. Raises _Unclean at the first that is missing or of the wrong type."""
    row = []
    for column in recipe.columns:
        value = values.get(column.name, "")
        if value if column.kind == "string" else value.strip():
            row.append(_READERS[column.kind](value, column.name))
        elif column.required:
            raise _Unclean("empty", column.name)
        else:
            row.append("")
    return (*row, "")


def _integer(text: str, column: str) -> str:
    """64 bit; 2019.0 is an integer too, since tools that know no missing integers write it so."""
    text = text.strip()
    whole = WHOLE.fullmatch(text)
    if whole:
        text = whole[1]
    if not INTEGER.fullmatch(text):
        raise _Unclean("invalid", column)
    return str(int(text))


def _number(text: str, column: str) -> str:
    text = text.strip()
    if NUMBER.fullmatch(text):
        return text
    value = float(text) if LENIENT.fullmatch(text) else math.inf
    if not math.isfinite(value):
        raise _Unclean("invalid", column)
    return repr(value)


def _string(text: str, _column: str) -> str:
    return f'"{text}"'


def _timestamp(text: str, column: str) -> str:
    """Date and time as written; an offset is left off, since hours of the day are those of the place."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Unclean("invalid", column) from error
    if len(text) < SHORTEST_TIME:
        raise _Unclean("invalid", column)
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


_READERS: Mapping[str, Callable[[str, str], str]] = {
    "integer": _integer,
    "number": _number,
    "string": _string,
    "timestamp": _timestamp,
}
