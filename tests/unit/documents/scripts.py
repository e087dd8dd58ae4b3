"""Any characters in a PDF: a font (Type 3) whose every glyph is a box, and a map that says which letter each is."""

from __future__ import annotations

from collections.abc import Sequence

from tests.unit.documents.files import Sheet, pdf

_BOX = b"600 0 0 0 500 700 d1 0 0 500 700 re f"


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(data), data)


class Lettered:
    """Lines of any characters, as a program paints them: glyph by glyph from the left."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {" ": 32}
        self.content = b""

    def say(self, x: float, y: float, text: Sequence[str], size: float = 12) -> Lettered:
        """``text`` in visual order: what stands on the left comes first. Several letters at a place are one glyph."""
        codes = bytes(self._codes.setdefault(letter, 33 + len(self._codes)) for letter in text)
        self.content += b"BT /F9 %g Tf %g %g Td <%b> Tj ET\n" % (size, x, y, codes.hex().encode())
        return self

    def rtl(self, right: float, y: float, text: str, size: float = 12) -> Lettered:
        """``text`` as it is read, ending at ``right``; figures keep their own order."""
        words = [word if word[0].isdigit() else word[::-1] for word in text.split()]
        return self.say(right - 0.6 * size * len(text), y, " ".join(reversed(words)), size)

    def pdf(self, *, turn: int = 0, more: bytes = b"") -> bytes:
        return pdf(Sheet(self.content + more, turn=turn, fonts=b"/F9 6 0 R", extra=self._font()))

    def _font(self) -> list[bytes]:
        rows = b"\n".join(
            b"<%02x> <%b>" % (code, letter.encode("utf-16-be").hex().encode()) for letter, code in self._codes.items()
        )
        to_unicode = (
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /a def /CMapType 2 def\n"
            b"1 begincodespacerange <00> <ff> endcodespacerange\n%d beginbfchar\n%b\nendbfchar\nendcmap end end"
            % (len(self._codes), rows)
        )
        names = b" ".join(b"/s" if code == 32 else b"/g" for code in range(32, 256))
        font = (
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 600 800] /FontMatrix [.001 0 0 .001 0 0] /FirstChar 32 "
            b"/LastChar 255 /Widths [%b] /Encoding << /Type /Encoding /Differences [32 %b] >> "
            b"/CharProcs << /g 7 0 R /s 8 0 R >> /ToUnicode 9 0 R /Resources << >> >>" % (b"600 " * 224, names)
        )
        return [font, _stream(_BOX), _stream(b"600 0 d0"), _stream(to_unicode)]
