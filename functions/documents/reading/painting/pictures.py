"""Pictures on a page: what they show is not in the page's text. One that shows nothing (a ground) is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from documents.files import page_objects
from documents.reading.painting import appearances
from documents.reading.painting.canvas import Canvas, Clock, without
from documents.reading.painting.ink import Ink
from documents.reading.painting.letters import Bounds, around

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage

SHARE: Final = 0.01
"""Of the page: pictures that take less of it together are ornaments."""
LEAST_SIDE: Final = 4.0
"""Points; what is smaller in one direction is a rule or a dot."""
NEAR: Final = 3.0
"""Points between the strips or tiles of one picture."""
EDGES: Final = 30
"""Pixels at 72 dpi where light and dark meet: three letters have as many, a ground or a shade has none."""
_EDGE: Final = 48
MOST_REGIONS: Final = 400


def regions(page: PdfPage, objects: page_objects.Found) -> list[Bounds]:
    """Where pictures lie, those that touch as one, cut to the page; annotations with words or pictures are some."""
    from pypdfium2 import raw

    crop = page.get_bbox()
    boxes = [page_objects.bounds(each, matrix) for each, kind, matrix in objects if kind == raw.FPDF_PAGEOBJ_IMAGE]
    boxes += appearances.unread(page)
    cut = [_cut(box, crop) for box in boxes if box is not None]
    return [box for box in _joined([each for each in cut if each]) if _is_large(box)]


def unread(page: PdfPage, clock: Clock, *, share: float = SHARE, edges: int = EDGES) -> list[Bounds]:
    """Those that show something, where pictures take at least ``share`` of the page. Raises OutOfTime, TooManyObjects.

    Costs two paintings where there are any.
    """
    objects = list(page_objects.walk(page))
    found = candidates(page, objects, share)
    if not found:
        return []
    with clock.page():
        canvas = Canvas(page, clock)
        with without(texts(objects)):
            return showing(canvas, canvas.paint(), found, objects, edges)


def candidates(page: PdfPage, objects: page_objects.Found, share: float = SHARE) -> list[Bounds]:
    found = regions(page, objects)
    width, height = page.get_size()
    return found if sum(map(_area, found)) >= share * width * height else []


def showing(
    canvas: Canvas, plain: Image, found: Sequence[Bounds], objects: page_objects.Found, edges: int = EDGES
) -> list[Bounds]:
    """``plain``: the page without its text, which must still be off."""
    with without(images(objects)):
        # Only where annotations are looked at: a filled-in field over a mere ground makes no picture of it.
        all_ = not appearances.unread(canvas.page)
        seen = Ink(plain, canvas.paint(fields=all_, annotations=all_))
    return [box for box in found if _shows(canvas.whole(box), plain, seen, edges)]


def texts(objects: page_objects.Found) -> list[Any]:
    from pypdfium2 import raw

    return [each for each, kind, _ in objects if kind == raw.FPDF_PAGEOBJ_TEXT]


def images(objects: page_objects.Found) -> list[Any]:
    from pypdfium2 import raw

    return [each for each, kind, _ in objects if kind == raw.FPDF_PAGEOBJ_IMAGE]


def _shows(place: tuple[int, int, int, int], plain: Image, seen: Ink, least: int) -> bool:
    from PIL import ImageFilter

    if place[2] - place[0] < 3 or place[3] - place[1] < 3 or not seen.is_in(place):
        return False
    edges = plain.crop(place).convert("RGB").convert("L").filter(ImageFilter.FIND_EDGES)
    # The filter leaves the outermost pixels as they were.
    inner = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    return sum(inner.histogram()[_EDGE:]) >= least


def _cut(box: Bounds, crop: Bounds) -> Bounds | None:
    left, bottom = max(box[0], crop[0]), max(box[1], crop[1])
    right, top = min(box[2], crop[2]), min(box[3], crop[3])
    return (left, bottom, right, top) if right > left and top > bottom else None


def _joined(boxes: Sequence[Bounds]) -> list[Bounds]:
    """Strips and tiles as the picture that they are. Very many are one, since each is but a letter of it."""
    found: list[Bounds] = []
    for box in sorted(boxes, key=lambda each: (-each[3], each[0])):
        whole = box
        while (near := next((each for each in found if _touch(each, whole)), None)) is not None:
            found.remove(near)
            whole = around([near, whole])
        found.append(whole)
        if len(found) > MOST_REGIONS:
            found = [around(found)]
    return found


def _touch(one: Bounds, other: Bounds) -> bool:
    across = max(one[0], other[0]) - min(one[2], other[2])
    up = max(one[1], other[1]) - min(one[3], other[3])
    return max(across, up) <= NEAR


def _is_large(box: Bounds) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) >= LEAST_SIDE


def _area(box: Bounds) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
