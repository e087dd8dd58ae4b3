"""Rows that were left out -> one object of JSON lines, each with its reason, under ``errors/rows/``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from trips.cleaning.firehose_answer import Outcome

PREFIX = "errors/rows/"
SCHEMA = 1


def lines(outcomes: Sequence[Outcome]) -> bytes:
    """``{schema, record, line, reason, column, text}`` for each row left out; nothing if there is none."""
    return "".join(
        json.dumps(
            {
                "schema": SCHEMA,
                "record": outcome.record_id,
                "line": left.line,
                "reason": left.reason,
                "column": left.column,
                # Bytes that are no UTF-8 came as lone surrogates; they are shown, since JSON cannot hold them.
                "text": left.text.encode("utf-8", "backslashreplace").decode(),
            },
            ensure_ascii=False,
        )
        + "\n"
        for outcome in outcomes
        for left in outcome.left
    ).encode()


def key(body: bytes) -> str:
    """Named by its content: a retry writes the same object again."""
    import hashlib

    return f"{PREFIX}{hashlib.sha256(body).hexdigest()[:40]}.jsonl"


def reasons(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many rows were left out for each reason."""
    return dict(Counter(left.reason for outcome in outcomes for left in outcome.left))


def columns(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many for each reason and column, like ``empty:start_station_id``."""
    found = (f"{left.reason}:{left.column}" for outcome in outcomes for left in outcome.left if left.column)
    return dict(Counter(found))
