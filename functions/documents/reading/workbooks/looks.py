"""Which cell styles of a workbook show nothing (ECMA-376, 18.8): white ink on no fill, no size, the format ";;;"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONTRAST: Final = 16
MOST_POINTS: Final = 1.5
_WHITE = (255, 255, 255)
_INDEXED = {0: (0, 0, 0), 1: _WHITE, 8: (0, 0, 0), 9: _WHITE, 64: (0, 0, 0), 65: _WHITE}
_THEME = {0: _WHITE, 1: (0, 0, 0)}
"""Of the usual themes: 0 is the page's colour (``lt1``), 1 that of its text."""

Colour = tuple[int, int, int]


def unseen(styles: bytes | None) -> frozenset[int]:
    """Numbers of the styles that cells name; none where the workbook has no styles."""
    if styles is None:
        return frozenset()
    root = ElementTree.fromstring(styles)  # noqa: S314  ``office.check`` has refused every part with a DTD
    fonts, fills = _all(root, "fonts"), _all(root, "fills")
    formats = {each.get("numFmtId"): each.get("formatCode", "") for each in _all(root, "numFmts")}
    return frozenset(
        number
        for number, style in enumerate(_all(root, "cellXfs"))
        if formats.get(style.get("numFmtId"), "").replace(" ", "") == ";;;"
        or _is_unseen(_at(fonts, style.get("fontId")), _at(fills, style.get("fillId")))
    )


def _is_unseen(font: Element | None, fill: Element | None) -> bool:
    if font is None:
        return False
    size = _first(font, "sz")
    if size is not None and _number(size.get("val")) <= MOST_POINTS:
        return True
    ink = _colour(_first(font, "color"))
    behind = _ground(fill)
    return (
        ink is not None and behind is not None and max(abs(a - b) for a, b in zip(ink, behind, strict=True)) < CONTRAST
    )


def _ground(fill: Element | None) -> Colour | None:
    """None where a pattern or a shade is not known."""
    pattern = None if fill is None else _first(fill, "patternFill")
    if fill is not None and pattern is None and len(fill):
        return None  # a gradient
    if pattern is None or pattern.get("patternType", "none") == "none":
        return _WHITE
    return _colour(_first(pattern, "fgColor")) if pattern.get("patternType") == "solid" else None


def _colour(told: Element | None) -> Colour | None:
    if told is None or told.get("tint", "0") not in {"0", "0.0"}:
        return None
    rgb = told.get("rgb", "")
    if len(rgb) == 8 and all(letter in "0123456789abcdefABCDEF" for letter in rgb):
        return int(rgb[2:4], 16), int(rgb[4:6], 16), int(rgb[6:], 16)
    for name, colours in (("theme", _THEME), ("indexed", _INDEXED)):
        number = told.get(name, "")
        if number.isdecimal():
            return colours.get(int(number))
    return None


def _all(root: Element, name: str) -> list[Element]:
    found = _first(root, name)
    return [] if found is None else list(found)


def _first(parent: Element, name: str) -> Element | None:
    return next((each for each in parent if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == name), None)


def _at(elements: list[Element], number: str | None) -> Element | None:
    return elements[int(number)] if number and number.isdecimal() and int(number) < len(elements) else None


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return 11.0
