"""What annotations and form fields show by pictures and words of their own, which are no part of the page's own text.

An appearance is a small page (an appearance stream): a stamp, a signature with its name and date, a photograph in a
button of a form, a watermark. The value of a form field is what the file keeps; its appearance is what a reader sees.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from documents.files import page_objects, pdfs
from documents.reading.painting import hidden, letters
from documents.reading.painting.canvas import Canvas, Clock, without
from documents.reading.painting.ink import Ink
from documents.reading.painting.letters import Bounds

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MOST: Final = 5000
"""Annotations of one page that are looked at."""
_NOT_SHOWN: Final = 1 << 1 | 1 << 5
"""Annotation flags Hidden and NoView (PDF 1.7, table 165, bits 2 and 6)."""

Written = Callable[[Bounds], str | None]
"""What the appearance in a field's bounds says, as far as it shows; None where it has no words."""


def each(page: PdfPage) -> Iterator[Any]:
    """A page's annotations, closed behind each."""
    from pypdfium2 import raw

    for number in range(min(raw.FPDFPage_GetAnnotCount(page), MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if annotation:
            try:
                yield annotation
            finally:
                raw.FPDFPage_CloseAnnot(annotation)


def bounds(annotation: Any) -> Bounds | None:
    from pypdfium2 import raw

    rectangle = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(annotation, rectangle):
        return None
    left, right = sorted((rectangle.left, rectangle.right))
    bottom, top = sorted((rectangle.bottom, rectangle.top))
    return left, bottom, right, top


def unread(page: PdfPage) -> list[Bounds]:
    """Where annotations show pictures or words that nothing else reads. Raises TooManyObjects.

    Of form fields only pictures and signatures: values and check marks are read, captions of buttons are no content.
    """
    from pypdfium2 import raw

    found = []
    for annotation in each(page):
        subtype, place = raw.FPDFAnnot_GetSubtype(annotation), bounds(annotation)
        if place is None or subtype == raw.FPDF_ANNOT_POPUP or raw.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN:
            continue
        wanted = {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING}
        if subtype != raw.FPDF_ANNOT_WIDGET or _is_signature(page, annotation):
            wanted.add(raw.FPDF_PAGEOBJ_TEXT)
        if wanted & set(_kinds(annotation)):
            found.append(place)
    return found


def _is_signature(page: PdfPage, annotation: Any) -> bool:
    from pypdfium2 import raw

    if page.formenv is None:
        return False
    return bool(raw.FPDFAnnot_GetFormFieldType(page.formenv, annotation) == raw.FPDF_FORMFIELD_SIGNATURE)


def _kinds(annotation: Any) -> Iterator[int]:
    from pypdfium2 import raw

    seen = 0

    def within(parent: Any, count: Any, get: Any, depth: int) -> Iterator[int]:
        nonlocal seen
        for number in range(count(parent)):
            seen += 1
            if seen > page_objects.MOST_OBJECTS or depth > page_objects.MOST_DEPTH:
                raise page_objects.TooManyObjects
            found = get(parent, number)
            kind = raw.FPDFPageObj_GetType(found)
            if kind == raw.FPDF_PAGEOBJ_FORM:
                yield from within(found, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, depth + 1)
            else:
                yield kind

    yield from within(annotation, raw.FPDFAnnot_GetObjectCount, raw.FPDFAnnot_GetObject, 0)


class Appearances:
    """The same file once more, with what fields show made a part of its pages: what they say can be read and looked at.

    Opened where a page has fields only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._document: PdfDocument | None = None

    def close(self) -> None:
        if self._document is not None:
            self._document.close()

    def on(self, index: int, clock: Clock | None) -> Written:
        """``clock``: None where the page is not painted, so that all is believed. Raises OutOfTime, TooManyObjects."""
        import pypdfium2
        from pypdfium2 import raw

        if self._document is None:
            self._document = pypdfium2.PdfDocument(self._path)
            self._document.init_forms()
        with pdfs.page_of(self._document, index) as page:
            own = raw.FPDFPage_CountObjects(page)
            done = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        if done != raw.FLATTEN_SUCCESS:
            return lambda _bounds: None
        with pdfs.page_of(self._document, index) as page:
            return _written(page, own, clock)


def _written(page: PdfPage, own: int, clock: Clock | None) -> Written:
    """``own``: how many of the page's objects were there before; those behind are appearances."""
    textpage = page.get_textpage()
    try:
        objects = list(page_objects.walk(page, first=own))
        theirs = {_address(found) for found, kind, _ in objects if _is_text(kind)}
        words = [word for word in letters.words(textpage) if _object(textpage, word) in theirs]
        shown = {word.place: word.text for word in words}
        if words and clock is not None:
            with clock.page():
                canvas = Canvas(page, clock)
                whole = canvas.paint()
                with without(found for found, kind, _ in objects if _is_text(kind)):
                    painted = Ink(whole, canvas.paint())
                seen = hidden.covered(hidden.judged(words, canvas, painted), canvas, whole, textpage)
            shown = {one.word.place: one.word.text for one in seen if one.state == "shown"}
        places = sorted((_middle(word.loose), word.place) for word in words)
    finally:
        textpage.close()

    def written(place: Bounds) -> str | None:
        left, bottom, right, top = place
        first = bisect_left(places, ((bottom, left), -1))
        within = [at for (y, x), at in takewhile(lambda each: each[0][0] <= top, places[first:]) if left <= x <= right]
        return " ".join(shown[at] for at in sorted(within) if at in shown) if within else None

    return written


def _is_text(kind: int) -> bool:
    from pypdfium2 import raw

    return bool(kind == raw.FPDF_PAGEOBJ_TEXT)


def _address(found: Any) -> int:
    import ctypes

    return ctypes.cast(found, ctypes.c_void_p).value or 0


def _object(textpage: Any, word: letters.Written) -> int:
    from pypdfium2 import raw

    return _address(raw.FPDFText_GetTextObject(textpage, word.place))


def _middle(box: Bounds) -> tuple[float, float]:
    return (box[1] + box[3]) / 2, (box[0] + box[2]) / 2
