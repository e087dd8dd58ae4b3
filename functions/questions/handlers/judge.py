"""Judge: the end of a statement's run in Athena -> an answer, a statement to repair, another run, or a refusal."""

from __future__ import annotations

from typing import Any

from common.observability import Context, observed
from questions import steps
from questions.running import decisions, outcomes, scans


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``run: {query, state, reason, error, bytes, runs}`` in; ``{outcome: answer | again |
    repair}`` or ``{outcome: refuse, error: {Error, Cause}}`` out.

    What was scanned is taken from the day's account once, however often this runs. Raises StorageUnavailable,
    ConcurrentUpdate (try again), LakeForbidden, LakeUnreadable, QueryFailed, WorkGone.
    """
    run, work, number = event["run"], event["work"], int(event["attempt"])
    scans.take(run["query"], int(run.get("bytes") or 0), billed=run["state"] != "FAILED")
    outcome = outcomes.of(run, steps.tables(work))
    if outcome.problem is not None:
        steps.say_wrong(work, number, outcome.problem)
        return decisions.after(work, number)
    return {"outcome": outcome.kind}
