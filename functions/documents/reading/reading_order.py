"""Words on a page, by their places only, as lines in the order in which they are read.

Words of one height on the page make a row. A row breaks into lines where the gap is wider than any between words, as
Textract breaks them. Rows are read from top to bottom, unless a gutter parts two columns of running text: then the left
column comes before the right one. Key and value beside each other are no such columns: their lines are short.

Where a line has right-to-left words, runs of words keep the file's own order, which pdfium has made the reading one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from statistics import fmean, median
from typing import Final

from documents.model import Box, Word

GAP: Final = 1.1
"""In heights of the row: a wider one ends a line. Spaces are a quarter to a half, justified ones less than this."""
OVERLAP: Final = 0.5
"""Of the lower of two heights that has to be shared by words of a row."""
STAGGERED: Final = 0.1
"""Of the lower of two heights: shared by lines that stand beside each other, and by no two lines of one column."""
COLUMN_ROWS: Final = 4
COLUMN_LETTERS: Final = 18
"""Letters of a line of running text, on the average; the columns of a form or a table hold less."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that stand together; ``row`` numbers the rows of the page from above."""

    row: int
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def left(self) -> float:
        return min(word.box.left for word in self.words)

    @property
    def right(self) -> float:
        return max(word.box.left + word.box.width for word in self.words)


def segments(words: Iterable[Word], shape: float = 1.0, *, mirrored: bool = False) -> list[Segment]:
    """In reading order. ``shape``: the page's height by its width, since boxes are shares of each.

    ``mirrored``: the boxes are, for a page of right-to-left script.
    """
    return _ordered([_segments(number, row, shape, mirrored) for number, row in enumerate(_rows(words))])


def in_order(row: Sequence[Word], *, mirrored: bool = False) -> tuple[Word, ...]:
    """Words of one line, which stand sorted by their left edges, as they are read."""
    if not any(is_right_to_left(word.text) for word in row):
        return tuple(reversed(row)) if mirrored else tuple(row)
    ordered: list[Word] = []
    # pdfium takes a line for one of the script of most of its letters; the page's direction counts where it begins so.
    first = next(
        (word for word in sorted(row, key=lambda each: each.box.left) if any(map(str.isalpha, word.text))), None
    )
    begins = first is not None and is_right_to_left(first.text) == mirrored
    for leftward, run in groupby(
        sorted(row, key=lambda word: word.box.left if begins else word.order),
        key=lambda word: is_right_to_left(word.text),
    ):
        # Within a line of the other script pdfium turns each word's letters round, and not the words.
        ordered += sorted(run, key=lambda word: word.box.left, reverse=leftward != mirrored)
    return tuple(map(_colon_behind, ordered)) if begins else tuple(ordered)


def _colon_behind(word: Word) -> Word:
    """Where pdfium took the line for one of the other direction, a label's colon stands in front of it."""
    return replace(word, text=f"{word.text[1:]}:") if re.match(r":[^\W\d]", word.text) else word


@lru_cache(maxsize=4096)
def is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)


def rows(found: Iterable[Segment]) -> list[list[Segment]]:
    """Those of a row side by side again, rows from above."""
    by_row: dict[int, list[Segment]] = {}
    for segment in found:
        by_row.setdefault(segment.row, []).append(segment)
    return [sorted(by_row[row], key=lambda each: each.left) for row in sorted(by_row)]


def box_around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.left + box.width for box in boxes), max(box.top + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _rows(words: Iterable[Word]) -> list[list[Word]]:
    found: list[list[Word]] = []
    bands: list[tuple[float, float]] = []  # top and bottom of the last rows' first words, which set the height
    for word in sorted(words, key=lambda word: (word.box.top + word.box.height / 2, word.box.left)):
        top, bottom = word.box.top, word.box.top + word.box.height
        for number in range(len(bands) - 1, max(len(bands) - 4, -1), -1):
            shared = min(bottom, bands[number][1]) - max(top, bands[number][0])
            if shared > OVERLAP * min(bottom - top, bands[number][1] - bands[number][0]):
                found[number].append(word)
                break
        else:
            found.append([word])
            bands.append((top, bottom))
    return [sorted(row, key=lambda word: word.box.left) for row in found]


def _segments(number: int, row: Sequence[Word], shape: float, mirrored: bool) -> list[Segment]:
    height = median(word.box.height for word in row) * shape
    parts: list[list[Word]] = []
    end = 0.0
    for word in row:
        if not parts or word.box.left - end > GAP * height:
            parts.append([])
        parts[-1].append(word)
        end = max(end, word.box.left + word.box.width)
    return [Segment(number, in_order(part, mirrored=mirrored)) for part in parts]


def _ordered(rows: list[list[Segment]]) -> list[Segment]:
    gutter = _gutter(rows)
    if gutter is None:
        gutter = _gutter(_staggered(rows))
    if gutter is None:
        return [segment for row in rows for segment in row]
    ordered: list[Segment] = []
    left: list[list[Segment]] = []
    right: list[list[Segment]] = []
    for row in [*rows, []]:
        crossing = any(segment.left < gutter < segment.right for segment in row)
        if crossing or not row:
            ordered += _ordered(left) + _ordered(right) + row
            left, right = [], []
        else:
            left.append([segment for segment in row if segment.right <= gutter])
            right.append([segment for segment in row if segment.right > gutter])
    return ordered


def _staggered(rows: Sequence[Sequence[Segment]]) -> list[list[Segment]]:
    """Rows of two columns whose lines do not stand level: each with the next one, where they overlap in height only."""
    found: list[list[Segment]] = []
    for row, below in pairwise(rows):
        if len(row) == len(below) == 1 and _beside(row[0], below[0]):
            found.append(sorted((row[0], below[0]), key=lambda each: each.left))
    return found


def _beside(one: Segment, other: Segment) -> bool:
    if one.left < other.right and other.left < one.right:
        return False
    tops = [min(word.box.top for word in each.words) for each in (one, other)]
    bottoms = [max(word.box.top + word.box.height for word in each.words) for each in (one, other)]
    lower = min(bottoms[0] - tops[0], bottoms[1] - tops[1])
    return min(bottoms) - max(tops) > STAGGERED * lower


def _gutter(rows: Sequence[Sequence[Segment]]) -> float | None:
    """The place across that parts two columns of running text, in most rows that have a gap."""
    gaps = [(before.right, after.left) for row in rows for before, after in pairwise(row)]
    if len(gaps) < COLUMN_ROWS:
        return None
    places = [(start + end) / 2 for start, end in gaps]
    within = [sum(start < place < end for start, end in gaps) for place in places]
    best = max(range(len(places)), key=lambda each: (within[each], -places[each]))
    place = places[best]
    parted = [row for row in rows if any(a.right < place < b.left for a, b in pairwise(row))]
    if len(parted) < COLUMN_ROWS:
        return None
    for side in (True, False):
        lines = [" ".join(s.text for s in row if (s.right <= place) == side) for row in parted]
        if fmean(map(len, lines)) < COLUMN_LETTERS:
            return None
    return place
