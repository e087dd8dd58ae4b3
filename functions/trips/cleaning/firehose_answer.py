"""What a Firehose transformation answers: one result for each recordId, and never more than Lambda can return.

Rules and sizes: Firehose developer guide, "Required parameters for data transformation" and "Transform source data"
(a response over 6 MB is a failure of the whole batch); Lambda quotas (6 MB = 6,291,456 bytes).
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from trips.cleaning.rows import Left
from trips.cleaning.values import Told

OK, DROPPED, FAILED = "Ok", "Dropped", "ProcessingFailed"
MOST_BYTES = 6_000_000
"""Kept below Lambda's limit, for the runtime writes the JSON and not we."""
PIECE_BYTES = 1_000_000
"""Of rows that a record sent again brings about: several of them fit into one answer."""


@dataclass(slots=True)
class Outcome:
    """What became of one record: its result, the bytes that replace it, and what happened to its rows.

    ``original`` is the record's data as it came, in base64; ``head`` its header; ``apart`` are texts at its end with
    headers of their own. ``again`` are records that are to be put on the stream, with ``again_rows`` rows that are
    counted when they come. Of a failed record nothing is counted and nothing kept, as Firehose keeps the whole of it.
    """

    record_id: str
    original: str
    result: str
    data: bytes = b""
    day: str = ""
    rows: int = 0
    late: int = 0
    ambiguous: int = 0
    sampled_out: int = 0
    left: list[Left] = field(default_factory=list)
    told: Told = field(default_factory=Counter)
    adapted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    head: str = ""
    apart: list[bytes] = field(default_factory=list)
    again: list[bytes] = field(default_factory=list)
    again_rows: int = 0
    problem: str = ""

    def fail(self, problem: str) -> None:
        """Give the record back as it came, for Firehose to put under its error prefix."""
        self._forget(FAILED)
        self.problem = problem

    def put_off(self, pieces: list[bytes], rows: int) -> None:
        """Nothing of it is answered now: it comes again, in pieces."""
        self._forget(DROPPED)
        self.again, self.again_rows = pieces, rows

    def _forget(self, result: str) -> None:
        self.result, self.data, self.day = result, b"", ""
        self.rows, self.late, self.ambiguous, self.sampled_out = 0, 0, 0, 0
        self.left, self.told, self.adapted, self.unknown = [], Counter(), (), ()
        self.again, self.again_rows = [], 0

    def answer(self) -> dict[str, object]:
        """The member of ``records`` for this record."""
        data = self.original if self.result == FAILED else b64encode(self.data).decode()
        entry: dict[str, object] = {"recordId": self.record_id, "result": self.result, "data": data}
        if self.day and self.result == OK:
            entry["metadata"] = {"partitionKeys": {"day": self.day}}
        return entry

    def size(self) -> int:
        """Bytes of the answer in JSON, with its comma and blank."""
        data = len(self.original) if self.result == FAILED else -(-len(self.data) // 3) * 4
        more = len(', "metadata": {"partitionKeys": {"day": "2019-07-31"}}') if self.day else 0
        frame = len('{"recordId": , "result": "", "data": ""}, ') + len(FAILED)
        return data + len(json.dumps(self.record_id)) + frame + more


def fit(outcomes: Sequence[Outcome], most: int = MOST_BYTES, *, again: bool = True) -> None:
    """Take single records out of the response until it has at most ``most`` bytes: those first that free the most.

    They are put on the stream again, in pieces where one of them alone is large: how much a row grows differs from
    record to record, so that only its own answer tells. A record that cannot be divided
    fails, and each where ``again`` is false. The originals together fit, for the request that brought them had the
    same limit.
    """
    excess = sum(outcome.size() for outcome in outcomes) - most
    for outcome in sorted(outcomes, key=Outcome.size if again else _gain, reverse=True):
        if excess <= 0:
            return
        before = outcome.size()
        pieces = divided(outcome, most) if again and outcome.data else []
        if pieces:
            outcome.put_off(pieces, outcome.rows + outcome.sampled_out + outcome.again_rows)
        elif _gain(outcome) > 0:
            outcome.fail("Its rows would make the response larger than 6 MB; send smaller records.")
        excess -= before - outcome.size()


def _gain(outcome: Outcome) -> int:
    """How many bytes it frees to give a record back as it came."""
    return 0 if outcome.result == FAILED else -(-len(outcome.data) // 3) * 4 - len(outcome.original)


def divided(outcome: Outcome, most: int) -> list[bytes]:
    """The record as it came, in pieces with its header each; nothing where it is one row that is too large."""
    data = b64decode(outcome.original)
    lines = data[: len(data) - sum(map(len, outcome.apart))].split(b"\n")
    head = outcome.head.encode("utf-8", "surrogateescape")
    if head:
        first = next(index for index, line in enumerate(lines) if line.strip())
        lines = lines[first + 1 :]
    rows = [line for line in lines if line.strip()]
    count = min(len(rows), -(-len(outcome.data) // PIECE_BYTES))
    if outcome.size() > most and count < 2:
        return []
    step = -(-len(rows) // max(count, 1))
    return [*(record(head, rows[at : at + step]) for at in range(0, len(rows), step)), *outcome.apart]


def record(head: bytes, lines: Sequence[bytes]) -> bytes:
    """A record of these lines, after its header if it has one."""
    return b"\n".join([head, *lines] if head else lines) + b"\n"
