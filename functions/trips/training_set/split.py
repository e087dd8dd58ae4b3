"""Which row is in which set, and which of the larger class are kept in training. Pure.

All of it follows a keyed hash of the row itself, so the same rows and seed give the same sets, byte for byte, in
whatever order the lake gives them. A row is in the same set whatever other rows there are: what comes late moves no row
from the test to training, so a model never saw the rows that its successor is compared on. Firehose delivers at least
once, and exact doubles have the same hash: a row never stands in two sets.

Rows are split before classes are balanced, and only training is balanced. A test of balanced rows would measure
accuracy at a class ratio that nobody meets.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

from trips.errors import NothingToTrainOn
from trips.training_set.request import Request
from trips.training_set.spill import HASH_BYTES, Row

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SETS = (TRAIN, VALIDATION, TEST)
_WHOLE = 1 << 64
_PERSON = b"split"


class Digest:
    """The hash of a line under a seed: eight bytes each for its place, for its rank in its class, and for its set."""

    def __init__(self, seed: int) -> None:
        self._start = blake2b(digest_size=HASH_BYTES, key=str(seed).encode(), person=_PERSON)

    def of(self, line: bytes) -> bytes:
        state = self._start.copy()
        state.update(line)
        return state.digest()


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the hash of a row puts it."""

    test_below: int
    validation_below: int

    @classmethod
    def of(cls, request: Request) -> Shares:
        test = round(request.test * _WHOLE)
        return cls(test, test + round(request.validation * _WHOLE))

    def name(self, digest: bytes) -> str:
        value = int.from_bytes(digest[16:24])
        return TEST if value < self.test_below else VALIDATION if value < self.validation_below else TRAIN


@dataclass(slots=True)
class Ranks:
    """The rank of each row of the training set, by class: eight bytes each."""

    positive: array[int] = field(default_factory=lambda: array("Q"))
    other: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, row: Row) -> None:
        (self.positive if row.positive else self.other).append(_rank(row.digest))


@dataclass(frozen=True, slots=True)
class Balance:
    """The highest rank of each class that is kept."""

    positive: int
    other: int

    def keeps(self, row: Row) -> bool:
        return _rank(row.digest) <= (self.positive if row.positive else self.other)


def balanced(ranks: Ranks, ratio: float, label: str) -> Balance:
    """All of the smaller class, and of the larger so many that ``ratio`` rows are kept in all for each of the smaller
    (``trips.cleaning.balance``); 0 keeps every row.

    Raises NothingToTrainOn where there is no row, or one class only.
    """
    if not ranks.positive and not ranks.other:
        raise NothingToTrainOn("The lake has no rows of this month; stream them first, or ask for another month.")
    if not ratio:
        return Balance(_WHOLE, _WHOLE)
    smaller, larger = sorted((ranks.positive, ranks.other), key=len)
    if not smaller:
        raise NothingToTrainOn(f"All {len(larger)} rows are of one class of {label}; ask for balance 0 to keep them.")
    highest = lowest(larger, max(0, int(ratio * len(smaller)) - len(smaller)))
    return Balance(highest, _WHOLE) if larger is ranks.positive else Balance(_WHOLE, highest)


def lowest(ranks: array[int], count: int) -> int:
    """The highest of the ``count`` lowest ranks, -1 for none. Without sorting all, which would take 40 bytes each."""
    if count >= len(ranks):
        return _WHOLE
    left = count
    bins = Counter(rank >> 48 for rank in ranks)
    for number in sorted(bins):
        if left <= bins[number]:
            return sorted(rank for rank in ranks if rank >> 48 == number)[left - 1] if left else -1
        left -= bins[number]
    return _WHOLE


def _rank(digest: bytes) -> int:
    return int.from_bytes(digest[8:16])
