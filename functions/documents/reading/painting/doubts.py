"""Why a PDF that has text of its own should be recognized all the same: what its text does not hold, or garbles."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from documents.files import page_objects, pdfs
from documents.reading.painting import letters, look, pictures
from documents.reading.painting.canvas import Clock, OutOfTime
from documents.reading.painting.hidden import SMALL, THIN

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

SAMPLE: Final = 600
"""Letters of a page that are asked for their font."""
BROKEN_FONT: Final = 0.3
"""Letters of one font that its map does not know; below, they are bullets and ornaments."""
BROKEN_PAGE: Final = 0.05
"""Of a page's letters that are of such fonts."""


def garbled(document: PdfDocument) -> str | None:
    """What the first page is like whose letters cannot be told from its fonts' maps; None where all can."""
    return next((why for index in range(len(document)) if (why := _garbled(document, index))), None)


def unread(document: PdfDocument) -> str | None:
    """What the first page is like that shows more than its text holds; None where there is none.

    Pages that could not be painted in time are such pages.
    """
    clock = Clock(look.FILE_SECONDS, look.PAGE_SECONDS)
    for index in range(len(document)):
        with pdfs.page_of(document, index) as page:
            try:
                if pictures.unread(page, clock):
                    return f"page {index + 1} has a picture that its text does not tell"
            except (OutOfTime, page_objects.TooManyObjects):
                return f"page {index + 1} takes too long to paint"
            if _glyphs_missing(page):
                return f"page {index + 1} has letters of a font that is not in the file"
    return None


def _garbled(document: PdfDocument, index: int) -> str | None:
    from pypdfium2 import raw

    with pdfs.page_of(document, index) as page:
        textpage = page.get_textpage()
        try:
            places = _sampled(textpage)
            fonts = list(_fonts(textpage, places))
            errors = letters.asked(raw.FPDFText_HasUnicodeMapError, textpage, places, "int")
            all_ = Counter(fonts)
            wrong = Counter(font for font, error in zip(fonts, errors, strict=True) if error == 1)
        finally:
            textpage.close()
    broken = sum(count for font, count in wrong.items() if count > BROKEN_FONT * all_[font])
    return f"page {index + 1} has a font whose letters cannot be told" if broken > BROKEN_PAGE * all_.total() else None


def _glyphs_missing(page: PdfPage) -> bool:
    """Whether letters of a font that the file only names leave no ink here; pdfium has Latin ones of its own."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        embedded: dict[int, bool] = {0: False}
        places = _sampled(textpage)
        for place, font in zip(places, _fonts(textpage, places), strict=True):
            if font not in embedded:
                embedded[font] = raw.FPDFFont_GetIsEmbedded(ctypes.cast(font, raw.FPDF_FONT)) == 1
            if embedded[font] or _is_tiny(textpage, place):
                continue
            box = letters.tight(textpage, place)
            if box is not None and box[2] - box[0] < THIN and box[3] - box[1] < THIN:
                return True
    finally:
        textpage.close()
    return False


def _is_tiny(textpage: Any, place: int) -> bool:
    """Of so small a font the glyphs are thin anyhow, and their words are left out as too small."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(textpage, place, box)
    return bool(max(box.top - box.bottom, box.right - box.left) < SMALL)


def _sampled(textpage: Any) -> list[int]:
    """Places of letters, blanks left out, evenly over the page."""
    from pypdfium2 import raw

    count = textpage.count_chars()
    places = range(0, count, max(1, count // SAMPLE))
    codes = letters.asked(raw.FPDFText_GetUnicode, textpage, places, "uint")
    made = letters.asked(raw.FPDFText_IsGenerated, textpage, places, "int")
    return [place for place, code, own in zip(places, codes, made, strict=True) if code > 32 and not own]


def _fonts(textpage: Any, places: Sequence[int]) -> Iterator[int]:
    """Of each letter its font, as pdfium's address of it; 0 for none."""
    from pypdfium2 import raw

    fonts: dict[int | None, int] = {None: 0}
    for each in letters.asked(raw.FPDFText_GetTextObject, textpage, places, "void_p"):
        if each not in fonts:
            found = raw.FPDFTextObj_GetFont(ctypes.cast(each, raw.FPDF_PAGEOBJECT))
            fonts[each] = ctypes.cast(found, ctypes.c_void_p).value or 0
        yield fonts[each]
