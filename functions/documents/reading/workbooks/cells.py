"""Values of cells as text, near to what a sheet shows."""

from __future__ import annotations

import datetime as time
from typing import Any, Final

DIGITS: Final = 15
"""As many as a workbook keeps of a number."""


def text(value: Any) -> str:
    """Dates as in ISO 8601, truth as a sheet has it, whole numbers without a point. Formats of money and the like are
    not applied: the number stands as it is kept."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}" if abs(value) < 1e15 else f"{value:.0f}"
    if isinstance(value, time.datetime):
        return value.date().isoformat() if value.time() == time.time() else value.isoformat(" ")
    if isinstance(value, time.date | time.time):
        return value.isoformat()
    return " ".join(str(value).split())


def merged(
    rows: list[list[str]], ranges: list[tuple[tuple[int, int], tuple[int, int]]], start: tuple[int, int]
) -> None:
    """A merged cell's text in each cell that it covers, in place."""
    for (top, left), (bottom, right) in ranges:
        row, column = top - start[0], left - start[1]
        if not (0 <= row < len(rows) and 0 <= column < len(rows[row])):
            continue
        text = rows[row][column]
        for y in range(row, min(bottom - start[0] + 1, len(rows))):
            for x in range(column, min(right - start[1] + 1, len(rows[y]))):
                rows[y][x] = rows[y][x] or text
