"""One page image to its lines, marks, tables, pairs and layout."""

from __future__ import annotations

import re
from collections.abc import Sequence

from local.services.textract import ocr
from local.services.textract.page import (
    aligned_tables,
    drawn_pairs,
    layout_regions,
    radio_buttons,
    ruled_tables,
    shading,
    text_pairs,
)
from local.services.textract.page import ink as layout_ink
from local.services.textract.page.form_state import Form
from local.services.textract.page.model import Box, Mark, Pixels, Rules, Sheet, Table, Word
from local.services.textract.page.text_lines import lines

_SIGNED = re.compile(r"(?:signatures?|signed|sign|signer|authori[sz]ed by)[:.,]?", re.IGNORECASE)
_SURE_PAGE = 88.0  # print that stands upright is read with 95 and more on average, upside down with 80
_SURE_WORD = 85.0  # a signature is read as words too, but not surely


def analyse(image: Pixels, native: Sequence[Word] | None = None, pictures: Sequence[Box] = ()) -> Sheet:
    """Everything on the page ``image`` (RGB).

    ``native`` is the page's own text, where it has one: only what stands in ``pictures`` is read from the image then.

    Raises:
        OcrUnavailableError: there is no OCR engine as asked for.
    """
    source = (image.shape[1], image.shape[0])
    angle = 0.0
    if native is None:
        image, angle, words, squares, black = _read(image)
    else:
        black = layout_ink.ink(image)
        squares = _squares(black)
        words = [*native, *_pictured(image, native, pictures)]
    size = layout_ink.print_height(words)
    rules = layout_ink.without_letters(layout_ink.rules(black, size), words)
    marks = _real_marks(squares, words, rules, size)
    tables = ruled_tables.ruled(rules, words, marks, size)
    form = Form(words, marks, rules, size)
    drawn_pairs.check_boxes(form, tables)
    lined = _unruled(form, tables, [*_level_lines(rules), *shading.edges(image, size)], barred=True)
    drawn_pairs.begin(form, tables, lined)
    tables += lined
    tables += _unruled(form, tables, _level_lines(rules))
    tables.sort(key=lambda table: (table.box.top, table.box.left))
    pairs = text_pairs.finish(form, tables)
    found = lines(words, rules.down, marks)
    height, width = image.shape[:2]
    return Sheet(
        width=width,
        height=height,
        angle=angle,
        lines=tuple(found),
        marks=tuple(marks),
        tables=tuple(tables),
        pairs=tuple(pairs),
        regions=tuple(layout_regions.regions(found, tables, pairs, pictures, (width, height, size))),
        signatures=tuple(_signatures(black, words, rules, size)),
        source=source,
    )


# --- reading ---------------------------------------------------------------------------------------------------


def _read(image: Pixels) -> tuple[Pixels, float, list[Word], list[Mark], Pixels]:
    """The page turned upright and level, by how many degrees, its words, its squares and its ink."""
    import numpy as np

    angle = layout_ink.skew(image)
    upright = layout_ink.turned(image, angle) if angle else image
    words, squares, black = _words(upright)
    best = (upright, angle, words, squares, black)
    for quarters in _turns(words):
        other = np.ascontiguousarray(np.rot90(image, quarters))
        tilt = layout_ink.skew(other)
        other = layout_ink.turned(other, tilt) if tilt else other
        words, squares, black = _words(other)
        if _worth(words) > 1.2 * _worth(best[2]):
            best = (other, 90.0 * quarters + tilt, words, squares, black)
    return best


def _words(image: Pixels) -> tuple[list[Word], list[Mark], Pixels]:
    black = layout_ink.ink(image)
    squares = _squares(black)
    # A box glued to its label makes the label unreadable: it is painted over first.
    framed = [mark.box for mark in squares if mark.confidence != layout_ink.SOLID]
    words = ocr.read(layout_ink.erased(image, framed) if framed else image)
    return layout_ink.trimmed(words, black, framed), squares, black


def _squares(black: Pixels) -> list[Mark]:
    """What may be check boxes and radio buttons."""
    squares = layout_ink.marks(black)
    round_ = [ring for ring in radio_buttons.rings(black) if not any(ring.box.holds(mark.box) for mark in squares)]
    return sorted([*squares, *round_], key=lambda mark: (mark.box.top, mark.box.left))


def _turns(words: Sequence[Word]) -> tuple[int, ...]:
    """Quarter turns, counter-clockwise, that may read better: sideways where words are tall, else upside down."""
    long = [word for word in words if len(word.text) >= 4]
    if len(long) >= 3 and sum(word.box.height > 1.2 * word.box.width for word in long) > 0.6 * len(long):
        return (1, 3)
    if words and sum(word.confidence for word in words) < _SURE_PAGE * len(words):
        return (2,)
    return ()


def _worth(words: Sequence[Word]) -> float:
    """How much was read, and how surely: upside-down print gives few and doubtful words."""
    return sum(len(word.text) * (word.confidence / 100) ** 3 for word in words)


def _pictured(image: Pixels, native: Sequence[Word], pictures: Sequence[Box]) -> list[Word]:
    """Words in the pictures of a page that has text of its own, where none of that text stands."""
    found: list[Word] = []
    high, wide = image.shape[:2]
    for box in pictures:
        small = box.width < 40 or box.height < 14
        if small or any(other is not box and other.holds(box) and _larger(other, box) for other in pictures):
            continue
        left, top = max(0, int(box.left) - 4), max(0, int(box.top) - 4)
        part = image[top : min(high, int(box.bottom) + 4), left : min(wide, int(box.right) + 4)]
        for word in ocr.read(part):
            at = Box(word.box.left + left, word.box.top + top, word.box.right + left, word.box.bottom + top)
            if not any(other.box.holds(at) or at.holds(other.box) for other in native):
                found.append(Word(word.text, at, word.confidence))
    return found


def _larger(one: Box, other: Box) -> bool:
    return one.width * one.height > other.width * other.height


# --- marks, tables, signatures ----------------------------------------------------------------------------------


def _real_marks(squares: Sequence[Mark], words: Sequence[Word], rules: Rules, height: float) -> list[Mark]:
    """Without letters that passed for boxes, and without solid squares that are bullets or full stops.

    A solid square is a mark where it is alone in a drawn cell, or as large as the page's other boxes.
    """
    frames = [mark.box.height for mark in squares if mark.confidence != layout_ink.SOLID]
    found = []
    for mark in squares:
        if any(word.box.grown(-2).holds(mark.box) and len(word.text) > 1 for word in words):
            continue
        if mark.box.height > 2.6 * height:
            continue
        if mark.confidence == layout_ink.SOLID and not any(0.8 < mark.box.height / frame < 1.25 for frame in frames):
            cell = next((cell for cell in rules.cells if cell.holds(mark.box)), None)
            if cell is None or cell.width > 12 * height or any(cell.holds(word.box) for word in words):
                continue
        found.append(mark)
    return found


def _unruled(form: Form, known: Sequence[Table], lines: Sequence[Box], *, barred: bool = False) -> list[Table]:
    """Tables without walls, in the words that are neither in one of the tables ``known`` nor in a drawn form.

    With ``barred`` only those with rulings or shading between their rows.
    """
    inside = {id(item) for table in known for cell in table.cells for item in cell.content}
    free = [word for word in form.free(form.words) if id(word) not in inside]
    return aligned_tables.aligned(free, lambda row: form.parts(row, 0.9), form.height, lines, barred=barred)


def _level_lines(rules: Rules) -> list[Box]:
    """Rulings, and the edges of drawn or shaded strips, as thin boxes."""
    edges = [Box(cell.left, y, cell.right, y) for cell in rules.cells for y in (cell.top, cell.bottom)]
    return [*rules.across, *edges]


def _signatures(black: Pixels, words: Sequence[Word], rules: Rules, height: float) -> list[Box]:
    """Handwriting beside or above a word that asks for a signature."""
    print_ = [word.box for word in words if word.confidence >= _SURE_WORD]
    found: list[Box] = []
    for word in words:
        if not _SIGNED.fullmatch(word.text):
            continue
        line, near = word.box, [*print_, *rules.across, *rules.down, word.box]
        places = (
            Box(
                line.right + 0.3 * height, line.top - 1.2 * height, line.right + 18 * height, line.bottom + 0.5 * height
            ),
            Box(line.left - height, line.top - 3.0 * height, line.right + 10 * height, line.top),
        )
        for place in places:
            ink = layout_ink.scrawl(black, place, near)
            if ink is None or ink.share < 0.012 or ink.box.height < 0.7 * height or ink.box.width < 1.5 * height:
                continue
            if not any(other.holds(ink.box) for other in found):
                found.append(ink.box)
            break
    return found
