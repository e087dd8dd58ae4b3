"""Pairs that only the text makes: ``Key: value``, labels above or beside their values, tables of two columns.

They come after those that are drawn (``drawn_pairs``); the surest come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.services.textract.page.drawn_pairs import share_out
from local.services.textract.page.form_state import Form
from local.services.textract.page.model import Box, Content, Mark, Pair, Table, Word, text_of
from local.services.textract.page.text_lines import box_of, rows, segments
from local.services.textract.page.wording import (
    ends_key,
    has_digit,
    has_letter,
    is_amount,
    is_label,
    is_short_text,
    is_value,
    vocabulary,
)

_LONGEST_KEY = 24  # words; a question may be long
_LONGEST_VALUE = 11
_WORDS_OF_A_KEY = 5  # where a value stands before it in its row


def finish(form: Form, tables: Sequence[Table]) -> list[Pair]:
    """The pairs that only the text makes, then all of the page from top to bottom. ``tables`` are all tables."""
    for table in tables:
        if not table.ruled:
            words = form.taken if table.columns > 2 else form.listed
            words.update(id(item) for cell in table.cells for item in cell.content)
    _closed_keys(form)
    _labels_above(form)
    _side_by_side(form)
    for table in tables:
        _tabled(form, table)
    step = form.height / 2
    return sorted(form.pairs, key=lambda pair: (round(box_of(pair.key).top / step), box_of(pair.key).left))


# --- keys that close themselves ---------------------------------------------------------------------------------


def _closed_keys(form: Form) -> None:
    """``Key: value``, ``KEY # value``, ``KEY - value`` in one row; the value below where the row ends with the key."""
    page = rows(form.free(form.words))
    for number, row in enumerate(page):
        free = form.free(row)
        for part in _walled(form, free):
            _read_row(form, part, page[number + 1 :])


def _walled(form: Form, row: Sequence[Word]) -> list[list[Word]]:
    """A row cut at rulings and at check boxes, however wide its white space."""
    return segments(row, float("inf"), form.rules.down, form.marks)


@dataclass(slots=True)
class _Found:
    """A key inside a row: from ``first`` up to and with ``last``, counted in words."""

    first: int
    last: int


def _read_row(form: Form, row: Sequence[Word], below: Sequence[Sequence[Word]]) -> None:
    keys = _keys(form, row)
    for index, key in enumerate(keys):
        end = keys[index + 1].first if index + 1 < len(keys) else len(row)
        words = list(row[key.first : key.last + 1])
        value = _near(form, row[key.last].box.right, row[key.last + 1 : end])
        if (not value and end - key.last > 1) or len(value) > _LONGEST_VALUE:
            continue  # a sentence that happens to hold a colon
        if value:
            form.take(words, value, sure=94.0)
        elif key.last == len(row) - 1 or row[key.last + 1].box.left - row[key.last].box.right > form.height:
            under = _under(form, words, below)
            if under or not _asks_marks(form, words):
                form.take(words, under, _room(form, words), 84.0)


def _keys(form: Form, row: Sequence[Word]) -> list[_Found]:
    found: list[_Found] = []
    floor = 0
    for index, word in enumerate(row):
        bare = word.text in ("#", ":") and index == floor  # "# ITEMS SOLD 4": it opens a key
        closing = (ends_key(word.text) and not bare) or _dash(form, row, index, floor)
        if not closing:
            continue
        first = _start(form, row, index, floor, bool(found))
        if found and first <= found[-1].last + 1 and not _gap(form, row, found[-1].last):
            # Nothing stands between two closing words: the first was part of the same question.
            found[-1].last = index
        elif index - first < _LONGEST_KEY and any(has_letter(w.text) for w in row[first : index + 1]):
            found.append(_Found(first, index))
        floor = index + 1
    return found


def _gap(form: Form, row: Sequence[Word], index: int) -> bool:
    return index + 1 < len(row) and row[index + 1].box.left - row[index].box.right > 1.5 * form.height


def _dash(form: Form, row: Sequence[Word], index: int, floor: int) -> bool:
    """``TRANS ID - 25162678``: a lone dash after a few words, with one value behind it."""
    if (
        form.is_heading(row)
        or row[index].text not in ("-", "\u2013")
        or not 1 <= index - floor <= 4
        or index + 1 >= len(row)
    ):
        return False
    rest = text_of(row[index + 1 :])
    before = text_of(row[floor:index])
    return not has_digit(before) and (len(rest.split()) == 1 or is_value(rest)) and len(rest.split()) <= 3


def _start(form: Form, row: Sequence[Word], end: int, floor: int, follows: bool) -> int:
    """The first word of the key that ends with word ``end``: back to white space, to a value, or to the row's start."""
    clear = _widest(form, row, end, floor) if follows else None
    if clear is not None:
        return clear
    first = end
    while first > floor:
        word, before = row[first], row[first - 1]
        space = word.box.left - before.box.right
        if space > (0.75 if follows else 1.5) * form.height:
            break
        if follows and (has_digit(before.text) or before.text.endswith((",", ";", ")"))):
            break
        if follows and end - first >= 1 and not (vocabulary(before.text) or before.text[0].islower()):
            break
        if follows and end == first and not vocabulary(before.text) and vocabulary(row[end].text):
            break
        first -= 1
    if end > first and row[first].text in ("#", "-", "|"):
        return first if row[first].text == "#" else first + 1
    return first


def _widest(form: Form, row: Sequence[Word], end: int, floor: int) -> int | None:
    """The word after the one white space between a value and the next key that is clearly wider than all others."""
    gaps = sorted(((row[i].box.left - row[i - 1].box.right, i) for i in range(floor + 1, end + 1)), reverse=True)
    if not gaps or gaps[0][0] < 0.75 * form.height or end - gaps[0][1] >= _WORDS_OF_A_KEY:
        return None
    return gaps[0][1] if len(gaps) == 1 or gaps[0][0] > 1.6 * max(gaps[1][0], 0.3 * form.height) else None


def _near(form: Form, edge: float, words: Sequence[Word]) -> list[Word]:
    """The words of a value: up to white space that no value has. The first may stand far from its key."""
    value: list[Word] = []
    allowed = 14 * form.height
    for word in words:
        if word.box.left - edge > allowed:
            break
        value.append(word)
        edge, allowed = word.box.right, 2.2 * form.height
    return value


def _under(form: Form, key: Sequence[Word], below: Sequence[Sequence[Word]]) -> list[Word]:
    """Lines below a key that stand at its left edge and close to one another, without a key of their own."""
    anchor = box_of(key)
    value: list[Word] = []
    last = anchor
    for row in below[:12]:
        parts = [
            part for part in form.parts(form.free(row), 1.3) if abs(part[0].box.left - anchor.left) < 2.2 * form.height
        ]
        if not parts:
            if row and box_of(row).top - last.bottom > 1.4 * form.height:
                break
            continue
        box = box_of(parts[0])
        if box.top - last.bottom > (1.2 if not value else 0.8) * form.height or _ruled_off(form, last, box):
            break
        if any(ends_key(word.text) for word in parts[0]) or len(parts[0]) > 9:
            break
        value += parts[0]
        last = box
    return value


def _ruled_off(form: Form, upper: Box, lower: Box) -> bool:
    return any(
        upper.middle[1] < bar.middle[1] < lower.middle[1] and bar.shared_width(lower) > 0.5 * lower.width
        for bar in form.rules.across
    )


def _room(form: Form, key: Sequence[Word]) -> Box:
    """Where the empty value of a key would stand: to its right."""
    box = box_of(key)
    return Box(box.right, box.top, box.right + 4 * form.height, box.bottom)


def _asks_marks(form: Form, key: Sequence[Word]) -> bool:
    """Whether check boxes follow a key: the question has no value of its own then."""
    box = box_of(key)
    right = Box(box.left, box.top - form.height, 1e9, box.bottom + 2.2 * form.height)
    return any(right.holds(mark.box) for mark in form.marks)


# --- labels above and beside -----------------------------------------------------------------------------------


def _labels_above(form: Form) -> None:
    """Rows of nothing but labels, with a row of values that stand below them, one for each at least in part."""
    page = rows(form.free(form.words))
    for upper, lower in pairwise(page):
        labels = form.parts(form.free(upper), 1.0)
        values = form.parts(form.free(lower), 1.0)
        if not labels or not values or len(labels) < 2 or len(values) > len(labels):
            continue
        close = box_of(lower).top - box_of(upper).bottom < 0.9 * form.height
        if not close or not all(is_label(text_of(part)) for part in labels):
            continue
        if any(is_label(text_of(part)) and not has_digit(text_of(part)) for part in values):
            continue
        if all(any(abs(box_of(v).left - box_of(k).left) < form.height for k in labels) for v in values):
            share_out(form, box_of([*upper, *lower]), labels, [word for part in values for word in part])


def _side_by_side(form: Form) -> None:
    """``SUBTOTAL    $16.99``: a label and, across white space or as its last word, a value."""
    for row in rows(form.free(form.words)):
        parts = form.parts(form.free(row), 0.9)
        index = 0
        while index < len(parts):
            index += _beside(form, parts, index)
        for part in parts:
            _trailing(form, [word for word in part if id(word) not in form.taken])


def _beside(form: Form, parts: Sequence[Sequence[Word]], index: int) -> int:
    if index + 1 >= len(parts) or form.is_heading(parts[index]):
        return 1
    label, value = text_of(parts[index]), text_of(parts[index + 1])
    near = parts[index + 1][0].box.left - parts[index][-1].box.right < 16 * form.height
    listed = any(id(word) in form.listed for word in parts[index])
    alone = len(parts) == 2
    worded = is_label(label) and not is_label(value) and len(value.split()) <= 4
    if near and (
        (is_short_text(label) and alone and is_value(value) and not listed) or (worded and (alone or is_value(value)))
    ):
        form.take(parts[index], parts[index + 1], sure=90.0)
        return 2
    return 1


def _trailing(form: Form, part: Sequence[Word]) -> None:
    """``CHANGE DUE 0.00``, ``# ITEMS SOLD 4``: what leads up to the last word is a label, the last word a value."""
    if not 2 <= len(part) <= 6 or form.is_heading(part):
        return
    label, value = text_of(part[:-1]), part[-1].text
    if has_digit(label) or not is_value(value) or not has_letter(label):
        return
    known = vocabulary(part[-2].text) > 0 and (label.isupper() or len(part) <= 3)
    if (is_amount(value) and is_short_text(label)) or (known and is_label(label)):
        form.take(part[:-1], part[-1:], sure=88.0)


# --- tables ----------------------------------------------------------------------------------------------------


def _tabled(form: Form, table: Table) -> None:
    """The pairs that a table is: two columns of label and value, or headings over one row."""
    known = {id(word) for pair in form.pairs for word in pair.key}
    if table.header_rows == 1 and table.rows == 2 and not table.merged:
        for head, cell in zip(table.row(1), table.row(2), strict=True):
            _tabled_pair(form, known, head.content, cell.content, cell.box)
    elif table.header_rows == 0 and table.columns == 2 and (table.ruled or table.lined):
        for number in range(1, table.rows + 1):
            head, cell = table.row(number)
            if is_short_text(head.text) or ends_key(head.text.split(" ")[-1] if head.text else ""):
                _tabled_pair(form, known, head.content, cell.content, cell.box)


def _tabled_pair(form: Form, known: set[int], key: Sequence[Content], value: Sequence[Content], blank: Box) -> None:
    words = [item for item in key if isinstance(item, Word)]
    asks = any(isinstance(item, Mark) for item in value)  # the boxes have pairs of their own
    if words and not asks and not any(id(word) in known for word in words):
        form.take(words, value, blank, 93.0)
