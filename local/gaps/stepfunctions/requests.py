"""Step Functions: what the members of a request may be.

AWS: the lengths, ranges and enums of the model (botocore), as ValidationException; an ARN of another kind is
InvalidArn; the input of an execution is JSON, else InvalidExecutionInput, and so is the output of a task, else
InvalidOutput; an activity's name has the characters of an execution's, and the same activity may be made again; what is
gone may be deleted again; ListExecutions asks for a machine or a Map Run, and for one that is there (API reference).
MiniStack: takes any number, filter and name; an input that is no JSON becomes {}; refuses a second activity and delete.

What CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition refuse else stands in ``definitions``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions as sfn

from local.gaps import _doors, _seams
from local.gaps._doors import Check, RefusedError
from local.gaps._types import Answer, Record, json_answer, json_error
from local.gaps.stepfunctions.names import is_legal

LEANS_ON = {
    "services.stepfunctions.handle_request": "(method, path, headers, body, query_params)",
    "services.stepfunctions._start_execution": "(data)",
    "services.stepfunctions._start_sync_execution": "(data)",
    "services.stepfunctions._create_activity": "(data)",
    "services.stepfunctions._delete_activity": "(data)",
    "services.stepfunctions._delete_state_machine": "(data)",
    "services.stepfunctions._resolve_state_machine_arn": "(arn)",
    "services.stepfunctions._activities": "AccountRegionScopedDict",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
}

#: Member -> the kinds of resources that its ARN may name.
_ARNS = {
    "stateMachineArn": ("stateMachine",),
    "stateMachineAliasArn": ("stateMachine",),
    "stateMachineVersionArn": ("stateMachine",),
    "executionArn": ("execution", "express"),
    "activityArn": ("activity",),
    "mapRunArn": ("mapRun",),
}
_OPERATIONS = (
    "CreateActivity", "CreateStateMachineAlias", "DeleteActivity", "DeleteStateMachine", "DeleteStateMachineAlias",
    "DeleteStateMachineVersion", "DescribeActivity", "DescribeExecution", "DescribeMapRun", "DescribeStateMachine",
    "DescribeStateMachineAlias", "DescribeStateMachineForExecution", "GetActivityTask", "GetExecutionHistory",
    "ListActivities", "ListExecutions", "ListMapRuns", "ListStateMachineAliases", "ListStateMachineVersions",
    "ListStateMachines", "PublishStateMachineVersion", "RedriveExecution", "SendTaskFailure", "SendTaskHeartbeat",
    "SendTaskSuccess", "StartExecution", "StartSyncExecution", "StopExecution", "UpdateMapRun",
    "UpdateStateMachineAlias",
)  # fmt: skip


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _json_or(code: str, what: str, text: Any) -> None:
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(code, f"{what}: '{error}'") from error


def _arns(data: Record) -> None:
    for member, kinds in _ARNS.items():
        arn = data.get(member)
        if not isinstance(arn, str):
            continue
        parts = arn.split(":")
        if parts[0] != "arn" or len(parts) < 7 or parts[2] != "states":
            raise RefusedError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
        if parts[5] not in kinds:
            raise RefusedError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")


def _listed(data: Record) -> None:
    machine = data.get("stateMachineArn")
    if (machine is None) == (data.get("mapRunArn") is None):
        raise RefusedError("ValidationException", "You must specify either a stateMachineArn or a mapRunArn, not both")
    # The children of a distributed Map have the machine "<machine>/<label>".
    if machine is not None and sfn._resolve_state_machine_arn(machine.split("/")[0]) is None:
        raise RefusedError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}'")


def _activity(data: Record) -> None:
    if not is_legal(str(data["name"])):
        raise RefusedError("InvalidName", f"Invalid Name: '{data['name']}'")


def _output(data: Record) -> None:
    _json_or("InvalidOutput", "Invalid Output", data["output"])


_MORE: dict[str, Check] = {"ListExecutions": _listed, "CreateActivity": _activity, "SendTaskSuccess": _output}


def _check(operation: str, data: Record) -> None:
    _doors.by_model("stepfunctions", operation)(data)
    _arns(data)
    if operation in _MORE:
        _MORE[operation](data)


def _with_json(start: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def start_execution(data: Record) -> Answer:
        # Also for executions that rules and other machines start.
        try:
            if data.get("input") is not None:
                _json_or("InvalidExecutionInput", "Invalid State Machine Execution Input", data["input"])
        except RefusedError as refused:
            return json_error(refused.code, refused.message)
        return start(data)

    return start_execution


def _made_again(create: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def create_activity(data: Record) -> Answer:
        arn = f"arn:aws:states:{get_region()}:{get_account_id()}:activity:{data.get('name')}"
        known = sfn._activities.get(arn)
        if known is None:
            return create(data)
        return json_answer({"activityArn": arn, "creationDate": known["creationDate"]})

    return create_activity


def _unless_gone(member: str, records: str) -> Callable[[Callable[[Record], Answer]], Callable[[Record], Answer]]:
    def make(delete: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
        return lambda data: delete(data) if data.get(member) in getattr(sfn, records) else json_answer({})

    return make


def install() -> None:
    """Close the gap in this process."""
    for name in ("_start_execution", "_start_sync_execution"):
        _seams.replace(f"services.stepfunctions.{name}", _with_json)
    _seams.replace("services.stepfunctions._create_activity", _made_again)
    _seams.replace("services.stepfunctions._delete_activity", _unless_gone("activityArn", "_activities"))
    _seams.replace("services.stepfunctions._delete_state_machine", _unless_gone("stateMachineArn", "_state_machines"))
    checks: dict[str, Check] = {operation: partial(_check, operation) for operation in _OPERATIONS}
    checks["UpdateStateMachine"] = _arns
    _seams.replace("services.stepfunctions.handle_request", _doors.at_json_service(checks))
