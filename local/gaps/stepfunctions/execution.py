"""Step Functions: which execution a thread works for, and executions that really end.

AWS: once an execution is ABORTED or TIMED_OUT nothing of it runs on, and no later error changes that status
(API reference, StopExecution). Only Standard executions send status events to EventBridge (Developer Guide,
"Automating Step Functions event delivery with EventBridge").
MiniStack: looks at the status between top-level states only. A Map or a retrying task goes on invoking
functions, and the error it ends with turns ABORTED into FAILED. Express executions that StartExecution began
send status events too.

The other modules of this package ask ``current()`` here for the execution that the calling thread belongs to:
MiniStack copies context variables into every thread it starts for branches, items and time limits.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._fail_execution": "(execution, error, cause)",
    "services.stepfunctions._invoke_resource": "(resource, input_data)",
    "services.stepfunctions._invoke_with_callback": "(resource, input_data, token, state_def)",
    "services.stepfunctions._scaled_sleep": "(seconds)",
    "services.stepfunctions._error_matches": "(error_equals, error)",
    "services.stepfunctions._emit_execution_status_event": "(execution)",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
    "services.stepfunctions._SFN_WAIT_SCALE": "float",
    "services.stepfunctions._ExecutionError": "class",
}

#: Raised inside an execution that has already ended. No Retry or Catch matches it, and no status shows it.
STOPPED = "Millrace.ExecutionStopped"

#: Seconds between two looks at the status during a wait.
_LOOK_EVERY = 0.1

_current: contextvars.ContextVar[Record | None] = contextvars.ContextVar("sfn_execution", default=None)
#: How often the execution had been redriven when this thread began to work for it.
_drive: contextvars.ContextVar[int] = contextvars.ContextVar("sfn_drive", default=0)


def current() -> Record | None:
    """MiniStack's record of the execution that this thread works for; None outside of executions."""
    return _current.get()


@contextmanager
def acting_for(execution: Record | None) -> Iterator[None]:
    """Inside, this thread works for ``execution``: a child of a distributed Map."""
    token, drive = _current.set(execution), _drive.set(_count(execution))
    try:
        yield
    finally:
        _drive.reset(drive)
        _current.reset(token)


def _count(execution: Record | None) -> int:
    return int((execution or {}).get("redriveCount", 0))


def left_behind() -> bool:
    """Whether this thread's execution was redriven since it began to work for it: another thread goes on with it."""
    return _count(current()) != _drive.get()


def stop_if_ended() -> None:
    """Raise the error that nothing matches if this thread's execution has ended, or goes on elsewhere."""
    execution = current()
    if execution is not None and (execution["status"] != "RUNNING" or left_behind()):
        raise sfn._ExecutionError(STOPPED, "The execution has ended.")


def _remembering(run: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(exec_arn: str) -> None:
        with acting_for(sfn._executions.get(exec_arn)):
            run(exec_arn)

    return run_execution


def _only_running(fail: Callable[..., None]) -> Callable[..., None]:
    def fail_execution(execution: Record, error: str, cause: str) -> None:
        if execution["status"] == "RUNNING" and not left_behind():
            fail(execution, error, cause)

    return fail_execution


def _unless_ended(call: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*args: Json) -> Json:
        stop_if_ended()
        return call(*args)

    return guarded


def _interruptible(_sleep: Callable[[float], None]) -> Callable[[float], None]:
    def scaled_sleep(seconds: float) -> None:
        end = time.monotonic() + seconds * sfn._SFN_WAIT_SCALE
        while (left := end - time.monotonic()) > 0:
            stop_if_ended()
            time.sleep(min(left, _LOOK_EVERY))

    return scaled_sleep


def _never_stopped(matches: Callable[[list[str], str], bool]) -> Callable[[list[str], str], bool]:
    return lambda error_equals, error: error != STOPPED and matches(error_equals, error)


def _standard_only(emit: Callable[[Record], None]) -> Callable[[Record], None]:
    def emit_execution_status_event(execution: Record) -> None:
        machine = sfn._state_machines.get(execution["stateMachineArn"]) or {}
        if machine.get("type") != "EXPRESS":
            emit(execution)

    return emit_execution_status_event


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_execution", _remembering)
    _seams.replace("services.stepfunctions._fail_execution", _only_running)
    _seams.replace("services.stepfunctions._invoke_resource", _unless_ended)
    _seams.replace("services.stepfunctions._invoke_with_callback", _unless_ended)
    _seams.replace("services.stepfunctions._scaled_sleep", _interruptible)
    _seams.replace("services.stepfunctions._error_matches", _never_stopped)
    _seams.replace("services.stepfunctions._emit_execution_status_event", _standard_only)
