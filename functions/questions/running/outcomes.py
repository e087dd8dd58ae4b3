"""What Athena said at the end of a run: an answer, a statement that was wrong, or that is to be run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from questions.errors import QueryFailed, QueryUnavailable
from questions.model import Problem, Table

MOST_RUNS = 4
"""How often one statement is started because of Athena's own troubles."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``kind``: answer, again or wrong; ``problem`` of the last one."""

    kind: str
    problem: Problem | None = None


def of(run: Mapping[str, Any], tables: Sequence[Table]) -> Outcome:
    """``run``: ``{state, reason, error, runs}`` as the machine has it.

    Raises LakeForbidden, LakeUnreadable, and QueryFailed where Athena has failed MOST_RUNS times by itself.
    """
    from questions.guard import athena_errors

    if run["state"] == "SUCCEEDED":
        return Outcome("answer")
    reason = str(run.get("reason") or "") or ("Query was cancelled" if run["state"] == "CANCELLED" else "")
    try:
        return Outcome("wrong", athena_errors.read(reason, run.get("error"), tables))
    except QueryUnavailable as error:
        if int(run["runs"]) < MOST_RUNS:
            return Outcome("again")
        raise QueryFailed(f"{error} That was {run['runs']} times; look at Athena's health, then redrive.") from error
