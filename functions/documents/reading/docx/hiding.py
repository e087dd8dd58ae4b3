"""Words of a DOCX that its pages do not show: taken out, and counted by the way in which they are hidden.

``w:vanish``, a colour without contrast to what is behind it, no size, a place off the page, transparent ink. Whoever
writes a second "Total due" that no reader sees uses one of these; so does a template that keeps notes for its author.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from documents.reading.docx.package import NAMES, is_on, number, q, value
from documents.reading.docx.styles import WHITE, Colour, Styles, colour, shading

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONTRAST: Final = 16
"""Of 255 in the channel that differs most: what shows less than that is not read (as for PDFs)."""
MOST_HALF_POINTS: Final = 3
"""1.5 points: no reader sees letters of that height."""
MOST_SCALE: Final = 5
"""Per cent of a letter's width."""
OFF_PAGE: Final = 22 * 1440
"""Twentieths of a point: the largest page that Word knows has 22 inches a side."""
_EMU: Final = 635
"""English metric units to one twentieth of a point."""

_VML = f"{{{NAMES['v']}}}"
_AROUND = frozenset(map(q, ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:moveTo")))

Fills = tuple[Colour, ...]
"""What may lie behind; empty where that is not known, and then all shows."""


class Hiding:
    """``ways``: words that were taken out, by way."""

    def __init__(self, styles: Styles, page: Colour = WHITE) -> None:
        self._styles = styles
        self._page: Fills = (page,)
        self.ways: Counter[str] = Counter()

    def strip(self, root: Element) -> None:
        """Takes hidden runs, rows and boxes out of everything below ``root``."""
        self._walk(root, self._page)

    def _walk(self, parent: Element, fills: Fills) -> None:
        for child in list(parent):
            if child.tag == q("w:p"):
                self._paragraph(child, fills)
            elif child.tag == q("w:tbl"):
                self._table(child, fills)
            else:
                self._walk(child, self._box(child, fills))

    def _box(self, element: Element, fills: Fills) -> Fills:
        """What lies behind the text of a shape that was met on the way down."""
        if element.tag == q("wps:wsp"):
            return _shape_fill(element, self._page)
        if element.tag in {q("v:shape"), q("v:rect"), q("v:roundrect")}:
            if element.get("filled") in {"f", "false"}:
                return self._page
            told = element.get("fillcolor")
            found = WHITE if told is None else colour(told)
            return () if found is None else (found,)
        return fills

    def _paragraph(self, paragraph: Element, fills: Fills) -> None:
        properties = paragraph.find(q("w:pPr"))
        if way := _off_page(properties):
            self._drop_texts(paragraph, way)
            return
        fill = self._styles.paragraph_fill(properties)
        self._runs(paragraph, properties, (fill,) if fill else fills)

    def _runs(self, parent: Element, paragraph: Element | None, fills: Fills) -> None:
        for child in list(parent):
            if child.tag == q("w:r"):
                way = self._way(child, paragraph, fills)
                if way:
                    self._drop_texts(child, way)
                else:
                    self._shapes(child, fills)
            elif child.tag == q("w:p"):
                self._paragraph(child, fills)
            elif child.tag == q("w:tbl"):
                self._table(child, fills)
            elif child.tag not in {q("w:pPr"), q("w:del"), q("w:moveFrom")}:
                self._runs(child, paragraph, self._box(child, fills))

    def _shapes(self, run: Element, fills: Fills) -> None:
        """Boxes of text that hang on a run have their own paragraphs; one off the page goes as a whole."""
        for child in run:
            if child.tag in {q("w:drawing"), q("w:pict"), q("mc:AlternateContent"), q("w:object")}:
                if way := _shape_way(child):
                    self._drop_texts(child, way)
                else:
                    self._walk(child, fills)

    def _way(self, run: Element, paragraph: Element | None, fills: Fills) -> str:
        properties = run.find(q("w:rPr"))
        find = self._styles.run
        if is_on(find(properties, paragraph, "w:vanish")):
            return "the property hidden"
        size = number(value(find(properties, paragraph, "w:sz")))
        scale = number(value(find(properties, paragraph, "w:w")))
        if (size is not None and size <= MOST_HALF_POINTS) or (scale is not None and scale <= MOST_SCALE):
            return "size"
        if properties is not None and properties.find(f"{q('w14:textFill')}/{q('w14:noFill')}") is not None:
            return "transparency"
        ink = colour(value(find(properties, paragraph, "w:color")))
        behind = self._behind(properties, paragraph, fills)
        return "colour" if ink and behind and all(contrast(ink, fill) < CONTRAST for fill in behind) else ""

    def _behind(self, properties: Element | None, paragraph: Element | None, fills: Fills) -> Fills:
        marked = self._styles.run(properties, paragraph, "w:highlight")
        if marked is not None and (found := colour(value(marked))):
            return (found,)
        own = shading(properties)
        if own is None and properties is not None:
            styled = self._styles.run(properties, paragraph, "w:shd")
            own = None if styled is None else colour(value(styled, "w:fill"))
        return (own,) if own else fills

    def _table(self, table: Element, fills: Fills) -> None:
        properties = table.find(q("w:tblPr"))
        rows = _inside(table, "w:tr")
        for at, row in enumerate(rows):
            if way := _row_way(row):
                self._drop_texts(row, way)
                continue
            cells = _inside(row, "w:tc")
            for column, cell in enumerate(cells):
                fill = shading(cell.find(q("w:tcPr")))
                places = _places(properties, at, len(rows), column, len(cells))
                behind = (fill,) if fill else (tuple(self._styles.table_fills(properties, places)) or fills)
                self._walk(cell, behind)

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


def _off_page(properties: Element | None) -> str:
    """A frame, an indent or a line's height by which a paragraph is not on the page."""
    if properties is None:
        return ""
    spacing = properties.find(q("w:spacing"))
    line = number(value(spacing, "w:line"))
    if value(spacing, "w:lineRule") == "exact" and line is not None and line <= 10 * MOST_HALF_POINTS:
        return "size"
    frame, indent = properties.find(q("w:framePr")), properties.find(q("w:ind"))
    places = [value(frame, "w:x"), value(frame, "w:y"), value(indent, "w:left"), value(indent, "w:start")]
    far = [number(place) for place in places if place]
    return "a place off the page" if any(each is not None and abs(each) >= OFF_PAGE for each in far) else ""


def _shape_way(drawing: Element) -> str:
    """By what a drawing with all its text does not show; in DrawingML and in VML, of which old files have both."""
    for anchor in drawing.iter(q("wp:anchor")):
        offsets = [number((each.text or "").strip()) for each in anchor.iter(q("wp:posOffset"))]
        if any(each is not None and abs(each) >= OFF_PAGE * _EMU for each in offsets):
            return "a place off the page"
        properties = anchor.find(q("wp:docPr"))
        if anchor.get("hidden") in {"1", "true"} or (properties is not None and properties.get("hidden") == "1"):
            return "the property hidden"
    for shape in drawing.iter():
        style = shape.get("style", "") if isinstance(shape.tag, str) and shape.tag.startswith(_VML) else ""
        if re.search(r"visibility\s*:\s*hidden|display\s*:\s*none", style):
            return "the property hidden"
        far = [
            float(each)
            for each in re.findall(r"(?:margin-)?(?:left|top)\s*:\s*(-?\d{1,9}(?:\.\d{1,6})?)(?:pt)?\b", style)
        ]
        if any(abs(each) >= OFF_PAGE / 20 for each in far):
            return "a place off the page"
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


def _shape_fill(shape: Element, page: Fills) -> Fills:
    properties = shape.find(q("wps:spPr"))
    if properties is not None:
        plain = properties.find(q("a:solidFill"))
        if plain is not None:
            told = plain.find(q("a:srgbClr"))
            found = colour(told.get("val", "")) if told is not None else None
            return (found,) if found else ()
        if properties.find(q("a:noFill")) is not None:
            return page
        if any(properties.find(q(name)) is not None for name in ("a:gradFill", "a:blipFill", "a:pattFill")):
            return ()
    styled = shape.find(f"{q('wps:style')}/{q('a:fillRef')}")
    return () if styled is not None and styled.get("idx", "0") != "0" else page


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
