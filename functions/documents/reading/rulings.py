"""Tables that are drawn: lines on a page make cells, and a word belongs to the cell that its middle lies in."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from documents.files import page_objects
from documents.model import Box, Word
from documents.reading.painting.letters import Bounds, around
from documents.reading.reading_order import in_order

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

SNAP: Final = 1.5
"""Points between two lines that are meant as one; with more, narrow rows vanish."""
STRAIGHT: Final = 1.0
THICK: Final = 3.0
"""Points: a filled box that is thinner is a line, and a shorter line is a dash."""
MOST_PATHS: Final = 5000
"""Of a page; one with more is a drawing."""
MOST_SEGMENTS: Final = 400
"""Of a path that could be ruled lines."""
MOST_LINES: Final = 400
"""In each direction, after those that meet were joined."""
FILLED: Final = 3
"""Cells with words; fewer are a frame, no table."""

Line = tuple[float, float, float]
"""Its place across, and from where to where it goes along, in points."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table. ``grid``: its rows; a cell over several repeats its words. ``box``: in shares of the level page.

    ``cells``: the words of each cell once, line by line.
    """

    grid: tuple[tuple[str, ...], ...]
    box: Box
    cells: tuple[tuple[tuple[Word, ...], ...], ...]


def strokes(page: PdfPage) -> list[Bounds]:
    """Straight lines across or up the page, thin boxes among them, in its own units. Raises TooManyObjects."""
    from pypdfium2 import raw

    found: list[Bounds] = []
    paths = 0
    for each, kind, matrix in page_objects.walk(page):
        if kind == raw.FPDF_PAGEOBJ_PATH:
            paths += 1
            if paths > MOST_PATHS:
                return []
            found += _strokes(each, page_objects.times(page_objects.matrix_of(each), matrix))
    return found


def tables(
    lines: Sequence[Bounds],
    level: Callable[[Bounds], Box],
    words: Sequence[Word],
    size: tuple[float, float],
    *,
    mirrored: bool = False,
) -> list[Ruled]:
    """``level``: from the page's units to the frame in which ``words`` stand, whose width and height in points are
    ``size``."""
    across: list[Line] = []
    down: list[Line] = []
    for line in lines:
        left, top, right, bottom = _points(level(line), size)
        if bottom - top < THICK <= right - left:
            across.append(((top + bottom) / 2, left, right))
        elif right - left < THICK <= bottom - top:
            down.append(((left + right) / 2, top, bottom))
    across, down = _joined(across), _joined(down)
    if min(len(across), len(down)) < 2 or max(len(across), len(down)) > MOST_LINES:
        return []
    found = []
    for cells in _connected(_cells(across, down)):
        ruled = _ruled(cells, words, size, mirrored)
        if ruled is not None:
            found.append(ruled)
    return sorted(found, key=lambda each: (each.box.top, each.box.left))


def _strokes(path: Any, matrix: page_objects.Matrix) -> Iterator[Bounds]:
    from pypdfium2 import raw

    filled, stroked = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, filled, stroked)
    if not (filled.value or stroked.value) or raw.FPDFPath_CountSegments(path) > MOST_SEGMENTS:
        return
    for points in _outlines(path, matrix):
        whole = around([(x, y, x, y) for x, y in points])
        if filled.value and not stroked.value and min(whole[2] - whole[0], whole[3] - whole[1]) < THICK:
            yield whole
            continue
        for (x, y), (to_x, to_y) in pairwise(points):
            if min(abs(to_x - x), abs(to_y - y)) < STRAIGHT:
                yield min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)


def _outlines(path: Any, matrix: page_objects.Matrix) -> Iterator[list[tuple[float, float]]]:
    """Runs of straight segments; a curve ends one."""
    from pypdfium2 import raw

    x, y = ctypes.c_float(), ctypes.c_float()
    run: list[tuple[float, float]] = []
    for number in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if kind != raw.FPDF_SEGMENT_LINETO and run:
            yield run
            run = []
        run.append(page_objects.applied(matrix, x.value, y.value))
        if raw.FPDFPathSegment_GetClose(segment):
            run.append(run[0])
    if run:
        yield run


def _points(box: Box, size: tuple[float, float]) -> Bounds:
    left, top = box.left * size[0], box.top * size[1]
    return left, top, left + box.width * size[0], top + box.height * size[1]


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Lines at nearly one place are one; parts that touch are one line."""
    groups: list[list[Line]] = []
    for line in sorted(lines):
        if groups and line[0] - groups[-1][-1][0] <= SNAP:
            groups[-1].append(line)
        else:
            groups.append([line])
    found: list[Line] = []
    for group in groups:
        place = sum(line[0] for line in group) / len(group)
        start = end = None
        for first, last in sorted((first, last) for _, first, last in group):
            if end is not None and start is not None and first > end + SNAP:
                found.append((place, start, end))
                start = end = None
            start, end = first if start is None else start, max(last, end or last)
        if start is not None and end is not None:
            found.append((place, start, end))
    return found


def _cells(across: Sequence[Line], down: Sequence[Line]) -> list[Bounds]:
    """The smallest boxes whose corners are crossings: left, top, right, bottom in points."""
    crossings = {
        (row, column)
        for row, (y, first, last) in enumerate(across)
        for column, (x, above, below) in enumerate(down)
        if first - SNAP <= x <= last + SNAP and above - SNAP <= y <= below + SNAP
    }
    by_row: dict[int, list[int]] = defaultdict(list)
    by_column: dict[int, list[int]] = defaultdict(list)
    for row, column in sorted(crossings):
        by_row[row].append(column)
        by_column[column].append(row)
    found = []
    for row, column in sorted(crossings):
        corner = next(
            (
                (below, right)
                for below in by_column[column]
                if across[below][0] > across[row][0] + SNAP
                for right in by_row[row]
                if down[right][0] > down[column][0] + SNAP and (below, right) in crossings
            ),
            None,
        )
        if corner is not None:
            found.append((down[column][0], across[row][0], down[corner[1]][0], across[corner[0]][0]))
    return found


def _connected(cells: Sequence[Bounds]) -> list[list[Bounds]]:
    """Cells that share a corner, or one after the other, are of one table."""
    owner = list(range(len(cells)))

    def first(cell: int) -> int:
        while owner[cell] != cell:
            owner[cell] = owner[owner[cell]]
            cell = owner[cell]
        return cell

    corners: dict[tuple[float, float], int] = {}
    for number, (left, top, right, bottom) in enumerate(cells):
        for corner in ((left, top), (right, top), (left, bottom), (right, bottom)):
            owner[first(number)] = first(corners.setdefault(corner, number))
    found: dict[int, list[Bounds]] = defaultdict(list)
    for number, cell in enumerate(cells):
        found[first(number)].append(cell)
    return list(found.values())


def _ruled(cells: Sequence[Bounds], words: Sequence[Word], size: tuple[float, float], mirrored: bool) -> Ruled | None:
    rows, columns = _edges(cells, 1, 3), _edges(cells, 0, 2)
    if len(rows) < 3 or len(columns) < 3:
        return None
    grid = [[""] * (len(columns) - 1) for _ in rows[1:]]
    held: list[tuple[tuple[Word, ...], ...]] = []
    whole = around(cells)
    within = [word for word in words if _is_in(word, whole, size)]
    for cell in sorted(cells, key=lambda each: (each[1], each[0])):
        lines = _lines([word for word in within if _is_in(word, cell, size)], mirrored)
        held += [lines] if lines else []
        text = " ".join(word.text for line in lines for word in line)
        for row in range(_at(rows, cell[1]), _at(rows, cell[3])):
            for column in range(_at(columns, cell[0]), _at(columns, cell[2])):
                grid[row][column] = text
    if len(held) < FILLED:
        return None
    left, top, right, bottom = whole
    box = Box(left / size[0], top / size[1], (right - left) / size[0], (bottom - top) / size[1])
    return Ruled(tuple(tuple(row) for row in grid), box, tuple(held))


def _edges(cells: Sequence[Bounds], first: int, last: int) -> list[float]:
    """Where rows or columns begin and end."""
    found: list[float] = []
    for place in sorted({cell[side] for cell in cells for side in (first, last)}):
        if not found or place - found[-1] > SNAP:
            found.append(place)
    return found


def _at(edges: Sequence[float], place: float) -> int:
    return min(range(len(edges)), key=lambda number: abs(edges[number] - place))


def _is_in(word: Word, cell: Bounds, size: tuple[float, float]) -> bool:
    x, y = (word.box.left + word.box.width / 2) * size[0], (word.box.top + word.box.height / 2) * size[1]
    return cell[0] <= x <= cell[2] and cell[1] <= y <= cell[3]


def _lines(words: Sequence[Word], mirrored: bool) -> tuple[tuple[Word, ...], ...]:
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.box.top):
        middle = word.box.top + word.box.height / 2
        if found and abs(_middle(found[-1][0]) - middle) < word.box.height / 2:
            found[-1].append(word)
        else:
            found.append([word])
    return tuple(in_order(sorted(line, key=lambda each: each.box.left), mirrored=mirrored) for line in found)


def _middle(word: Word) -> float:
    return word.box.top + word.box.height / 2
