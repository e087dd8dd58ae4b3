"""What a run, a paragraph, a table or a cell looks like: its own properties or its styles' (ECMA-376, 17.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from documents.reading.docx.package import Package, is_on, q, value
from documents.reading.docx.themes import Colour, Theme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

WHITE: Final[Colour] = (255, 255, 255)
MOST_ANCESTORS: Final = 20
_NAMED = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "00008B", "darkCyan": "008B8B",
    "darkGray": "A9A9A9", "darkGreen": "006400", "darkMagenta": "800080", "darkRed": "8B0000",
    "darkYellow": "808000", "green": "00FF00", "lightGray": "D3D3D3", "magenta": "FF00FF", "red": "FF0000",
    "white": "FFFFFF", "yellow": "FFFF00", "silver": "C0C0C0", "gray": "808080", "navy": "000080",
}  # fmt: skip
"""Of highlights (ECMA-376, 17.18.40) and of VML."""
_WEIGHTS = ("lastCol", "firstCol", "lastRow", "firstRow", "band1Horz", "band2Horz", "wholeTable")
"""Special formats of a table's style, each weightier than the ones behind it (ECMA-376, 17.7.6)."""


def colour(text: str) -> Colour | None:
    """A colour as Word or VML writes it; None for "auto"."""
    text = _NAMED.get(text, text).split(" ")[0].lstrip("#")
    if re.fullmatch("[0-9A-Fa-f]{3}", text):
        text = "".join(2 * letter for letter in text)
    if not re.fullmatch("[0-9A-Fa-f]{6}", text):
        return None
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


class Styles:
    """The styles of one document."""

    def __init__(self, package: Package) -> None:
        self._theme = Theme(package)
        part = package.related("styles")
        root = package.xml(part) if part else None
        self._styles = {} if root is None else {value(each, "w:styleId"): each for each in root.iter(q("w:style"))}
        self._defaults = None if root is None else root.find(f"{q('w:docDefaults')}/{q('w:rPrDefault')}/{q('w:rPr')}")
        self._paragraph = next(
            (
                name
                for name, each in self._styles.items()
                if value(each, "w:type") == "paragraph" and value(each, "w:default") in {"1", "true", "on"}
            ),
            "",
        )

    def colour(self, element: Element | None, name: str = "w:val") -> Colour | None:
        """What an attribute says, or the theme's colour that stands beside it, which counts where there is one."""
        if element is None:
            return None
        fill = name == "w:fill"
        called, short = ("w:themeFill", "w:themeFill") if fill else ("w:themeColor", "w:theme")
        themed = self._theme.colour(
            value(element, called), value(element, f"{short}Tint"), value(element, f"{short}Shade")
        )
        return themed or colour(value(element, name))

    def drawn(self, fill: Element) -> Colour | None:
        """A plain colour of a drawing or of ``w14:textFill``; None where it is changed in a way not known here."""
        for each in fill:
            if isinstance(each.tag, str) and each.tag.endswith("}srgbClr"):
                return colour(_plain(each))
            changed = any(not str(inner.tag).endswith("}alpha") for inner in each)
            if isinstance(each.tag, str) and each.tag.endswith("}schemeClr") and not changed:
                return self._theme.colour(_plain(each))
        return None

    def shading(self, properties: Element | None) -> Colour | None:
        """The fill of a run's, paragraph's or cell's properties."""
        return self.shade(None if properties is None else properties.find(q("w:shd")))

    def shade(self, found: Element | None) -> Colour | None:
        if found is None or value(found) == "nil":
            return None
        return self.colour(found, "w:color" if value(found) == "solid" else "w:fill")

    def run(
        self, properties: Element | None, paragraph: Element | None, name: str, table: Sequence[Element] = ()
    ) -> Element | None:
        """A run's property such as ``w:color``: its own, its style's, its paragraph's style's, its table's or the
        default. ``table``: what ``table_runs`` gives for its cell."""
        if properties is not None:
            own = properties.find(q(name))
            if own is not None:
                return own
            styled = self._of(value(properties.find(q("w:rStyle"))), "w:rPr", name)
            if styled is not None:
                return styled
        style = (value(paragraph.find(q("w:pStyle"))) if paragraph is not None else "") or self._paragraph
        styled = self._of(style, "w:rPr", name)
        if styled is None:
            styled = next((found for each in table if (found := each.find(q(name))) is not None), None)
        if styled is not None or self._defaults is None:
            return styled
        return self._defaults.find(q(name))

    def paragraph(self, properties: Element | None, name: str, attribute: str) -> str:
        """An attribute of a paragraph's property such as ``w:ind``: its own or its style's."""
        if properties is not None and (own := value(properties.find(q(name)), attribute)):
            return own
        style = (value(properties.find(q("w:pStyle"))) if properties is not None else "") or self._paragraph
        told = (value(each.find(f"{q('w:pPr')}/{q(name)}"), attribute) for each in self._chain(style))
        return next(filter(None, told), "")

    def is_rtl(self, properties: Element | None) -> bool:
        return properties is not None and is_on(properties.find(q("w:bidi")))

    def paragraph_fill(self, properties: Element | None) -> Colour | None:
        own = self.shading(properties)
        if own is not None or properties is None:
            return own
        return self.shade(self._of(value(properties.find(q("w:pStyle"))), "w:pPr", "w:shd"))

    def table_fills(self, properties: Element | None, places: set[str]) -> list[Colour]:
        """Fills that a table's style gives cells at these places (``firstRow``, ``band1Horz`` ...), and to all."""
        found: list[Colour] = []
        for style in self._chain(value(properties.find(q("w:tblStyle"))) if properties is not None else ""):
            fills = (self.shading(style.find(q(name))) for name in ("w:tcPr", "w:tblPr"))
            found += filter(None, fills)
            for each in style.findall(q("w:tblStylePr")):
                if value(each, "w:type") in places and (fill := self.shading(each.find(q("w:tcPr")))):
                    found.append(fill)
        return found

    def table_runs(self, properties: Element | None, places: set[str]) -> tuple[Element, ...]:
        """What a table's style says of the runs of a cell at these places, the weightiest first."""
        chain = self._chain(value(properties.find(q("w:tblStyle"))) if properties is not None else "")
        found = [
            runs
            for place in _WEIGHTS
            if place in places
            for style in chain
            for each in style.findall(q("w:tblStylePr"))
            if value(each, "w:type") == place and (runs := each.find(q("w:rPr"))) is not None
        ]
        return (*found, *(runs for style in chain if (runs := style.find(q("w:rPr"))) is not None))

    def _of(self, style: str, group: str, name: str) -> Element | None:
        for each in self._chain(style):
            found = each.find(f"{q(group)}/{q(name)}")
            if found is not None:
                return found
        return None

    def _chain(self, name: str) -> list[Element]:
        found: list[Element] = []
        while name in self._styles and len(found) < MOST_ANCESTORS:
            style = self._styles[name]
            found.append(style)
            name = value(style.find(q("w:basedOn")))
        return found


def _plain(element: Element) -> str:
    """``val`` of DrawingML, which has no prefix, or of Word 2010's own elements, which has one."""
    return element.get("val", "") or element.get(q("w14:val"), "")
