"""Step Functions: the name of an execution, and starting the same one twice.

AWS (API reference, StartExecution): a name has 1 to 80 characters (else ValidationException, as the model says) and
none of white space, brackets ``< > { } [ ]``, wildcards ``? *``, ``" # % \\ ^ | ~ ` $ & , ; : /`` or control
characters, else InvalidName. For a Standard machine the same name with the same input while that execution is open
answers 200 with the same ARN and start date; another input, or a closed execution, is ExecutionAlreadyExists, for 90
days. An Express machine accepts a name as often as it comes.
MiniStack: accepts any name, refuses every repetition whatever the type, and its Express executions by that
name too.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Answer, Record, json_answer, json_error

LEANS_ON = {
    "services.stepfunctions._start_execution": "(data)",
    "services.stepfunctions._start_sync_execution": "(data)",
    "services.stepfunctions._resolve_state_machine_arn": "(arn)",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
}

MAX_CHARACTERS = 80
_ILLEGAL = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]""")

#: Two starts of one name must not both find it free. Reentrant: a start sends an event, which may start
#: another machine.
_lock = threading.RLock()


def is_legal(name: str) -> bool:
    """Whether AWS accepts ``name`` for an execution."""
    return 1 <= len(name) <= MAX_CHARACTERS and _ILLEGAL.search(name) is None


def _invalid(name: str) -> Answer:
    return json_error("InvalidName", f"Invalid Name: '{name}'")


def _machine(data: Record) -> Record | None:
    arn = sfn._resolve_state_machine_arn(data.get("stateMachineArn", "").split("#")[0])
    machine: Record | None = sfn._state_machines.get(arn) if arn else None
    return machine


def _repeatable(start: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def start_execution(data: Record) -> Answer:
        name, machine = data.get("name"), _machine(data)
        if name is None or machine is None:
            return start(data)
        if not is_legal(name):
            return _invalid(name)
        with _lock:
            arn = machine["stateMachineArn"].replace(":stateMachine:", ":execution:") + f":{name}"
            earlier = sfn._executions.get(arn)
            if earlier is None:
                return start(data)
            if machine.get("type") == "EXPRESS":
                # No API describes an Express execution by its ARN, so the earlier run's record may go.
                del sfn._executions[arn]
                return start(data)
            if earlier["status"] == "RUNNING" and earlier["input"] == data.get("input", "{}"):
                return json_answer({"executionArn": arn, "startDate": earlier["startDate"]})
            return start(data)

    return start_execution


def _named_well(start: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def start_sync_execution(data: Record) -> Answer:
        name = data.get("name")
        return start(data) if name is None or is_legal(name) else _invalid(name)

    return start_sync_execution


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._start_execution", _repeatable)
    _seams.replace("services.stepfunctions._start_sync_execution", _named_well)
