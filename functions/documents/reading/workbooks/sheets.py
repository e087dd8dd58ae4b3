"""From a workbook to lines, forms and tables: a sheet that shows is a page, and its cells are its table."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from documents.errors import BrokenDocument
from documents.files import office
from documents.model import Extraction, Form, Line, Table
from documents.reading import key_values, plain_text, reader_flags
from documents.reading.workbooks import cells, conditions, extent, looks, margins, rich
from documents.reading.workbooks.extent import Extent

if TYPE_CHECKING:
    from zipfile import ZipFile

UNKNOWN: Final = "formulas without a result in the file"
UNDECIDED: Final = "conditional formats that may hide cells"
MOST_CELLS: Final = 2_000_000
"""Of all sheets together, as rectangles; sheets behind are told and not read."""
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"
_STRICT_SHEET = "{http://purl.oclc.org/ooxml/spreadsheetml/main}sheet"
_IDS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


def read(path: Path) -> Extraction:
    """Raises what ``office.check`` raises, and BrokenDocument."""
    import zipfile
    from xml.parsers.expat import ExpatError

    from python_calamine import CalamineError, CalamineWorkbook

    office.check(path)
    try:
        with zipfile.ZipFile(path) as archive:
            reader = _Reader(archive)
        if reader.is_safe:
            reader.read(CalamineWorkbook.from_path(str(path)))
        return reader.extraction()
    except (CalamineError, zipfile.BadZipFile, ExpatError, ElementTree.ParseError, KeyError, ValueError, OSError,
            LookupError) as error:  # fmt: skip
        raise BrokenDocument("The Excel workbook cannot be read; open it and save it again.") from error


class _Reader:
    """``is_safe``: whether calamine may open the file; sheets are read one by one only after they were measured."""

    def __init__(self, archive: ZipFile) -> None:
        self._lines: list[Line] = []
        self._forms: list[Form] = []
        self._tables: list[Table] = []
        self._hidden: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._pages = 0
        names = archive.namelist()
        self._pictures = sum(bool(re.fullmatch(r"xl/media/[^/]+", name)) for name in names)
        self._skipped["charts"] = sum(bool(re.fullmatch(r"xl/charts/chart\d*\.xml", name)) for name in names)
        self._skipped["comments"] = sum(
            archive.read(name).count(b"<comment ") for name in names if re.fullmatch(r"xl/comments\d*\.xml", name)
        )
        self._skipped["text boxes"] = sum(
            archive.read(name).count(b"txBody>") // 2 for name in names if re.fullmatch(r"xl/drawings/[^/]+\.xml", name)
        )
        styles = archive.read("xl/styles.xml") if "xl/styles.xml" in names else None
        theme = next((name for name in names if re.fullmatch(r"xl/theme/theme\d*\.xml", name)), None)
        self._look = looks.Looks(styles, looks.Theme(archive.read(theme) if theme else None))
        strings = "xl/sharedStrings.xml"
        shared = rich.shared(archive.read(strings) if strings in names else None, self._look.theme)
        self._extents: dict[str, Extent] = {}
        parts = _parts(archive)
        if len({name for name, _ in parts}) != len(parts):
            raise BrokenDocument("Two sheets of the Excel workbook have one name; open it and save it again.")
        for name, part in parts:
            with archive.open(part) as sheet:
                self._extents[name] = extent.measure(sheet, self._look, shared)
        self.is_safe = bool(self._extents)

    def read(self, workbook: Any) -> None:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        room = MOST_CELLS
        for about in workbook.sheets_metadata:
            measured = self._extents.get(about.name)
            if about.typ != SheetTypeEnum.WorkSheet or measured is None:
                self._skipped["sheets of other kinds"] += 1
                continue
            shows = about.visible == SheetVisibleEnum.Visible
            self._pages += shows
            if not measured.cells:
                self._margins(measured, about.name, "Header", shows=shows)
                self._margins(measured, about.name, "Footer", shows=shows)
                self._skipped[UNKNOWN] += measured.formulas if shows else 0
                continue
            if measured.strange or measured.area > min(extent.MOST_AREA, room):
                self._skipped["sheets whose cells lie too far apart or are too many"] += 1
                continue
            room -= measured.area
            self._skipped[UNKNOWN] += measured.formulas if shows else 0
            self._margins(measured, about.name, "Header", shows=shows)
            self._sheet(workbook.get_sheet_by_name(about.name), about.name, measured, shows=shows)
            self._margins(measured, about.name, "Footer", shows=shows)

    def _margins(self, measured: Extent, name: str, end: str, *, shows: bool) -> None:
        """A head or foot of a sheet's printed pages: of the kinds that show each text once, as lines and forms."""
        known: dict[str, None] = {}
        for kind, told in measured.margins.items():
            if kind.endswith(end):
                shown, unseen = margins.texts(told, name)
                self._hidden["colour, size or format"] += reader_flags.words(unseen)
                known |= dict.fromkeys(shown)
        if not shows:
            self._hidden["a hidden sheet"] += sum(map(reader_flags.words, known))
            return
        self._lines += (Line(self._pages, piece) for text in known for piece in plain_text.broken(text))
        pairs = key_values.find([key_values.Cell(text)] for text in known)
        self._forms += (Form(self._pages, key, value, source="text") for key, value in pairs)

    def _sheet(self, sheet: Any, name: str, measured: Extent, *, shows: bool) -> None:
        values = sheet.to_python(skip_empty_area=True)
        start = sheet.start or (0, 0)
        rows = [[cells.text(value) for value in row] for row in values]
        for (y, x), text in measured.errors.items():
            if 0 <= y - start[0] < len(rows) and 0 <= x - start[1] < len(rows[y - start[0]]):
                rows[y - start[0]][x - start[1]] = text  # calamine has nothing in its place
        if not shows:
            self._hidden["a hidden sheet"] += sum(reader_flags.words(text) for row in rows for text in row)
            return
        self._hide(rows, start, measured)
        self._hide_runs(rows, start, measured)
        self._hide_by_rule(rows, values, start, measured)
        cells.merged(rows, sheet.merged_cell_ranges or [], start)
        rows = _trimmed(rows)
        if not rows:
            return
        page = self._pages
        self._tables.append(Table(page, tuple(map(tuple, rows)), name))
        texts = ("  ".join(_distinct(row)) for row in rows)
        self._lines += (Line(page, piece) for text in texts if text for piece in plain_text.broken(text))
        self._forms += (Form(page, key, value, source="text") for key, value in key_values.find(map(_cells, rows)))

    def _hide(self, rows: list[list[str]], start: tuple[int, int], measured: Extent) -> None:
        """Cells that do not show are empty; a row or a column of such cells goes as empty ones do."""
        if not (measured.rows or measured.columns or measured.unseen):
            return
        for y, row in enumerate(rows, start[0]):
            for x, text in enumerate(row, start[1]):
                if text and measured.hides(y, x) and ((y, x) not in measured.rich or measured.is_gone(y, x)):
                    place = measured.is_gone(y, x)
                    self._hidden["a hidden row or column" if place else "colour, size or format"] += reader_flags.words(
                        text
                    )
                    row[x - start[1]] = ""

    def _hide_runs(self, rows: list[list[str]], start: tuple[int, int], measured: Extent) -> None:
        """Of a text of more than one look only what shows is left."""
        for (y, x), runs in measured.rich.items():
            row = rows[y - start[0]] if 0 <= y - start[0] < len(rows) else []
            if 0 <= x - start[1] < len(row) and row[x - start[1]]:
                shown, unseen = rich.split(runs, measured.styles.get((y, x), 0), self._look)
                if unseen.strip():
                    row[x - start[1]] = shown
                    self._hidden["colour, size or format"] += reader_flags.words(unseen)

    def _hide_by_rule(
        self, rows: list[list[str]], values: list[list[Any]], start: tuple[int, int], measured: Extent
    ) -> None:
        if not measured.rules:
            return

        def value(y: int, x: int) -> conditions.Value:
            y, x = y - start[0], x - start[1]
            if not (0 <= y < len(rows) and 0 <= x < len(rows[y])):
                return ""
            known = values[y][x]
            return float(known) if isinstance(known, int | float) else rows[y][x]

        filled = ((y, x) for y, row in enumerate(rows, start[0]) for x, text in enumerate(row, start[1]) if text)
        unseen, unknown = conditions.hidden(
            measured.rules, filled, value, lambda place: measured.styles.get(place, 0), self._look
        )
        self._skipped[UNDECIDED] += unknown
        for y, x in unseen:
            self._hidden["a conditional format"] += reader_flags.words(rows[y - start[0]][x - start[1]])
            rows[y - start[0]][x - start[1]] = ""

    def extraction(self) -> Extraction:
        flags = [
            *reader_flags.hidden(self._hidden),
            *reader_flags.pictures(self._pictures),
            *reader_flags.skipped(self._skipped),
        ]
        return Extraction(
            max(self._pages, 1), tuple(self._lines), tuple(self._forms), tuple(self._tables), flags=tuple(flags)
        )


def _parts(archive: ZipFile) -> list[tuple[str, str]]:
    """Names of sheets and of their parts. One whose part is elsewhere is not among them, so it is never opened."""
    from documents.files.office import MOST_XML_BYTES

    names = set(archive.namelist())
    relations = {}
    for each in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):  # noqa: S314  checked for DTDs
        target = each.get("Target", "")
        relations[each.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = []
    root = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  checked for DTDs
    for sheet in [*root.iter(_SHEET), *root.iter(_STRICT_SHEET)]:
        part = relations.get(next((sheet.get(name, "") for name in _IDS if sheet.get(name)), ""), "")
        if part in names and archive.getinfo(part).file_size <= MOST_XML_BYTES:
            found.append((sheet.get("name", ""), part))
    return found


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Without empty rows around and without columns that are empty altogether, all of one length."""
    width = max(map(len, rows), default=0)
    kept = [x for x in range(width) if any(x < len(row) and row[x] for row in rows)]
    filled = [y for y, row in enumerate(rows) if any(row)]
    if not filled:
        return []
    return [[row[x] if x < len(row) else "" for x in kept] for row in rows[filled[0] : filled[-1] + 1]]


def _distinct(row: list[str]) -> list[str]:
    return [text for number, text in enumerate(row) if text and (not number or row[number - 1] != text)]


def _cells(row: list[str]) -> list[key_values.Cell]:
    return [key_values.Cell(text, number / 10, number / 10) for number, text in enumerate(row) if text]
