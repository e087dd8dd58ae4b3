"""How far each shard of the completions stream has been measured, and which requests came last.

Lambda hands a batch over again when a function dies over it, and a producer sends a record again when no answer came.
One item per shard keeps the sequence number of the last record that was sent to CloudWatch and the last request ids;
one read and one write per batch. What is counted twice is the batch whose worker died between sending and writing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from common.table import Table

REMEMBERED_SECONDS = 8 * 24 * 3600
"""Longer than this stream keeps records."""

RECENT = 256
DIGITS = 128
"""A sequence number has at most so many; padded they compare as text does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``last``: the padded sequence number, "" before the first; ``recent``: digests of request ids, oldest first."""

    last: str = ""
    recent: tuple[str, ...] = ()

    def is_done(self, sequence: str) -> bool:
        return padded(sequence) <= self.last

    def after(self, sequence: str, request_ids: Iterable[str]) -> Mark:
        digests = (digest(request_id) for request_id in request_ids if request_id)
        return Mark(padded(sequence), tuple(dict.fromkeys((*self.recent, *digests)))[-RECENT:])


def padded(sequence: str) -> str:
    return sequence.rjust(DIGITS, "0")


def digest(request_id: str) -> str:
    return hashlib.sha256(request_id.encode("utf-8", "replace")).hexdigest()[:12]


class Shards:
    """Marks in the application's table, by event source and shard."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def mark(self, shard: str) -> Mark:
        found = self._table.get(f"llm-shard#{shard}")
        return Mark(found["last"], tuple(found["recent"].split())) if found else Mark()

    def advance(self, shard: str, mark: Mark) -> bool:
        """Never back: False where another worker has come further."""
        return self._table.put(
            f"llm-shard#{shard}",
            {"last": mark.last, "recent": " ".join(mark.recent)},
            seconds=REMEMBERED_SECONDS,
            condition="attribute_not_exists(#last) OR #last <= :last",
            values={"last": mark.last},
        )
