"""Whether rows of pieces in columns are a table: what speaks for it, and what they are otherwise.

Prose in columns, addresses side by side and lists of labels with what was filled in stand in line as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.services.textract.page.model import Box
from local.services.textract.page.wording import ends_key, has_digit, has_letter, is_label, is_value

_PLACE = re.compile(r".*\b[A-Z]{2}\.?,?\s+\d{4,5}(?:-\d{4})?\b.*|.*\b\d{4,5}\s+[A-Z][a-z]+$")


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of texts by column ("" where there is none), and where each stands."""

    cells: Sequence[Sequence[str]]
    boxes: Sequence[Sequence[Box | None]]
    full: int
    """How many rows have texts in two columns and more."""
    steps: tuple[float, ...]
    """From row to row, in pixels."""
    height: float
    """Of the page's print, in pixels."""
    bars: int
    """How many pairs of neighbouring rows have a level line between them."""

    @property
    def width(self) -> int:
        return len(self.cells[0])

    def column(self, index: int) -> list[str]:
        return [row[index] for row in self.cells if row[index]]


def is_table(facts: Facts) -> bool:
    """Whether ``facts`` are those of a table."""
    filled = [text for row in facts.cells for text in row if text]
    if facts.width < 2 or facts.full < max(2, 0.5 * len(facts.cells)) or _is_text(facts, filled):
        return False
    if facts.full == 2:
        return _two_rows(facts)
    return _is_numeric(facts) or _is_worded(facts, filled)


def _is_text(facts: Facts, filled: Sequence[str]) -> bool:
    """Whether the rows are prose, keys with their values, or mostly empty."""
    if _is_prose(filled) or len(filled) < 0.45 * facts.width * len(facts.cells):
        return True
    if sum(ends_key(text.split()[-1]) for text in filled) > 0.25 * len(filled):
        return True
    # Labels again and again below the first row: boxes of a form.
    inner = [text for row in facts.cells[1:] for text in row[1:] if text]
    if sum(map(is_label, inner)) > 0.3 * len(inner):
        return True
    return facts.width == 2 and sum(is_value(text) for text in facts.column(0)) > 0.4 * len(facts.column(0))


def _two_rows(facts: Facts) -> bool:
    """Headings over one row of values, or two rows close together that end in values."""
    head, body = facts.cells[0], facts.cells[-1]
    valued = sum(is_value(text) for text in body)
    heading = all(has_letter(text) and not is_value(text) for text in head if text)
    if facts.width >= 3 and heading and valued >= 2 and sum(map(bool, head)) >= 0.7 * facts.width:
        return True
    close = not facts.steps or max(facts.steps) <= 1.9 * facts.height
    return (close or facts.bars > 0) and _is_numeric(facts)


def _is_numeric(facts: Facts) -> bool:
    """Whether one column after the first is values, or the first of three and more."""
    first = 1 if facts.width == 2 else 0
    for index in range(first, facts.width):
        texts = facts.column(index)
        if len(texts) >= max(2, 0.4 * facts.full) and sum(map(is_value, texts)) >= 0.6 * len(texts):
            return True
    return False


def _is_prose(filled: Sequence[str]) -> bool:
    words = sum(len(text.split()) for text in filled)
    if words > 5 * len(filled):
        return True
    # Lines that go on in the next begin with small letters.
    worded = [text for text in filled if len(text.split()) >= 3 and has_letter(text)]
    small = sum(text[0].islower() for text in worded)
    return len(worded) >= 0.5 * len(filled) and small > 0.3 * len(worded)


def _is_worded(facts: Facts, filled: Sequence[str]) -> bool:
    """Whether a grid of words stands in line so well that it is one: three rows, columns that align, short texts."""
    if any(_PLACE.fullmatch(text) for text in filled) and not facts.bars:
        return False
    lined = sum(_lined(facts, index) for index in range(facts.width))
    if facts.width == 2:
        return lined == 2 and _is_listing(facts, filled)
    return len(filled) >= 0.6 * facts.width * len(facts.cells) and lined >= 0.6 * facts.width


def _is_listing(facts: Facts, filled: Sequence[str]) -> bool:
    """Whether two columns of words are a table: no row without one of them, short, at one distance, of a kind each."""
    if facts.full < len(facts.cells) or max(len(text.split()) for text in filled) > 8:
        return False
    if facts.bars >= 0.5 * len(facts.steps):
        return True
    labels = facts.column(0)
    if sum(map(is_label, labels)) >= 0.5 * len(labels):
        return False  # a form: labels, and what was filled in
    return _is_regular(facts) and len(filled) >= 6 and _is_short(filled) and _alike(facts)


def _lined(facts: Facts, index: int) -> bool:
    """Whether a column has one left edge, one right edge or one middle."""
    boxes = [row[index] for row in facts.boxes]
    found = [box for box in boxes if box is not None]
    near = 0.5 * facts.height
    for values in (
        [box.left for box in found],
        [box.right for box in found],
        [box.middle[0] for box in found],
    ):
        middle = sorted(values)[len(values) // 2]
        if sum(abs(value - middle) <= near for value in values) >= 0.75 * len(values):
            return len(found) >= 2
    return False


def _is_regular(facts: Facts) -> bool:
    return bool(facts.steps) and max(facts.steps) <= 1.3 * min(facts.steps)


def _is_short(filled: Sequence[str]) -> bool:
    return sum(len(text.split()) for text in filled) <= 3 * len(filled)


def _alike(facts: Facts) -> bool:
    """Whether the texts of each column are of a kind: with digits, or without. Lines of addresses are not."""
    for index in range(facts.width):
        texts = facts.column(index)
        digits = sum(map(has_digit, texts))
        if min(digits, len(texts) - digits) > 0.25 * len(texts):
            return False
    return True
