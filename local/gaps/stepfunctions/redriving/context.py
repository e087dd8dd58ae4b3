"""Step Functions: what the context object says of redrives.

AWS: "The value of the RedriveCount context object is 0, if you've not yet redriven an execution"; RedriveTime is there
once it was redriven, and never for Express children of a Map Run (Developer Guide, "Accessing execution data from the
Context object").
MiniStack: knows neither, so that an expression which reads the count gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.execution import current

_WITHOUT_EXECUTION = ("_execute_pass", "_execute_choice", "_execute_wait", "_fail_state_error")
_WITH_EXECUTION = ("_execute_task", "_execute_parallel", "_execute_map")
_SUCCEED = "_apply_input_path"

LEANS_ON = {
    **{f"services.stepfunctions.{name}": "(state_def, raw_input, ctx=None)" for name in _WITHOUT_EXECUTION},
    **{f"services.stepfunctions.{name}": "(state_def, raw_input, execution, ctx)" for name in _WITH_EXECUTION},
    f"services.stepfunctions.{_SUCCEED}": "(state_def, data, ctx=None)",
}


def _said_of(record: Record) -> Record:
    said: Record = {"RedriveCount": record.get("redriveCount", 0)}
    if "redriveDate" in record and ":express:" not in record["executionArn"]:
        said["RedriveTime"] = record["redriveDate"]
    return said


def _told(work: Callable[..., Any]) -> Callable[..., Any]:
    """Before a state works with its context, which is the last argument."""

    def work_on_state(state_def: Record, given: Json, *rest: Any) -> Any:
        record, ctx = current(), rest[-1] if rest else None
        if record is not None and ctx is not None:
            ctx["Execution"].update(_said_of(record))
        return work(state_def, given, *rest)

    return work_on_state


def install() -> None:
    """Close the gap in this process."""
    for name in (*_WITHOUT_EXECUTION, *_WITH_EXECUTION, _SUCCEED):
        _seams.replace(f"services.stepfunctions.{name}", _told)
