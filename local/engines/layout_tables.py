"""Tables: those with rulings by the rectangles between them, those without by columns that align."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.engines.layout_lines import box_of, in_order, rows
from local.engines.layout_model import Box, Cell, Content, Mark, Rules, Span, Table, Word, around, text_of
from local.engines.layout_words import has_digit, has_letter, is_value


def ruled(rules: Rules, words: Sequence[Word], marks: Sequence[Mark], height: float) -> list[Table]:
    """Tables whose cells are drawn: two rows and two columns at least. ``height`` is that of the page's print."""
    found: list[Table] = []
    for part in _joined(rules.cells, height):
        for group in _groups(_strips(part, height), height):
            table = _grid(group, words, marks, height)
            if table is not None:
                found.append(table)
    return found


def _joined(cells: Sequence[Box], height: float) -> list[list[Box]]:
    """Cells that stand wall to wall, directly or over others."""
    reach = 0.6 * height
    left = list(cells)
    groups: list[list[Box]] = []
    while left:
        group, edge = [], [left.pop()]
        while edge:
            box = edge.pop()
            group.append(box)
            near = [other for other in left if _touch(box, other, reach)]
            left = [other for other in left if other not in near]
            edge += near
        groups.append(group)
    return groups


def _touch(one: Box, other: Box, reach: float) -> bool:
    beside = min(abs(one.right - other.left), abs(other.right - one.left)) <= reach
    below = min(abs(one.bottom - other.top), abs(other.bottom - one.top)) <= reach
    return (beside and one.shared_height(other) > 0.3 * min(one.height, other.height)) or (
        below and one.shared_width(other) > 0.3 * min(one.width, other.width)
    )


def _strips(cells: Sequence[Box], height: float) -> list[list[Box]]:
    """The cells in level strips: no cell crosses from one to the next."""
    strips: list[list[Box]] = []
    bottom = float("-inf")
    for box in sorted(cells, key=lambda box: (box.top, box.left)):
        if box.top > bottom - 0.4 * height:
            strips.append([])
        strips[-1].append(box)
        bottom = max(bottom, box.bottom)
    return strips


def _groups(strips: Sequence[list[Box]], height: float) -> list[list[Box]]:
    """Strips whose columns fit one another; one cell from wall to wall joins only where the columns go on below."""
    groups: list[list[list[Box]]] = []
    for index, strip in enumerate(strips):
        last = groups[-1] if groups else None
        if len(strip) == 1:
            following = strips[index + 1] if index + 1 < len(strips) else None
            goes_on = bool(last) and following is not None and len(following) > 1
            if last and following and goes_on and _fit(_flat(last), following, height):
                last.append(strip)
            else:
                groups.append([])
        elif last and _fit(_flat(last), strip, height):
            last.append(strip)
        else:
            groups.append([strip])
    return [_flat(group) for group in groups if group]


def _flat(group: Sequence[Sequence[Box]]) -> list[Box]:
    return [box for strip in group for box in strip]


def _fit(above: Sequence[Box], below: Sequence[Box], height: float) -> bool:
    """Whether the walls of one are all among those of the other, and both reach from edge to edge."""
    near = 0.7 * height
    one, other = around(above), around(below)
    if abs(one.left - other.left) > 2 * near or abs(one.right - other.right) > 2 * near:
        return False
    upper, lower = _walls(above, near), _walls(below, near)
    fewer, more = (upper, lower) if len(upper) <= len(lower) else (lower, upper)
    return all(any(abs(x - y) <= near for y in more) for x in fewer)


def _walls(cells: Sequence[Box], near: float) -> list[float]:
    return _clusters([x for box in cells for x in (box.left, box.right)], near)


def _clusters(values: Sequence[float], near: float) -> list[float]:
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][-1] <= near:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def _grid(cells: Sequence[Box], words: Sequence[Word], marks: Sequence[Mark], height: float) -> Table | None:
    whole = around(cells)
    xs = _clusters([x for box in cells for x in (box.left, box.right)], 0.7 * height)
    ys = _clusters([y for box in cells for y in (box.top, box.bottom)], 0.5 * height)
    content: list[Content] = [*(w for w in words if whole.holds(w.box)), *(m for m in marks if whole.holds(m.box))]
    if len(xs) < 3 or not content:
        return None
    if len(ys) == 2:
        return _labelled_strip(cells, content, whole)
    merged = _merged(cells, xs, ys)
    made = _cells(xs, ys, content)
    table = Table(whole, len(ys) - 1, len(xs) - 1, tuple(made), tuple(merged))
    if sum(1 for cell in made if cell.content) < 2:
        return None
    return _with_header(table)


def _nearest(lines: Sequence[float], value: float) -> int:
    return min(range(len(lines)), key=lambda index: abs(lines[index] - value))


def _merged(cells: Sequence[Box], xs: Sequence[float], ys: Sequence[float]) -> list[Span]:
    found = []
    for box in sorted(cells, key=lambda box: (box.top, box.left)):
        column, row = _nearest(xs, box.left), _nearest(ys, box.top)
        columns, rows_ = _nearest(xs, box.right) - column, _nearest(ys, box.bottom) - row
        if columns * rows_ > 1 and columns > 0 and rows_ > 0:
            found.append(Span(row + 1, column + 1, rows_, columns))
    return found


def _cells(xs: Sequence[float], ys: Sequence[float], content: Sequence[Content]) -> list[Cell]:
    """All cells of the grid; in merged ones a word stands where its own middle is, as Textract has it."""
    made = []
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            box = Box(xs[column], ys[row], xs[column + 1], ys[row + 1])
            inside = [item for item in content if _in(box, item.box)]
            made.append(Cell(row + 1, column + 1, box, tuple(in_order(inside))))
    return made


def _in(box: Box, item: Box) -> bool:
    x, y = item.middle
    return box.left <= x < box.right and box.top <= y < box.bottom


def _labelled_strip(cells: Sequence[Box], content: Sequence[Content], whole: Box) -> Table | None:
    """One strip of boxes that each have a label above what was filled in: a table of two rows for Textract."""
    columns = []
    for box in sorted(cells, key=lambda box: box.left):
        inside = rows(item for item in content if _in(box, item.box))
        if len(inside) != 2 or not has_letter(text_of(inside[0])) or has_digit(text_of(inside[0])):
            return None
        columns.append((box, inside))
    made = []
    for row in (0, 1):
        for number, (box, inside) in enumerate(columns):
            cut = (box_of(inside[0]).bottom + box_of(inside[1]).top) / 2
            top, bottom = (box.top, cut) if row == 0 else (cut, box.bottom)
            made.append(Cell(row + 1, number + 1, Box(box.left, top, box.right, bottom), tuple(inside[row])))
    return Table(whole, 2, len(columns), tuple(made))


def _with_header(table: Table) -> Table:
    """``table`` with its first row as heading where that row is all words and the rows below are not."""
    if table.rows < 2 or table.columns < 2:
        return table
    first = table.row(1)
    texts = [cell.text for cell in first if cell.text]
    below = [cell for cell in table.cells if cell.row > 1]
    wordy = len(texts) >= 0.7 * table.columns and all(has_letter(t) and not is_value(t) for t in texts)
    if not wordy:
        return table
    values = any(is_value(cell.text) for cell in below)
    pairs = table.columns == 2 and is_value_column(table, 2)
    header = not pairs and (table.columns >= 3 or values) and not any(has_digit(t) for t in texts)
    return _copy(table, 1) if header else table


def is_value_column(table: Table, column: int) -> bool:
    """Whether all of a column, its first row too, is values: the table then lists labels and values side by side."""
    texts = [cell.text for cell in table.cells if cell.column == column and cell.text]
    return bool(texts) and has_digit(texts[0]) and sum(has_digit(text) for text in texts) >= 0.5 * len(texts)


def _copy(table: Table, header_rows: int) -> Table:
    return Table(table.box, table.rows, table.columns, table.cells, table.merged, header_rows, table.ruled, table.title)


# --- without rulings -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the page in pieces that stand apart."""

    parts: tuple[tuple[Word, ...], ...]
    box: Box


def aligned(words: Sequence[Word], split: Callable[[Sequence[Word]], list[list[Word]]], height: float) -> list[Table]:
    """Tables without rulings: rows close together whose pieces stand in common columns.

    ``split`` cuts one row of words into the pieces that stand apart.
    """
    found = []
    for run in _runs(_rows(words, split), height):
        rest = run
        while len(rest) >= 2:
            table, used = _longest(rest, height)
            if table is not None:
                found.append(table)
            rest = rest[max(1, used) :]
    return found


def _rows(words: Sequence[Word], split: Callable[[Sequence[Word]], list[list[Word]]]) -> list[_Row]:
    return [_Row(tuple(tuple(part) for part in split(row)), box_of(row)) for row in rows(words)]


def _runs(page: Sequence[_Row], height: float) -> list[list[_Row]]:
    """Consecutive rows of two pieces or more, as far as they keep one distance; one-piece rows may stand between."""
    runs: list[list[_Row]] = []
    pitch = 0.0
    for row in page:
        last = runs[-1] if runs else None
        step = row.box.middle[1] - last[-1].box.middle[1] if last else 0.0
        far = step > 2.6 * height or (pitch > 0 and step > 1.55 * pitch)
        if _is_form(row) or last is None or far:
            runs.append([])
            pitch = 0.0
        elif last:
            pitch = step if pitch == 0 else min(pitch, step) if step > 0.8 * height else pitch
        if not _is_form(row):
            runs[-1].append(row)
        runs = [run for run in runs[:-1] if run] + [runs[-1]] if runs[-1] else [run for run in runs if run]
    return [run for run in runs if sum(len(row.parts) > 1 for row in run) >= 2]


def _is_form(row: _Row) -> bool:
    """Keys that close themselves (``Date:``, ``REF #``) make a row of a form, not of a table."""
    ends = sum(any(word.text.endswith((":", "#")) and len(word.text) < 20 for word in part) for part in row.parts)
    return ends > 0 and ends >= len(row.parts) / 2


def _longest(run: Sequence[_Row], height: float) -> tuple[Table | None, int]:
    """The longest table that begins with the first row of ``run``, and how many rows it takes."""
    for count in range(len(run), 1, -1):
        table = _table(run[:count], height)
        if table is not None:
            return table, count
    return None, 1


def _table(run: Sequence[_Row], height: float) -> Table | None:
    full = [row for row in run if len(row.parts) > 1]
    if len(full) < 2 or len(run[0].parts) < 2 or len(full) < 0.5 * len(run):
        return None
    columns = _columns(full, height)
    if len(columns) < 2:
        return None
    grid: list[list[list[Word]]] = []
    boxes: list[Box] = []
    for row in run:
        placed = _placed(row, columns)
        if placed is None:
            return None
        if len(row.parts) == 1 and grid and row.box.top - boxes[-1].bottom < 0.35 * height:
            # The second line of a cell of the row above.
            for cell, more in zip(grid[-1], placed, strict=True):
                cell.extend(more)
            boxes[-1] = around((boxes[-1], row.box))
        elif len(row.parts) == 1:
            return None
        else:
            grid.append(placed)
            boxes.append(row.box)
    if not _is_table(grid):
        return None
    table = _made(grid, boxes, columns)
    # Two rows may stand in line by chance: they must be close, or headings and what belongs to them.
    close = boxes[-1].middle[1] - boxes[0].middle[1] <= 1.7 * height
    return table if len(grid) > 2 or close or table.header_rows else None


def _columns(full: Sequence[_Row], height: float) -> list[tuple[float, float]]:
    """Left and right of each column: between them runs white space through every row."""
    spans = sorted((box_of(part).left, box_of(part).right) for row in full for part in row.parts)
    found = [spans[0]]
    for left, right in spans[1:]:
        if left > found[-1][1] + 0.5 * height:
            found.append((left, right))
        else:
            found[-1] = found[-1][0], max(found[-1][1], right)
    return found


def _placed(row: _Row, columns: Sequence[tuple[float, float]]) -> list[list[Word]] | None:
    """The words of ``row`` by column; None where a piece lies in none or in two."""
    placed: list[list[Word]] = [[] for _ in columns]
    for part in row.parts:
        box = box_of(part)
        hits = [i for i, (left, right) in enumerate(columns) if min(right, box.right) - max(left, box.left) > 0]
        if len(hits) != 1:
            return None
        placed[hits[0]] += part
    return placed


def _is_table(grid: Sequence[Sequence[Sequence[Word]]]) -> bool:
    texts = [[text_of(cell) for cell in row] for row in grid]
    filled = [text for row in texts for text in row if text]
    if len(grid) < 2 or sum(len(text.split()) for text in filled) > 5 * len(filled):
        return False
    width = len(texts[0])
    columns = [[row[i] for row in texts if row[i]] for i in range(width)]
    if any(len(column) < 0.5 * len(texts) for column in columns) and len(texts) < 6:
        return False
    if width == 2 and sum(is_value(text) for text in columns[0]) > 0.4 * len(columns[0]):
        return False
    valued = [sum(is_value(text) for text in column) >= 0.6 * len(column) for column in columns if column]
    if any(valued[1:]) or (valued and valued[0] and width > 2):
        # Addresses side by side end in numbers too; their first lines do not.
        return True
    return width >= 3 and len(texts) >= 3 and len(filled) >= 0.75 * width * len(texts)


def _made(
    grid: Sequence[Sequence[Sequence[Word]]], boxes: Sequence[Box], columns: Sequence[tuple[float, float]]
) -> Table:
    whole = around(boxes)
    edges = [whole.left, *((a[1] + b[0]) / 2 for a, b in pairwise(columns)), whole.right]
    levels = [whole.top, *((a.bottom + b.top) / 2 for a, b in pairwise(boxes)), whole.bottom]
    cells = [
        Cell(r + 1, c + 1, Box(edges[c], levels[r], edges[c + 1], levels[r + 1]), tuple(in_order(grid[r][c])))
        for r in range(len(grid))
        for c in range(len(columns))
    ]
    return _with_header(Table(whole, len(grid), len(columns), tuple(cells), ruled=False))
