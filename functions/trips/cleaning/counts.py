"""What is counted of an invocation: records by result, rows in, out, incomplete by reason, and the time it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from common import emf
from trips.cleaning.firehose_answer import DROPPED, FAILED, OK, Outcome


def emit(outcomes: Sequence[Outcome], milliseconds: float) -> None:
    results = [outcome.result for outcome in outcomes]
    rows, left = sum(outcome.rows for outcome in outcomes), sum(len(outcome.left) for outcome in outcomes)
    sampled_out = sum(outcome.sampled_out for outcome in outcomes)
    emf.emit(
        {
            "RecordsOk": ("Count", results.count(OK)),
            "RecordsDropped": ("Count", results.count(DROPPED)),
            "RecordsFailed": ("Count", results.count(FAILED)),
            "RowsIn": ("Count", rows + left + sampled_out),
            "RowsOut": ("Count", rows),
            "RowsIncomplete": ("Count", left),
            "RowsSampledOut": ("Count", sampled_out),
            "TransformMilliseconds": ("Milliseconds", milliseconds),
        },
        properties={
            "columns": _columns(outcomes),
            "problems": sorted({outcome.problem for outcome in outcomes if outcome.problem}),
        },
    )
    for reason, count in _reasons(outcomes).items():
        emf.emit({"RowsIncomplete": ("Count", count)}, {"Reason": reason})


def _reasons(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many rows were left out for each reason."""
    return dict(Counter(left.reason for outcome in outcomes for left in outcome.left))


def _columns(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many for each reason and column, like ``empty:start_station_id``."""
    names = (f"{left.reason}:{left.column}" for outcome in outcomes for left in outcome.left if left.column)
    return dict(Counter(names))
