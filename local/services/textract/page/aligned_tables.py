"""Tables without walls: rows of pieces that stand in common columns, with rulings between the rows or with none.

A table begins with a row of two pieces and more and grows downwards as long as the white space between its columns
stays white. What was grown is a table only where ``table_evidence`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from local.services.textract.page import column_headings as headings
from local.services.textract.page.model import Box, Cell, Span, Table, Word, around, text_of
from local.services.textract.page.ruled_tables import with_header
from local.services.textract.page.table_evidence import Facts, is_table
from local.services.textract.page.text_lines import box_of, in_order, rows
from local.services.textract.page.wording import is_value

Split = Callable[[Sequence[Word]], list[list[Word]]]
_MOST_ROWS = 120
_SECTION_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Piece:
    words: tuple[Word, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the page in pieces that stand apart."""

    pieces: tuple[_Piece, ...]
    box: Box

    @property
    def level(self) -> float:
        return self.box.middle[1]

    def within(self, left: float, right: float) -> _Row | None:
        kept = tuple(piece for piece in self.pieces if left <= piece.box.middle[0] <= right)
        return _Row(kept, around(piece.box for piece in kept)) if kept else None


@dataclass(slots=True)
class _Grown:
    """A table that is growing: its columns from left to right, and its rows with the column of each piece."""

    columns: list[tuple[float, float]]
    rows: list[list[list[Word]]] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    """Which rows have pieces in two columns and more."""
    steps: list[float] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)
    """Which rows are one piece that reaches over columns."""
    used: int = 0
    """How many rows of the page it took, those that only stand beside it too."""

    @property
    def pitch(self) -> float:
        ordered = sorted(self.steps)
        return ordered[len(ordered) // 2] if ordered else 0.0

    @property
    def left(self) -> float:
        return self.columns[0][0]

    @property
    def right(self) -> float:
        return self.columns[-1][1]


def aligned(
    words: Sequence[Word], split: Split, height: float, bars: Sequence[Box] = (), *, barred: bool = False
) -> list[Table]:
    """Tables without walls in ``words``, from top to bottom.

    Args:
        split: cuts one row of words into the pieces that stand apart.
        height: of the page's print, in pixels.
        bars: level lines on the page, and the edges of shaded rows.
        barred: only tables with such lines between their rows.
    """
    page = [_row(split(row)) for row in rows(words)]
    found: list[Table] = []
    at = 0
    while at < len(page) - 1:
        table, used = _table_at(page[at : at + _MOST_ROWS], height, bars, barred)
        if table is None:
            at += 1
            continue
        headed = headings.above(table, [piece.words for piece in page[at - 1].pieces] if at else [], height)
        if headed is not table:
            at -= 1
            used += 1
        found.append(headed)
        table = headed
        # What stands beside the table may be another one.
        taken = {id(item) for cell in table.cells for item in cell.content}
        rest = [_without(row, taken) for row in page[at : at + used]]
        page[at : at + used] = [row for row in rest if row is not None]
    return found


def _row(parts: Iterable[Sequence[Word]]) -> _Row:
    pieces = tuple(_Piece(tuple(part), box_of(part)) for part in parts)
    return _Row(pieces, around(piece.box for piece in pieces))


def _without(row: _Row, taken: set[int]) -> _Row | None:
    pieces = tuple(piece for piece in row.pieces if not any(id(word) in taken for word in piece.words))
    return _Row(pieces, around(piece.box for piece in pieces)) if pieces else None


def _table_at(page: Sequence[_Row], height: float, bars: Sequence[Box], barred: bool) -> tuple[Table | None, int]:
    """The table that begins with the first of ``page``, or with some of its columns; and how many rows it takes."""
    if len(page[0].pieces) < 2 or is_form(page[0]):
        return None, 1
    grown = _grow(page, height, bars)
    table = _finished(grown, height, bars, barred)
    if table is not None and len(page[1].pieces) > len(page[0].pieces):
        lower, _ = _table_at(page[1:], height, bars, barred)
        above = [piece.words for piece in page[0].pieces]
        if (
            lower is not None
            and lower.columns >= table.columns
            and lower.rows >= table.rows - 1
            and (lower.columns > table.columns or headings.above(lower, above, height) is not lower)
        ):
            return None, 1  # the first row heads groups of columns
    if (table is not None and not _beside(table)) or len(grown.columns) < 3:
        return table, grown.used
    # Prose, or another table, may stand beside it in the same rows: then some of the columns are the table.
    edges = [grown.left - 1, *((a[1] + b[0]) / 2 for a, b in pairwise(grown.columns)), grown.right + 1]
    for count in range(len(grown.columns) - 1, 1, -1):
        for first in range(len(grown.columns) - count + 1):
            if not _stands_off(grown.columns, first, count, height):
                continue
            part = [row.within(edges[first], edges[first + count]) for row in page]
            kept = [row for row in part if row is not None]
            if not part[0] or len(part[0].pieces) < 2 or len(kept) < 2:
                continue
            smaller = _grow(kept, height, bars)
            smaller_table = _finished(smaller, height, bars, barred)
            if smaller_table is not None:
                return smaller_table, grown.used
    return (table, grown.used) if table is not None else (None, 1)


def _stands_off(columns: Sequence[tuple[float, float]], first: int, count: int, height: float) -> bool:
    """Whether some of the columns keep more distance from the others than columns of one table mostly do."""
    end = first + count
    before = first == 0 or columns[first][0] - columns[first - 1][1] > 1.8 * height
    return before and (end == len(columns) or columns[end][0] - columns[end - 1][1] > 1.8 * height)


def _beside(table: Table) -> bool:
    """Whether the first column looks like text that stands beside a table: gaps in it, no heading, no numbers."""
    texts = [cell.text for cell in table.cells if cell.column == 1]
    filled = [text for text in texts if text]
    return not texts[0] and len(filled) < 0.7 * (len(texts) - 1) and not any(is_value(text) for text in filled)


def is_form(row: _Row) -> bool:
    """Keys that close themselves (``Date:``, ``REF #``) make a row of a form, not of a table."""
    ends = sum(
        any(word.text.endswith((":", "#")) and len(word.text) < 20 for word in piece.words) for piece in row.pieces
    )
    return len(row.pieces) > 1 and ends > 0 and ends >= len(row.pieces) / 2


# --- growing ---------------------------------------------------------------------------------------------------


def _grow(page: Sequence[_Row], height: float, bars: Sequence[Box]) -> _Grown:
    first = page[0]
    grown = _Grown([(piece.box.left, piece.box.right) for piece in first.pieces])
    _append(grown, first, height)
    grown.used = 1
    for index in range(1, len(page)):
        row, after = page[index], page[index + 1] if index + 1 < len(page) else None
        if len(row.pieces) == 1 and not _overlaps(row, grown):
            continue  # it stands beside the table
        if is_form(row) or _too_far(grown, row, height, bars) or not _joined(grown, row, after, height):
            break
        grown.used = index + 1
    while grown.rows and grown.rows[-1] and len(grown.rows) - 1 not in grown.full and not _holds_on(grown, height):
        _drop_last(grown)
    return grown


def _overlaps(row: _Row, grown: _Grown) -> bool:
    return row.box.right > grown.left and row.box.left < grown.right


def _holds_on(grown: _Grown, height: float) -> bool:
    """Whether the last row, of one piece, is as near to the one above as rows of a table are."""
    return len(grown.boxes) > 1 and grown.boxes[-1].top - grown.boxes[-2].bottom < 0.2 * height and grown.rows[-1] == []


def _drop_last(grown: _Grown) -> None:
    grown.rows.pop()
    grown.boxes.pop()
    number = len(grown.rows)
    grown.sections = [row for row in grown.sections if row != number]


def _too_far(grown: _Grown, row: _Row, height: float, bars: Sequence[Box]) -> bool:
    step = row.level - grown.boxes[-1].middle[1]
    if _between(bars, grown.boxes[-1], row.box):
        return step > 9 * height
    if step > 4.2 * height:
        return True
    pitch = grown.pitch
    if not pitch or step <= 1.7 * pitch:
        return False
    # A blank line inside a statement: the row after it has all columns again.
    whole = row.pieces[0].box.left < grown.columns[0][1] and row.pieces[-1].box.right > grown.columns[-1][0]
    return not (whole and len(grown.columns) > 2 and step <= 2.3 * pitch and len(row.pieces) >= len(grown.columns))


def _between(bars: Sequence[Box], upper: Box, lower: Box) -> bool:
    """Whether a level line parts two rows: from the first piece to the last, as no blank to write on does."""
    both = around((upper, lower))
    return any(
        upper.middle[1] < bar.middle[1] < lower.middle[1] and bar.shared_width(both) > 0.9 * both.width for bar in bars
    )


def _joined(grown: _Grown, row: _Row, after: _Row | None, height: float) -> bool:
    """Put ``row`` into the table; False where it does not fit, and the table ends above it."""
    columns = list(grown.columns)
    row = _cut(row, columns, height)
    for piece in row.pieces:
        hits = _columns_of(piece.box, columns)
        if len(hits) > 1:
            if len(row.pieces) > 1 or not _is_section(grown, row, after, height):
                return False
            grown.sections.append(len(grown.rows))
            grown.rows.append([list(piece.words), *([] for _ in columns[1:])])
            grown.boxes.append(row.box)
            return True
        if hits:
            left, right = columns[hits[0]]
            columns[hits[0]] = min(left, piece.box.left), max(right, piece.box.right)
        else:
            within = grown.left < piece.box.left and piece.box.right < grown.right
            if within and len(grown.full) >= 2:
                return False  # another table: totals below the items, say
            columns.append((piece.box.left, piece.box.right))
            columns.sort()
    if any(b[0] - a[1] < 0.35 * height for a, b in pairwise(columns)):
        return False
    _widen(grown, columns)
    if len(row.pieces) == 1 and _continues(grown, row, after, height):
        _extend_last(grown, row)
    else:
        _append(grown, row, height)
    return True


def _cut(row: _Row, columns: Sequence[tuple[float, float]], height: float) -> _Row:
    """``row`` with the pieces cut in two that reach over a gutter, where none of their words does."""
    if len(row.pieces) == 1:
        return row
    pieces: list[_Piece] = []
    for piece in row.pieces:
        groups = _by_column(piece, columns, height) if len(_columns_of(piece.box, columns)) > 1 else []
        pieces += [_Piece(tuple(group), box_of(group)) for group in groups] or [piece]
    return _Row(tuple(pieces), row.box)


def _by_column(piece: _Piece, columns: Sequence[tuple[float, float]], height: float) -> list[list[Word]]:
    """The words of ``piece`` column by column; nothing where one of them stands in two."""
    groups: list[list[Word]] = []
    last = -1
    for word in piece.words:
        hits = _columns_of(word.box, columns)
        if len(hits) > 1:
            return []
        place = hits[0] if hits else last
        if not groups or (place > last >= 0 and word.box.left - groups[-1][-1].box.right > 0.3 * height):
            groups.append([])
        groups[-1].append(word)
        last = max(last, place)
    return groups


def _columns_of(box: Box, columns: Sequence[tuple[float, float]]) -> list[int]:
    return [i for i, (left, right) in enumerate(columns) if box.right > left and box.left < right]


def _is_section(grown: _Grown, row: _Row, after: _Row | None, height: float) -> bool:
    """A heading inside a table: from its left edge over several columns, with a row of the table below."""
    words = row.pieces[0].words
    flush = abs(row.box.left - grown.left) < 0.8 * height
    if after is None or len(grown.full) < 2 or len(after.pieces) < 2 or len(words) > _SECTION_WORDS or not flush:
        return False
    return after.level - row.level <= 1.6 * max(grown.pitch, height)


def _widen(grown: _Grown, columns: Sequence[tuple[float, float]]) -> None:
    """Take over ``columns``, of which some may be new: the rows so far get empty places there."""
    places = [next(i for i, (left, right) in enumerate(columns) if left <= old[0] < right) for old in grown.columns]
    for number, cells in enumerate(grown.rows):
        moved: list[list[Word]] = [[] for _ in columns]
        for place, cell in zip(places, cells, strict=True):
            moved[place] = cell
        grown.rows[number] = moved
    grown.columns = list(columns)


def _placed(grown: _Grown, row: _Row) -> list[list[Word]]:
    placed: list[list[Word]] = [[] for _ in grown.columns]
    for piece in row.pieces:
        index = _columns_of(piece.box, grown.columns)[0]
        placed[index] += piece.words
    return placed


def _continues(grown: _Grown, row: _Row, after: _Row | None, height: float) -> bool:
    """Whether a row of one piece is a further line of a cell of the row above."""
    gap = row.box.top - grown.boxes[-1].bottom
    step = row.level - grown.boxes[-1].middle[1]
    column = next(i for i, cell in enumerate(_placed(grown, row)) if cell)
    filled = bool(grown.rows[-1][column])
    if grown.pitch and step < 0.75 * grown.pitch and gap < 0.6 * height:
        return filled or column > 0
    if column == 0:
        # Where rows are set as close as lines, a label alone opens a group of rows.
        nearer = after is not None and after.box.top - row.box.bottom > max(1.5 * gap, 0.25 * height)
        return filled and nearer and gap < 0.5 * height and not row.pieces[0].words[-1].text.endswith(":")
    return filled and gap < 0.8 * height


def _extend_last(grown: _Grown, row: _Row) -> None:
    for cell, more in zip(grown.rows[-1], _placed(grown, row), strict=True):
        cell.extend(more)
    grown.boxes[-1] = around((grown.boxes[-1], row.box))


def _append(grown: _Grown, row: _Row, height: float) -> None:
    if grown.boxes and row.level - grown.boxes[-1].middle[1] > 0.6 * height:
        grown.steps.append(row.level - grown.boxes[-1].middle[1])
    if len(row.pieces) > 1:
        grown.full.append(len(grown.rows))
    grown.rows.append(_placed(grown, row))
    grown.boxes.append(row.box)


# --- what was grown --------------------------------------------------------------------------------------------


def _finished(grown: _Grown, height: float, bars: Sequence[Box], barred: bool) -> Table | None:
    lines = sum(_between(bars, upper, lower) for upper, lower in pairwise(grown.boxes))
    if barred and not (lines >= 0.5 * (len(grown.rows) - 1) or (lines and _between(bars, *grown.boxes[:2]))):
        return None
    body = [row for number, row in enumerate(grown.rows) if number not in grown.sections]
    facts = Facts(
        cells=[[text_of(cell) for cell in row] for row in body],
        boxes=[[box_of(cell) if cell else None for cell in row] for row in body],
        full=len(grown.full),
        steps=tuple(grown.steps),
        height=height,
        bars=lines,
    )
    if not is_table(facts):
        return None
    return _table(grown, lines >= 0.5 * (len(grown.rows) - 1))


def _table(grown: _Grown, lined: bool) -> Table:
    whole = around(grown.boxes)
    edges = [whole.left, *((a[1] + b[0]) / 2 for a, b in pairwise(grown.columns)), whole.right]
    levels = [whole.top, *((a.bottom + b.top) / 2 for a, b in pairwise(grown.boxes)), whole.bottom]
    cells = [
        Cell(r + 1, c + 1, Box(edges[c], levels[r], edges[c + 1], levels[r + 1]), tuple(in_order(cell)))
        for r, row in enumerate(grown.rows)
        for c, cell in enumerate(row)
    ]
    spans = tuple(Span(row + 1, 1, 1, len(grown.columns)) for row in grown.sections)
    table = Table(whole, len(grown.rows), len(grown.columns), tuple(cells), spans, ruled=False, lined=lined)
    return replace(with_header(table), merged=spans)
