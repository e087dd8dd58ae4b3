"""Words in rows, and rows cut into lines where Textract would begin a new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from local.services.textract.page.model import Box, Content, Line, Mark, Word, around

T = TypeVar("T", bound=Content)

LINE_GAP = 1.5
"""White space that ends a line, in heights of its words. Measured on Textract's answers: 1.2 is within a line."""


def rows(items: Iterable[T]) -> list[list[T]]:
    """``items`` in rows from top to bottom, each from left to right.

    Neighbours are chained first, then chains side by side make a row: a sloping line stays one, and handwriting far
    larger than the print beside it stays in its row.
    """
    bands: list[tuple[Box, list[T]]] = []
    for chain in sorted(_chains(items), key=lambda chain: (box_of(chain).middle[1], box_of(chain).left)):
        box = box_of(chain)
        best = None
        for index in range(len(bands) - 1, max(-1, len(bands) - 8), -1):
            share = bands[index][0].shared_height(box) / max(1.0, min(bands[index][0].height, box.height))
            if share >= 0.5 and (best is None or share > best[1]):
                best = index, share
        if best is None:
            bands.append((box, chain))
            continue
        band, members = bands[best[0]]
        # The band is the middle of what it holds, not its sum: sloping rows do not grow into their neighbours.
        part = len(chain) / (len(chain) + len(members))
        top = band.top + (box.top - band.top) * part
        bottom = band.bottom + (box.bottom - band.bottom) * part
        whole = Box(min(band.left, box.left), top, max(band.right, box.right), bottom)
        bands[best[0]] = whole, [*members, *chain]
    bands.sort(key=lambda row: row[0].middle[1])
    return [sorted(members, key=lambda item: item.box.left) for _, members in bands]


def _chains(items: Iterable[T]) -> list[list[T]]:
    """Items that follow one another at the distance of words, in print of about one size."""
    chains: list[list[T]] = []
    for item in sorted(items, key=lambda item: item.box.left):
        best = None
        for chain in chains:
            last = chain[-1].box
            small, large = sorted((last.height, item.box.height))
            gap = item.box.left - last.right
            if not -0.5 * small <= gap <= 1.2 * small or large > 1.8 * small:
                continue
            share = last.shared_height(item.box) / max(1.0, small)
            if share >= 0.55 and (best is None or share > best[1]):
                best = chain, share
        if best is None:
            chains.append([item])
        else:
            best[0].append(item)
    return chains


def segments(
    words: Sequence[Word], gap: float, walls: Sequence[Box] = (), marks: Sequence[Mark] = ()
) -> list[list[Word]]:
    """One row of words, cut at white space wider than ``gap`` pixels, at ``walls`` (rulings) and at ``marks``."""
    found: list[list[Word]] = []
    for word in words:
        last = found[-1][-1] if found else None
        if last is None or word.box.left - last.box.right > gap or _parted(last.box, word.box, walls, marks):
            found.append([word])
        else:
            found[-1].append(word)
    return found


def _parted(left: Box, right: Box, walls: Sequence[Box], marks: Sequence[Mark]) -> bool:
    low, high = left.middle[0], right.middle[0]
    level = (left.middle[1] + right.middle[1]) / 2
    for wall in walls:
        if low < wall.middle[0] < high and wall.top <= level <= wall.bottom:
            return True
    return any(low < mark.box.middle[0] < high and mark.box.top <= level <= mark.box.bottom for mark in marks)


def lines(words: Sequence[Word], walls: Sequence[Box] = (), marks: Sequence[Mark] = ()) -> list[Line]:
    """All lines of a page, from top to bottom and left to right."""
    found = []
    for row in rows(words):
        heights = sorted(word.box.height for word in row)
        gap = LINE_GAP * heights[len(heights) // 2]
        found += [Line(tuple(part)) for part in segments(row, gap, walls, marks)]
    return found


def in_order(content: Iterable[T]) -> list[T]:
    """``content`` as it is read: row by row."""
    return [item for row in rows(content) for item in row]


def box_of(content: Sequence[Content]) -> Box:
    """The box around one item or more."""
    return around(item.box for item in content)
