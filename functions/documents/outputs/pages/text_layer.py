"""An invisible layer of text for PDF pages: words at their places, to be searched, marked and copied.

Render mode 3 paints nothing, so the font needs no outlines: a Type 0 font whose glyphs are all as wide as high,
and a ToUnicode map that says which characters they stand for (ISO 32000-1, 9.7 and 9.10.3). Each word is stretched to
its width. Codes are given out as characters come, so that any character of Unicode can be one of two bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from documents.model import Box, LaidLine, Word
from documents.outputs.pages.pdf_objects import Objects

_WIDTH: Final = 1.0
"""Of a glyph, in heights: no narrower than those of the font that a reader measures in its place."""
_DESCENT: Final = 0.2
"""Of a word's box that lies below its base line."""
_MOST_CODES: Final = 0xFFFF
_MAP_ROWS: Final = 100
"""Rows of a block of a CMap (Adobe Technical Note 5411)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page in its own units: its visible part, and how many degrees clockwise it is turned when shown."""

    left: float
    bottom: float
    width: float
    height: float
    turn: int = 0

    def shown(self) -> tuple[float, float]:
        """Width and height as it shows."""
        return (self.height, self.width) if self.turn in (90, 270) else (self.width, self.height)

    def matrix(self) -> tuple[int, int, int, int, float, float]:
        """From the page as it shows, its origin at the lower left, to the page's own units."""
        right, top = self.left + self.width, self.bottom + self.height
        return {
            0: (1, 0, 0, 1, self.left, self.bottom),
            90: (0, 1, -1, 0, right, self.bottom),
            180: (-1, 0, 0, -1, right, top),
            270: (0, -1, 1, 0, self.left, top),
        }[self.turn % 360]


class Layer:
    """The text of all pages, which share one font; ``put`` writes that when the last page is done.

    ``number`` is the font's as an object. Its name has it in it, so that a page can have several layers.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.font = f"MillraceText{number}"
        self._codes: dict[str, int] = {}

    def content(self, lines: Iterable[LaidLine], page: Place) -> bytes:
        """A content stream that leaves the graphics state as it was."""
        width, height = page.shown()
        parts = [f"q {' '.join(f'{each:.6g}' for each in page.matrix())} cm BT 3 Tr"]
        for line in lines:
            parts += [self._word(word, width, height) for word in line.words if word.text.strip()]
        return "\n".join([*parts, "ET Q"]).encode("ascii")

    def _word(self, word: Word, width: float, height: float) -> str:
        left, bottom, across, up = _points(word.box, width, height)
        letters = len(word.text)
        codes = "".join(f"{self._code(letter):04x}" for letter in _seen(word.text))
        if up > 2 * across and letters > 2:
            # Higher than wide: it runs upward, as most words that are turned do.
            stretch, size = up / (letters * across * _WIDTH), across
            matrix = f"0 1 -1 0 {left + across * (1 - _DESCENT):.3f} {bottom:.3f}"
        else:
            stretch, size = across / (letters * up * _WIDTH), up
            matrix = f"1 0 0 1 {left:.3f} {bottom + up * _DESCENT:.3f}"
        return f"/{self.font} {size:.3f} Tf {100 * stretch:.3f} Tz {matrix} Tm <{codes}> Tj"

    def _code(self, letter: str) -> int:
        code = self._codes.setdefault(letter, len(self._codes) + 1)
        if code > _MOST_CODES:
            del self._codes[letter]
            return self._codes.get("\ufffd", _MOST_CODES)
        return code

    def put(self, objects: Objects) -> None:
        """Writes the font, which pages refer to already."""
        codes = objects.stream(self._to_unicode())
        descriptor = objects.put(
            b"<< /Type /FontDescriptor /FontName /Millrace /Flags 4 /FontBBox [0 -200 1000 800] /ItalicAngle 0 "
            b"/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
        )
        glyphs = objects.put(
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Millrace /CIDToGIDMap /Identity /DW %d /FontDescriptor "
            b"%d 0 R /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
            % (1000 * _WIDTH, descriptor)
        )
        objects.put(
            b"<< /Type /Font /Subtype /Type0 /BaseFont /Millrace /Encoding /Identity-H /DescendantFonts [%d 0 R] "
            b"/ToUnicode %d 0 R >>" % (glyphs, codes),
            self.number,
        )

    def _to_unicode(self) -> bytes:
        rows = [
            f"<{code:04x}> <{letter.encode('utf-16-be', errors='replace').hex()}>"
            for letter, code in self._codes.items()
        ]
        blocks = []
        for start in range(0, len(rows), _MAP_ROWS):
            block = rows[start : start + _MAP_ROWS]
            blocks.append("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]))
        return "\n".join([_MAP_HEAD, *blocks, _MAP_TAIL]).encode("ascii")


def _seen(text: str) -> str:
    """From left to right, as it is seen: that is how readers take glyphs, and turn those of Hebrew or Arabic round."""
    if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text):
        return text[::-1] + " "
    return text + " "


_MAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange"""
_MAP_TAIL = """endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


def _points(box: Box, width: float, height: float) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of at least a tenth of a point, the origin at the lower left."""
    return (
        box.left * width,
        (1 - box.top - box.height) * height,
        max(box.width * width, 0.1),
        max(box.height * height, 0.1),
    )
