"""What a step says to the execution that waits for it, by its task token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from common import aws

MOST_OUTPUT = 262_144
MOST_ERROR, MOST_CAUSE = 256, 32_768
"""Characters that Step Functions takes (API reference, SendTaskSuccess and SendTaskFailure)."""

GONE = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
"""Nobody waits for this token: answered already, timed out, or its execution has ended."""


def heard(token: str) -> bool:
    """Whether somebody waits for this token."""
    return _tell("send_task_heartbeat", taskToken=token)


def succeed(token: str, output: Mapping[str, Any]) -> bool:
    """Lets the execution go on with ``output``; False where nobody waits any more."""
    return _tell("send_task_success", taskToken=token, output=json.dumps(output))


def fail(token: str, error: str, cause: str) -> bool:
    """Fails the task under a name; False where nobody waits any more."""
    return _tell("send_task_failure", taskToken=token, error=error[:MOST_ERROR], cause=cause[:MOST_CAUSE])


def _tell(operation: str, **arguments: str) -> bool:
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            getattr(aws.client("stepfunctions"), operation)(**arguments)
        except ClientError as error:
            if aws.code_of(error) in GONE:
                return False
            raise
    return True
