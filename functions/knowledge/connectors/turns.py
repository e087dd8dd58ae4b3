"""One sync at a time: an item of the table names the execution that has the turn.

A sync that failed or was stopped leaves its item behind; whoever finds it looks at the execution, and takes over from
one that has ended. Its last workers may be about for as long as a function may run, so that much later: an object that
one of them removes could be what the next sync has just brought, and nothing about it would tell them apart.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from common import aws
from common.errors import ConcurrentUpdate
from common.table import Table
from knowledge.errors import SyncOvertaken

KEY = "sync#repository"
GRACE = timedelta(seconds=310)
"""More than the Timeout of the connector's functions."""
SECONDS = 90 * 86400
"""For which the item is kept, as long as Step Functions remembers an execution that has ended."""


Outcome = Literal["work", "busy", "later"]
"""``work``: it is the execution's turn. ``busy``: another one runs, and sees what this one would see. ``later``: one
that failed or was stopped may have a worker about; nobody else will do its work."""


def take(table: Table, execution: str) -> Outcome:
    """A repeat has its turn already.

    Raises ConcurrentUpdate (try again), botocore's ClientError for what Step Functions refuses.
    """
    seen = table.get(KEY)
    if seen is None:
        taken = table.put_if_absent(KEY, {"execution": execution}, seconds=SECONDS)
    elif seen["execution"] == execution:
        return "work"
    elif (found := _found(seen["execution"])) and (outcome := _about(found)):
        return outcome
    else:
        values = {"seen": seen["execution"]}
        condition = "#execution = :seen"
        taken = table.put(KEY, {"execution": execution}, seconds=SECONDS, condition=condition, values=values)
    if not taken:
        raise ConcurrentUpdate("Another sync took the turn meanwhile.")
    return "work"


def check(table: Table, execution: str) -> None:
    """Raises SyncOvertaken. Where nobody has the turn, nobody's work is in the way."""
    seen = table.get(KEY)
    if seen is not None and seen["execution"] != execution:
        raise SyncOvertaken("Another sync has taken over, since this one had stopped; nothing is left to do here.")


def leave(table: Table, execution: str) -> None:
    """A turn that is another's by now stays."""
    table.delete(KEY, condition="#execution = :mine", values={"mine": execution})


def _found(execution: str) -> dict[str, Any] | None:
    """None where Step Functions does not know it any more."""
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            found: dict[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=execution)
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return None
            raise
    return found


def _about(found: dict[str, Any]) -> Outcome | None:
    if found["status"] == "RUNNING":
        return "busy"
    return "later" if datetime.now(UTC) - found["stopDate"] < GRACE else None
