"""A page painted at a low resolution, whole or without some of its objects, in bounded time and memory."""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from documents.reading.painting.letters import Bounds

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage

DPI: Final = 72
"""Enough to tell ink from none: of 49,277 words of real files none was told wrongly at 72, and one at 50."""
MOST_PIXELS: Final = 6_000_000
_FINE: Final = 64
"""pdfium's places on a device are whole numbers; so many of them make a pixel."""

Pixels = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the canvas."""


class OutOfTime(Exception):
    """Painting took longer than the file or the page has."""


class Clock:
    """How long the pages of one file may be painted, in seconds: all together, and each; and the memory for that.

    ``forever``: for a step that has to decide as an earlier one did; its function's own timeout ends it.
    """

    def __init__(self, seconds: float, page_seconds: float) -> None:
        self._page_seconds = page_seconds
        self._left = seconds
        self._began = self._end = 0.0
        self._memory: list[Any] = []

    @staticmethod
    def forever() -> Clock:
        return Clock(math.inf, math.inf)

    @contextmanager
    def page(self) -> Iterator[None]:
        self._began = time.monotonic()
        self._end = self._began + min(self._page_seconds, self._left)
        try:
            yield
        finally:
            self._left = max(0.0, self._left - (time.monotonic() - self._began))

    def memory(self, number: int, size: int) -> Any:
        """Of one painting of a page, numbered from 0: used again for the next page, since new memory costs time."""
        while len(self._memory) <= number:
            self._memory.append((ctypes.c_ubyte * size)())
        if len(self._memory[number]) < size:
            self._memory[number] = (ctypes.c_ubyte * size)()
        return self._memory[number]

    def check(self) -> None:
        """Raises OutOfTime."""
        if self.is_over():
            raise OutOfTime

    def is_over(self) -> bool:
        return time.monotonic() >= self._end


class Canvas:
    def __init__(self, page: PdfPage, clock: Clock) -> None:
        self.page, self.clock = page, clock
        width, height = page.get_size()
        self.scale = min(DPI / 72, math.sqrt(MOST_PIXELS / max(width * height, 1.0)))
        self.size = max(1, math.ceil(width * self.scale)), max(1, math.ceil(height * self.scale))
        self._matrix = self._placed()
        self._paintings = 0

    def paint(self, *, fields: bool = True, annotations: bool = True) -> Image:
        """``fields``: with what form fields hold. ``annotations``: with those that are no fields.

        Good until the clock's next page. Raises OutOfTime.
        """
        from pypdfium2 import PdfBitmap, raw

        page, (width, height) = self.page, self.size
        # Four bytes a pixel in Pillow's own order: the image is the bitmap's memory, and nothing is copied.
        memory = self.clock.memory(self._paintings, width * height * 4)
        self._paintings += 1
        bitmap = PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGRx, rev_byteorder=True, buffer=memory)
        try:
            bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
            flags = raw.FPDF_REVERSE_BYTE_ORDER | (raw.FPDF_ANNOT if annotations else 0)
            place = (bitmap, page, 0, 0, width, height, 0, flags)
            state = raw.FPDF_RenderPageBitmap_Start(*place, self._pause())
            raw.FPDF_RenderPage_Close(page)
            if state == raw.FPDF_RENDER_TOBECONTINUED:
                raise OutOfTime
            if fields and page.formenv:
                raw.FPDF_FFLDraw(page.formenv, *place)
            self.clock.check()
            image: Image = bitmap.to_pil()
            return image
        finally:
            bitmap.close()

    def _pause(self) -> Any:
        from pypdfium2 import raw

        clock = self.clock
        pause = raw.IFSDK_PAUSE(version=1)
        # Kept by the structure for as long as it lives.
        pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _pause: int(clock.is_over()))
        return pause

    def place(self, bounds: Bounds) -> Pixels:
        """Where a place of the page's own units shows; it may lie outside."""
        a, b, c, d, x, y = self._matrix
        left, bottom, right, top = bounds
        if b == c == 0 and a > 0 > d:  # neither turned nor mirrored: nearly every page
            return a * left + x, d * top + y, a * right + x, d * bottom + y
        one, two = a * left + c * bottom + x, b * left + d * bottom + y
        three, four = a * right + c * top + x, b * right + d * top + y
        return min(one, three), min(two, four), max(one, three), max(two, four)

    def whole(self, bounds: Bounds) -> tuple[int, int, int, int]:
        """The whole pixels of such a place, cut to the canvas; the right one is no more than the left one outside."""
        left, top, right, bottom = self.place(bounds)
        width, height = self.size
        return max(int(left), 0), max(int(top), 0), min(int(right) + 1, width), min(int(bottom) + 1, height)

    def _placed(self) -> tuple[float, float, float, float, float, float]:
        """By pdfium itself, which knows what it does with a crop box that is larger than its page."""
        from pypdfium2 import raw

        across, down = ctypes.c_int(), ctypes.c_int()
        width, height = self.size

        def at(x: float, y: float) -> tuple[float, float]:
            raw.FPDF_PageToDevice(self.page, 0, 0, width * _FINE, height * _FINE, 0, x, y, across, down)
            return across.value / _FINE, down.value / _FINE

        origin, right, up = at(0, 0), at(1000, 0), at(0, 1000)
        return (
            (right[0] - origin[0]) / 1000, (right[1] - origin[1]) / 1000,
            (up[0] - origin[0]) / 1000, (up[1] - origin[1]) / 1000, *origin,
        )  # fmt: skip


@contextmanager
def without(objects: Iterable[Any]) -> Iterator[None]:
    """Objects of a page switched off for as long as it is painted without them."""
    from pypdfium2 import raw

    off = list(objects)
    for each in off:
        raw.FPDFPageObj_SetIsActive(each, False)
    try:
        yield
    finally:
        for each in off:
            raw.FPDFPageObj_SetIsActive(each, True)
