"""Starting a state machine exactly once for the same piece of work, and once more when it has failed.

A name is ``<kind>-<40 hex of sha256(work)>-<attempt>``. Step Functions refuses the name of a closed execution for 90
days, so the name alone would turn a redrive or a republication into silence; the execution behind a refused name is
therefore looked at: running or succeeded means that the work is done or being done, anything else earns the next
attempt (API reference, StartExecution and DescribeExecution).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common import aws
from common.errors import PermanentError

MOST_ATTEMPTS = 99


class AttemptsExhausted(PermanentError):
    """The same work was started and failed 99 times."""


@dataclass(frozen=True, slots=True)
class Started:
    arn: str
    attempt: int
    duplicate: bool
    """True where an execution of the same work runs already or has succeeded."""


def digest(*parts: bytes) -> str:
    """40 hexadecimal digits over the parts and their borders, so that ("ab", "c") and ("a", "bc") differ."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(len(part).to_bytes(8, "big"))
        sha.update(part)
    return sha.hexdigest()[:40]


def start(
    machine_arn: str,
    kind: str,
    work: str,
    payload: Mapping[str, Any],
    *,
    attempt: int = 1,
    settled: Callable[[Any], bool] = lambda _: True,
) -> Started:
    """Starts ``machine_arn`` for the work named by ``work`` (see ``digest``), from ``attempt`` on.

    ``settled`` looks at the output of an execution that succeeded: False where doing the same work again may come to
    another end, which then earns the next attempt.

    Raises AttemptsExhausted after 99 attempts that did not settle it, botocore's ClientError for anything Step
    Functions refuses.
    """
    from botocore.exceptions import ClientError

    states = aws.client("stepfunctions")
    body = json.dumps(payload, sort_keys=True)
    for number in range(attempt, MOST_ATTEMPTS + 1):
        name = f"{kind}-{work}-{number}"
        try:
            arn = states.start_execution(stateMachineArn=machine_arn, name=name, input=body)["executionArn"]
            return Started(arn, number, duplicate=False)
        except ClientError as error:
            if aws.code_of(error) != "ExecutionAlreadyExists":
                raise
        arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        execution = states.describe_execution(executionArn=arn)
        status = execution["status"]
        if status == "RUNNING" or (status == "SUCCEEDED" and settled(json.loads(execution.get("output") or "null"))):
            return Started(arn, number, duplicate=True)
    raise AttemptsExhausted(f"{kind}-{work} has failed {MOST_ATTEMPTS} times; look at the executions before another.")


def sentence_of(cause: str) -> str:
    """The message in the Cause of a failed task: Lambda's is JSON with the exception's message inside."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause
