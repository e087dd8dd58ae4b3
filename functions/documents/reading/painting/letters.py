"""The letters of a page as pdfium finds them, with their places, and the words that they make."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

Bounds = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own units."""

NEXT: Final = 1.0
"""Points: a letter that begins so near to where the last one ends is of the same word."""
_HYPHENS: Final = {"\x02": "-", "\ufffe": "-"}
"""What pdfium gives for a hyphen that ends a line."""


class Letter(NamedTuple):
    """``loose`` is as high as the font and as wide as the step to the next letter; ``tight`` is around the ink."""

    text: str
    place: int
    loose: Bounds
    tight: Bounds


@dataclass(frozen=True, slots=True)
class Written:
    """A word. ``angle`` in radians, clockwise; ``ends``: a line ends behind it."""

    letters: tuple[Letter, ...]
    angle: float
    ends: bool = False

    @property
    def text(self) -> str:
        return "".join(letter.text for letter in self.letters)

    @property
    def index(self) -> int:
        """Its place in the file's own order, in which pdfium has right-to-left text as it is read."""
        return self.letters[0].place

    @property
    def bounds(self) -> Bounds:
        return around([letter.loose for letter in self.letters])


def around(boxes: Sequence[Bounds]) -> Bounds:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def words(textpage: Any) -> Iterator[Written]:
    """As the blanks and wide gaps between letters make them, in pdfium's order."""
    from pypdfium2 import raw

    boxes = Boxes(textpage)
    letters: list[Letter] = []
    angle = 0.0
    for index, text, blank in _texts(textpage):
        if blank:
            if letters:
                yield Written(tuple(letters), angle, text in "\r\n")
            letters = []
            continue
        loose = boxes.loose(index)
        if loose is None:
            continue
        if letters and not -NEXT < loose[0] - letters[-1].loose[2] < NEXT and _apart(letters[-1].loose, loose):
            yield Written(tuple(letters), angle)
            letters = []
        if not letters:
            angle = max(raw.FPDFText_GetCharAngle(textpage, index), 0.0)
        letters.append(Letter(text, index, loose, boxes.tight(index) or loose))
    if letters:
        yield Written(tuple(letters), angle, True)


def _texts(textpage: Any) -> Iterator[tuple[int, str, bool]]:
    """Place, letter and whether it is a blank. Halves of a pair (UTF-16) are joined; one alone is unknown."""
    from pypdfium2 import raw

    read = raw.FPDFText_GetUnicode
    count, index = textpage.count_chars(), 0
    while index < count:
        place, code = index, read(textpage, index)
        index += 1
        if 32 < code < 0x7F:
            yield place, chr(code), False
            continue
        if 0xD800 <= code < 0xDC00 and index < count and 0xDC00 <= (low := read(textpage, index)) < 0xE000:
            code = 0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00
            index += 1
        letter = chr(code) if 0 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
        letter = _HYPHENS.get(letter, letter)
        if letter.isspace():
            yield place, letter, True
        elif letter.isprintable():
            yield place, letter, False


class Boxes:
    """Asked for each letter of each page: what pdfium writes to is made once."""

    def __init__(self, textpage: Any) -> None:
        from pypdfium2 import raw

        self._textpage = textpage
        self._box = raw.FS_RECTF()
        self._sides = (ctypes.c_double * 4)()
        first, double = ctypes.addressof(self._sides), ctypes.c_double
        self._at = [ctypes.cast(first + number * ctypes.sizeof(double), ctypes.POINTER(double)) for number in range(4)]
        self._loose, self._tight = raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetCharBox

    def loose(self, index: int) -> Bounds | None:
        box = self._box
        return (box.left, box.bottom, box.right, box.top) if self._loose(self._textpage, index, box) else None

    def tight(self, index: int) -> Bounds | None:
        if not self._tight(self._textpage, index, *self._at):
            return None
        left, right, bottom, top = self._sides
        return left, bottom, right, top


def _apart(last: Bounds, next_: Bounds) -> bool:
    """Whether two letters without a blank between them are too far from each other for one word."""
    size = max(last[3] - last[1], last[2] - last[0], next_[3] - next_[1])
    across = max(next_[0] - last[2], last[0] - next_[2])
    down = max(next_[1] - last[3], last[1] - next_[3])
    return max(across, down) > size
