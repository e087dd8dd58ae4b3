"""One look at a page: its words that show, its words that do not, its pictures. One pair of paintings for all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from documents.files import page_objects
from documents.reading.painting import hidden, letters, pictures
from documents.reading.painting.canvas import Canvas, Clock, OutOfTime, without
from documents.reading.painting.ink import Ink
from documents.reading.painting.letters import Bounds, Written

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

FILE_SECONDS: Final = 150.0
"""Of one file's painting; half of what the function that reads it has."""
PAGE_SECONDS: Final = 20.0


@dataclass(slots=True)
class Look:
    """``checked``: whether the page could be painted; else all its words are in ``words``, believed as they are.

    ``shows``: whether a form field's value leaves ink within its bounds.
    """

    words: list[Written] = field(default_factory=list)
    hidden: list[hidden.Seen] = field(default_factory=list)
    pictures: list[Bounds] = field(default_factory=list)
    checked: bool = True
    shows: Callable[[Bounds], bool] = lambda _bounds: True


def look(page: PdfPage, clock: Clock, *, fields: bool = False) -> Look:
    """``fields``: whether there are form fields whose values have to show."""
    textpage = page.get_textpage()
    try:
        words = letters.words(textpage)
        with clock.page():
            return _look(page, textpage, words, clock, fields)
    except (OutOfTime, page_objects.TooManyObjects):
        return Look(words, checked=False)
    finally:
        textpage.close()


def unpainted(page: PdfPage) -> Look:
    """A page as an earlier look, which had no time to paint it, left it."""
    textpage = page.get_textpage()
    try:
        return Look(letters.words(textpage), checked=False)
    finally:
        textpage.close()


def _look(page: PdfPage, textpage: Any, words: list[Written], clock: Clock, fields: bool) -> Look:
    objects = list(page_objects.walk(page))
    found = pictures.candidates(page, objects)
    if not (words or found or fields):
        return Look()
    canvas = Canvas(page, clock)
    whole = canvas.paint()
    seen: list[hidden.Seen] = []
    showing: list[Bounds] = []
    if words or found:
        with without(pictures.texts(objects)):
            plain = canvas.paint()
            showing = pictures.showing(canvas, plain, found, objects) if found else []
        seen = hidden.covered(hidden.judged(words, canvas, Ink(whole, plain)), canvas, whole, textpage)
    return Look(
        words=[each.word for each in seen if each.state == "shown"],
        hidden=[each for each in seen if each.state != "shown"],
        pictures=showing,
        shows=_shows(canvas, Ink(whole, canvas.paint(fields=False))) if fields else lambda _bounds: True,
    )


def _shows(canvas: Canvas, painted: Ink) -> Callable[[Bounds], bool]:
    def shows(bounds: Bounds) -> bool:
        left, top, right, bottom = canvas.whole(bounds)
        return right > left and bottom > top and painted.is_in((left, top, right, bottom))

    return shows
