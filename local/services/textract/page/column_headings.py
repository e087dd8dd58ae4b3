"""Headings over groups of columns: a row above a table whose pieces reach over two columns or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from local.services.textract.page.model import Box, Cell, Span, Table, Word, around
from local.services.textract.page.text_lines import box_of


def above(table: Table, pieces: Sequence[Sequence[Word]], height: float) -> Table:
    """``table`` with the row of ``pieces`` as its first, where that is one of headings; else ``table`` itself.

    Args:
        pieces: the row of the page above the table, in pieces that stand apart.
        height: of the page's print, in pixels.
    """
    if table.columns < 3 or not pieces or not (table.header_rows or not table.row(1)[0].text):
        return table
    columns = _columns(table)
    row = box_of([word for piece in pieces for word in piece])
    if table.box.top - row.bottom > 1.3 * height or row.right > table.box.right + height:
        return table
    spans = _reaches([box_of(piece) for piece in pieces], columns)
    wide = any(last > first for first, last in spans)
    crossing = any(one[1] >= other[0] for one, other in pairwise(spans)) or (spans[0][0] == 0 and spans[0][1] > 0)
    if not wide or crossing:
        return table
    return _with_row(table, pieces, spans, row)


def _columns(table: Table) -> list[Box]:
    """What is written in each column, as one box."""
    found = []
    for number in range(1, table.columns + 1):
        cells = [cell for cell in table.cells if cell.column == number]
        written = [box_of(cell.content) for cell in cells if cell.content]
        found.append(around(written) if written else cells[0].box)
    return found


def _reaches(pieces: Sequence[Box], columns: Sequence[Box]) -> list[tuple[int, int]]:
    """First and last column below each of ``pieces``: those it stands over, and those that it is nearest to.

    What stands left of the first piece has no heading in this row.
    """
    owned: list[list[int]] = [[] for _ in pieces]
    for index, column in enumerate(columns):
        if column.right <= pieces[0].left:
            continue
        distances = [max(piece.left - column.right, column.left - piece.right) for piece in pieces]
        owned[distances.index(min(distances))].append(index)
    return [(min(own), max(own)) if own else (0, len(columns)) for own in owned]


def _with_row(table: Table, pieces: Sequence[Sequence[Word]], spans: Sequence[tuple[int, int]], row: Box) -> Table:
    edges = [cell.box for cell in table.row(1)]
    content: list[list[Word]] = [[] for _ in edges]
    for piece, (first, last) in zip(pieces, spans, strict=True):
        for word in piece:
            middle = word.box.middle[0]
            place = next((i for i in range(first, last + 1) if middle < edges[i].right), last)
            content[place].append(word)
    cells = [
        Cell(1, number, Box(edge.left, row.top, edge.right, edge.top), tuple(words))
        for number, (edge, words) in enumerate(zip(edges, content, strict=True), 1)
    ]
    cells += [replace(cell, row=cell.row + 1) for cell in table.cells]
    merged = [Span(1, first + 1, 1, last - first + 1) for first, last in spans if last > first]
    merged += [replace(span, row=span.row + 1) for span in table.merged]
    return replace(
        table,
        box=around((table.box, row)),
        rows=table.rows + 1,
        cells=tuple(cells),
        merged=tuple(merged),
        header_rows=max(1, table.header_rows) + 1,
    )
