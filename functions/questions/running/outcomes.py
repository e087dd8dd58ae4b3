"""What Athena said at the end of a run: an answer, a statement to repair, a refusal, or to be run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from questions.errors import LakeClosed, QueryFailed, QueryTooLarge, RefusedQuestion
from questions.model import Problem, Table

SYSTEM = 1
"""AthenaError's ErrorCategory of Athena's own troubles (API reference, AthenaError: 1 system, 2 user, 3 other)."""
EXHAUSTED = range(9)
"""ErrorTypes 0 to 8: the query needs more than Athena gives one; the same again ends likewise (Athena user guide, "Athena
error type reference")."""
CLOSED = frozenset({"PERMISSION_DENIED", "HIVE_METASTORE_ERROR", "ACCESS_DENIED"})
"""Trino's names for what no statement can mend."""
MOST_RUNS = 4
"""How often one statement is started because of Athena's own troubles."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind``: answer, again, wrong (``problem``) or refuse (``refusal``)."""

    kind: str
    problem: Problem | None = None
    refusal: RefusedQuestion | None = None


def of(run: Mapping[str, Any], tables: Sequence[Table]) -> Outcome:
    """``run``: ``{state, reason, error, runs}`` as the machine has it. Raises LakeClosed, QueryFailed."""
    state, reason, error = run["state"], str(run.get("reason") or ""), run.get("error") or {}
    if state == "SUCCEEDED":
        return Outcome("answer")
    if state == "CANCELLED":
        return Outcome("refuse", refusal=_too_large(reason or "It was stopped before it ended."))
    return _failed(reason, error, tables, int(run["runs"]))


def _failed(reason: str, error: Mapping[str, Any], tables: Sequence[Table], runs: int) -> Outcome:
    if error.get("ErrorType") in EXHAUSTED:
        return Outcome("refuse", refusal=_too_large(reason))
    if is_passing(error):
        if runs < MOST_RUNS:
            return Outcome("again")
        raise QueryFailed(f"Athena failed on a statement {runs} times: {reason}; look at its health, then redrive.")
    return Outcome("wrong", problem_of(reason, error, tables))


def is_passing(error: Mapping[str, Any]) -> bool:
    """Whether Athena blames itself, and the same statement may pass."""
    return error.get("ErrorCategory") == SYSTEM or error.get("Retryable") is True


def problem_of(reason: str, error: Mapping[str, Any] | None, tables: Sequence[Table]) -> Problem:
    """What a failed statement has to mend. Raises LakeClosed where it is a matter of rights."""
    from questions.guard import athena_errors

    problem = athena_errors.read(reason, error or None, tables)
    if problem.name in CLOSED:
        raise LakeClosed(
            f"Athena may not read what the statement names ({problem.name}): {reason} Allow it to the roles of questions "
            f"(docs/questions.md), then redrive."
        )
    return problem


def _too_large(reason: str) -> QueryTooLarge:
    return QueryTooLarge(
        f"Athena stopped the query ({reason}); ask for fewer days, or have QuestionsScanLimitBytes raised."
    )
