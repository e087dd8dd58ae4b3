"""Where a paragraph, a frame or a drawing stands against the page, as far as a DOCX says it; in twentieths of a point.

Nobody but Word can tell where a line ends, so all is taken for as wide, and for as near to the page, as it may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from documents.reading.docx.package import number, q, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

_EMU: Final = 635
"""English metric units to one twentieth of a point."""
_TWIPS: Final = {"pt": 20.0, "in": 1440.0, "cm": 567.0, "mm": 56.7, "px": 15.0, "": 20.0}
_WIDE: Final = 0.8
"""Of a letter's height: as wide as a letter of running text may be on the average."""
_TALL: Final = 1.5
_EAST: Final = 0x2E80
"""From here on letters are as wide as they are tall."""
_MOST: Final = 22 * 1440
"""The largest page that Word knows has 22 inches a side."""
_AT_START: Final = frozenset({"", "left", "start", "both", "distribute"})
_VML_LENGTH = re.compile(r"(?:^|;)\s*([a-z-]+)\s*:\s*(-?\d{1,9}(?:\.\d{1,6})?)(pt|in|cm|mm|px)?\s*(?=;|$)")


@dataclass(frozen=True, slots=True)
class Page:
    """The largest page of the document's sections, and their widest margins."""

    width: float = 12_240
    height: float = 15_840
    left: float = 1_440
    right: float = 1_440
    top: float = 1_440
    columns: bool = False

    def holds(self, low: float, high: float, size: float) -> bool:
        """Whether anything between two places, the page's first edge being 0, lies on a side of this size."""
        return high > 0 and low < size


USUAL: Final = Page()


def page_of(main: Element) -> Page:
    pages = [_section(each) for each in main.iter(q("w:sectPr"))] or [USUAL]
    return Page(
        max(each.width for each in pages), max(each.height for each in pages), max(each.left for each in pages),
        max(each.right for each in pages), max(each.top for each in pages), any(each.columns for each in pages),
    )  # fmt: skip


def _section(section: Element) -> Page:
    size, margins = section.find(q("w:pgSz")), section.find(q("w:pgMar"))

    def told(element: Element | None, name: str, default: float) -> float:
        found = number(value(element, name))
        return default if found is None else min(abs(found), _MOST)

    return Page(
        told(size, "w:w", USUAL.width) or USUAL.width, told(size, "w:h", USUAL.height) or USUAL.height,
        told(margins, "w:left", USUAL.left), told(margins, "w:right", USUAL.right), told(margins, "w:top", USUAL.top),
        (number(value(section.find(q("w:cols")), "w:num")) or 1) > 1,
    )  # fmt: skip


def text_width(text: str, half_points: float) -> float:
    """As wide as a line of it may be."""
    return sum(1.0 if ord(letter) >= _EAST else _WIDE for letter in text) * half_points * 10


def indented_off(page: Page, indent: Callable[[str], str], align: str, width: float, *, boxed: bool, rtl: bool) -> bool:
    """``indent``: what the paragraph says by the name of an attribute of ``w:ind``; ``boxed``: in a cell or a box."""

    def told(*names: str) -> float:
        return next((found for name in names if (found := number(indent(name))) is not None), 0.0)

    begin, end = told("w:start", "w:left"), told("w:end", "w:right")
    first = told("w:firstLine") - told("w:hanging")
    before, behind = (page.right, page.left) if rtl else (page.left, page.right)
    # A cell or a box may begin and end anywhere on the page.
    near, far = (page.width if boxed else before), (0.0 if boxed else before)
    right_edge = page.width - end - (0.0 if boxed else behind)
    if right_edge <= 0 or far + begin + min(first, 0) >= page.width:
        return True
    if align in _AT_START:
        return near + begin + max(first, 0) + width <= 0
    at_end = align in {"right", "end"}
    return at_end and (page.width - end - (page.width if boxed else behind)) - width >= page.width


def framed_off(page: Page, frame: Element | None, width: float, half_points: float) -> bool:
    if frame is None:
        return False
    x, y = number(value(frame, "w:x")), number(value(frame, "w:y"))
    wide = number(value(frame, "w:w")) or width
    tall = number(value(frame, "w:h")) or 0.0
    if value(frame, "w:hRule") != "exact":
        tall = max(tall, (width // max(wide, half_points * 10) + 1) * half_points * 10 * _TALL)
    wide = max(wide, min(width, page.width))
    if x is not None and not value(frame, "w:xAlign"):
        at = 0.0 if value(frame, "w:hAnchor") == "page" else page.left
        if not page.holds(at + x, at + x + wide, page.width):
            return True
    if y is None or value(frame, "w:yAlign"):
        return False
    anchor = value(frame, "w:vAnchor")
    low, high = {"page": (0.0, 0.0), "margin": (page.top, page.top)}.get(anchor, (0.0, page.height))
    return not page.holds(low + y, high + y + tall, page.height)


def drawn_off(page: Page, drawing: Element, *, boxed: bool) -> bool:
    """Whether what hangs on a run lies beside the page; DrawingML and VML, of which old files have both."""
    return any(_anchored_off(page, each, boxed) for each in drawing.iter(q("wp:anchor"))) or any(
        _styled_off(page, style, boxed) for style in _vml_styles(drawing)
    )


def _anchored_off(page: Page, anchor: Element, boxed: bool) -> bool:
    extent = anchor.find(q("wp:extent"))
    for name, size, side, margin in (
        ("wp:positionH", "cx", page.width, page.left),
        ("wp:positionV", "cy", page.height, page.top),
    ):
        place = anchor.find(q(name))
        offset = None if place is None else place.find(q("wp:posOffset"))
        at = None if offset is None else number((offset.text or "").strip())
        if place is None or at is None:
            continue
        extents = (number(extent.get(size, "")) or 0.0) if extent is not None else side * _EMU
        low, high = _origins(place.get("relativeFrom", ""), side, margin, loose=boxed or page.columns)
        if not page.holds(low + at / _EMU, high + (at + extents) / _EMU, side):
            return True
    return False


def _origins(relative: str, side: float, margin: float, *, loose: bool) -> tuple[float, float]:
    if relative in {"page", "leftMargin", "insideMargin", "topMargin"}:
        return 0.0, 0.0
    if relative in {"margin", "column"} and not loose:
        return margin, margin
    return 0.0, side


def _styled_off(page: Page, style: str, boxed: bool) -> bool:
    told = {name: float(size) * _TWIPS[unit] for name, size, unit in _VML_LENGTH.findall(style)}
    for names, size, side, margin in (
        (("margin-left", "left"), "width", page.width, page.left),
        (("margin-top", "top"), "height", page.height, page.top),
    ):
        axis, usual = ("horizontal", "column") if size == "width" else ("vertical", "paragraph")
        relative = re.search(rf"mso-position-{axis}-relative\s*:\s*([a-z-]+)", style)
        named = relative[1] if relative and relative[1] != "text" else usual
        low, high = _origins(named, side, margin, loose=boxed or page.columns)
        for name in names:
            at = told.get(name)
            if at is not None and not page.holds(low + at, high + at + told.get(size, side), side):
                return True
    return False


def _vml_styles(drawing: Element) -> Iterator[str]:
    """Of shapes that stand on the page; those within a group count in its own measure."""
    stack = [drawing]
    while stack:
        each = stack.pop()
        vml = isinstance(each.tag, str) and each.tag.startswith(q("v:"))
        if vml and (style := each.get("style", "")):
            yield style
        if each.tag != q("v:group"):
            stack += list(each)
