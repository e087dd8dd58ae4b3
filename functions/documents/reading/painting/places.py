"""From a page's own units to shares of the page as it shows: cropped and turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from documents.model import Box

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Shown = Callable[[float, float, float, float], Box]
"""Turns left, bottom, right, top in the page's own units into a box of the page as it shows."""


def shown(page: PdfPage) -> Shown:
    left, bottom, right, top = page.get_cropbox()
    width, height = max(right - left, 1e-6), max(top - bottom, 1e-6)
    turn = page.get_rotation()

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = (x - left) / width, (y - bottom) / height
        return {0: (across, 1 - up), 90: (up, across), 180: (1 - across, up), 270: (1 - up, 1 - across)}[turn]

    def box(x: float, y: float, to_x: float, to_y: float) -> Box:
        (one, two), (three, four) = place(x, y), place(to_x, to_y)
        return Box(min(one, three), min(two, four), abs(three - one), abs(four - two))

    return box
