"""A header -> the recipe's column of each cell, or why it is not understood. A header decides, never a position.

Names are compared without case, blanks and underscores, and by the aliases of the recipe. What had to be adapted is
told. A header is proved when each required column stands in it once, no column twice, and no unknown name beside a
missing column, for that may be its new name. Other unknown columns are dropped, and told too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from trips.recipe.model import Recipe, fold

INDEX = re.compile(r"(unnamed\d*|index)?")
"""Folded names of the column of row numbers that pandas writes unless it is told not to."""
_SEPARATOR = re.compile(r"[,;\t|]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class NotUnderstood(Exception):
    """A header cannot be proved. ``column``: the one at fault, "" where it is the whole; ``known``: columns found."""

    def __init__(self, problem: str, column: str = "", known: int = 0) -> None:
        super().__init__(problem)
        self.problem, self.column, self.known = problem, column, known


@dataclass(frozen=True, slots=True)
class Header:
    """The recipe's column of each cell ("" is dropped), names that were adapted (``A -> a``), and unknown names."""

    columns: tuple[str, ...]
    adapted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def positions(recipe: Recipe) -> Header:
    """The columns of records without a header, as the recipe orders them."""
    return Header(recipe.order)


@lru_cache(maxsize=16)
def prove(cells: tuple[str, ...], recipe: Recipe) -> Header:
    """What each cell of a header means. Raises NotUnderstood."""
    columns = tuple(recipe.names.get(fold(cell), "") for cell in cells)
    known = [column for column in columns if column]
    if not known:
        raise NotUnderstood("No name of its first line is a column of the recipe: it has no header, or another one.")
    for column in known:
        if known.count(column) > 1:
            twice = [cell for cell, name in zip(cells, columns, strict=True) if name == column]
            raise NotUnderstood(f"{_list(twice)} are one column, {column}.", column, len(known))
    missing = [column for column in recipe.columns if column.name not in known]
    unknown = tuple(
        cell for cell, name in zip(cells, columns, strict=True) if not name and not INDEX.fullmatch(fold(cell))
    )
    needed = next((column.name for column in missing if column.required), "")
    if needed:
        hint = f"; is it one of {_list(unknown)}? Then make that an alias" if unknown else ""
        raise NotUnderstood(f"{needed} is missing{hint}.", needed, len(known))
    if missing and unknown:
        raise NotUnderstood(
            f"{missing[0].name} is missing and {_list(unknown)} unknown: make it an alias, or a [[column]] with drop.",
            missing[0].name,
            len(known),
        )
    adapted = (f"{cell} -> {name}" for cell, name in zip(cells, columns, strict=True) if name and cell != name)
    return Header(columns, tuple(adapted), unknown)


def is_header(cells: Sequence[str], recipe: Recipe) -> bool:
    """Whether a line below the first names columns: two or more, and half of its cells. No row does that."""
    # Most cells of a row begin with a digit or are empty, and folding takes its time.
    named = [cell for cell in cells if cell and not cell[0].isdigit() and cell[0] not in "+-."]
    if 2 * len(named) < len(cells):
        return False
    known = sum(fold(cell) in recipe.names for cell in named)
    return known >= LEAST_NAMES and 2 * known >= len(cells)


LEAST_NAMES = 2


def others(found: Sequence[tuple[int, Sequence[str]]], first: Header, recipe: Recipe) -> list[int]:
    """Of the headers found below the first (line and cells), the lines of those that say other than the one above."""
    lines: list[int] = []
    current: tuple[str, ...] | None = first.columns
    for line, cells in found:
        try:
            columns = prove(tuple(cells), recipe).columns
        except NotUnderstood:
            columns = None
        if columns is None or columns != current:
            lines.append(line)
        current = columns
    return lines


def _list(names: Sequence[str]) -> str:
    """At most five names, each cut, as a header may name a hundred thousand."""
    shown = ", ".join(repr(name[:60]) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def is_text(line: str) -> bool:
    """Whether a first line may be of a table at all: two columns, by another separator too, no control characters,
    nothing undecodable."""
    return (
        bool(_SEPARATOR.search(line))
        and not _CONTROL.search(line)
        and not any("\ud800" <= char <= "\udfff" for char in line)
    )
