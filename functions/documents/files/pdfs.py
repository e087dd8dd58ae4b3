"""PDFs as pdfium sees them: opening them in bounded memory, and whether their own text can stand for their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.errors import BrokenDocument, PasswordProtected, TooLarge, UnsupportedFormat
from documents.files import page_objects

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

CELLS: Final = 48
"""A page is looked at as so many cells across and down."""
MOST_GARBAGE: Final = 0.05
FEW_CHARACTERS: Final = 20
MANY_PATHS: Final = 60

_GARBAGE = re.compile("[\ufffd\ufffe\uffff\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")
_PAINTED_ANNOTATIONS = frozenset({3, 13, 15})
"""FreeText, Stamp and Ink show words that are not in the page's text (fpdf_annot.h, FPDF_ANNOT_*)."""
_INVISIBLE = frozenset({3, 7})
"""Text render modes: neither filled nor stroked; clipping only (PDF 1.7, table 106)."""


@contextmanager
def opened(path: Path) -> Iterator[PdfDocument]:
    """Raises PasswordProtected, BrokenDocument or DecompressionBomb.

    A PDF that only forbids printing or copying opens without a password, and is read: its sender shows it.
    """
    import pypdfium2
    from pypdfium2 import raw

    from documents.files import pdf_bombs

    pdf_bombs.check(path)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise PasswordProtected("The PDF opens with a password only; save it without one.") from error
        raise BrokenDocument("The PDF cannot be opened; save or print it to PDF again.") from error
    try:
        if not len(document):
            raise BrokenDocument("The PDF has no pages; save or print it to PDF again.")
        if document.get_formtype() == raw.FORMTYPE_XFA_FULL:
            raise UnsupportedFormat("The PDF is a dynamic XFA form, which holds no pages; print it to PDF.")
        yield document
    finally:
        document.close()


@contextmanager
def page_of(document: PdfDocument, index: int) -> Iterator[PdfPage]:
    """Closed at once, since a document keeps what its pages hold. Raises BrokenDocument."""
    import pypdfium2

    try:
        page = document[index]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise BrokenDocument(f"Page {index + 1} of the PDF cannot be read; save or print it to PDF again.") from error
    try:
        yield page
    finally:
        page.close()


def refuse_unreadable_by_textract(document: PdfDocument, most_points: int) -> None:
    """Raises UnsupportedFormat or TooLarge for what Textract does not take, and can be given in no other form."""
    from pypdfium2 import raw

    if document.get_formtype() == raw.FORMTYPE_XFA_FOREGROUND:
        raise UnsupportedFormat("The PDF holds an XFA form, which Textract does not read; print it to PDF.")
    for index in range(len(document)):
        size = document.get_page_size(index)
        if max(size) > most_points:
            raise TooLarge(f"Page {index + 1} of the PDF has a side of over {most_points:,} points; scale it down.")


def is_locked(document: PdfDocument) -> bool:
    """Whether it is encrypted, though it opened without a password: Textract reads none that is."""
    from pypdfium2 import raw

    return bool(raw.FPDF_GetSecurityHandlerRevision(document) != -1)


def unlock(path: Path, out: Path) -> None:
    """Writes the same document without its encryption; it opens for everybody as it is. Raises what ``opened`` does."""
    import pypdfium2
    from pypdfium2 import raw

    with opened(path) as document:
        try:
            document.save(out, flags=raw.FPDF_REMOVE_SECURITY)
        except pypdfium2.PdfiumError as error:
            raise BrokenDocument("The PDF is encrypted and damaged; save it without protection.") from error


def is_for_textract(document: PdfDocument, most_points: int) -> bool:
    try:
        refuse_unreadable_by_textract(document, most_points)
    except (UnsupportedFormat, TooLarge):
        return False
    return True


def why_not_native(document: PdfDocument) -> str | None:
    """None where the text of every page can stand for it, else what the first page that it cannot is like."""
    empty = 0
    for index in range(len(document)):
        with page_of(document, index) as page:
            why, letters = _look(page)
        if why:
            return f"page {index + 1} {why}"
        empty += not letters
    return "no page has text" if empty == len(document) else None


def covers(page: PdfPage) -> bool:
    """Whether a page's own text can stand for what it shows."""
    why, letters = _look(page)
    return why is None and letters > 0


def _look(page: PdfPage) -> tuple[str | None, int]:
    """Why the page's text cannot stand for it, and the letters that it has."""
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range(0, -1, errors="replace") if textpage.count_chars() else ""
    finally:
        textpage.close()
    letters = sum(not letter.isspace() for letter in text)
    garbage = len(_GARBAGE.findall(text))
    if garbage > MOST_GARBAGE * letters:
        return "has text of unknown characters", letters
    painted = _Painted(page)
    if painted.images > 2 * painted.texts and painted.images > 0.01:
        return "is an image for the most part", letters
    if letters < FEW_CHARACTERS and painted.paths > MANY_PATHS:
        return "is drawn rather than written", letters
    if painted.invisible > painted.visible:
        return "has invisible text", letters
    if any(kind in _PAINTED_ANNOTATIONS for kind in _annotations(page)):
        return "has annotations with words of their own", letters
    return None, letters


class _Painted:
    """What shows in the page's cells when all is painted in order: a later image hides an earlier text."""

    def __init__(self, page: PdfPage) -> None:
        from pypdfium2 import raw

        self.paths = self.visible = self.invisible = 0
        self._cells = bytearray(CELLS * CELLS)
        self._left, self._bottom, right, top = page.get_cropbox()
        self._width, self._height = max(right - self._left, 1e-6), max(top - self._bottom, 1e-6)
        try:
            for each, kind, matrix in page_objects.walk(page):
                if kind == raw.FPDF_PAGEOBJ_PATH:
                    self.paths += 1
                elif kind == raw.FPDF_PAGEOBJ_TEXT and raw.FPDFTextObj_GetTextRenderMode(each) in _INVISIBLE:
                    self.invisible += 1
                elif kind in (raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
                    self.visible += kind == raw.FPDF_PAGEOBJ_TEXT
                    self._fill(page_objects.bounds(each, matrix), _TEXT if kind == raw.FPDF_PAGEOBJ_TEXT else _IMAGE)
        except page_objects.TooManyObjects:
            self.paths += MANY_PATHS + 1
        self.images, self.texts = (self._cells.count(kind) / len(self._cells) for kind in (_IMAGE, _TEXT))

    def _fill(self, bounds: tuple[float, float, float, float] | None, kind: int) -> None:
        if bounds is None:
            return
        left, bottom, right, top = bounds
        first, last = (self._cell((x - self._left) / self._width) for x in (left, right))
        low, high = (self._cell((y - self._bottom) / self._height) for y in (bottom, top))
        for row in range(low, high + 1):
            self._cells[row * CELLS + first : row * CELLS + last + 1] = bytes([kind]) * (last + 1 - first)

    @staticmethod
    def _cell(share: float) -> int:
        return min(max(int(share * CELLS), 0), CELLS - 1)


_IMAGE, _TEXT = 1, 2


def _annotations(page: PdfPage) -> Iterator[int]:
    from pypdfium2 import raw

    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if annotation:
            yield raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)
