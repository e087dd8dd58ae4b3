"""Words of a DOCX that its pages do not show: taken out, and counted by the way in which they are hidden.

``w:vanish``, a colour without contrast to what is behind it, no size, a place off the page, transparent ink. Whoever
writes a second "Total due" that no reader sees uses one of these; so does a template that keeps notes for its author.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from documents.reading.docx import places
from documents.reading.docx.package import NAMES, is_on, number, q, value
from documents.reading.docx.styles import WHITE, Styles, colour
from documents.reading.docx.themes import Colour

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONTRAST: Final = 16
"""Of 255 in the channel that differs most: what shows less than that is not read (as for PDFs)."""
MOST_HALF_POINTS: Final = 3
"""1.5 points: no reader sees letters of that height."""
USUAL_HALF_POINTS: Final = 24
MOST_SCALE: Final = 5
"""Per cent of a letter's width."""
CLEAR: Final = 95_000
"""Of 100,000: ink that lets so much through is not seen."""

_VML = f"{{{NAMES['v']}}}"
_AROUND = frozenset(map(q, ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo")))

Fills = tuple[Colour, ...]
"""What may lie behind; empty where that is not known, and then all shows."""
_OFF: Final = "a place off the page"


@dataclass(frozen=True, slots=True)
class _Around:
    """What a paragraph has from what it stands in. ``runs``: what its table's style says of runs, weightiest first."""

    fills: Fills
    runs: tuple[Element, ...] = ()
    boxed: bool = False

    def on(self, fills: Fills) -> _Around:
        return replace(self, fills=fills)


class Hiding:
    """``ways``: words that were taken out, by way."""

    def __init__(self, styles: Styles, page: Colour = WHITE, paper: places.Page = places.USUAL) -> None:
        self._styles = styles
        self._page: Fills = (page,)
        self._paper = paper
        self.ways: Counter[str] = Counter()

    def strip(self, root: Element) -> None:
        """Takes hidden runs, rows and boxes out of everything below ``root``."""
        self._walk(root, _Around(self._page))

    def _walk(self, parent: Element, around: _Around) -> None:
        for child in list(parent):
            if child.tag == q("w:p"):
                self._paragraph(child, around)
            elif child.tag == q("w:tbl"):
                self._table(child, around)
            else:
                self._walk(child, self._box(child, around))

    def _box(self, element: Element, around: _Around) -> _Around:
        """What lies behind the text of a shape that was met on the way down."""
        if element.tag == q("wps:wsp"):
            return _Around(self._shape_fill(element), boxed=True)
        if element.tag in {q("v:shape"), q("v:rect"), q("v:roundrect")}:
            if element.get("filled") in {"f", "false"}:
                return _Around(self._page, boxed=True)
            told = element.get("fillcolor")
            found = WHITE if told is None else colour(told)
            return _Around(() if found is None else (found,), boxed=True)
        return around

    def _paragraph(self, paragraph: Element, around: _Around) -> None:
        properties = paragraph.find(q("w:pPr"))
        if way := self._off_page(paragraph, properties, around):
            self._drop_texts(paragraph, way)
            return
        fill = self._styles.paragraph_fill(properties)
        self._runs(paragraph, properties, around.on((fill,)) if fill else around)

    def _runs(self, parent: Element, paragraph: Element | None, around: _Around) -> None:
        for child in list(parent):
            if child.tag == q("w:r"):
                way = self._way(child, paragraph, around)
                if way:
                    self._drop_texts(child, way)
                else:
                    self._shapes(child, around)
            elif child.tag == q("w:p"):
                self._paragraph(child, around)
            elif child.tag == q("w:tbl"):
                self._table(child, around)
            elif child.tag not in {q("w:pPr"), q("w:del"), q("w:moveFrom")}:
                self._runs(child, paragraph, self._box(child, around))

    def _shapes(self, run: Element, around: _Around) -> None:
        """Boxes of text that hang on a run have their own paragraphs; one off the page goes as a whole."""
        for child in run:
            if child.tag in {q("w:drawing"), q("w:pict"), q("mc:AlternateContent"), q("w:object")}:
                off = places.drawn_off(self._paper, child, boxed=around.boxed)
                if way := _OFF if off else _shape_way(child):
                    self._drop_texts(child, way)
                else:
                    self._walk(child, around)

    def _way(self, run: Element, paragraph: Element | None, around: _Around) -> str:
        properties = run.find(q("w:rPr"))

        def find(name: str) -> Element | None:
            return self._styles.run(properties, paragraph, name, around.runs)

        if is_on(find("w:vanish")):
            return "the property hidden"
        size = number(value(find("w:sz")))
        scale = number(value(find("w:w")))
        if (size is not None and size <= MOST_HALF_POINTS) or (scale is not None and scale <= MOST_SCALE):
            return "size"
        filled = find("w14:textFill")
        if filled is not None and _is_clear(filled):
            return "transparency"
        inks = self._inks(filled, find("w:color"))
        behind = self._behind(properties, paragraph, around)
        alike = inks and behind and all(contrast(ink, fill) < CONTRAST for ink in inks for fill in behind)
        return "colour" if alike else ""

    def _inks(self, filled: Element | None, plain: Element | None) -> Fills:
        """A run's colours: those of its text fill, which goes before its colour; empty where one is not known."""
        if filled is None:
            ink = self._styles.colour(plain)
            return () if ink is None else (ink,)
        stops = [filled.find(q("w14:solidFill")), *filled.iter(q("w14:gs"))]
        found = [self._styles.drawn(stop) for stop in stops if stop is not None]
        return tuple(each for each in found if each is not None) if None not in found else ()

    def _behind(self, properties: Element | None, paragraph: Element | None, around: _Around) -> Fills:
        marked = self._styles.run(properties, paragraph, "w:highlight", around.runs)
        if marked is not None and (found := colour(value(marked))):
            return (found,)
        own = self._styles.shading(properties)
        if own is None and properties is not None:
            own = self._styles.shade(self._styles.run(properties, paragraph, "w:shd", around.runs))
        return (own,) if own else around.fills

    def _off_page(self, paragraph: Element, properties: Element | None, around: _Around) -> str:
        """A line's height by which nothing of a paragraph is seen, or a frame or an indent that is not on the page."""
        told = partial(self._styles.paragraph, properties)
        line = number(told("w:spacing", "w:line"))
        if told("w:spacing", "w:lineRule") == "exact" and line is not None and line <= 10 * MOST_HALF_POINTS:
            return "size"
        frame = None if properties is None else properties.find(q("w:framePr"))
        indent = partial(told, "w:ind")
        if frame is None and not any(map(indent, ("w:left", "w:start", "w:right", "w:end", "w:firstLine"))):
            return ""
        text = "".join(each.text or "" for each in paragraph.iter(q("w:t")))
        find = partial(self._styles.run, paragraph=properties, name="w:sz", table=around.runs)
        sizes = [number(value(find(run.find(q("w:rPr"))))) or USUAL_HALF_POINTS for run in paragraph.iter(q("w:r"))]
        size = max(sizes, default=USUAL_HALF_POINTS)
        width = places.text_width(text, size)
        off = places.framed_off(self._paper, frame, width, size) or (
            frame is None
            and places.indented_off(
                self._paper, indent, told("w:jc", "w:val"), width,
                boxed=around.boxed, rtl=self._styles.is_rtl(properties),
            )
        )  # fmt: skip
        return _OFF if off else ""

    def _shape_fill(self, shape: Element) -> Fills:
        properties = shape.find(q("wps:spPr"))
        if properties is not None:
            plain = properties.find(q("a:solidFill"))
            if plain is not None:
                found = self._styles.drawn(plain)
                return (found,) if found else ()
            if properties.find(q("a:noFill")) is not None:
                return self._page
            if any(properties.find(q(name)) is not None for name in ("a:gradFill", "a:blipFill", "a:pattFill")):
                return ()
        styled = shape.find(f"{q('wps:style')}/{q('a:fillRef')}")
        return () if styled is not None and styled.get("idx", "0") != "0" else self._page

    def _table(self, table: Element, around: _Around) -> None:
        properties = table.find(q("w:tblPr"))
        rows = _inside(table, "w:tr")
        for at, row in enumerate(rows):
            if way := _row_way(row):
                self._drop_texts(row, way)
                continue
            cells = _inside(row, "w:tc")
            for column, cell in enumerate(cells):
                fill = self._styles.shading(cell.find(q("w:tcPr")))
                reached = _places(properties, at, len(rows), column, len(cells))
                behind = (fill,) if fill else tuple(self._styles.table_fills(properties, reached)) or around.fills
                runs = self._styles.table_runs(properties, reached)
                self._walk(cell, _Around(behind, runs, boxed=True))

    def _drop_texts(self, element: Element, way: str) -> None:
        """Only the text goes: fields, breaks and tables keep their shape."""
        for text in [*element.iter(q("w:t")), *element.iter(q("m:t"))]:
            self.ways[way] += len((text.text or "").split())
            text.text = ""
        for each in element.iter(q("v:textpath")):
            self.ways[way] += len(each.get("string", "").split())
            each.attrib.pop("string", None)


def contrast(one: Colour, other: Colour) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _row_way(row: Element) -> str:
    properties = row.find(q("w:trPr"))
    if properties is None:
        return ""
    if is_on(properties.find(q("w:hidden"))):
        return "the property hidden"
    height = properties.find(q("w:trHeight"))
    tall = number(value(height))
    exact = value(height, "w:hRule") == "exact"
    return "size" if exact and tall is not None and tall <= 10 * MOST_HALF_POINTS else ""


def _is_clear(fill: Element) -> bool:
    """Whether a text fill lets all through: none, or one that is transparent at every stop."""
    if fill.find(q("w14:noFill")) is not None:
        return True
    stops = [stop for stop in (fill.find(q("w14:solidFill")), *fill.iter(q("w14:gs"))) if stop is not None]
    alphas = [number(value(stop.find(f"*/{q('w14:alpha')}"), "w14:val", "0")) for stop in stops]
    return bool(alphas) and all(alpha is not None and alpha >= CLEAR for alpha in alphas)


def _shape_way(drawing: Element) -> str:
    """By what a drawing with all its text does not show; in DrawingML and in VML, of which old files have both."""
    for anchor in drawing.iter(q("wp:anchor")):
        properties = anchor.find(q("wp:docPr"))
        if anchor.get("hidden") in {"1", "true"} or (properties is not None and properties.get("hidden") == "1"):
            return "the property hidden"
    for shape in drawing.iter():
        style = shape.get("style", "") if isinstance(shape.tag, str) and shape.tag.startswith(_VML) else ""
        if re.search(r"visibility\s*:\s*hidden|display\s*:\s*none", style):
            return "the property hidden"
    return ""


def _inside(parent: Element, name: str) -> list[Element]:
    """Rows of a table, or cells of a row, also where a content control or the like stands around them."""
    found: list[Element] = []
    for child in parent:
        if child.tag == q(name):
            found.append(child)
        elif child.tag in _AROUND:
            found += _inside(child, name)
    return found


def _places(properties: Element | None, row: int, rows: int, column: int, columns: int) -> set[str]:
    """Which of a table style's special formats reach a cell (ECMA-376, 17.4.55: the bits of ``w:tblLook``)."""
    look = properties.find(q("w:tblLook")) if properties is not None else None
    try:
        bits = int(value(look, default="04A0"), 16)
    except ValueError:
        bits = 0x04A0
    switches = {"w:firstRow": 0x20, "w:lastRow": 0x40, "w:firstColumn": 0x80, "w:lastColumn": 0x100}
    on = {name: value(look, name) in {"1", "true"} if value(look, name) else bool(bits & bit)
          for name, bit in switches.items()}  # fmt: skip
    found = {"wholeTable"}
    found |= {"firstRow"} if on["w:firstRow"] and row == 0 else set()
    found |= {"lastRow"} if on["w:lastRow"] and row == rows - 1 else set()
    found |= {"firstCol"} if on["w:firstColumn"] and column == 0 else set()
    found |= {"lastCol"} if on["w:lastColumn"] and column == columns - 1 else set()
    if not bits & 0x200 and value(look, "w:noHBand") not in {"1", "true"}:
        found |= {"band1Horz", "band2Horz"}
    return found
