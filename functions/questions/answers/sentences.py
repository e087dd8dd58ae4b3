"""Rows as a sentence, by rule and not by a model: it says what stands there, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

MOST_COLUMNS = 6
MOST_VALUE = 80
"""Characters of a value, and of a name, in the sentence."""
_UNNAMED = re.compile(r"_col[0-9]+")
"""What Athena calls a column that the statement gave no name."""
_FLOATS = frozenset({"double", "float", "real"})


def text(columns: Sequence[Mapping[str, str]], rows: Sequence[Sequence[str | None]], *, more: bool = False) -> str:
    """``columns``: ``{name, type}``; ``rows``: the first ones; ``more``: there are others."""
    if not rows:
        return "The query found no rows."
    first = _row(columns, rows[0])
    if len(rows) == 1 and not more:
        return f"{first}."
    return f"{'More than ' if more else ''}{len(rows)} rows. The first: {first}."


def _row(columns: Sequence[Mapping[str, str]], row: Sequence[str | None]) -> str:
    pairs = list(zip(columns, row, strict=False))
    shown = [_pair(column, value) for column, value in pairs[:MOST_COLUMNS]]
    left = len(pairs) - len(shown)
    return ", ".join(shown) + (f", and {left} more {'column' if left == 1 else 'columns'}" if left else "")


def _pair(column: Mapping[str, str], value: str | None) -> str:
    said = "no value" if value is None else _short(_number(value) if column["type"] in _FLOATS else value)
    return said if _UNNAMED.fullmatch(column["name"]) else f"{_short(column['name'])}: {said}"


def _number(value: str) -> str:
    """Athena writes 12345678.9 as 1.23456789E7."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number) or (number and not 1e-4 <= abs(number) < 1e15):
        return value
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _short(value: str) -> str:
    """On one line, and not too long."""
    line = " ".join(value.split())
    return line if len(line) <= MOST_VALUE else line[: MOST_VALUE - 1] + "…"
