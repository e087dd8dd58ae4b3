"""How far a sheet's cells reach and which do not show, by one pass over its XML (ECMA-376, 18.3).

calamine makes room for the whole rectangle before it looks into a cell: one in the last row and column of a file of a
kilobyte ends the process. So this goes first. ``documents.files.office.check`` has bounded the bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, Any, Final

MOST_AREA: Final = 1_000_000
"""Cells of the rectangle around a sheet's cells; some 100 MB."""
MOST_COLUMN: Final = 16_384
_CHUNK: Final = 1 << 18
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(slots=True)
class Extent:
    """Counted from 0. ``cells``: those that hold something. ``unseen``: places whose style shows nothing.

    ``strange``: some cell's place is not written as places are, so another reader may find it anywhere.
    """

    first: tuple[int, int] = (1 << 20, MOST_COLUMN)
    last: tuple[int, int] = (-1, -1)
    cells: int = 0
    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    unseen: set[tuple[int, int]] = field(default_factory=set)
    strange: bool = False

    @property
    def area(self) -> int:
        height, width = self.last[0] - self.first[0] + 1, self.last[1] - self.first[1] + 1
        return max(height, 0) * max(width, 0)

    def hides(self, row: int, column: int) -> bool:
        """Whether a cell does not show, by its row, its column or its style."""
        if row in self.rows or (row, column) in self.unseen:
            return True
        return any(low <= column <= high for low, high in self.columns)


def measure(sheet: IO[bytes], unseen: frozenset[int]) -> Extent:
    """``unseen``: numbers of cell styles that show nothing. Raises ExpatError for XML that is not whole."""
    from xml.parsers import expat

    scan = _Scan(unseen)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = scan.start
    while chunk := sheet.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return scan.found


class _Scan:
    def __init__(self, unseen: frozenset[int]) -> None:
        self.found = Extent()
        self._unseen = unseen
        self._row = self._column = -1
        self._style = 0
        self._counted = True

    def start(self, name: str, attributes: dict[str, Any]) -> None:
        local = name.rpartition(" ")[2]
        if local == "c":
            self._cell(attributes)
        elif local in {"v", "is"} and not self._counted:
            self._count()
        elif local == "row":
            self._begin_row(attributes)
        elif local == "col" and _is_on(attributes.get("hidden")) | (attributes.get("width") == "0"):
            self.found.columns.append((_whole(attributes.get("min"), 1) - 1, _whole(attributes.get("max"), 1) - 1))

    def _begin_row(self, attributes: dict[str, Any]) -> None:
        self._row = _whole(attributes.get("r"), self._row + 2) - 1
        self._column = -1
        if _is_on(attributes.get("hidden")) or attributes.get("ht") == "0":
            self.found.rows.add(self._row)

    def _cell(self, attributes: dict[str, Any]) -> None:
        told = attributes.get("r")
        place = _PLACE.fullmatch(told or "")
        if place:
            self._row, self._column = int(place[2]) - 1, _column(place[1].upper())
        elif told is None:
            self._column += 1
        else:
            self.found.strange = True
        self._style = _whole(attributes.get("s"), 0)
        self._counted = False

    def _count(self) -> None:
        found = self.found
        self._counted = True
        found.cells += 1
        found.first = (min(found.first[0], self._row), min(found.first[1], self._column))
        found.last = (max(found.last[0], self._row), max(found.last[1], self._column))
        if self._style in self._unseen:
            found.unseen.add((self._row, self._column))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(text: Any, usual: int) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 9 else usual


def _is_on(text: Any) -> bool:
    return text in {"1", "true"}
