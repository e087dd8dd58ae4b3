"""Prove: a statement of the model -> whether it may run, by the guard and Athena's plan, or what is wrong with it."""

from __future__ import annotations

from typing import Any

from common import spending
from common.observability import Context, observed
from questions import steps
from questions.model import plain
from questions.running import decisions, proofs, scans


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """The machine's state in; ``{outcome: run, sql, warnings}``, ``{outcome: repair}`` or ``{outcome: refuse, error:
    {Error, Cause}}`` out.

    What is wrong is written into the attempt. A statement that was found wrong before is not tried again.
    Raises CeilingReached, PipelinePaused (the day's megabytes; waited for), QueryUnavailable, StorageUnavailable,
    ConcurrentUpdate (try again), LakeForbidden, LakeUnreadable, WorkGone.
    """
    work, number = event["work"], int(event["attempt"])
    attempt = steps.attempts(work, number + 1)[number]
    if attempt.problem is not None:
        return decisions.after(work, number)
    with spending.held_as("QuestionsHeld"):
        scans.check()
    tables = steps.tables(work)
    try:
        proved = proofs.prove(attempt.sql, tables, event["database"], lambda: _seconds_left(context))
    except proofs.Unproved as wrong:
        steps.say_wrong(work, number, wrong.problem)
        return decisions.after(work, number)
    return {"outcome": "run", "sql": proved.sql, "warnings": [plain(each) for each in proved.warnings]}


def _seconds_left(context: Context) -> float:
    return context.get_remaining_time_in_millis() / 1000
