"""Which words of a page show: those that leave ink where they stand.

A page is painted with and without its text; where the two differ there is ink. A word that leaves none does not show,
however that was done: its color, its mode, what lies over it, a clip, a layer, a transparency. Letters are looked at
one by one, since a shown "$1" may have hidden zeros behind it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from documents.reading.painting.canvas import Canvas, Pixels, without
from documents.reading.painting.ink import Area, Ink, Mask
from documents.reading.painting.letters import Written

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
FLAT: Final = 0.5
"""Points of height within which no letter can be read."""
NARROW: Final = 0.25
"""Points for each letter of a word, on the average."""
LEAST_THIRD: Final = 2
"""Pixels: of smaller letters a third is too little to be told."""
_STEEP: Final = 0.9
_DIGITS: Final = re.compile(r"\d(?:.*\d)?")
_CELL: Final = 4
OVERLAP: Final = 0.3
_ALL: Final = (True,)
_MANY: Final = 100
"""Words between two looks at the clock."""

State = Literal["shown", "hidden", "small", "outside", "no glyph"]


class Seen(NamedTuple):
    """A word, or the letters of one that are alike, and whether it shows.

    ``outside``: of the page as it is cropped. ``no glyph``: nothing could be painted, since the font is not in the
    file or has no such letter; a reader's machine may have it. ``box``: around its ink.
    """

    word: Written
    state: State
    box: Pixels


def judged(words: Iterable[Written], canvas: Canvas, painted: Ink) -> list[Seen]:
    """``painted``: where text leaves ink. Words whose letters differ are cut into parts. Raises OutOfTime."""
    found: list[Seen] = []
    for number, word in enumerate(words):
        if number % _MANY == 0:
            canvas.clock.check()
        found += _judged(word, canvas, painted)
    return found


def covered(seen: Sequence[Seen], canvas: Canvas, whole: Image, textpage: Any) -> list[Seen]:
    """Words that seem to show, but for the ink of other words over them: switched off, nothing changes.

    Costs one painting, and only where words of different text lie over each other. Raises OutOfTime.
    """
    below = _below([each for each in seen if each.state == "shown"], canvas)
    if not below:
        return list(seen)
    from pypdfium2 import raw

    objects = [raw.FPDFText_GetTextObject(textpage, word.place) for word in below]
    with without(each for each in objects if each):
        left = Ink(whole, canvas.paint())
    again = {word.place: _judged(word, canvas, left) for word in below}
    return [part for each in seen for part in again.get(each.word.place, [each])]


def _judged(word: Written, canvas: Canvas, painted: Ink) -> list[Seen]:
    box = canvas.place(word.tight)
    if state := _unseen(word, box, canvas):
        return [Seen(word, state, box)]
    # More ink could only show more letters: where the green alone shows them all, nothing else has to be asked.
    shown = _shown(word, box, canvas, painted.green)
    if not (shown and all(shown)):
        shown = _shown(word, box, canvas, painted.all)
    if shown and not all(shown) and not painted.strong.across(_whole(box, canvas.size)):
        # A pale word at the limit: of some letters a little more is seen than of others. It shows as a whole.
        shown = _shown(word, box, canvas, painted.faint) or shown
    if shown:
        return [Seen(word, "shown", box)] if all(shown) else list(_parts(word, shown, canvas))
    letters = range(word.first, word.behind)
    if all(_is_faint(word, letter) for letter in letters):
        return [Seen(word, "shown", box)]
    state = "hidden" if _is_within(box, canvas) else "outside"
    return [Seen(word, "no glyph" if all(_is_thin(word, letter) for letter in letters) else state, box)]


def _shown(word: Written, box: Pixels, canvas: Canvas, mask: Mask) -> Sequence[bool]:
    """Which of a word's letters show; none at all where there is no ink in its box."""
    area = _whole(box, canvas.size)
    left, top, right, bottom = area
    alone = word.behind - word.first == 1
    sideways = box[3] - box[1] > box[2] - box[0] and not alone
    along = mask.down(area) if sideways else mask.across(area)
    if not along:
        return ()
    if _is_cut(area, mask, sideways=sideways) and any(map(str.isalnum, word.text)):
        return ()
    # A letter could be missing only where two neighbouring columns are empty: between letters there is one.
    empty = ~along & (1 << (bottom - top if sideways else right - left)) - 1
    if alone or not empty & empty >> 1:
        return _ALL
    start = top if sideways else left
    spans = (
        canvas.place(word.letters.tight.around(letter, letter + 1))[sideways::2]
        for letter in range(word.first, word.behind)
    )
    inner = (_inner(first - start, last - start) for first, last in spans)
    return [
        bool(along >> begin & (1 << end - begin) - 1) or _is_thin(word, letter) or _is_faint(word, letter)
        for letter, (begin, end) in enumerate(inner, word.first)
    ]


def _unseen(word: Written, box: Pixels, canvas: Canvas) -> State | None:
    """What can be told without looking for ink."""
    if _size(word, word.first) < SMALL and all(
        _size(word, letter) < SMALL for letter in range(word.first, word.behind)
    ):
        return "small"
    if _is_flat(word):
        return "small"
    if _is_said(word):
        return "hidden"
    if box[2] <= 0 or box[3] <= 0 or box[0] >= canvas.size[0] or box[1] >= canvas.size[1]:
        return "outside"
    return None


def _is_flat(word: Written) -> bool:
    """Letters pressed to a line: of a height, or each of a width, that nobody can read."""
    left, bottom, right, top = word.tight
    across, up = right - left, top - bottom
    if up >= FLAT <= across and NARROW * (word.behind - word.first) <= min(across, up):
        return False  # nearly every word, whichever way it runs
    if abs(math.sin(word.angle)) > _STEEP:
        across, up = up, across
    elif abs(math.cos(word.angle)) <= _STEEP or not any(map(str.isalnum, word.text)):
        return False
    # Of one letter the width alone tells nothing: it may be an l.
    letters = word.behind - word.first
    return 0 < up < FLAT or (letters > 2 and THIN < across < NARROW * letters)


def _is_said(word: Written) -> bool:
    """Digits that the file tells and no glyph shows: a text is said to read otherwise than it is painted (ActualText,
    PDF 1.7, 14.9.4).

    pdfium knows no ink of such letters and gives each an equal share of the painted text's box: both of its boxes are
    the same, which those of glyphs never are.
    """
    match = _DIGITS.search(word.text)
    if match is None:
        return False
    first, behind = word.first + match.start(), word.first + match.end()
    return all(
        word.letters.tight.around(at, at + 1) == word.letters.loose.around(at, at + 1) for at in (first, behind - 1)
    )


def _is_cut(area: Area, mask: Mask, *, sideways: bool) -> bool:
    """Whether of the letters only a strip shows, which looks like a line of dots: no ink above, or none below."""
    left, top, right, bottom = area
    third = ((right - left) if sideways else (bottom - top)) // 3
    if third < LEAST_THIRD:
        return False
    if sideways:
        return not (mask.across((left, top, left + third, bottom)) and mask.across((right - third, top, right, bottom)))
    return not (mask.across((left, top, right, top + third)) and mask.across((left, bottom - third, right, bottom)))


def _parts(word: Written, shown: Sequence[bool], canvas: Canvas) -> Iterator[Seen]:
    """Letters after each other that are alike."""
    first = word.first
    for shows, group in groupby(shown):
        behind = first + len(list(group))
        part = word.part(first, behind)
        box = canvas.place(part.tight)
        state: State = "hidden" if _is_within(box, canvas) else "outside"
        yield Seen(part, "shown" if shows else state, box)
        first = behind


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


def _size(word: Written, letter: int) -> float:
    """The longer side, since letters may stand sideways."""
    lefts, bottoms, rights, tops = word.letters.loose
    return max(tops[letter] - bottoms[letter], rights[letter] - lefts[letter])


def _is_faint(word: Written, letter: int) -> bool:
    """Dots and strokes of small print leave too little ink to be told from none."""
    return not word.letters.text[letter].isalnum() and _size(word, letter) < FAINT


def _is_thin(word: Written, letter: int) -> bool:
    left, bottom, right, top = word.letters.tight.around(letter, letter + 1)
    return right - left < THIN or top - bottom < THIN


def _whole(box: Pixels, size: tuple[int, int]) -> Area:
    """Whole pixels around a box, within the canvas."""
    left, top, right, bottom = box
    if right - left < LEAST_PIXELS:
        more = (LEAST_PIXELS - (right - left)) / 2
        left, right = left - more, right + more
    if bottom - top < LEAST_PIXELS:
        more = (LEAST_PIXELS - (bottom - top)) / 2
        top, bottom = top - more, bottom + more
    first, above = max(int(left), 0), max(int(top), 0)
    return first, above, max(min(int(right) + 1, size[0]), first + 1), max(min(int(bottom) + 1, size[1]), above + 1)


def _below(shown: Sequence[Seen], canvas: Canvas) -> list[Written]:
    """Of words that lie over each other, those that are painted first. The same text twice is bold, and not hidden."""
    boxes, words = [each.box for each in shown], [each.word for each in shown]
    cells = canvas.size[0] // _CELL + 1
    taken = [0] * (canvas.size[1] // _CELL + 1)
    low: list[int] = []
    for number, box in enumerate(boxes):
        first, behind = max(int(box[0]) // _CELL + 1, 0), min(int(box[2]) // _CELL, cells)
        # The cell in which a word ends is its neighbour's too.
        own = (1 << behind - first) - 1 << first if behind > first else 0
        over = False
        for row in _middle(box, len(taken)):
            over = over or bool(taken[row] & own)
            taken[row] |= own
        low += [number] if over else []
    found: set[int] = set()
    for number in low:
        canvas.clock.check()  # where many words lie over many others, this takes longest
        found.update(
            min(number, other, key=lambda each: words[each].place)
            for other in range(number)
            if _shared(boxes[other], boxes[number]) > OVERLAP and words[other].text != words[number].text
        )
    return [words[number] for number in sorted(found)]


def _middle(box: Pixels, rows: int) -> range:
    """Rows of cells through the middle of a box: neighbouring lines only touch."""
    quarter = (box[3] - box[1]) / 4
    return range(max(int(box[1] + quarter) // _CELL, 0), min(int(box[3] - quarter) // _CELL + 1, rows))


def _shared(one: Pixels, other: Pixels) -> float:
    """Of the smaller of two boxes, what the other one covers."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    least = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across * down / max(least, 1e-6) if across > 0 and down > 0 else 0.0
