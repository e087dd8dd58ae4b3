"""The words of a PDF that has text of its own, where they show, and what its form fields hold.

What does not show is left out and told (``painting``). Boxes are of the page as it shows: cropped and turned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from documents.files import page_objects, pdfs
from documents.model import Flag, Form, LaidLine, Signature, Word
from documents.reading import directions, pdf_fields, reading_order, rulings
from documents.reading.painting import appearances, places

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

    from documents.reading.painting import look
    from documents.reading.painting.canvas import Clock


@dataclass(frozen=True, slots=True)
class Part:
    """Words of one direction: ``rows`` are the lines side by side again, for pairs; ``tables`` are those drawn."""

    rows: tuple[tuple[reading_order.Segment, ...], ...]
    tables: tuple[rulings.Ruled, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """``checked``: whether it was painted to see what shows."""

    lines: tuple[LaidLine, ...] = ()
    parts: tuple[Part, ...] = ()
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
    with pdfs.opened(path) as document, closing(appearances.Appearances(path)) as shows:
        if document.get_formtype():
            document.init_forms()
        for index in range(len(document)):
            with pdfs.page_of(document, index) as page:
                yield _page(document, page, index + 1, clock, shows, paint=index + 1 not in (unchecked or ()))


def _page(
    document: PdfDocument, page: PdfPage, number: int, clock: Clock, shows: appearances.Appearances, *, paint: bool
) -> Page:
    from documents.reading.painting import look, notes

    with_fields = pdf_fields.has_any(page)
    found = look.look(page, clock, fields=with_fields) if paint else look.unpainted(page)
    shown = places.shown(page)
    written = _written(shows, number - 1, clock, found) if with_fields else lambda _bounds: None
    fields = pdf_fields.read(document, page, number, shown, found.shows, written)
    lines: list[tuple[Word, ...]] = []
    parts: list[Part] = []
    for group in directions.groups(found.words, fields.words, page.get_rotation(), shown):
        if group.frame is None:
            lines += group.lines
            continue
        part, read = _part(page, group.frame, group.words, shown)
        parts.append(part)
        lines += read
    return Page(
        lines=tuple(LaidLine(number, " ".join(word.text for word in words), words) for words in lines),
        parts=tuple(parts),
        fields=tuple(fields.forms),
        signatures=tuple(fields.signatures),
        flags=tuple(notes.flags(number, found, fields.hidden, shown)),
        checked=found.checked,
    )


def _written(shows: appearances.Appearances, index: int, clock: Clock, found: look.Look) -> appearances.Written:
    from documents.reading.painting.canvas import OutOfTime

    try:
        return shows.on(index, clock if found.checked else None)
    except (OutOfTime, page_objects.TooManyObjects):
        found.checked = False
        return shows.on(index, None)


def _part(
    page: PdfPage, frame: directions.Frame, words: Sequence[Word], shown: places.Shown
) -> tuple[Part, list[tuple[Word, ...]]]:
    """Of words that stand level in their frame: what is made of them, and their lines where they show."""
    width, height = page.get_size()
    size = (width, height) if frame.turn % 2 == 0 else (height, width)
    segments = reading_order.segments(words, size[1] / max(size[0], 1e-6), mirrored=frame.mirrored)
    try:
        drawn = rulings.tables(
            rulings.strokes(page), lambda line: frame.level(shown(*line)), words, size, mirrored=frame.mirrored
        )
    except page_objects.TooManyObjects:
        drawn = []  # a drawing: its words are read, its lines are no table's
    rows = tuple(tuple(row) for row in reading_order.rows(segments))
    return Part(rows, tuple(drawn)), [frame.shown(segment.words) for segment in segments]
