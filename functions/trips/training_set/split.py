"""Rows of a month -> a training and a test set: each row once, balanced, shuffled. Pure.

Order and selection follow a keyed hash of the row itself, so the same rows and seed give the same sets, byte for byte,
in whatever order the lake gives them. Firehose delivers at least once: a row that came twice must not stand in both
sets, and exact doubles have the same hash.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from trips.errors import NothingToTrainOn, TooManyRows

TEST_SHARE = 0.05
MOST_ROWS = 2_000_000
"""About 350 bytes per row in memory, on the 1.7 GB that the template gives."""


@dataclass(frozen=True, slots=True)
class Sets:
    """Two CSV files with a header, and how they came about (counts of rows)."""

    train: bytes
    test: bytes
    counts: dict[str, int]


def make(rows: Iterable[Sequence[str]], header: Sequence[str], label: str, value: str, ratio: float, seed: int) -> Sets:
    """``ratio`` and the classes (``label`` = ``value``, and all others) as in ``trips.cleaning.balance``; 0 keeps every
    row.

    Raises NothingToTrainOn for no rows or one class only, TooManyRows over ``MOST_ROWS``.
    """
    column = list(header).index(label)
    ones: dict[bytes, bytes] = {}
    others: dict[bytes, bytes] = {}
    read = 0
    for read, row in enumerate(rows, start=1):
        if read > MOST_ROWS:
            raise TooManyRows(f"The month has over {MOST_ROWS:,} rows; balance in SQL, or take the month in parts.")
        line = _line(row)
        (ones if row[column] == value else others)[_rank(line, seed, b"select")] = line
    smaller, larger = sorted((ones, others), key=len)
    if not larger:
        raise NothingToTrainOn("The lake has no rows of this month; stream them first, or ask for another month.")
    if ratio and not smaller:
        raise NothingToTrainOn(f"All {len(larger)} rows are of one class of {label}; ask for balance 0 to keep them.")
    larger_share = max(0, int(ratio * len(smaller)) - len(smaller)) if ratio else len(larger)
    kept = [*smaller.values(), *(larger[rank] for rank in sorted(larger)[:larger_share])]
    kept.sort(key=lambda line: _rank(line, seed, b"shuffle"))
    cut = round(len(kept) * TEST_SHARE)
    head = _line(header)
    return Sets(
        train=head + b"".join(kept[cut:]),
        test=head + b"".join(kept[:cut]),
        counts={
            "read": read,
            "doubles": read - len(ones) - len(others),
            "smaller_class": len(smaller),
            "larger_class": len(larger),
            "train": len(kept) - cut,
            "test": cut,
        },
    )


def _line(row: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


def _rank(line: bytes, seed: int, purpose: bytes) -> bytes:
    return blake2b(line, digest_size=16, key=str(seed).encode(), person=purpose).digest()
