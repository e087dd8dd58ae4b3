"""What a run, a paragraph, a table or a cell looks like: its own properties or its styles' (ECMA-376, 17.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from documents.reading.docx.package import Package, q, value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Colour = tuple[int, int, int]
WHITE: Final[Colour] = (255, 255, 255)
MOST_ANCESTORS: Final = 20
_NAMED = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "00008B", "darkCyan": "008B8B",
    "darkGray": "A9A9A9", "darkGreen": "006400", "darkMagenta": "800080", "darkRed": "8B0000",
    "darkYellow": "808000", "green": "00FF00", "lightGray": "D3D3D3", "magenta": "FF00FF", "red": "FF0000",
    "white": "FFFFFF", "yellow": "FFFF00", "silver": "C0C0C0", "gray": "808080", "navy": "000080",
}  # fmt: skip
"""Of highlights (ECMA-376, 17.18.40) and of VML."""


def colour(text: str) -> Colour | None:
    """A colour as Word or VML writes it; None for "auto" and what a theme decides."""
    text = _NAMED.get(text, text).split(" ")[0].lstrip("#")
    if re.fullmatch("[0-9A-Fa-f]{3}", text):
        text = "".join(2 * letter for letter in text)
    if not re.fullmatch("[0-9A-Fa-f]{6}", text):
        return None
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def shading(properties: Element | None) -> Colour | None:
    """The fill of a run's, paragraph's or cell's properties."""
    found = None if properties is None else properties.find(q("w:shd"))
    if found is None or value(found) == "nil":
        return None
    return colour(value(found, "w:color" if value(found) == "solid" else "w:fill"))


class Styles:
    """The styles of one document."""

    def __init__(self, package: Package) -> None:
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

    def run(self, properties: Element | None, paragraph: Element | None, name: str) -> Element | None:
        """A run's property such as ``w:color``: its own, its style's, its paragraph's style's or the default."""
        if properties is not None:
            own = properties.find(q(name))
            if own is not None:
                return own
            styled = self._of(value(properties.find(q("w:rStyle"))), "w:rPr", name)
            if styled is not None:
                return styled
        style = (value(paragraph.find(q("w:pStyle"))) if paragraph is not None else "") or self._paragraph
        styled = self._of(style, "w:rPr", name)
        if styled is not None or self._defaults is None:
            return styled
        return self._defaults.find(q(name))

    def paragraph_fill(self, properties: Element | None) -> Colour | None:
        own = shading(properties)
        if own is not None or properties is None:
            return own
        found = self._of(value(properties.find(q("w:pStyle"))), "w:pPr", "w:shd")
        return None if found is None else colour(value(found, "w:color" if value(found) == "solid" else "w:fill"))

    def table_fills(self, properties: Element | None, places: set[str]) -> list[Colour]:
        """Fills that a table's style gives cells at these places (``firstRow``, ``band1Horz`` ...), and to all."""
        found = []
        for style in self._chain(value(properties.find(q("w:tblStyle"))) if properties is not None else ""):
            fill = shading(style.find(q("w:tcPr")))
            found += [fill] if fill else []
            for each in style.findall(q("w:tblStylePr")):
                if value(each, "w:type") in places and (fill := shading(each.find(q("w:tcPr")))):
                    found.append(fill)
        return found

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
