"""What a Firehose transformation answers: one result for each recordId, and never more than Lambda can return.

Rules and sizes: Firehose developer guide, "Required parameters for data transformation" and "Transform source data"
(a response over 6 MB is a failure of the whole batch); Lambda quotas (6 MB = 6,291,456 bytes).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from trips.cleaning.rows import Left

OK, DROPPED, FAILED = "Ok", "Dropped", "ProcessingFailed"
MOST_BYTES = 6_000_000
"""Kept below Lambda's limit, for the runtime writes the JSON and not we."""


@dataclass(slots=True)
class Outcome:
    """What became of one record: its result, the bytes that replace it, and what happened to its rows.

    ``original`` is the record's data as it came, in base64. Of a failed record nothing is counted and nothing kept,
    since Firehose keeps the whole of it.
    """

    record_id: str
    original: str
    result: str
    data: bytes = b""
    rows: int = 0
    sampled_out: int = 0
    left: list[Left] = field(default_factory=list)
    problem: str = ""

    def fail(self, problem: str) -> None:
        """Give the record back as it came, for Firehose to put under its error prefix."""
        self.result, self.data, self.problem = FAILED, b"", problem
        self.rows, self.sampled_out, self.left = 0, 0, []

    def answer(self) -> dict[str, str]:
        """The member of ``records`` for this record."""
        data = self.original if self.result == FAILED else b64encode(self.data).decode()
        return {"recordId": self.record_id, "result": self.result, "data": data}

    def size(self) -> int:
        """Bytes of the answer in JSON, with its comma and blank."""
        data = len(self.original) if self.result == FAILED else -(-len(self.data) // 3) * 4
        return data + len(json.dumps(self.record_id)) + len('{"recordId": , "result": "", "data": ""}, ') + len(FAILED)


def fit(outcomes: Sequence[Outcome], most: int = MOST_BYTES) -> None:
    """Fail single records until the response has at most ``most`` bytes: those first that free the most.

    The originals together fit, for the request that brought them had the same limit.
    """
    excess = sum(outcome.size() for outcome in outcomes) - most
    gains = [(outcome.size() - len(outcome.original), index) for index, outcome in enumerate(outcomes)]
    for gain, index in sorted(gains, reverse=True):
        if excess <= 0 or gain <= 0:
            return
        outcome = outcomes[index]
        if outcome.result != FAILED:
            before = outcome.size()
            outcome.fail("Its rows would make the response larger than 6 MB; send smaller records or set a lower hint.")
            excess -= before - outcome.size()
