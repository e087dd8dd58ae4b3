"""Which words of a page show: those that leave ink where they stand.

A page is painted with and without its text; where the two differ there is ink. A word that leaves none does not show,
however that was done: its color, its mode, what lies over it, a clip, a layer, a transparency. Letters are looked at
one by one, since a shown "$1" may have hidden zeros behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal

from documents.reading.painting.canvas import Canvas, Ink, Pixels, without
from documents.reading.painting.letters import Letter, Written

if TYPE_CHECKING:
    from PIL.Image import Image

SMALL: Final = 1.5
"""Points: a font that is less high cannot be read on paper."""
THIN: Final = 0.12
"""Points: a box that is less wide or high holds no ink: a glyph that the font does not have, or an empty one."""
FAINT: Final = 8.0
"""Points: of a smaller font marks that are no letters and no digits are believed."""
LEAST_PIXELS: Final = 1.5
"""Thinner boxes (dashes) are grown to so much before one looks for ink in them."""
WIDE: Final = 4.0
"""Pixels: of a letter that is as wide, the outermost pixel on each side is its neighbour's too."""
_GAP: Final = bytes(2)
"""Columns without ink that a letter could be missing from; between letters there is one."""
_CELL: Final = 4
OVERLAP: Final = 0.3

State = Literal["shown", "hidden", "small", "outside", "no glyph"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A word, or the letters of one that are alike, and whether it shows.

    ``outside``: of the page as it is cropped. ``no glyph``: nothing could be painted, since the font is not in the
    file or has no such letter; a reader's machine may have it. ``box``: around its ink.
    """

    word: Written
    state: State
    box: Pixels


def judged(words: Iterable[Written], canvas: Canvas, painted: Ink) -> list[Seen]:
    """``painted``: where text leaves ink . Words whose letters differ are cut into parts."""
    return [seen for word in words for seen in _judged(word, canvas, painted)]


def covered(seen: Sequence[Seen], canvas: Canvas, whole: Image, textpage: Any) -> list[Seen]:
    """Words that seem to show, but for the ink of other words over them: switched off, nothing changes.

    Costs one painting, and only where words of different text lie over each other. Raises OutOfTime.
    """
    below = _below([each for each in seen if each.state == "shown"], canvas)
    if not below:
        return list(seen)
    from pypdfium2 import raw

    objects = [raw.FPDFText_GetTextObject(textpage, word.index) for word in below]
    with without(each for each in objects if each):
        left = Ink(whole, canvas.paint())
    again = {word.index: _judged(word, canvas, left) for word in below}
    return [part for each in seen for part in again.get(each.word.index, [each])]


def _judged(word: Written, canvas: Canvas, painted: Ink) -> list[Seen]:
    box = canvas.place(_tight(word.letters))
    if state := _unseen(word, box, canvas):
        return [Seen(word, state, box)]
    left, top, right, bottom = _whole(box, canvas.size)
    columns, rows = painted.crop((left, top, right, bottom)).getprojection()
    if not any(columns):
        if all(map(_is_faint, word.letters)):
            return [Seen(word, "shown", box)]
        state = "hidden" if _is_within(box, canvas) else "outside"
        return [Seen(word, "no glyph" if all(map(_is_thin, word.letters)) else state, box)]
    sideways = box[3] - box[1] > box[2] - box[0] and len(word.letters) > 1
    along, start = (rows, top) if sideways else (columns, left)
    if len(word.letters) == 1 or _GAP not in bytes(map(bool, along)):
        return [Seen(word, "shown", box)]
    spans = [canvas.place(letter.tight)[sideways::2] for letter in word.letters]
    shown = [
        _is_thin(letter) or _is_faint(letter) or any(along[slice(*_inner(first - start, last - start))])
        for letter, (first, last) in zip(word.letters, spans, strict=True)
    ]
    return [Seen(word, "shown", box)] if all(shown) else list(_parts(word, shown, canvas))


def _unseen(word: Written, box: Pixels, canvas: Canvas) -> State | None:
    """What can be told without looking for ink."""
    if _size(word.letters[0]) < SMALL and max(map(_size, word.letters)) < SMALL:
        return "small"
    if box[2] <= 0 or box[3] <= 0 or box[0] >= canvas.size[0] or box[1] >= canvas.size[1]:
        return "outside"
    return None


def _parts(word: Written, shown: Sequence[bool], canvas: Canvas) -> Iterator[Seen]:
    """Letters after each other that are alike."""
    for shows, group in groupby(zip(word.letters, shown, strict=True), key=lambda pair: pair[1]):
        letters = tuple(letter for letter, _ in group)
        part = replace(word, letters=letters, ends=word.ends and letters[-1] is word.letters[-1])
        box = canvas.place(_tight(letters))
        state: State = "hidden" if _is_within(box, canvas) else "outside"
        yield Seen(part, "shown" if shows else state, box)


def _is_within(box: Pixels, canvas: Canvas) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= canvas.size[0] and box[3] <= canvas.size[1]


def _inner(first: float, last: float) -> tuple[int, int]:
    """Whole pixels of a letter that are not its neighbours' too; at least one."""
    if last - first >= WIDE:
        first, last = first + 1, last - 1
    elif last - first < LEAST_PIXELS:
        first, last = first - 0.75, last + 0.75
    start = max(int(first), 0)
    return start, max(int(last) + 1, start + 1)


def _tight(letters: Sequence[Letter]) -> tuple[float, float, float, float]:
    lefts, bottoms, rights, tops = zip(*(letter.tight for letter in letters), strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _size(letter: Letter) -> float:
    """The longer side, since letters may stand sideways."""
    left, bottom, right, top = letter.loose
    return max(top - bottom, right - left)


def _is_faint(letter: Letter) -> bool:
    """Dots and strokes of small print leave too little ink to be told from none."""
    return not letter.text.isalnum() and _size(letter) < FAINT


def _is_thin(letter: Letter) -> bool:
    left, bottom, right, top = letter.tight
    return right - left < THIN or top - bottom < THIN


def _whole(box: Pixels, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Whole pixels around a box, within the canvas."""
    left, top, right, bottom = box
    more, higher = max(0.0, (LEAST_PIXELS - (right - left)) / 2), max(0.0, (LEAST_PIXELS - (bottom - top)) / 2)
    first, above = max(int(left - more), 0), max(int(top - higher), 0)
    return (
        first, above,
        max(min(int(right + more) + 1, size[0]), first + 1), max(min(int(bottom + higher) + 1, size[1]), above + 1),
    )  # fmt: skip


def _below(shown: Sequence[Seen], canvas: Canvas) -> list[Written]:
    """Of words that lie over each other, those that are painted first. The same text twice is bold, and not hidden."""
    boxes, words = [each.box for each in shown], [each.word for each in shown]
    taken = [bytearray(canvas.size[0] // _CELL + 1) for _ in range(canvas.size[1] // _CELL + 1)]
    low: list[int] = []
    for number, box in enumerate(boxes):
        strips = [(taken[row], *_columns(box)) for row in _middle(box, len(taken))]
        if any(1 in row[first:last] for row, first, last in strips):
            low.append(number)
        for row, first, last in strips:
            row[first:last] = bytes([1]) * (len(row[first:last]))
    found = {
        min(number, other, key=lambda each: words[each].index)
        for number in low
        for other in range(number)
        if _shared(boxes[other], boxes[number]) > OVERLAP and words[other].text != words[number].text
    }
    return [words[number] for number in sorted(found)]


def _middle(box: Pixels, rows: int) -> range:
    """Rows of cells through the middle of a box: neighbouring lines only touch."""
    quarter = (box[3] - box[1]) / 4
    return range(max(int(box[1] + quarter) // _CELL, 0), min(int(box[3] - quarter) // _CELL + 1, rows))


def _columns(box: Pixels) -> tuple[int, int]:
    """Cells from the first to behind the last that it fills; the cell in which it ends is its neighbour's too."""
    return max(int(box[0]) // _CELL + 1, 0), max(int(box[2]) // _CELL, 0)


def _shared(one: Pixels, other: Pixels) -> float:
    """Of the smaller of two boxes, what the other one covers."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    least = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across * down / max(least, 1e-6) if across > 0 and down > 0 else 0.0
