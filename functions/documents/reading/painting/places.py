"""From a page's own units to shares of the page as it shows: cropped and turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from documents.model import Box

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Shown = Callable[[float, float, float, float], Box]
"""Turns left, bottom, right, top in the page's own units into a box of the page as it shows."""

_TURNED: Final[dict[int, Callable[[float, float], tuple[float, float]]]] = {
    0: lambda across, up: (across, 1 - up),
    90: lambda across, up: (up, across),
    180: lambda across, up: (1 - across, up),
    270: lambda across, up: (1 - up, 1 - across),
}


def shown(page: PdfPage) -> Shown:
    left, bottom, right, top = page.get_cropbox()
    width, height = max(right - left, 1e-6), max(top - bottom, 1e-6)
    turned = _TURNED[page.get_rotation()]

    def box(x: float, y: float, to_x: float, to_y: float) -> Box:
        one, two = turned((x - left) / width, (y - bottom) / height)
        three, four = turned((to_x - left) / width, (to_y - bottom) / height)
        return Box(min(one, three), min(two, four), abs(three - one), abs(four - two))

    return box
