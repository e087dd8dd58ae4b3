"""The statements that a question came to, as the steps before left them in ``steps/<id>/attempts/<n>.json``, from 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.objects import Bucket

Found = Mapping[str, Any]


def read(bucket: Bucket, state: Mapping[str, Any]) -> list[Found]:
    """Those of this execution, in their order: what a redrive left behind beyond ``attempt`` says nothing.

    Empty where the question was refused before a model was asked.
    """
    found = []
    for number in range(int(state.get("attempt", -1)) + 1):
        stored = bucket.get(f"{state['work']}/attempts/{number}.json")
        if stored is None:
            break
        found.append(stored.json())
    return found


def told(attempts: Sequence[Found]) -> list[dict[str, Any]]:
    """``{sql, error, line, column}`` each: what was wrong by name, and where; null for what ran."""
    return [_told(attempt) for attempt in attempts]


def tokens(attempts: Sequence[Found]) -> int:
    """That all of them were billed, in and out together."""
    return sum(int(attempt.get("tokens") or 0) for attempt in attempts)


def _told(attempt: Found) -> dict[str, Any]:
    problem = attempt.get("problem") or {}
    return {
        "sql": attempt["sql"],
        "error": problem.get("name"),
        "line": problem.get("line"),
        "column": problem.get("column"),
    }
