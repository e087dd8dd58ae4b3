"""One sync at a time: an item of the table names the execution that has the turn.

A sync that failed or was stopped leaves its item behind; whoever finds it looks at the execution, and takes over one
that does not run. Workers of the old one may be about for minutes: each portion asks first whether it is its turn.
"""

from __future__ import annotations

from common import aws
from common.errors import ConcurrentUpdate
from common.table import Table
from knowledge.errors import SyncOvertaken

KEY = "sync#repository"
SECONDS = 90 * 86400
"""For which the item is kept, as long as Step Functions remembers an execution that has ended."""


def take(table: Table, execution: str) -> bool:
    """Whether it is the execution's turn now; False while another one runs. A repeat has it already.

    Raises ConcurrentUpdate (try again), botocore's ClientError for what Step Functions refuses.
    """
    seen = table.get(KEY)
    if seen is None:
        taken = table.put_if_absent(KEY, {"execution": execution}, seconds=SECONDS)
    elif seen["execution"] == execution:
        return True
    elif _runs(seen["execution"]):
        return False
    else:
        values = {"seen": seen["execution"]}
        condition = "#execution = :seen"
        taken = table.put(KEY, {"execution": execution}, seconds=SECONDS, condition=condition, values=values)
    if not taken:
        raise ConcurrentUpdate("Another sync took the turn meanwhile.")
    return True


def check(table: Table, execution: str) -> None:
    """Raises SyncOvertaken."""
    seen = table.get(KEY)
    if seen is None or seen["execution"] != execution:
        raise SyncOvertaken("Another sync has taken over, since this one had stopped; nothing is left to do here.")


def leave(table: Table, execution: str) -> None:
    """A turn that is another's by now stays."""
    table.delete(KEY, condition="#execution = :mine", values={"mine": execution})


def _runs(execution: str) -> bool:
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            found = aws.client("stepfunctions").describe_execution(executionArn=execution)
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return False
            raise
    return bool(found["status"] == "RUNNING")
