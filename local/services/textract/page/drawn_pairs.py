"""Pairs that are drawn: check boxes with labels, blanks to fill in, boxes with a label at the top."""

from __future__ import annotations

import re
from collections.abc import Sequence

from local.services.textract.page.form_state import Form
from local.services.textract.page.model import Box, Mark, Rules, Table, Word, around, text_of
from local.services.textract.page.text_lines import box_of, in_order, rows
from local.services.textract.page.wording import ends_key, has_digit, has_letter, is_label, is_short_text, is_value


def begin(form: Form, tables: Sequence[Table], lined: Sequence[Table] = ()) -> None:
    """The pairs that are drawn: blanks and boxes.

    ``tables`` are those with walls; ``lined`` have level rulings only, which are no blanks to write on.
    """
    grids = [table for table in tables if not _is_strip(table)]
    form.taken.update(id(item) for table in grids for cell in table.cells for item in cell.content)
    inside = {id(item) for table in lined for cell in table.cells for item in cell.content} - form.taken
    form.taken |= inside
    _blanks(form, [table.box.grown(form.height) for table in lined])
    _boxes(form)
    form.taken -= inside


def _is_strip(table: Table) -> bool:
    """A strip of boxes with a label each, which is a table and a form at once."""
    if table.rows != 2 or table.header_rows or table.merged:
        return False
    return all(is_short_text(cell.text.replace("/", " ")) for cell in table.row(1))


# --- check boxes -----------------------------------------------------------------------------------------------


def check_boxes(form: Form, tables: Sequence[Table]) -> None:
    """Each box with the words to its right, or to its left where none stand there. ``tables`` are those with walls."""
    in_cells = {id(item) for table in tables for cell in table.cells for item in cell.content if len(cell.content) == 1}
    free = [mark for mark in form.marks if id(mark) not in in_cells]
    for mark in free:
        row = [word for word in form.free(form.words) if word.box.same_row(mark.box)]
        row.sort(key=lambda word: word.box.left)
        # The label may have a frame of its own, whose side then stands in between.
        label = _after(form, mark, row, form.rules.down) or _after(form, mark, row, ())
        if label:
            form.take(label, (mark,), sure=mark.confidence)
    labelled = {id(pair.value[0]) for pair in form.pairs}
    for mark in free:
        if id(mark) not in labelled:
            row = [word for word in form.free(form.words) if word.box.same_row(mark.box)]
            before = _before(form, mark, sorted(row, key=lambda word: -word.box.left))
            if before:
                form.take(before, (mark,), sure=mark.confidence - 10)


def _after(form: Form, mark: Mark, row: Sequence[Word], walls: Sequence[Box]) -> list[Word]:
    label: list[Word] = []
    edge, allowed = mark.box.right, 2.5 * form.height
    for word in row:
        if word.box.middle[0] <= mark.box.right:
            continue
        if word.box.left - edge > allowed or _between(form, edge, word.box.left, mark.box, walls):
            break
        label.append(word)
        if word.text.endswith(":"):
            break
        edge, allowed = word.box.right, 1.2 * form.height
    return label


def _before(form: Form, mark: Mark, row: Sequence[Word]) -> list[Word]:
    label: list[Word] = []
    edge, allowed = mark.box.left, 2.0 * form.height
    for word in row:
        if word.box.middle[0] >= mark.box.left:
            continue
        if edge - word.box.right > allowed or _between(form, word.box.right, edge, mark.box, form.rules.down):
            break
        label.insert(0, word)
        edge, allowed = word.box.left, 0.9 * form.height
    return label


def _between(form: Form, left: float, right: float, level: Box, walls: Sequence[Box]) -> bool:
    """Whether another mark or one of ``walls`` stands between two places of a row."""
    middle = level.middle[1]
    barred = [*walls, *(mark.box for mark in form.marks)]
    return any(left - 1 <= wall.middle[0] <= right + 1 and wall.top <= middle <= wall.bottom for wall in barred)


# --- blanks ----------------------------------------------------------------------------------------------------


def blanks(rules: Rules, words: Sequence[Word], height: float) -> list[Box]:
    """Rulings to write on: level, no edge of a drawn rectangle, no underline of a word."""
    bars = []
    for bar in rules.across:
        walls = sum(
            cell.shared_width(bar)
            for cell in rules.cells
            if min(abs(bar.middle[1] - cell.top), abs(bar.middle[1] - cell.bottom)) < 0.35 * height
        )
        if walls > 0.5 * bar.width or bar.width < 1.5 * height:
            continue
        strip = Box(bar.left, bar.top - 0.9 * height, bar.right, bar.bottom + 0.2 * height)
        covered = sum(word.box.shared_width(bar) for word in words if strip.holds(word.box))
        flush = any(
            strip.holds(word.box) and abs(word.box.left - bar.left) < 3 and abs(word.box.right - bar.right) < 3
            for word in words
        )
        if not flush and (covered < 0.93 * bar.width or bar.width > 6 * height):
            bars.append(bar)
    return _whole(bars, words, height)


def _whole(bars: Sequence[Box], words: Sequence[Word], height: float) -> list[Box]:
    """``( ____ ) ________`` as one blank: brackets and dashes do not end it."""
    found: list[Box] = []
    for bar in sorted(bars, key=lambda bar: (round(bar.middle[1] / 6), bar.left)):
        last = found[-1] if found else None
        if last and abs(last.middle[1] - bar.middle[1]) < 4 and 0 <= bar.left - last.right < 2 * height:
            gap = Box(last.right, bar.top - height, bar.left, bar.bottom + 3)
            between = [word.text for word in words if gap.holds(word.box)]
            if not any(has_letter(text) or has_digit(text) for text in between):
                found[-1] = around((last, bar))
                continue
        found.append(bar)
    return found


def _blanks(form: Form, lined: Sequence[Box]) -> None:
    """``Name ________``: the label to the left; ``______`` over ``Signature``: the label below."""
    for bar in sorted(blanks(form.rules, form.words, form.height), key=lambda bar: (round(bar.top / 8), bar.left)):
        if any(table.holds(bar) for table in lined):
            continue
        over = Box(bar.left - 0.2 * form.height, bar.top - 1.3 * form.height, bar.right, bar.bottom + 0.3 * form.height)
        level = Box(bar.left, bar.top - 0.9 * form.height, bar.right, bar.bottom + 0.2 * form.height)
        label = _label_before(form, bar, level)
        written = [word for word in form.free(form.words) if over.holds(word.box) and word not in label]
        if label:
            form.take(label, in_order(written), over, 88.0)
            continue
        below = _label_below(form, bar)
        if below:
            form.take(below, in_order(written), over, 82.0)


def _label_before(form: Form, bar: Box, level: Box) -> list[Word]:
    row = [word for word in form.free(form.words) if word.box.same_row(level) and word.box.middle[0] < bar.left]
    label: list[Word] = []
    nearest = max(row, key=lambda word: word.box.left, default=None)
    # A key that closes itself may stand far from its blank: a column of keys, and one of blanks.
    edge, allowed = bar.left, (14.0 if nearest and ends_key(nearest.text) else 1.2) * form.height
    for word in sorted(row, key=lambda word: -word.box.left):
        walled = _between(form, word.box.right, edge, level, form.rules.down)
        if edge - word.box.right > allowed or walled or _crossed(form, word, bar):
            break
        if label and ends_key(word.text):
            break
        label.insert(0, word)
        edge, allowed = word.box.left, 0.75 * form.height
    return label if any(has_letter(word.text) for word in label) else []


def _crossed(form: Form, word: Word, bar: Box) -> bool:
    """Whether ``word`` itself stands on another blank: it was written there, it is no label."""
    return any(
        other is not bar
        and other.shared_width(word.box) > 0.5 * word.box.width
        and -0.4 * form.height < other.top - word.box.bottom < 0.3 * form.height
        for other in form.rules.across
    )


def _label_below(form: Form, bar: Box) -> list[Word]:
    beside = Box(bar.left - 1.5 * form.height, bar.top - form.height, bar.left, bar.bottom + 0.2 * form.height)
    if any(word.box.shared_width(beside) and word.box.shared_height(beside) for word in form.words):
        return []  # the blank belongs to what stands before it
    reach = bar.bottom + 1.5 * form.height
    row = next(iter(rows(w for w in form.words if bar.bottom - 2 <= w.box.middle[1] <= reach)), [])
    for part in form.parts(row, 1.0):
        box = box_of(part)
        inside = box.left >= bar.left - form.height and box.right <= bar.right + 2 * form.height
        if not inside or len(form.free(part)) < len(part) or len(part) > 6:
            continue
        if any(_crossed(form, word, bar) for word in part):
            continue
        if is_label(text_of(part)) or (is_short_text(text_of(part)) and bar.width > 4 * form.height):
            return part
    return []


# --- boxes with a label at the top -----------------------------------------------------------------------------


def _boxes(form: Form) -> None:
    """Drawn boxes: small labels in the first row, what was filled in below them."""
    for cell in sorted(form.rules.cells, key=lambda cell: (cell.top, cell.left)):
        inside = [word for word in form.words if cell.holds(word.box)]
        if not inside or any(id(word) in form.taken for word in inside):
            continue
        lines = rows(inside)
        if len(lines) > 3:
            continue
        labels = form.parts(lines[0], 1.3)
        if not all(_is_box_label(text_of(part)) for part in labels):
            continue
        room = cell.bottom - box_of(lines[0]).bottom
        if len(lines) == 1 and (room < 0.6 * form.height or not any(is_label(text_of(part)) for part in labels)):
            continue
        below = [word for row in lines[1:] for word in row]
        if below and min(word.box.left for word in below) < labels[0][0].box.left - 1.5 * form.height:
            continue
        share_out(form, cell, labels, below)


def _is_box_label(text: str) -> bool:
    plain = re.sub(r"\([^)]*\)?", "", text)
    return is_label(text) or (is_short_text(plain.replace("/", " ")) and plain[:1].isupper() and not is_value(text))


def share_out(form: Form, cell: Box, labels: Sequence[Sequence[Word]], below: Sequence[Word]) -> None:
    """Each word below goes to the label whose column it stands in; columns part halfway between two labels' edges."""
    parts = [part for row in rows(below) for part in form.parts(row, 1.0)]
    boxes = [box_of(label) for label in labels]
    values: list[list[Word]] = [[] for _ in labels]
    for part in parts:
        box = box_of(part)
        shares = [label.shared_width(box) for label in boxes]
        if max(shares) > 0:
            best = shares.index(max(shares))
        else:
            distances = [min(abs(box.left - label.left), abs(box.middle[0] - label.middle[0])) for label in boxes]
            best = distances.index(min(distances))
        values[best] += part
    for index, label in enumerate(labels):
        right = boxes[index + 1].left if index + 1 < len(labels) else cell.right
        blank = Box(boxes[index].left, boxes[index].bottom, max(right, boxes[index].right), cell.bottom)
        form.take(label, in_order(values[index]), blank, 86.0)
