"""Tables in a PDF's own text: rows below each other whose cells stand in the same columns, ruled or not.

Rather none than a wrong one: three columns at least, three rows (two of four columns), short cells, and no two texts of
a row in one column. A line that stands alone above or below a cell is part of the nearer one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Final

from documents.reading.reading_order import Segment

COLUMNS: Final = 3
ROWS: Final = 3
"""Two are enough where there are more columns."""
MOST_GAP: Final = 2.5
"""Between two rows, in heights of the upper one."""
MOST_LETTERS: Final = 40
"""Of a cell, on the average: running text in three columns is no table."""

Row = Sequence[Segment]
Grid = tuple[tuple[str, ...], ...]


def find(rows: Sequence[Row]) -> list[Grid]:
    """``rows`` from above, each from the left (``reading.rows``)."""
    return [grid for run in _runs(rows) if (grid := _grid(run)) is not None]


def _runs(rows: Sequence[Row]) -> Iterator[list[Row]]:
    run: list[Row] = []
    for row in rows:
        near = bool(run) and _top(row) - _bottom(run[-1]) <= MOST_GAP * (_bottom(run[-1]) - _top(run[-1]))
        if run and not (near and (len(row) >= COLUMNS or _goes_on(run, row))):
            yield run
            run = []
        if run or len(row) >= COLUMNS:
            run.append(row)
    yield run


def _goes_on(run: Sequence[Row], row: Row) -> bool:
    """One or two texts, each in a column of its own."""
    columns = _columns(run)
    places = [_column(columns, segment) for segment in row]
    return None not in places and len(set(places)) == len(places)


def _columns(run: Sequence[Row]) -> list[tuple[float, float]]:
    """From where to where, left to right: places that overlap in any full row are one."""
    found: list[tuple[float, float]] = []
    for left, right in sorted((each.left, each.right) for row in run if len(row) >= COLUMNS for each in row):
        if found and left < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], right)
        else:
            found.append((left, right))
    return found


def _column(columns: Sequence[tuple[float, float]], segment: Segment) -> int | None:
    touched = [n for n, (left, right) in enumerate(columns) if segment.left < right and left < segment.right]
    return touched[0] if len(touched) == 1 else None


def _grid(run: Sequence[Row]) -> Grid | None:
    columns = _columns(run)
    full = sum(len(row) >= COLUMNS for row in run)
    if len(columns) < COLUMNS or full < ROWS - (len(columns) > COLUMNS):
        return None
    grid = {number: [""] * len(columns) for number, row in enumerate(run) if len(row) >= COLUMNS}
    for row in run:
        places = [_column(columns, segment) for segment in row]
        if None in places or len(set(places)) < len(places):
            return None
        cells = grid[min(grid, key=lambda other, row=row: abs(_top(run[other]) - _top(row)))]  # type: ignore[misc]
        for place, segment in zip(places, row, strict=True):
            if place is not None:
                cells[place] = f"{cells[place]} {segment.text}".strip()
    if fmean(len(text) for cells in grid.values() for text in cells if text) > MOST_LETTERS:
        return None
    return tuple(tuple(cells) for cells in grid.values())


def _top(row: Row) -> float:
    return min(word.box.top for segment in row for word in segment.words)


def _bottom(row: Row) -> float:
    return max(word.box.top + word.box.height for segment in row for word in segment.words)
