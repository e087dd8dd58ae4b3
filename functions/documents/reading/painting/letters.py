"""The letters of a page as pdfium finds them, with their places, and the words that they make.

A page has thousands of letters and hundreds of words: pdfium is asked for all of one kind at once, a word is a part of
the page's lists, and nothing is made for each letter.
"""

from __future__ import annotations

import ctypes
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import compress, groupby, repeat
from operator import sub
from typing import Any, Final, NamedTuple

Bounds = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own units."""

NEXT: Final = 1.0
"""Points: a letter that begins so near to where the last one ends is of the same word."""
_HYPHENS: Final = {2: "-", 0xFFFE: "-"}
"""What pdfium gives for a hyphen that ends a line."""
_NONE: Final = "\0"
"""Of a place that holds no letter: what cannot be printed, the second half of a pair, what has no box."""
_LAM: Final = "\u0644"
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_UTF_32: Final = f"utf-32-{sys.byteorder[0]}e"
_WORD: Final = re.compile(r"\S+")


class Sides(NamedTuple):
    """The boxes of letters: all left sides, all bottoms and so on."""

    lefts: list[float]
    bottoms: list[float]
    rights: list[float]
    tops: list[float]

    def around(self, first: int, behind: int) -> Bounds:
        if behind - first == 1:
            return self.lefts[first], self.bottoms[first], self.rights[first], self.tops[first]
        return (
            min(self.lefts[first:behind]), min(self.bottoms[first:behind]),
            max(self.rights[first:behind]), max(self.tops[first:behind]),
        )  # fmt: skip

    def compressed(self, keep: Sequence[bool]) -> Sides:
        return Sides(*(list(compress(side, keep)) for side in self))


class Letters(NamedTuple):
    """Those of a page, blanks among them, in pdfium's order; ``places`` are pdfium's own numbers of them.

    ``loose`` is as high as the font and as wide as the step to the next letter; ``tight`` is around the ink.
    """

    text: str
    places: Sequence[int]
    loose: Sides
    tight: Sides


class Written(NamedTuple):
    """A word: the letters from ``first`` to before ``behind``. ``angle`` in radians, clockwise.

    ``loose`` and ``tight`` are around those of its letters. ``ends``: a line ends behind it.
    """

    text: str
    letters: Letters
    first: int
    behind: int
    loose: Bounds
    tight: Bounds
    angle: float
    ends: bool = False

    @property
    def place(self) -> int:
        """Its place in the file's own order, in which pdfium has right-to-left text as it is read."""
        return self.letters.places[self.first]

    @property
    def last_place(self) -> int:
        """Of its last letter."""
        return self.letters.places[self.behind - 1]

    def part(self, first: int, behind: int) -> Written:
        """Some of its letters, at least one, as a word."""
        return _written(self.letters, first, behind, self.angle, self.ends and behind == self.behind)


def around(boxes: Sequence[Bounds]) -> Bounds:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def words(textpage: Any) -> list[Written]:
    """As the blanks and wide gaps between letters make them, in pdfium's order."""
    from pypdfium2 import raw

    letters = _letters(textpage)
    spans = list(_spans(letters))
    angles = asked(raw.FPDFText_GetCharAngle, textpage, [letters.places[first] for first, _, _ in spans], "float")
    return [
        _written(letters, first, behind, max(turn, 0.0), ends)
        for (first, behind, ends), turn in zip(spans, angles, strict=True)
    ]


def _spans(letters: Letters) -> Iterator[tuple[int, int, bool]]:
    """From where to where words go, and whether a line ends behind them."""
    cuts = _cuts(letters)
    for match in _WORD.finditer(letters.text):
        first, behind = match.span()
        if cuts:
            for cut in range(first + 1, behind):
                if cut in cuts:
                    yield first, cut, False
                    first = cut
        yield first, behind, letters.text[behind : behind + 1] in "\r\n"  # the last one's line ends, too


def _written(letters: Letters, first: int, behind: int, angle: float, ends: bool) -> Written:
    loose, tight = letters.loose.around(first, behind), letters.tight.around(first, behind)
    return Written(letters.text[first:behind], letters, first, behind, loose, tight, angle, ends)


def _letters(textpage: Any) -> Letters:
    count = textpage.count_chars()
    text, boxes = _text(textpage, count), _Boxes(textpage, count)
    if not all(boxes.found):
        known = zip(text, boxes.found, strict=True)
        text = "".join(each if found or each.isspace() else _NONE for each, found in known)
    text = _of_one_glyph(text, boxes.loose)
    if _NONE not in text:
        return Letters(text, range(count), boxes.loose, boxes.tight)
    keep = [each != _NONE for each in text]
    places = list(compress(range(count), keep))
    return Letters(text.replace(_NONE, ""), places, boxes.loose.compressed(keep), boxes.tight.compressed(keep))


def _of_one_glyph(text: str, loose: Sides) -> str:
    """Right-to-left letters that share a glyph (a ligature), as they are read; their boxes are the same.

    pdfium turns right-to-left text round letter by letter, as if each had a glyph: those of one glyph come out
    backwards, alef before lam. Files that write them backwards themselves are right already.
    """
    if not _RIGHT_TO_LEFT.search(text):
        return text
    letters = list(text)
    for box, run in groupby(range(len(text)), key=lambda at: tuple(side[at] for side in loose)):
        places = list(run)
        shared = text[places[0] : places[-1] + 1]
        if len(shared) > 1 and box[0] < box[2] and shared[0] != _LAM and all(map(_RIGHT_TO_LEFT.match, shared)):
            letters[places[0] : places[-1] + 1] = shared[::-1]
    return "".join(letters)


def _text(textpage: Any, count: int) -> str:
    """A letter for each of pdfium's places. (Its whole text leaves some out, so that no place could be told.)"""
    from pypdfium2 import raw

    codes = array("I", asked(raw.FPDFText_GetUnicode, textpage, range(count), "uint"))
    try:
        text = codes.tobytes().decode(_UTF_32)
    except UnicodeDecodeError:  # halves of pairs
        text = _joined(codes)
    text = text.translate(_HYPHENS)
    if "".join(text.split()).isprintable():
        return text
    return "".join(each if each.isspace() or each.isprintable() else _NONE for each in text)


def _joined(codes: Sequence[int]) -> str:
    """Halves of a pair (UTF-16) are joined; one alone is unknown."""
    found: list[str] = []
    while len(found) < len(codes):
        code = codes[len(found)]
        low = codes[len(found) + 1] if len(found) + 1 < len(codes) else 0
        if 0xD800 <= code < 0xDC00 <= low < 0xE000:
            found += [chr(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), _NONE]
        else:
            found.append(chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd")
    return "".join(found)


class _Boxes:
    """Of the first ``count`` letters of a page. ``found``: whether pdfium knows a box at all."""

    def __init__(self, textpage: Any, count: int) -> None:
        from pypdfium2 import raw

        loose, tight = (ctypes.c_float * (4 * count))(), (ctypes.c_double * (4 * count))()
        four = [_addresses(tight, 8, side, count) for side in range(4)]
        self.found = list(
            asked(raw.FPDFText_GetLooseCharBox, textpage, range(count), "int", _addresses(loose, 4, 0, count))
        )
        inked = list(asked(raw.FPDFText_GetCharBox, textpage, range(count), "int", *four))
        sides = loose[:]
        # FS_RECTF has left, top, right, bottom; the other call was given left, right, bottom, top.
        self.loose = Sides(sides[0::4], sides[3::4], sides[2::4], sides[1::4])
        sides = tight[:]
        self.tight = Sides(sides[0::4], sides[2::4], sides[1::4], sides[3::4])
        if not all(inked):
            for known, own in zip(self.tight, self.loose, strict=True):
                known[:] = [one if has else other for one, other, has in zip(known, own, inked, strict=True)]


def tight(textpage: Any, place: int) -> Bounds | None:
    """The box around one letter's ink."""
    from pypdfium2 import raw

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not raw.FPDFText_GetCharBox(textpage, place, left, right, bottom, top):
        return None
    return left.value, bottom.value, right.value, top.value


def asked(function: Any, textpage: Any, places: Iterable[int], answer: str, *addresses: range) -> Iterator[Any]:
    """What pdfium answers to one of its questions about letters, for each of ``places``.

    ``answer``: the kind of its result, a C type's name. ``addresses``: where further answers go, for each letter one.
    There are thousands of letters on a page: by addresses, no object is made for a call, which takes a third of the
    time.
    """
    kind = _kind(answer, len(addresses))
    page = ctypes.cast(textpage.raw, ctypes.c_void_p).value
    return map(kind(ctypes.cast(function, ctypes.c_void_p).value), repeat(page), places, *addresses)


@cache
def _kind(answer: str, addresses: int) -> Any:
    result = getattr(ctypes, f"c_{answer}")
    return ctypes.PYFUNCTYPE(result, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * addresses)


def _addresses(array: Any, size: int, side: int, count: int) -> range:
    """Where ``side`` of each letter's four numbers of ``size`` bytes stands."""
    first = ctypes.addressof(array) + side * size
    return range(first, first + 4 * size * count, 4 * size)


def _cuts(letters: Letters) -> frozenset[int]:
    """Letters that begin a word without a blank in front of them."""
    text, loose = letters.text, letters.loose
    gaps = enumerate(map(sub, loose.lefts[1:], loose.rights), 1)
    far = [at for at, gap in gaps if not -NEXT < gap < NEXT]
    inner = [at for at in far if not (text[at - 1].isspace() or text[at].isspace())]
    return frozenset(at for at in inner if _apart(loose.around(at - 1, at), loose.around(at, at + 1)))


def _apart(last: Bounds, next_: Bounds) -> bool:
    """Whether two letters without a blank between them are too far from each other for one word."""
    size = max(last[3] - last[1], last[2] - last[0], next_[3] - next_[1])
    across = max(next_[0] - last[2], last[0] - next_[2])
    down = max(next_[1] - last[3], last[1] - next_[3])
    return max(across, down) > size
