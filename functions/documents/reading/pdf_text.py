"""The words of a PDF that has text of its own, where they show, and what its form fields hold.

What does not show is left out and told (``painting``). Boxes are of the page as it shows: cropped and turned.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from documents.files import pdfs
from documents.model import Flag, Form, LaidLine, Signature, Word
from documents.reading import pdf_fields, reading_order
from documents.reading.painting import places

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

    from documents.reading.painting.canvas import Clock
    from documents.reading.painting.letters import Written


@dataclass(frozen=True, slots=True)
class Page:
    """``rows`` are the lines side by side again, for pairs. ``checked``: whether it was painted to see what shows."""

    lines: tuple[LaidLine, ...] = ()
    rows: tuple[tuple[reading_order.Segment, ...], ...] = ()
    fields: tuple[Form, ...] = ()
    signatures: tuple[Signature, ...] = ()
    flags: tuple[Flag, ...] = ()
    checked: bool = True


def pages(path: Path, unchecked: Collection[int] | None = None) -> Iterator[Page]:
    """One after the other, from 1. Raises what ``pdfs.opened`` raises, and BrokenDocument for a page.

    ``unchecked``: pages that an earlier reading had no time to paint. They are read as they were then, all others are
    painted, however long it takes; the lines are the same. None: the first reading, which has its time.
    """
    from documents.reading.painting import look
    from documents.reading.painting.canvas import Clock

    clock = Clock(look.FILE_SECONDS, look.PAGE_SECONDS) if unchecked is None else Clock.forever()
    with pdfs.opened(path) as document:
        if document.get_formtype():
            document.init_forms()
        for index in range(len(document)):
            with pdfs.page_of(document, index) as page:
                yield _page(document, page, index + 1, clock, paint=index + 1 not in (unchecked or ()))


def _page(document: PdfDocument, page: PdfPage, number: int, clock: Clock, *, paint: bool) -> Page:
    from documents.reading.painting import look, notes

    found = look.look(page, clock, fields=pdf_fields.has_any(page)) if paint else look.unpainted(page)
    shown = places.shown(page)
    fields = pdf_fields.read(document, page, number, shown, found.shows)
    level, others = _words(found.words, page.get_rotation(), shown)
    width, height = page.get_size()
    segments = reading_order.segments([*level, *fields.words], height / max(width, 1e-6))
    lines = [segment.words for segment in segments] + [tuple(words) for words in others]
    return Page(
        lines=tuple(LaidLine(number, " ".join(word.text for word in words), words) for words in lines),
        rows=tuple(tuple(row) for row in reading_order.rows(segments)),
        fields=tuple(fields.forms),
        signatures=tuple(fields.signatures),
        flags=tuple(notes.flags(number, found, fields.hidden, shown)),
        checked=found.checked,
    )


def _words(words: list[Written], rotation: int, shown: places.Shown) -> tuple[list[Word], list[list[Word]]]:
    """Level words in any order; and lines of words that run up, down or upside down, in pdfium's order."""
    turned = math.radians(rotation)
    level: list[Word] = []
    others: list[list[Word]] = [[]]
    for each in words:
        word = Word(each.text, shown(*each.bounds), each.index)
        # pdfium counts angles clockwise, and a page is turned clockwise too.
        if math.cos(each.angle + turned) > 0.9:
            level.append(word)
        else:
            others[-1].append(word)
        if each.ends and others[-1]:
            others.append([])
    return level, [line for line in others if line]
