"""Texts -> the buckets that their words and n-grams of characters fall into, the same in every process and version.

Python's own ``hash`` of a text differs from process to process; CRC-32 (ISO 3309) of its UTF-8 is the same everywhere,
and made in C. Words are case-folded runs of letters, digits and ``_``; n-grams are those of each word between ``<`` and
``>``. A category counts as one feature, together with its column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from training.model import Column
from training.transform.fitted import Cell

MOST_CHARACTERS: Final = 20_000
"""Of one text; what comes behind them is not read, in training either."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Shape:
    """``bits``: two to their power is the number of buckets. ``shortest`` and ``longest``: characters of n-grams;
    both 0: words alone."""

    bits: int = 16
    shortest: int = 3
    longest: int = 4


def buckets(cells: Sequence[Cell], columns: Sequence[Column], shape: Shape) -> set[int]:
    """Each bucket once, however often its features come. ``cells`` of texts and categories, in the order of
    ``columns``."""
    found: set[int] = set()
    mask = (1 << shape.bits) - 1
    for place, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        if cell is None:
            continue
        if column.kind == "text":
            _text(str(cell)[:MOST_CHARACTERS], place, shape, mask, found)
        else:
            found.add(crc32(f"c{place}:{cell}".encode()) & mask)
    return found


def _text(text: str, place: int, shape: Shape, mask: int, found: set[int]) -> None:
    """One word once: repeated ones fall into the same buckets."""
    start_word, start_gram = crc32(b"w%d:" % place), crc32(b"g%d:" % place)
    for word in dict.fromkeys(_WORD.findall(text.casefold())):
        found.add(crc32(word.encode(), start_word) & mask)
        padded = f"<{word}>"
        for length in range(shape.shortest, shape.longest + 1) if shape.shortest else ():
            for begin in range(len(padded) - length + 1):
                found.add(crc32(padded[begin : begin + length].encode(), start_gram) & mask)
