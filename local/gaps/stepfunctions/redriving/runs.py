"""Step Functions: an execution's thread, the first time and when it is redriven.

AWS: "Redriven executions use the same state machine definition and execution ARN as the original execution attempt"
(API reference, RedriveExecution): a definition that was changed meanwhile is for new executions.
MiniStack: reads the definition of now, and knows no second run.

Installed before ``execution``, so that everything else of this package is around it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Record
from local.gaps.stepfunctions.redriving import journal

LEANS_ON = {
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._run_sub_machine": "(states, start_at, input_data, execution, ctx)",
    "services.stepfunctions._fail_execution": "(execution, error, cause)",
    "services.stepfunctions._add_event": "(execution, event_type, details=None)",
    "services.stepfunctions._emit_execution_status_event": "(execution)",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
    "services.stepfunctions._ExecutionError": "class",
}

#: Where an execution's record holds the definition that it was started with.
DEFINITION = "_definition"

#: ARN -> held by the thread of its execution. One that is redriven waits for what is left of the drive before.
_working: dict[str, threading.Lock] = {}


def _context(record: Record, definition: Record) -> Record:
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": record["executionArn"],
            "Input": json.loads(record["input"]),
            "Name": record["name"],
            "StartTime": record["startDate"],
        },
        "StateMachine": {
            "Id": record["stateMachineArn"],
            "Name": record["stateMachineArn"].rpartition(":")[2],
        },
        "variables": {},
    }


def _go_on(record: Record) -> None:
    """From the first state on: what has an answer in the journal gives it, what has none runs."""
    definition = json.loads(record[DEFINITION])
    try:
        given = json.loads(record["input"])
        context = _context(record, definition)
        output = json.dumps(sfn._run_sub_machine(definition["States"], definition["StartAt"], given, record, context))
    except sfn._ExecutionError as error:
        sfn._fail_execution(record, error.error, error.cause)
        return
    if record["status"] == "RUNNING":
        record.update(status="SUCCEEDED", output=output, stopDate=sfn.now_iso())
        sfn._add_event(record, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
        sfn._emit_execution_status_event(record)


def _kept(run: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(exec_arn: str) -> None:
        record = sfn._executions.get(exec_arn)
        machine = sfn._state_machines.get(record["stateMachineArn"]) if record else None
        if record is None or machine is None or machine.get("type") == "EXPRESS" or record.get("sync"):
            run(exec_arn)
            return
        redriven = bool(record.get("redriveCount"))
        if not redriven:
            record.update({DEFINITION: machine["definition"], journal.KEY: {}})
        with _working.setdefault(exec_arn, threading.Lock()), journal.on_the_way(redriven):
            if redriven:
                _go_on(record)
            else:
                run(exec_arn)
        if record["status"] == "SUCCEEDED":
            for key in (journal.KEY, DEFINITION):
                record.pop(key, None)
            _working.pop(exec_arn, None)

    return run_execution


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_execution", _kept)
