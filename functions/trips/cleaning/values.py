"""One row with care: the value of each column in canonical text, or why the row is left out.

Canonical text: an integer has no sign but "-" and no leading zero, a number has a decimal point or an exponent, a
timestamp parses as ISO 8601 and has no offset, a string stands in double quotes (nothing inside is escaped, no blanks
at its ends); "" is a missing value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from common.content import numbers
from trips.recipe.model import Column, Recipe

Row = tuple[str, ...]
"""Canonical text of each kept column, and a last text where an expression puts a line that it does not match."""

INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
WHOLE = re.compile(r"([+-]?[0-9]{1,15})\.0*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,17}")
SHORTEST_TIME = len("2019-07-31 23:59")


class Unclean(Exception):
    """One row cannot be used; carries reason and column."""

    def __init__(self, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


Told = Counter[tuple[str, str]]
"""How many values of a column were not as the recipe has them, and are kept all the same: (what, column) -> count."""


Notes = list[tuple[str, str]]
"""The same of one row, which counts only when the whole row can be used."""


def row(values: Mapping[str, str], recipe: Recipe, told: Told) -> Row:
    """Canonical text of each kept column. Raises Unclean at the first that is missing or of the wrong type."""
    cells = []
    notes: Notes = []
    for column in recipe.columns:
        text = values.get(column.name, "").strip()
        if text.casefold() not in recipe.empty:
            cells.append(_READERS[column.kind](text, column, recipe, notes))
        elif column.required:
            raise Unclean("empty", column.name)
        else:
            cells.append("")
    if notes:
        told.update(notes)
    return (*cells, "")


def _integer(text: str, column: Column, _recipe: Recipe, _notes: Notes) -> str:
    """64 bit; 2019.0 is an integer too, since tools that know no missing integers write it so."""
    whole = WHOLE.fullmatch(text)
    if whole:
        text = whole[1]
    if not INTEGER.fullmatch(text):
        raise Unclean("invalid", column.name)
    return str(int(text))


def _number(text: str, column: Column, _recipe: Recipe, _notes: Notes) -> str:
    if NUMBER.fullmatch(text):
        return text
    value = numbers.read(text)
    if value is None:
        raise Unclean("invalid", column.name)
    return repr(value)


def _string(text: str, column: Column, _recipe: Recipe, notes: Notes) -> str:
    """A category in the recipe's own spelling; one that the recipe does not know is told, or leaves the row out."""
    if column.values and text not in column.values:
        spelling = column.spellings.get(text.casefold())
        if spelling is None and column.strict:
            raise Unclean("category", column.name)
        notes.append(("unknown" if spelling is None else "spelling", column.name))
        text = text if spelling is None else spelling
    return f'"{text}"'


def _timestamp(text: str, column: Column, recipe: Recipe, _notes: Notes) -> str:
    """Date and time of the recipe's zone; an offset is converted to it, or leaves the row out."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unclean("invalid", column.name) from error
    if len(text) < SHORTEST_TIME or text.isdigit():  # seconds or nanoseconds since 1970 are no ISO 8601
        raise Unclean("invalid", column.name)
    if moment.tzinfo is not None:
        moment = converted(moment, column, recipe)
    return moment.isoformat(" ", "microseconds")


def converted(moment: datetime, column: Column, recipe: Recipe) -> datetime:
    """A time with an offset on the clocks of the recipe's zone. Raises Unclean."""
    if not recipe.converts:
        raise Unclean("zone", column.name)
    from trips.recipe import zones

    try:
        return zones.local(moment, recipe.zone)
    except (OverflowError, ValueError) as error:  # the first and the last day of all years
        raise Unclean("invalid", column.name) from error


_READERS: Mapping[str, Callable[[str, Column, Recipe, Notes], str]] = {
    "integer": _integer,
    "number": _number,
    "string": _string,
    "timestamp": _timestamp,
}
