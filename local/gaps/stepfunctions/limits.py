"""Step Functions: 262,144 bytes for input, result and state, and errors that nothing catches.

AWS: input and output of a task, a state or an execution hold at most 256 KiB of UTF-8 (Developer Guide,
"Service quotas": quotas related to task executions; botocore: StartExecutionInput.input, max 262144). A
larger task result, larger task input after Parameters or Arguments, or larger output of a state is
States.DataLimitExceeded. It is terminal: States.ALL does not match it, nor the States.Runtime errors, which
always end the execution (Developer Guide, "Handling errors in Step Functions workflows", error names).
MiniStack: passes any size; States.ALL catches everything.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record, json_error

LEANS_ON = {
    "services.stepfunctions._start_execution": "(data)",
    "services.stepfunctions._start_sync_execution": "(data)",
    "services.stepfunctions._invoke_resource": "(resource, input_data)",
    "services.stepfunctions._invoke_with_callback": "(resource, input_data, token, state_def)",
    "services.stepfunctions._execute_task": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._execute_pass": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._execute_choice": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._execute_wait": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._execute_parallel": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._execute_map": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._run_parallel_branches": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._run_map_items": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._error_matches": "(error_equals, error)",
    "services.stepfunctions._ExecutionError": "class",
}

MAX_BYTES = 262_144

DATA_LIMIT = "States.DataLimitExceeded"

#: Inside a Parallel or Map state, so that a Catch naming the error itself sees it; around the others.
_RESULTS_OF = (
    "_execute_task",
    "_execute_pass",
    "_execute_choice",
    "_execute_wait",
    "_execute_parallel",
    "_execute_map",
)
_ATTEMPTS = ("_run_parallel_branches", "_run_map_items")


def size_in_bytes(value: Json) -> int:
    """Bytes of the UTF-8 JSON text of ``value``, without white space between the tokens."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _refuse_over_limit(value: Json, what: str) -> None:
    if size_in_bytes(value) > MAX_BYTES:
        raise sfn._ExecutionError(
            DATA_LIMIT,
            f"The {what} has a size exceeding the maximum number of bytes service limit ({MAX_BYTES}).",
        )


def _small_call(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def limited(resource: str, input_data: Json, *rest: Json) -> Json:
        _refuse_over_limit(input_data, f"input of the task '{resource}'")
        result = invoke(resource, input_data, *rest)
        _refuse_over_limit(result, f"result of the task '{resource}'")
        return result

    return limited


def _small_output(execute: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def limited(state_def: Record, *rest: Json) -> tuple[Any, Any]:
        output, following = execute(state_def, *rest)
        _refuse_over_limit(output, f"output of the {state_def.get('Type')} state")
        return output, following

    return limited


def _small_input(start: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def limited(data: Record) -> Answer:
        if len((data.get("input") or "").encode("utf-8", "surrogatepass")) > MAX_BYTES:
            return json_error(
                "ValidationException",
                "1 validation error detected: Value at 'input' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MAX_BYTES}",
            )
        return start(data)

    return limited


def _terminal(matches: Callable[[list[str], str], bool]) -> Callable[[list[str], str], bool]:
    def error_matches(error_equals: list[str], error: str) -> bool:
        if error == "States.Runtime":
            return False
        if error == DATA_LIMIT:
            return DATA_LIMIT in error_equals
        return matches(error_equals, error)

    return error_matches


def install() -> None:
    """Close the gap in this process."""
    for name in ("_start_execution", "_start_sync_execution"):
        _seams.replace(f"services.stepfunctions.{name}", _small_input)
    for name in ("_invoke_resource", "_invoke_with_callback"):
        _seams.replace(f"services.stepfunctions.{name}", _small_call)
    for name in (*_RESULTS_OF, *_ATTEMPTS):
        _seams.replace(f"services.stepfunctions.{name}", _small_output)
    _seams.replace("services.stepfunctions._error_matches", _terminal)
