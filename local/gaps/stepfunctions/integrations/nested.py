"""Step Functions: ``states:startExecution``, its errors, and ``.sync`` and ``.sync:2``, which wait for the child.

AWS (Developer Guide, "Start a new AWS Step Functions state machine from a running execution"): the child is a
Standard execution like any other. Its failure, time-out or abort fails the task with States.TaskFailed, and the cause
is the JSON of its DescribeExecution in capitalised names; with ``.sync:2`` Input and Output are JSON, with ``.sync``
text. When the waiting task times out or its execution is stopped, Step Functions stops the child. Errors of the
StartExecution call itself are StepFunctions.<Error>Exception. Express machines cannot be waited for.
MiniStack: runs the child as StartSyncExecution would, so that a name can be used again and no event tells of its end;
gives the child's error and cause instead of States.TaskFailed; the child goes on whatever becomes of its parent.
"""

from __future__ import annotations

import contextvars
import json
import time
from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.execution import stop_if_ended

LEANS_ON = {
    "services.stepfunctions._invoke_nested_start_execution": "(resource, input_data)",
    "services.stepfunctions._invoke_nested_start_execution_sync": "(resource, input_data)",
    "services.stepfunctions._invoke_resource_with_timeout": "(resource, input_data, timeout)",
    "services.stepfunctions._nested_start_execution_request": "(input_data)",
    "services.stepfunctions._start_execution": "(data)",
    "services.stepfunctions._stop_execution": "(data)",
    "services.stepfunctions._resolve_state_machine_arn": "(arn)",
    "services.stepfunctions._iso_to_epoch_ms": "(iso)",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._ExecutionError": "class",
}

#: Characters of the cause of an error (API reference, HistoryEvent: TaskFailedEventDetails.cause).
MOST_CAUSE = 32_768

_LOOK_EVERY = 0.02

#: When the waiting task times out, by ``time.monotonic``.
_deadline: contextvars.ContextVar[float] = contextvars.ContextVar("sfn_nested_deadline", default=float("inf"))


def _started(input_data: Record) -> Record:
    """The record of the child that was started."""
    status, _, body = sfn._start_execution(sfn._nested_start_execution_request(input_data))
    answer = json.loads(body)
    if status >= 400:
        name = str(answer["__type"]).removesuffix("Exception")
        raise sfn._ExecutionError(f"StepFunctions.{name}Exception", answer.get("message", ""))
    record: Record = sfn._executions[answer["executionArn"]]
    return record


def described(child: Record, as_json: bool) -> Record:
    """What the integration says of a child: capitalised names, times in milliseconds."""
    found = {
        "ExecutionArn": child["executionArn"],
        "Input": json.loads(child["input"]) if as_json else child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "StartDate": sfn._iso_to_epoch_ms(child["startDate"]),
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
        "StopDate": sfn._iso_to_epoch_ms(child["stopDate"]),
    }
    if child["status"] == "SUCCEEDED":
        output = json.loads(child["output"]) if as_json else child["output"]
        return found | {"Output": output, "OutputDetails": {"Included": True}}
    return found | {"Error": child.get("error"), "Cause": child.get("cause")}


def stop_if_nobody_waits() -> None:
    """Raise what ends a waiting task whose execution has ended, or whose time is over."""
    stop_if_ended()
    if time.monotonic() > _deadline.get():
        # As MiniStack says of a task that is late: either of the two may see it first.
        raise sfn._ExecutionError("States.Timeout", "Task timed out")


def _wait(child: Record) -> None:
    """Until the child has ended; stops the child when its parent's task has ended."""
    while child["status"] == "RUNNING":
        try:
            stop_if_nobody_waits()
        except sfn._ExecutionError:
            sfn._stop_execution({"executionArn": child["executionArn"]})
            raise
        time.sleep(_LOOK_EVERY)


def _waiting(_invoke: Callable[[str, Record], Json]) -> Callable[[str, Record], Json]:
    def invoke(resource: str, input_data: Record) -> Json:
        arn = sfn._resolve_state_machine_arn(str(input_data.get("StateMachineArn", "")))
        if arn and sfn._state_machines[arn].get("type") == "EXPRESS":
            raise sfn._ExecutionError(
                "States.Runtime", "An Express machine cannot be waited for: start a Standard one."
            )
        child = _started(input_data)
        _wait(child)
        if child["status"] != "SUCCEEDED":
            raise sfn._ExecutionError("States.TaskFailed", json.dumps(described(child, as_json=False))[:MOST_CAUSE])
        return described(child, as_json=resource.endswith(".sync:2"))

    return invoke


def _and_go_on(_invoke: Callable[[str, Record], Json]) -> Callable[[str, Record], Json]:
    def invoke(_resource: str, input_data: Record) -> Json:
        child = _started(input_data)
        return {"ExecutionArn": child["executionArn"], "StartDate": sfn._iso_to_epoch_ms(child["startDate"])}

    return invoke


def _with_deadline(invoke: Callable[..., Json]) -> Callable[..., Json]:
    def invoke_resource_with_timeout(resource: str, input_data: Json, timeout: float) -> Json:
        token = _deadline.set(time.monotonic() + float(timeout))
        try:
            return invoke(resource, input_data, timeout)
        finally:
            _deadline.reset(token)

    return invoke_resource_with_timeout


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._invoke_nested_start_execution", _and_go_on)
    _seams.replace("services.stepfunctions._invoke_nested_start_execution_sync", _waiting)
    _seams.replace("services.stepfunctions._invoke_resource_with_timeout", _with_deadline)
