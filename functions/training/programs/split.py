"""Which rows are held out, and which are kept as samples: the same for the same seed and order of rows."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final
from zlib import crc32

HELD_OUT: Final = 10
"""One of so many rows, where a manifest has no channel validation."""


def is_held_out(seed: int, number: int) -> bool:
    return crc32(b"%d:%d" % (seed, number)) % HELD_OUT == 0


class Sample:
    """So many rows of a stream, each as likely as any other (reservoir sampling), with their place among all."""

    def __init__(self, size: int, seed: int) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self._size, self._random, self._met = size, Random(seed), 0  # noqa: S311 - a sample, not a secret

    def see(self, row: Sequence[str]) -> None:
        place = len(self.rows) if len(self.rows) < self._size else self._random.randrange(self._met + 1)
        if place < self._size:
            self.rows[place : place + 1] = [(self._met, list(row))]
        self._met += 1
