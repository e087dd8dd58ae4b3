"""What a page of a PDF is made of: its objects in the order in which they are painted, those of forms within included.

A form (a form XObject) has units of its own; each object comes with the matrix that leads to the page's units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MOST_OBJECTS: Final = 50_000
"""Objects of a page that are looked at; a page with more is a drawing."""
MOST_DEPTH: Final = 10

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Final[Matrix] = (1, 0, 0, 1, 0, 0)


class TooManyObjects(Exception):
    """The page has more than ``MOST_OBJECTS`` objects, or forms within forms that go too deep."""


Found = Sequence[tuple[Any, int, Matrix]]
"""What ``walk`` yields: many thousands on some pages, so one walk serves all that ask."""


def walk(page: PdfPage, first: int = 0) -> Iterator[tuple[Any, int, Matrix]]:
    """Object, its kind (``FPDF_PAGEOBJ_*``, never a form) and its parent's matrix, from the page's ``first`` object on.

    Raises TooManyObjects.
    """
    from pypdfium2 import raw

    seen = 0

    def within(
        parent: Any, count: Any, get: Any, matrix: Matrix, depth: int, first: int = 0
    ) -> Iterator[tuple[Any, int, Matrix]]:
        nonlocal seen
        if depth > MOST_DEPTH:
            raise TooManyObjects
        for number in range(first, count(parent)):
            seen += 1
            if seen > MOST_OBJECTS:
                raise TooManyObjects
            each = get(parent, number)
            kind = raw.FPDFPageObj_GetType(each)
            if kind == raw.FPDF_PAGEOBJ_FORM:
                inner = times(matrix_of(each), matrix)
                yield from within(each, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, inner, depth + 1)
            else:
                yield each, kind, matrix

    yield from within(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, IDENTITY, 0, first)


def matrix_of(each: Any) -> Matrix:
    from pypdfium2 import raw

    found = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(each, found)
    return found.a, found.b, found.c, found.d, found.e, found.f


def bounds(each: Any, matrix: Matrix) -> tuple[float, float, float, float] | None:
    """Left, bottom, right, top in the page's units; None where pdfium knows none."""
    import ctypes

    from pypdfium2 import raw

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(each, left, bottom, right, top):
        return None
    corners = [applied(matrix, x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(up), max(across), max(up)


def times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    x, y = applied(then, e, f)
    return (
        a * then[0] + b * then[2],
        a * then[1] + b * then[3],
        c * then[0] + d * then[2],
        c * then[1] + d * then[3],
        x,
        y,
    )


def applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
