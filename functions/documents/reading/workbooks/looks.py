"""What cell styles of a workbook look like (ECMA-376, 18.8), and which show nothing: white ink, no size, ";;;"."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONTRAST: Final = 16
MOST_POINTS: Final = 1.5
Colour = tuple[int, int, int]
WHITE: Final[Colour] = (255, 255, 255)
_BLACK: Final[Colour] = (0, 0, 0)
_INDEXED = {0: _BLACK, 1: WHITE, 8: _BLACK, 9: WHITE, 64: _BLACK, 65: WHITE}
_ORDER: Final = ("lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")
"""Of a theme's colours by the numbers that a workbook calls them by: 0 is the page's, 1 that of its text."""


class Theme:
    """``part``: the workbook's theme; the two colours that all have by default without one."""

    def __init__(self, part: bytes | None = None) -> None:
        self._colours: dict[int, Colour] = {0: WHITE, 1: _BLACK}
        root = None if part is None else ElementTree.fromstring(part)  # noqa: S314  ``office.check`` refuses DTDs
        for each in root.iter() if root is not None else ():
            name = each.tag.rpartition("}")[2] if isinstance(each.tag, str) else ""
            if name in _ORDER and len(each):
                found = hexadecimal(each[0].get("lastClr", "") or each[0].get("val", ""))
                self._colours |= {_ORDER.index(name): found} if found else {}

    def colour(self, told: Mapping[str, Any] | Element | None) -> Colour | None:
        """What a ``color``, ``fgColor`` or ``bgColor`` says, by its attributes."""
        if told is None:
            return None
        rgb = told.get("rgb") or ""
        found = hexadecimal(rgb[2:]) if len(rgb) == 8 else None
        for name, colours in (("theme", self._colours), ("indexed", _INDEXED)):
            number = told.get(name) or ""
            if found is None and number.isdecimal():
                found = colours.get(int(number))
        return _tinted(found, _number(told.get("tint") or "0", 0.0))


def _tinted(colour: Colour | None, tint: float) -> Colour | None:
    """``tint``: from -1, which is black, to 1, which is white (ECMA-376, 18.8.19)."""
    if colour is None or not tint:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, min(max(light, 0), 1), saturation))
    return red, green, blue


def hexadecimal(text: str) -> Colour | None:
    if not re.fullmatch("[0-9A-Fa-f]{6}", text):
        return None
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def is_alike(one: Colour | None, other: Colour | None) -> bool:
    """Whether ink on a ground shows nothing; not where one of them is not known."""
    if one is None or other is None:
        return False
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < CONTRAST


def is_tiny(points: str | None) -> bool:
    return points is not None and _number(points, 11.0) <= MOST_POINTS


@dataclass(frozen=True, slots=True)
class Format:
    """What a conditional format says; None where it says nothing. ``blank``: its numbers show nothing."""

    ink: Colour | None = None
    ground: Colour | None = None
    blank: bool = False


class Formats:
    """Those of conditional formats. ``may_hide``: whether some cell that one reaches may show nothing by it."""

    def __init__(self, formats: list[Format], inks: set[Colour], grounds: set[Colour]) -> None:
        self._formats = formats
        self._hiding = {number for number, each in enumerate(formats) if _may_hide(each, inks, grounds)}

    def at(self, number: int) -> Format:
        return self._formats[number] if 0 <= number < len(self._formats) else Format()

    @property
    def hide(self) -> bool:
        """Whether any of them may."""
        return bool(self._hiding)

    def may_hide(self, number: int) -> bool:
        return number in self._hiding


def _may_hide(told: Format, inks: set[Colour], grounds: set[Colour]) -> bool:
    if told.blank:
        return True
    if told.ink is None and told.ground is None:
        return False
    one = inks if told.ink is None else {told.ink}
    other = grounds if told.ground is None else {told.ground}
    return any(is_alike(ink, ground) for ink in one for ground in other)


class Looks:
    """By the numbers of styles that cells name. ``unseen``: those that show nothing; ``blank``: whatever their ink."""

    def __init__(self, styles: bytes | None, theme: Theme) -> None:
        self.theme = theme
        self._inks: list[Colour | None] = []
        self._grounds: list[Colour | None] = []
        self.unseen: frozenset[int] = frozenset()
        self.blank: frozenset[int] = frozenset()
        self.formats = Formats([], set(), set())
        if styles is not None:
            self._read(ElementTree.fromstring(styles))  # noqa: S314  ``office.check`` has refused DTDs

    def ink(self, style: int) -> Colour | None:
        return self._inks[style] if style < len(self._inks) else _BLACK

    def ground(self, style: int) -> Colour | None:
        """None where a pattern or a shade is not known."""
        return self._grounds[style] if style < len(self._grounds) else WHITE

    def is_usual(self, style: int) -> bool:
        """Black on white, and shown."""
        return self.ink(style) == _BLACK and self.ground(style) == WHITE and style not in self.unseen

    def _read(self, root: Element) -> None:
        fonts, fills = _all(root, "fonts"), _all(root, "fills")
        codes = {each.get("numFmtId"): each.get("formatCode", "") for each in _all(root, "numFmts")}
        blank, unseen = set(), set()
        for number, style in enumerate(_all(root, "cellXfs")):
            font, fill = _at(fonts, style.get("fontId")), _at(fills, style.get("fillId"))
            told = None if font is None else _first(font, "color")
            self._inks.append(_BLACK if told is None else self.theme.colour(told))
            self._grounds.append(self._ground(fill))
            size = None if font is None else _first(font, "sz")
            if _is_blank(codes.get(style.get("numFmtId"), "")):
                blank.add(number)
            elif told is not None and is_alike(self._inks[-1], self._grounds[-1]):
                unseen.add(number)
            elif size is not None and is_tiny(size.get("val")):
                blank.add(number)
        self.blank, self.unseen = frozenset(blank), frozenset(blank | unseen)
        made = [self._format(each) for each in _all(root, "dxfs")]
        self.formats = Formats(made, {_BLACK, *filter(None, self._inks)}, {WHITE, *filter(None, self._grounds)})

    def _ground(self, fill: Element | None) -> Colour | None:
        pattern = None if fill is None else _first(fill, "patternFill")
        if fill is not None and pattern is None and len(fill):
            return None  # a gradient
        if pattern is None or pattern.get("patternType", "none") == "none":
            return WHITE
        return self.theme.colour(_first(pattern, "fgColor")) if pattern.get("patternType") == "solid" else None

    def _format(self, told: Element) -> Format:
        font, fill, code = (_first(told, name) for name in ("font", "fill", "numFmt"))
        pattern = None if fill is None else _first(fill, "patternFill")
        plain = pattern is not None and pattern.get("patternType", "solid") == "solid"
        return Format(
            None if font is None else self.theme.colour(_first(font, "color")),
            # Of a differential format the back colour is the fill's.
            self.theme.colour(_first(pattern, "bgColor")) if plain and pattern is not None else None,
            code is not None and _is_blank(code.get("formatCode", "")),
        )


def _is_blank(code: str) -> bool:
    return code.replace(" ", "") == ";;;"


def _all(root: Element, name: str) -> list[Element]:
    found = _first(root, name)
    return [] if found is None else list(found)


def _first(parent: Element, name: str) -> Element | None:
    return next((each for each in parent if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == name), None)


def _at(elements: list[Element], number: str | None) -> Element | None:
    return elements[int(number)] if number and number.isdecimal() and int(number) < len(elements) else None


def _number(text: str, usual: float) -> float:
    try:
        return float(text)
    except ValueError:
        return usual
