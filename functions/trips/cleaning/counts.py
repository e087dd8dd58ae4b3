"""What is counted of an invocation: records by result, rows in, out, incomplete by reason, and the time it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from common import emf
from trips.cleaning.firehose_answer import DROPPED, FAILED, OK, Outcome

MOST_NAMES = 20
"""In one line of the log, each cut to 300 characters: a header may name a hundred thousand columns."""


def emit(outcomes: Sequence[Outcome], milliseconds: float) -> None:
    """What is rare is a metric only where it happened, for each metric is billed."""
    results = [outcome.result for outcome in outcomes]
    rows, left = sum(outcome.rows for outcome in outcomes), sum(_left(outcome) for outcome in outcomes)
    sampled_out = sum(outcome.sampled_out for outcome in outcomes)
    told = sum((outcome.told for outcome in outcomes), Counter[tuple[str, str]]())
    rare = {
        "RecordsNotUnderstood": sum(map(_not_understood, outcomes)),
        "RecordsSentAgain": sum(len(outcome.again) for outcome in outcomes),
        "HeadersAdapted": sum(map(_adapted, outcomes)),
        "RowsSentAgain": sum(outcome.again_rows for outcome in outcomes),
        "RowsLate": sum(outcome.late for outcome in outcomes),
        "TimesAmbiguous": sum(outcome.ambiguous for outcome in outcomes),
        "ValuesUnknown": sum(count for (what, _), count in told.items() if what == "unknown"),
    }
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
            **{name: ("Count", count) for name, count in rare.items() if count},
        },
        properties=_properties(outcomes, told),
    )
    for reason, count in _reasons(outcomes).items():
        emf.emit({"RowsIncomplete": ("Count", count)}, {"Reason": reason})


def _properties(outcomes: Sequence[Outcome], told: Counter[tuple[str, str]]) -> dict[str, object]:
    """What the line of the log says beside the figures; what there is none of is left out."""
    found: dict[str, object] = {
        "headers": _names(left.problem for outcome in outcomes for left in outcome.left if left.problem),
        "adapted": _names(name for outcome in outcomes for name in outcome.adapted),
        "unknown_columns": _names(name for outcome in outcomes for name in outcome.unknown),
        "values": {f"{what}:{column}": count for (what, column), count in sorted(told.items())},
    }
    return {
        "columns": _columns(outcomes),
        "problems": sorted({outcome.problem for outcome in outcomes if outcome.problem}),
        **{name: value for name, value in found.items() if value},
    }


def _adapted(outcome: Outcome) -> bool:
    """Whether names were not as the recipe has them, and were understood or dropped all the same."""
    return bool(outcome.adapted or outcome.unknown or any(what in ("name", "repeated") for what, _ in outcome.told))


def _not_understood(outcome: Outcome) -> bool:
    """Whether a header, or the names of a JSON object, are not understood."""
    return any(left.reason == "header" for left in outcome.left)


def _left(outcome: Outcome) -> int:
    return sum(left.rows for left in outcome.left)


def _names(names: Iterable[str]) -> list[str]:
    return sorted({name[:300].encode("utf-8", "backslashreplace").decode() for name in names})[:MOST_NAMES]


def _reasons(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many rows were left out for each reason."""
    counts: Counter[str] = Counter()
    for left in (left for outcome in outcomes for left in outcome.left):
        counts[left.reason] += left.rows
    return dict(counts)


def _columns(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many for each reason and column, like ``empty:start_station_id``."""
    counts: Counter[str] = Counter()
    for left in (left for outcome in outcomes for left in outcome.left if left.column):
        counts[f"{left.reason}:{left.column}"] += left.rows
    return dict(counts)
