"""Words that run in other directions, turned level so that they can be read like any others, and back.

A page may hold words in several of them: a table printed sideways, a stamp, a margin. Each direction is read by itself.
Right-to-left script is read in a mirror: its rows begin, and its tables have their first column, on the right.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from documents.model import Box, Word
from documents.reading.painting.letters import Written
from documents.reading.painting.places import Shown
from documents.reading.reading_order import is_right_to_left

EVEN: Final = 0.25
"""Letters of the rarer script by those of the other one, from which on neither says what the page's direction is."""
OBLIQUE: Final = 0.9
"""The cosine of how far a word may be off its quarter turn; beyond it is a watermark, and stands in no row."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``turn``: by how many quarter turns, clockwise, the words are turned on the page as it shows."""

    turn: int = 0
    mirrored: bool = False

    def level(self, box: Box) -> Box:
        """A box of the page as it shows -> of the page turned so that these words are level."""
        if not (self.turn or self.mirrored):
            return box
        left, top, width, height = box.left, box.top, box.width, box.height
        turned = (
            Box(left, top, width, height),
            Box(top, 1 - left - width, height, width),
            Box(1 - left - width, 1 - top - height, width, height),
            Box(1 - top - height, left, height, width),
        )[self.turn]
        return replace(turned, left=1 - turned.left - turned.width) if self.mirrored else turned

    def leveled(self, words: Sequence[Word]) -> tuple[Word, ...]:
        if not (self.turn or self.mirrored):
            return tuple(words)
        return tuple(replace(word, box=self.level(word.box)) for word in words)

    def shown(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Words that are level, where they show."""
        if not (self.turn or self.mirrored):
            return tuple(words)
        return tuple(replace(word, box=self.back(word.box)) for word in words)

    def back(self, box: Box) -> Box:
        """The other way round."""
        if self.mirrored:
            box = replace(box, left=1 - box.left - box.width)
        return Frame((4 - self.turn) % 4).level(box)


@dataclass(frozen=True, slots=True)
class Group:
    """Words of one direction, their boxes level. Those that are oblique have ``frame`` None and stand in lines."""

    frame: Frame | None
    words: tuple[Word, ...]
    lines: tuple[tuple[Word, ...], ...] = ()


def groups(words: Iterable[Written], more: Iterable[Word], rotation: int, shown: Shown) -> list[Group]:
    """The direction of most letters first. ``more``: level words that are not the page's own (form fields)."""
    by_turn: dict[int, list[Word]] = {0: list(more)}
    oblique: list[list[Word]] = [[]]
    for each in words:
        word = Word(each.text, shown(*each.loose), each.place)
        # pdfium counts angles clockwise, and a page is turned clockwise too.
        angle = each.angle + math.radians(rotation)
        turn = round(angle / (math.pi / 2))
        if math.cos(angle - turn * math.pi / 2) > OBLIQUE:
            by_turn.setdefault(turn % 4, []).append(word)
        else:
            oblique[-1].append(word)
        if each.ends and oblique[-1]:
            oblique.append([])
    ordered = sorted((item for item in by_turn.items() if item[1]), key=lambda item: -_letters(item[1]))
    found = [_group(turn, words_) for turn, words_ in ordered]
    lines = tuple(tuple(line) for line in oblique if line)
    return [*found, Group(None, (), lines)] if lines else found


def _group(turn: int, words: Sequence[Word]) -> Group:
    count, labels = Counter[bool](), Counter[bool]()
    for word in words:
        if any(map(str.isalpha, word.text)):
            leftward = is_right_to_left(word.text)
            count[leftward] += len(word.text)
            labels[leftward] += ":" in (word.text[0], word.text[-1])
    even = EVEN * max(count.values(), default=0) <= min(count[True], count[False])
    # Of two scripts in nearly equal parts the labels', since a form has its values in any.
    told = labels if even and labels[True] != labels[False] else count
    frame = Frame(turn, mirrored=told[True] > told[False])
    return Group(frame, frame.leveled(words))


def _letters(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words)
