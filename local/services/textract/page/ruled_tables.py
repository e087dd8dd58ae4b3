"""Tables whose cells are drawn: by the rectangles between their rulings; ``aligned_tables`` has those without walls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from local.services.textract.page.model import Box, Cell, Content, Mark, Rules, Span, Table, Word, around, text_of
from local.services.textract.page.text_lines import box_of, in_order, rows
from local.services.textract.page.wording import has_digit, has_letter, is_value


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
    return with_header(table)


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


def with_header(table: Table) -> Table:
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
    return replace(table, header_rows=1) if header else table


def is_value_column(table: Table, column: int) -> bool:
    """Whether all of a column, its first row too, is values: the table then lists labels and values side by side."""
    texts = [cell.text for cell in table.cells if cell.column == column and cell.text]
    return bool(texts) and has_digit(texts[0]) and sum(has_digit(text) for text in texts) >= 0.5 * len(texts)
