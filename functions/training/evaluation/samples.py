"""So many rows of any number: those of the lowest keyed hashes, so that nobody chooses them and a repeat finds them."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Sequence


class Sample:
    """At most ``most`` of the rows that are added."""

    def __init__(self, key: bytes, most: int) -> None:
        self._key, self._most, self._seen = key, most, 0
        self._kept: list[tuple[int, int, Sequence[str]]] = []

    def add(self, row: Sequence[str]) -> None:
        number, self._seen = self._seen, self._seen + 1
        place = -rank(self._key, number)
        if len(self._kept) < self._most:
            heapq.heappush(self._kept, (place, number, row))
        elif self._kept and place > self._kept[0][0]:
            heapq.heapreplace(self._kept, (place, number, row))

    @property
    def left_out(self) -> int:
        return self._seen - len(self._kept)

    def rows(self) -> list[tuple[int, Sequence[str]]]:
        """Number and cells of each, in the order in which they came."""
        return sorted((number, row) for _, number, row in self._kept)


def rank(key: bytes, number: int) -> int:
    """A place in an order that nobody chooses, and that is the same again."""
    return int.from_bytes(hashlib.blake2b(number.to_bytes(8, "big"), key=key, digest_size=8).digest(), "big")
