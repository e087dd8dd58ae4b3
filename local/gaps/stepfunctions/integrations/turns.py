"""Step Functions: a task waits until its function has room for it, before its time begins.

AWS: a thousand executions at once call a function a thousand times at once; the account's concurrency is the bound, and
what is above it fails as Lambda.TooManyRequestsException (Lambda Developer Guide, "Lambda function scaling").
Here a function has a handful of processes (``local.cloud.workers.pool``), so a thousand calls would wait in a line
inside of Lambda: their TimeoutSeconds ran out there, they were tried again while the old calls went on, and the
account throttled. So tasks of machines wait here in the order in which they came, at most ``MOST`` of each function
beyond this line; a function that answers slowly holds up its own line only.
MiniStack: has no bound.

Express executions that somebody waits for do not stand in line: a function may start one from inside a task.
"""

from __future__ import annotations

import contextvars
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json
from local.gaps.stepfunctions.execution import current, stop_if_ended

LEANS_ON = {
    "services.stepfunctions._invoke_resource": "(resource, input_data)",
    "services.stepfunctions._invoke_resource_with_timeout": "(resource, input_data, timeout)",
    "services.stepfunctions._extract_lambda_ref": "(resource)",
}

#: Calls of one function by state machines at a time: twice the processes that a function may have.
MOST = 16

_lines: defaultdict[str, threading.BoundedSemaphore] = defaultdict(lambda: threading.BoundedSemaphore(MOST))
_making = threading.Lock()
_in_turn: contextvars.ContextVar[bool] = contextvars.ContextVar("sfn_in_turn", default=False)


def function_of(resource: str, input_data: Json) -> str:
    """The function that a task calls and waits for; nothing where it calls none."""
    if "states:::lambda:invoke" in resource:
        return str(input_data.get("FunctionName", "")) if isinstance(input_data, dict) else ""
    return str(sfn._extract_lambda_ref(resource) or "")


@contextmanager
def turn(resource: str, input_data: Json) -> Iterator[None]:
    """Inside, it is this task's turn."""
    function = function_of(resource, input_data)
    if not function or _in_turn.get() or (current() or {}).get("sync"):
        yield
        return
    with _making:
        line = _lines[function]
    with line:
        stop_if_ended()
        token = _in_turn.set(True)
        try:
            yield
        finally:
            _in_turn.reset(token)


def _in_line(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_resource(resource: str, input_data: Json, *timeout: float) -> Any:
        with turn(resource, input_data):
            return invoke(resource, input_data, *timeout)

    return invoke_resource


def install() -> None:
    """Close the gap in this process."""
    for name in ("_invoke_resource", "_invoke_resource_with_timeout"):
        _seams.replace(f"services.stepfunctions.{name}", _in_line)
