"""Step Functions: the machine's ``TimeoutSeconds`` and a task's ``HeartbeatSeconds``.

AWS: an execution that runs longer than the TimeoutSeconds of its machine ends TIMED_OUT with States.Timeout,
and that status is sent to EventBridge (ASL specification, "Top-level fields"; API reference,
DescribeExecution). A task with a callback that neither answers nor heartbeats for HeartbeatSeconds fails with
States.HeartbeatTimeout, which States.Timeout also stands for (ASL specification, appendix A).
MiniStack: ignores both; TIMED_OUT is never set.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.execution import current

LEANS_ON = {
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._invoke_with_callback": "(resource, input_data, token, state_def)",
    "services.stepfunctions._error_matches": "(error_equals, error)",
    "services.stepfunctions._add_event": "(execution, event_type, details=None)",
    "services.stepfunctions._emit_execution_status_event": "(execution)",
    "services.stepfunctions._task_tokens": "AccountRegionScopedDict",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
}

HEARTBEAT = "States.HeartbeatTimeout"

#: Seconds between two looks at a heartbeat.
_LOOK_EVERY = 0.1


def machine_timeout(execution: Record) -> float | None:
    """The limit of the execution's machine in seconds, or None."""
    machine = sfn._state_machines.get(execution["stateMachineArn"])
    if machine is None:
        return None
    limit = json.loads(machine["definition"]).get("TimeoutSeconds")
    return None if limit is None else float(limit)


def _time_out(execution: Record) -> None:
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", error="States.Timeout", cause=None, stopDate=sfn.now_iso())
    sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
    sfn._emit_execution_status_event(execution)


def _limited(run: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(exec_arn: str) -> None:
        execution = sfn._executions.get(exec_arn)
        limit = machine_timeout(execution) if execution else None
        if execution is None or limit is None:
            run(exec_arn)
            return
        timer = threading.Timer(limit, contextvars.copy_context().run, (_time_out, execution))
        timer.daemon = True
        timer.start()
        try:
            run(exec_arn)
        finally:
            timer.cancel()

    return run_execution


def _watch(token: str, heartbeat_seconds: float, execution: Record | None) -> None:
    """End the wait for ``token`` when heartbeats stay away or the execution ends."""
    last, seen = time.monotonic(), None
    while (waiting := sfn._task_tokens.get(token)) is not None and not waiting["event"].is_set():
        if waiting.get("heartbeat") != seen:
            seen, last = waiting.get("heartbeat"), time.monotonic()
        late = time.monotonic() - last > heartbeat_seconds
        if late or (execution is not None and execution["status"] != "RUNNING"):
            waiting["error"] = {
                "Error": HEARTBEAT,
                "Cause": f"No heartbeat within {heartbeat_seconds:g} seconds.",
            }
            waiting["event"].set()
            return
        time.sleep(_LOOK_EVERY)


def _heartbeating(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_with_callback(resource: str, input_data: Json, token: str, state_def: Record) -> Json:
        pulse = float(state_def.get("HeartbeatSeconds", float("inf")))
        # MiniStack registers the token itself, a moment later; the watch must find something to watch.
        sfn._task_tokens.setdefault(token, {"event": threading.Event(), "heartbeat": None})
        watch = threading.Thread(
            target=contextvars.copy_context().run, args=(_watch, token, pulse, current()), daemon=True
        )
        watch.start()
        return invoke(resource, input_data, token, state_def)

    return invoke_with_callback


def _timeout_means_both(matches: Callable[[list[str], str], bool]) -> Callable[[list[str], str], bool]:
    def error_matches(error_equals: list[str], error: str) -> bool:
        return matches(error_equals, error) or (error == HEARTBEAT and "States.Timeout" in error_equals)

    return error_matches


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_execution", _limited)
    _seams.replace("services.stepfunctions._invoke_with_callback", _heartbeating)
    _seams.replace("services.stepfunctions._error_matches", _timeout_means_both)
