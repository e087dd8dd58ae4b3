"""Step Functions: the machine's ``TimeoutSeconds`` and a task's ``HeartbeatSeconds``.

AWS: an execution that runs longer than the TimeoutSeconds of its machine ends TIMED_OUT with States.Timeout,
and that status is sent to EventBridge (ASL specification, "Top-level fields"; API reference,
DescribeExecution). A task with a callback that neither answers nor heartbeats for HeartbeatSeconds fails with
States.HeartbeatTimeout, which States.Timeout also stands for (ASL specification, appendix A). A token of an execution
that has ended is refused as TaskTimedOut (API reference, SendTaskSuccess).
MiniStack: ignores both; TIMED_OUT is never set. It takes a token until the thread of the ended execution wakes up.
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
from local.gaps._types import Answer, Json, Record, json_error
from local.gaps.stepfunctions.execution import current

LEANS_ON = {
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._invoke_with_callback": "(resource, input_data, token, state_def)",
    "services.stepfunctions._send_task_success": "(data)",
    "services.stepfunctions._send_task_failure": "(data)",
    "services.stepfunctions._send_task_heartbeat": "(data)",
    "services.stepfunctions._error_matches": "(error_equals, error)",
    "services.stepfunctions._add_event": "(execution, event_type, details=None)",
    "services.stepfunctions._emit_execution_status_event": "(execution)",
    "services.stepfunctions._task_tokens": "AccountRegionScopedDict",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
}

HEARTBEAT = "States.HeartbeatTimeout"

#: Seconds between two rounds of looks, at least.
_LOOK_EVERY = 0.1

#: Task token -> the execution that waits with it, or that ended before it was answered.
_waiting: dict[str, Record] = {}


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
        end, drive = time.monotonic() + limit, execution.get("redriveCount", 0)

        def is_over() -> bool:
            if time.monotonic() < end:
                return False
            if execution.get("redriveCount", 0) == drive:
                _time_out(execution)
            return True

        _ROUNDS.add((exec_arn, drive), is_over)
        try:
            run(exec_arn)
        finally:
            _ROUNDS.remove((exec_arn, drive))

    return run_execution


class _Rounds:
    """One thread looks at everything that may come too late: a thread for each was two thirds of 2,600 threads, which
    woke ten times a second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks: dict[object, tuple[contextvars.Context, Callable[[], bool]]] = {}
        self._going = False

    def add(self, key: object, look: Callable[[], bool]) -> None:
        """Look every now and then, in the caller's context, until ``look`` says that nothing is to be seen any more."""
        with self._lock:
            self._looks[key] = contextvars.copy_context(), look
            if not self._going:
                self._going = True
                threading.Thread(target=self._go, daemon=True, name="sfn-rounds").start()

    def remove(self, key: object) -> None:
        with self._lock:
            self._looks.pop(key, None)

    def _go(self) -> None:
        while True:
            with self._lock:
                looks = list(self._looks.items())
                self._going = bool(looks)
            if not looks:
                return
            begun = time.monotonic()
            for key, (context, look) in looks:
                if context.run(look):
                    self.remove(key)
            time.sleep(max(_LOOK_EVERY, 4 * (time.monotonic() - begun)))


_ROUNDS = _Rounds()


def _watch(token: str, heartbeat_seconds: float, execution: Record | None) -> Callable[[], bool]:
    """A look at the wait for ``token``: it ends when heartbeats stay away or the execution ends."""
    beat: dict[str, Any] = {"last": time.monotonic(), "seen": None}

    def is_over() -> bool:
        waiting = sfn._task_tokens.get(token)
        if waiting is None or waiting["event"].is_set():
            return True
        if waiting.get("heartbeat") != beat["seen"]:
            beat.update(seen=waiting.get("heartbeat"), last=time.monotonic())
        late = time.monotonic() - beat["last"] > heartbeat_seconds
        if not late and (execution is None or execution["status"] == "RUNNING"):
            return False
        waiting["error"] = {
            "Error": HEARTBEAT,
            "Cause": f"No heartbeat within {heartbeat_seconds:g} seconds.",
        }
        waiting["event"].set()
        return True

    return is_over


def _heartbeating(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_with_callback(resource: str, input_data: Json, token: str, state_def: Record) -> Json:
        pulse = float(state_def.get("HeartbeatSeconds", float("inf")))
        # MiniStack registers the token itself, a moment later; the watch must find something to watch.
        sfn._task_tokens.setdefault(token, {"event": threading.Event(), "heartbeat": None})
        _ROUNDS.add(token, _watch(token, pulse, current()))
        if (execution := current()) is None:
            return invoke(resource, input_data, token, state_def)
        _waiting[token] = execution
        try:
            return invoke(resource, input_data, token, state_def)
        finally:
            if execution["status"] == "RUNNING":
                del _waiting[token]

    return invoke_with_callback


def _of_running_executions(send: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def send_task(data: Record) -> Answer:
        execution = _waiting.get(data.get("taskToken", ""))
        if execution is not None and execution["status"] != "RUNNING":
            return json_error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return send(data)

    return send_task


def _timeout_means_both(matches: Callable[[list[str], str], bool]) -> Callable[[list[str], str], bool]:
    def error_matches(error_equals: list[str], error: str) -> bool:
        return matches(error_equals, error) or (error == HEARTBEAT and "States.Timeout" in error_equals)

    return error_matches


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_execution", _limited)
    _seams.replace("services.stepfunctions._invoke_with_callback", _heartbeating)
    for name in ("success", "failure", "heartbeat"):
        _seams.replace(f"services.stepfunctions._send_task_{name}", _of_running_executions)
    _seams.replace("services.stepfunctions._error_matches", _timeout_means_both)
