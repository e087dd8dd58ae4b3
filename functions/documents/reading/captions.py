"""Labels that stand above their values: in the cells of a drawn form, and over them in a row.

Rather none than a wrong one: a label is smaller than what it labels, or ends with a colon and has nothing beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from documents.model import Word
from documents.reading import key_values
from documents.reading.reading_order import Segment
from documents.reading.rulings import Ruled

SMALLER: Final = 0.87
"""The height of a label in a cell, by that of its value."""
MOST_GAP: Final = 1.2
"""Between a label and its value, in heights of the value."""
ALIGNED: Final = 0.012
"""Of the page's width: as far apart may their left edges be."""
MOST_WORDS: Final = 8
"""Of a value; more are running text."""

Row = Sequence[Segment]


def in_cells(table: Ruled) -> list[key_values.Pair]:
    """``table``: whose cells have a small label in their first line and larger words below it."""
    found = []
    for lines in table.cells:
        label = " ".join(word.text for word in lines[0]).rstrip(":")
        rest = [word for line in lines[1:] for word in line]
        if rest and key_values.is_label(label) and _height(lines[0]) < SMALLER * _height(rest):
            found.append((label, " ".join(word.text for word in rest)))
    return found


def filled(pairs: Sequence[key_values.Pair], rows: Sequence[Row]) -> list[key_values.Pair]:
    """Pairs whose label had nothing beside it, with what stands right below it; all others as they are."""
    below = _below(rows) if any(not value for _, value in pairs) else {}
    return [(key, value or below.get(key, "")) for key, value in pairs]


def _below(rows: Sequence[Row]) -> dict[str, str]:
    """Labels that are alone with their colon -> values; of labels that stand there twice none."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for number, row in enumerate(rows[:-1]):
        after = rows[number + 2] if number + 2 < len(rows) else ()
        for label in row:
            key = label.text.rstrip(" :\uff1a")
            if label.text == key:
                continue
            value = _value(label, rows[number + 1], after)
            if value is not None and key not in seen:
                found[key] = value.text
            elif key in seen:
                found.pop(key, None)
            seen.add(key)
    return found


def _value(label: Segment, row: Row, after: Row) -> Segment | None:
    value = next((each for each in row if abs(each.left - label.left) <= ALIGNED), None)
    if value is None or ":" in value.text or len(value.text.split()) > MOST_WORDS or not _is_near(label, value):
        return None
    # Several lines are a paragraph or an address, of which the first one alone would be wrong.
    goes_on = any(
        abs(each.left - label.left) <= ALIGNED and _is_near(value, each) for each in after if ":" not in each.text
    )
    return None if goes_on else value


def _is_near(upper: Segment, lower: Segment) -> bool:
    bottom = max(word.box.top + word.box.height for word in upper.words)
    return min(word.box.top for word in lower.words) - bottom <= MOST_GAP * _height(lower.words)


def _height(words: Sequence[Word]) -> float:
    return fmean(word.box.height for word in words)
