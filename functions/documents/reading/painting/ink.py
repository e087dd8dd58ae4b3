"""Where two paintings of a page differ by as much as can be seen.

As one number per row of pixels, a bit for each: which columns of a word's box hold ink is then told by a few operations
on numbers, for each of a page's hundreds of words.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

INK: Final = 16
"""Of 255, in the brightest channel: what differs less is not seen. A grey of 0.93 on white is just seen."""
FAINT: Final = 8
"""What of letters of a faint word counts as ink: the edges of thin strokes are blended with the ground."""
STRONG: Final = 40
"""A word with any such ink is not faint."""

Area = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels, within the canvas, at least one in each direction."""


class Mask:
    """``rows``: of each row of pixels from above, those with ink; the leftmost one is the lowest bit."""

    def __init__(self, rows: list[int]) -> None:
        self._rows = rows
        self._bands: dict[tuple[int, int], int] = {}

    def across(self, area: Area) -> int:
        """Columns of an area with ink, the leftmost one as the lowest bit."""
        left, top, right, bottom = area
        # Words of a line are often of one height.
        band = self._bands.get((top, bottom))
        if band is None:
            band = self._bands[top, bottom] = reduce(or_, self._rows[top:bottom], 0)
        return band >> left & (1 << right - left) - 1

    def down(self, area: Area) -> int:
        """Rows of an area with ink, the uppermost one as the lowest bit."""
        left, top, right, bottom = area
        wanted = (1 << right - left) - 1 << left
        return sum(1 << number for number, row in enumerate(self._rows[top:bottom]) if row & wanted)

    def __or__(self, other: Mask) -> Mask:
        return Mask(list(map(or_, self._rows, other._rows)))


class Ink:
    """Of two paintings, which may be used for other ones only when nothing more is asked."""

    def __init__(self, one: Image, other: Image) -> None:
        self._one, self._other = one, other

    @cached_property
    def green(self) -> Mask:
        """A part of ``all`` that is cheaper, and nearly all of it where text is black or white."""
        return self._mask("G")

    @cached_property
    def all(self) -> Mask:
        """Ink in any of the three channels."""
        return self.green | self._mask("R") | self._mask("B")

    @cached_property
    def faint(self) -> Mask:
        return self._any(FAINT)

    @cached_property
    def strong(self) -> Mask:
        return self._any(STRONG)

    def is_in(self, area: Area) -> bool:
        return bool(self.green.across(area) or self.all.across(area))

    def _any(self, least: int) -> Mask:
        return self._mask("G", least) | self._mask("R", least) | self._mask("B", least)

    def _mask(self, channel: str, least: int = INK) -> Mask:
        from PIL import ImageChops

        different = ImageChops.difference(self._one.getchannel(channel), self._other.getchannel(channel))
        packed = different.point([0] * least + [255] * (256 - least), "1").tobytes("raw", "1;R")
        return Mask(list(_numbers(packed, (different.width + 7) // 8)))


def _numbers(packed: bytes, size: int) -> Iterable[int]:
    return (int.from_bytes(packed[at : at + size], "little") for at in range(0, len(packed), size))
