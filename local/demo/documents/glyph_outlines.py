"""Writes ``arabic_glyphs.toml``: the outlines of the Arabic glyphs that the samples need, taken from a TrueType font.

``python -m local.demo.documents.glyph_outlines DejaVuSans.ttf`` after the letter's text has changed. The font itself is
not kept here. pdfium reads it, as it reads all fonts of PDF files.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from local.demo.documents import arabic, texts

UNITS = 1000
"""An em, as in all fonts of PDF files that say nothing else."""
_NOTICE = """\
# Outlines of Arabic glyphs of DejaVu Sans (https://dejavu-fonts.github.io), in thousandths of an em, written by
# glyph_outlines.py. They are of the DejaVu project, whose changes to Bitstream Vera are in the public domain.
"""
_TRUETYPE, _BEZIER, _MOVE = 2, 1, 2  # FPDF_FONT_TRUETYPE, FPDF_SEGMENT_BEZIERTO, FPDF_SEGMENT_MOVETO


def main(font: str) -> None:
    needed = sorted({glyph for line in texts.ARABIC_LETTER for word in line.split() for glyph in arabic.shaped(word)})
    body = _table(Path(font).read_bytes(), [glyph for glyph in needed if arabic.is_arabic(glyph)])
    arabic.GLYPHS.write_text(f"{_NOTICE}\n{body}", encoding="utf-8")


def _table(font: bytes, glyphs: Iterable[str]) -> str:
    import pypdfium2.raw as pdfium

    document = pdfium.FPDF_CreateNewDocument()
    data = (ctypes.c_uint8 * len(font)).from_buffer_copy(font)
    # pdfium finds the glyphs of such a font by their characters.
    loaded = pdfium.FPDFText_LoadFont(document, data, len(font), _TRUETYPE, True)
    rows = []
    for glyph in glyphs:
        width = ctypes.c_float()
        pdfium.FPDFFont_GetGlyphWidth(loaded, ord(glyph), UNITS, width)
        path = _path(pdfium, pdfium.FPDFFont_GetGlyphPath(loaded, ord(glyph), UNITS))
        rows.append(f'{ord(glyph):04X} = {{ width = {round(width.value)}, path = "{path}" }}\n')
    pdfium.FPDFFont_Close(loaded)
    pdfium.FPDF_CloseDocument(document)
    return "".join(rows)


def _path(pdfium: Any, path: Any) -> str:
    """The glyph's outline in operators of a PDF page."""
    operators: list[str] = []
    points: list[str] = []
    for index in range(pdfium.FPDFGlyphPath_CountGlyphSegments(path)):
        segment = pdfium.FPDFGlyphPath_GetGlyphPathSegment(path, index)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        points.append(f"{round(x.value * UNITS)} {round(y.value * UNITS)}")
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == _BEZIER and len(points) < 3:
            continue
        operators.append(f"{' '.join(points)} {'c' if kind == _BEZIER else 'm' if kind == _MOVE else 'l'}")
        points = []
    return " ".join([*operators, "f"])


if __name__ == "__main__":
    main(sys.argv[1])
