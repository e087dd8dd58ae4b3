"""Step Functions: a function that fails before its task token is known outside fails the task.

AWS: with ``lambda:invoke.waitForTaskToken`` the error of the invocation is the error of the task, to be retried or
caught by its name (Developer Guide, "Wait for a Callback with Task Token"; "Handling errors in Step Functions
workflows").
MiniStack: swallows it and waits for an answer until the task times out.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._call_lambda": "(func_ref, event)",
    "services.stepfunctions._invoke_with_callback": "(resource, input_data, token, state_def)",
    "services.stepfunctions._task_tokens": "AccountRegionScopedDict",
    "services.stepfunctions._ExecutionError": "class",
}

#: The token of the task for which this thread invokes a function.
_token: contextvars.ContextVar[str | None] = contextvars.ContextVar("sfn_callback_token", default=None)


def _remembering(invoke: Callable[..., Json]) -> Callable[..., Json]:
    def invoke_with_callback(resource: str, input_data: Json, token: str, state_def: Record) -> Json:
        reset = _token.set(token)
        try:
            return invoke(resource, input_data, token, state_def)
        finally:
            _token.reset(reset)

    return invoke_with_callback


def _telling(call: Callable[[str, Json], Json]) -> Callable[[str, Json], Json]:
    def call_lambda(func_ref: str, event: Json) -> Json:
        try:
            return call(func_ref, event)
        except sfn._ExecutionError as error:
            waiting = sfn._task_tokens.get(_token.get() or "")
            if waiting is not None and not waiting["event"].is_set():
                waiting["error"] = {"Error": error.error, "Cause": error.cause}
                waiting["event"].set()
            raise

    return call_lambda


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._call_lambda", _telling)
    _seams.replace("services.stepfunctions._invoke_with_callback", _remembering)
