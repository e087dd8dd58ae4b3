"""What the page analysis hands on: boxes in pixels of the upright page image, words, lines, marks, tables, pairs.

Pixels count from the top left. Everything is a plain value; nothing here knows Textract's Blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Pixels = Any
"""A numpy array of uint8: rows x columns (grey) or rows x columns x 3 (RGB)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, other: Box) -> bool:
        """Whether the middle of ``other`` lies inside."""
        x, y = other.middle
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def shared_width(self, other: Box) -> float:
        """How many pixels of width both cover, 0 when none."""
        return max(0.0, min(self.right, other.right) - max(self.left, other.left))

    def shared_height(self, other: Box) -> float:
        """How many pixels of height both cover, 0 when none."""
        return max(0.0, min(self.bottom, other.bottom) - max(self.top, other.top))

    def same_row(self, other: Box) -> bool:
        """Whether both stand side by side: they share half of the lower one's height."""
        return self.shared_height(other) >= 0.5 * min(self.height, other.height) > 0

    def grown(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around ``boxes``, of which there must be one at least."""
    found = list(boxes)
    return Box(
        min(box.left for box in found),
        min(box.top for box in found),
        max(box.right for box in found),
        max(box.bottom for box in found),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word; ``confidence`` is 0 to 100. Two words are the same only when they are one object."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page: an RGB image, and its own words in that image's pixels where the file has text."""

    image: Pixels
    native: tuple[Word, ...] | None = None
    pictures: tuple[Box, ...] = ()
    """Where a PDF's page with text of its own holds images, whose text only OCR can read."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A check box, radio button or solid square."""

    box: Box
    selected: bool
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Words that stand close to one another in one row, from left to right; there is one at least."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return around(word.box for word in self.words)

    @property
    def confidence(self) -> float:
        return sum(word.confidence for word in self.words) / len(self.words)


Content = Word | Mark


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell of a table's grid; rows and columns count from 1."""

    row: int
    column: int
    box: Box
    content: tuple[Content, ...] = ()

    @property
    def text(self) -> str:
        return text_of(self.content)


@dataclass(frozen=True, slots=True)
class Span:
    """Cells of a grid that are one cell on paper."""

    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A grid of cells in reading order, with what is merged in it and how many of its first rows are headings."""

    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    merged: tuple[Span, ...] = ()
    header_rows: int = 0
    ruled: bool = True
    title: tuple[Word, ...] = ()
    lined: bool = False
    """Whether level rulings or shading part most of its rows, where it has no walls."""

    def row(self, number: int) -> list[Cell]:
        return [cell for cell in self.cells if cell.row == number]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A key and its value: words, or one mark, or nothing, with where an empty value was looked for."""

    key: tuple[Word, ...]
    value: tuple[Content, ...] = ()
    blank: Box | None = None
    confidence: float = 90.0

    @property
    def key_text(self) -> str:
        return text_of(self.key)

    @property
    def value_text(self) -> str:
        return text_of(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of the page's layout; ``kind`` is one of Textract's block types that begin with LAYOUT_.

    ``parts`` are regions inside (the items of a list); a figure has no lines.
    """

    kind: str
    box: Box
    lines: tuple[Line, ...] = ()
    parts: tuple[Region, ...] = ()
    confidence: float = 80.0


@dataclass(frozen=True, slots=True)
class Rules:
    """Straight lines drawn on the page, as thin boxes, and the smallest rectangles that they enclose."""

    across: tuple[Box, ...] = ()
    down: tuple[Box, ...] = ()
    cells: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One analysed page.

    ``angle`` says by how many degrees, counter-clockwise, the given page was turned around its middle to make the
    image that the coordinates count in; ``width`` and ``height`` are that image's.
    """

    width: int
    height: int
    angle: float = 0.0
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()
    tables: tuple[Table, ...] = ()
    pairs: tuple[Pair, ...] = ()
    regions: tuple[Region, ...] = ()
    signatures: tuple[Box, ...] = ()
    source: tuple[int, int] = field(default=(0, 0))
    """Width and height of the page as it was given, before it was turned."""


def text_of(content: Sequence[Content]) -> str:
    """The words of ``content`` with spaces between; marks are left out."""
    return " ".join(item.text for item in content if isinstance(item, Word))
