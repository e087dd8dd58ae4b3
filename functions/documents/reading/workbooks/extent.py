"""How far a sheet's cells reach and which do not show, by one pass over its XML (ECMA-376, 18.3).

calamine makes room for the whole rectangle before it looks into a cell: one in the last row and column of a file of a
kilobyte ends the process. So this goes first. ``documents.files.office.check`` has bounded the bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from documents.reading.workbooks import conditions, margins
from documents.reading.workbooks.rich import Run, Runs

if TYPE_CHECKING:
    from documents.reading.workbooks.looks import Looks

MOST_AREA: Final = 1_000_000
"""Cells of the rectangle around a sheet's cells; some 100 MB."""
MOST_COLUMN: Final = 16_384
LEAST_HEIGHT: Final = 1.5
"""Points: of a lower row nothing can be read."""
LEAST_WIDTH: Final = 0.2
"""Letters: of a narrower column nothing can be read."""
_OUTSIDE: Final = frozenset({"c", "row", "v", "f", "is", "conditionalFormatting", "cfRule", "headerFooter"})
_CHUNK: Final = 1 << 18
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


@dataclass(slots=True)
class Extent:
    """Counted from 0. ``cells``: those that hold something. ``unseen``: places whose style shows nothing.

    ``errors``: results such as "#N/A", by place. ``rich``: texts of more than one look; ``styles``: numbers of styles
    on another ground than white, or in another ink than black, where somebody may ask for them. ``margins``: heads and
    feet of pages as they are written.

    ``strange``: some cell's place is not written as places are, so another reader may find it anywhere.
    ``formulas``: those whose result is not in the file: nobody but a spreadsheet program can tell what they show.
    """

    first: tuple[int, int] = (1 << 20, MOST_COLUMN)
    last: tuple[int, int] = (-1, -1)
    cells: int = 0
    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    unseen: set[tuple[int, int]] = field(default_factory=set)
    strange: bool = False
    formulas: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    rich: dict[tuple[int, int], list[Run]] = field(default_factory=dict)
    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    rules: list[conditions.Rule] = field(default_factory=list)
    margins: dict[str, str] = field(default_factory=dict)

    @property
    def area(self) -> int:
        height, width = self.last[0] - self.first[0] + 1, self.last[1] - self.first[1] + 1
        return max(height, 0) * max(width, 0)

    def hides(self, row: int, column: int) -> bool:
        """Whether a cell does not show, by its row, its column or its style."""
        return (row, column) in self.unseen or self.is_gone(row, column)

    def is_gone(self, row: int, column: int) -> bool:
        """Whether its row or its column does not show."""
        return row in self.rows or any(low <= column <= high for low, high in self.columns)


def measure(sheet: IO[bytes], look: Looks, shared: dict[int, list[Run]]) -> Extent:
    """``shared``: the workbook's texts of more than one look. Raises ExpatError for XML that is not whole."""
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=" ")
    scan = _Scan(look, shared, parser)
    parser.StartElementHandler = scan.start
    while chunk := sheet.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return scan.found


class _Scan:
    """Ends of elements are asked for only within those whose text matters: most cells cost one call."""

    def __init__(self, look: Looks, shared: dict[int, list[Run]], parser: Any) -> None:
        self.found = Extent()
        self._look = look
        self._shared = shared
        self._asks_for_styles = bool(shared) or look.formats.hide
        self._parser = parser
        self._kind, self._asks = "", False
        self._row = self._column = -1
        self._style = 0
        self._counted = True
        self._runs: Runs | None = None
        self._text: list[str] = []
        self._ranges: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
        self._margins: dict[str, Any] = {}

    def start(self, name: str, attributes: dict[str, Any]) -> None:
        local = name.rpartition(" ")[2]
        if self._runs is not None and local in _OUTSIDE:
            self._end_runs()  # no cell is overlooked, however its elements are nested
        if self._runs is not None:
            self._runs.start(local, attributes)
        elif local == "c":
            self._cell(attributes)
        elif local in {"v", "is"}:
            if not self._counted:
                self._count()
            if local == "v" and (self._kind == "e" or (self._kind == "s" and self._shared)):
                self._collect()
            else:
                # Programs that only write workbooks leave the result of a formula empty.
                self._parser.CharacterDataHandler = self._result if self._asks else None
        elif local == "r":
            self._runs = Runs(self._look.theme)
            self._runs.start(local, attributes)
            self._parser.CharacterDataHandler, self._parser.EndElementHandler = self._runs.text, self._end_of_run
        elif local == "f":
            self._asks = self._kind != "str"  # the result of one that makes a text may be empty
            self.found.formulas += self._asks
        elif local == "row":
            self._begin_row(attributes)
        elif local == "col":
            self._columns(attributes)
        else:
            self._behind_cells(local, attributes)

    def _columns(self, attributes: dict[str, Any]) -> None:
        if _is_on(attributes.get("hidden")) or _is_least(attributes.get("width"), LEAST_WIDTH):
            self.found.columns.append((_whole(attributes.get("min"), 1) - 1, _whole(attributes.get("max"), 1) - 1))

    def _behind_cells(self, local: str, attributes: dict[str, Any]) -> None:
        rules = self.found.rules
        if local == "conditionalFormatting":
            self._ranges = conditions.ranges(attributes.get("sqref", ""))
        elif local == "cfRule":
            rules.append(
                conditions.Rule(
                    self._ranges, attributes.get("type", ""), _whole(attributes.get("priority"), 0),
                    _whole(attributes.get("dxfId"), -1), attributes.get("operator", ""), attributes.get("text", ""),
                    _is_on(attributes.get("stopIfTrue")),
                )
            )  # fmt: skip
        elif local in {"dataBar", "iconSet"} and rules:
            rules[-1].bare = attributes.get("showValue") in {"0", "false"}
        elif local == "headerFooter":
            self._margins = attributes
        elif (local == "formula" and rules) or local in margins.KINDS:
            self._collect()

    def _collect(self) -> None:
        self._text = []
        self._parser.CharacterDataHandler, self._parser.EndElementHandler = self._text.append, self._collected

    def _collected(self, name: str) -> None:
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None
        local, text = name.rpartition(" ")[2], "".join(self._text)
        if local == "formula":
            self.found.rules[-1].formulas.append(text)
        elif local in margins.KINDS:
            switch = margins.KINDS[local]
            if text.strip() and (not switch or _is_on(self._margins.get(switch))):
                self.found.margins[local] = text
        elif self._kind == "e":
            if text.strip():
                self.found.errors[self._row, self._column] = text.strip()
                self.found.formulas -= self._asks
                self._asks = False
        elif (runs := self._shared.get(_whole(text.strip(), -1))) is not None:
            self.found.rich[self._row, self._column] = runs

    def _end_of_run(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if self._runs is None:
            return
        self._runs.end(local)
        if local in {"is", "c"}:
            self._end_runs()

    def _end_runs(self) -> None:
        if self._runs is not None and not self._runs.is_plain:
            self.found.rich[self._row, self._column] = self._runs.runs
            self.found.styles[self._row, self._column] = self._style
        self._runs = self._parser.CharacterDataHandler = self._parser.EndElementHandler = None

    def _result(self, text: str) -> None:
        if text.strip():
            self.found.formulas -= 1
            self._asks, self._parser.CharacterDataHandler = False, None

    def _begin_row(self, attributes: dict[str, Any]) -> None:
        self._row = _whole(attributes.get("r"), self._row + 2) - 1
        self._column = -1
        if _is_on(attributes.get("hidden")) or _is_least(attributes.get("ht"), LEAST_HEIGHT):
            self.found.rows.add(self._row)

    def _cell(self, attributes: dict[str, Any]) -> None:
        self._kind, self._asks = attributes.get("t", ""), False
        told = attributes.get("r")
        place = _PLACE.fullmatch(told or "")
        if place:
            self._row, self._column = int(place[2]) - 1, conditions.column(place[1])
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
        if self._style in self._look.unseen:
            found.unseen.add((self._row, self._column))
        if self._style and self._asks_for_styles and not self._look.is_usual(self._style):
            found.styles[self._row, self._column] = self._style


def _whole(text: Any, usual: int) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 9 else usual


def _is_on(text: Any) -> bool:
    return text in {"1", "true"}


def _is_least(text: Any, least: float) -> bool:
    try:
        return float(text) < least
    except (TypeError, ValueError):
        return False
