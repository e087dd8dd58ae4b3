"""One sync at a time: an item of the table names the execution that has the turn.

A sync that failed or was stopped leaves its item behind; whoever finds it looks at the execution, and takes over from
one that has ended. Its last workers may be about for as long as a function may run, so that much later: an object that
one of them removes could be what the next sync has just brought, and nothing about it would tell them apart.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from common import aws
from common.errors import ConcurrentUpdate
from common.table import Table
from knowledge.errors import SyncOvertaken

KEY = "sync#repository"
GRACE = timedelta(seconds=310)
"""More than the Timeout of the connector's functions."""
SECONDS = 90 * 86400
"""For which the item is kept, as long as Step Functions remembers an execution that has ended."""


def take(table: Table, execution: str) -> bool:
    """Whether it is the execution's turn now; False while workers of another one may be about. A repeat has it already.

    Raises ConcurrentUpdate (try again), botocore's ClientError for what Step Functions refuses.
    """
    seen = table.get(KEY)
    if seen is None:
        taken = table.put_if_absent(KEY, {"execution": execution}, seconds=SECONDS)
    elif seen["execution"] == execution:
        return True
    elif _is_about(seen["execution"]):
        return False
    else:
        values = {"seen": seen["execution"]}
        condition = "#execution = :seen"
        taken = table.put(KEY, {"execution": execution}, seconds=SECONDS, condition=condition, values=values)
    if not taken:
        raise ConcurrentUpdate("Another sync took the turn meanwhile.")
    return True


def check(table: Table, execution: str) -> None:
    """Raises SyncOvertaken. Where nobody has the turn, nobody's work is in the way."""
    seen = table.get(KEY)
    if seen is not None and seen["execution"] != execution:
        raise SyncOvertaken("Another sync has taken over, since this one had stopped; nothing is left to do here.")


def leave(table: Table, execution: str) -> None:
    """A turn that is another's by now stays."""
    table.delete(KEY, condition="#execution = :mine", values={"mine": execution})


def _is_about(execution: str) -> bool:
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            found = aws.client("stepfunctions").describe_execution(executionArn=execution)
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return False
            raise
    return bool(found["status"] == "RUNNING" or datetime.now(UTC) - found["stopDate"] < GRACE)
