"""Why a PDF that has text of its own should be recognized all the same: what its text does not hold, or garbles."""

from __future__ import annotations

import ctypes
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from documents.files import page_objects, pdfs
from documents.reading.painting import letters, look, pictures
from documents.reading.painting.canvas import Clock, OutOfTime
from documents.reading.painting.hidden import THIN

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
            all_, wrong = Counter[int](), Counter[int]()
            for place in _sampled(textpage):
                font = _font(textpage, place)
                all_[_address(font)] += 1
                wrong[_address(font)] += raw.FPDFText_HasUnicodeMapError(textpage, place) == 1
        finally:
            textpage.close()
    broken = sum(count for font, count in wrong.items() if count > BROKEN_FONT * all_[font])
    return f"page {index + 1} has a font whose letters cannot be told" if broken > BROKEN_PAGE * all_.total() else None


def _glyphs_missing(page: PdfPage) -> bool:
    """Whether letters of a font that the file only names leave no ink here; pdfium has Latin ones of its own."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        boxes, embedded = letters.Boxes(textpage), dict[int, bool]()
        for place in _sampled(textpage):
            font = _font(textpage, place)
            if font and embedded.setdefault(_address(font), raw.FPDFFont_GetIsEmbedded(font) == 1):
                continue
            box = boxes.tight(place)
            if box is not None and box[2] - box[0] < THIN and box[3] - box[1] < THIN:
                return True
    finally:
        textpage.close()
    return False


def _sampled(textpage: Any) -> list[int]:
    """Places of letters, blanks left out, evenly over the page."""
    from pypdfium2 import raw

    count = textpage.count_chars()
    places = range(0, count, max(1, count // SAMPLE))
    read = raw.FPDFText_GetUnicode
    return [place for place in places if read(textpage, place) > 32 and not raw.FPDFText_IsGenerated(textpage, place)]


def _font(textpage: Any, place: int) -> Any:
    from pypdfium2 import raw

    each = raw.FPDFText_GetTextObject(textpage, place)
    return raw.FPDFTextObj_GetFont(each) if each else None


def _address(font: Any) -> int:
    return (ctypes.cast(font, ctypes.c_void_p).value or 0) if font else 0
