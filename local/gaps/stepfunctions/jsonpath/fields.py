"""Step Functions: Wait, the items of a Map, and the arguments of a task, by paths.

AWS: SecondsPath must find a whole number that is not negative, TimestampPath a moment with its offset, ItemsPath an
array; anything else fails the execution as States.Runtime (recorded causes: ``The SecondsPath parameter cannot be
parsed as a long value: $.a == b``). MaxConcurrencyPath gives MaxConcurrency. An error of a task's Parameters meets its
Retry and Catch as any other (Developer Guide, "Handling errors in Step Functions workflows"). The input of a JSONata
Map without Items must be an array too, else States.QueryEvaluationError.
MiniStack: does not wait where the path finds no number or moment, reads no context object there, takes what is no
array for one item, ignores MaxConcurrencyPath, and looks at Parameters outside of Retry and Catch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ministack.services import stepfunctions as sfn

from local.asl import kinds
from local.asl.queries import jsonpath
from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.jsonpath._failing import failure, runtime, text
from local.gaps.stepfunctions.jsonpath.values import look

LEANS_ON = {
    "services.stepfunctions._execute_wait": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._execute_task": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._run_map_items": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._with_retry_and_catch": "(state_def, raw_input, ctx, attempt)",
    "services.stepfunctions._apply_input_path": "(state_def, data, ctx=None)",
    "services.stepfunctions._apply_parameters": "(state_def, data, ctx=None)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
    "services.stepfunctions._ExecutionError": "class",
}

Execute = Callable[..., tuple[Any, Any]]


def _is_jsonata(state_def: Record, ctx: Record | None) -> bool:
    return bool(sfn._state_query_language(state_def, ctx) == "JSONata")


def _found(name: str, state_def: Record, data: Json, ctx: Record) -> Json:
    try:
        return look(state_def[name], data, ctx)
    except jsonpath.PathError as error:
        raise runtime(f"The {name} parameter does not reference an input value: {state_def[name]}", ctx) from error


def _seconds(state_def: Record, data: Json, ctx: Record) -> int:
    value, path = _found("SecondsPath", state_def, data, ctx), state_def["SecondsPath"]
    shown = f"{path} == {value if isinstance(value, str) else text(value)}"
    if not kinds.fits(value, "Integer"):
        raise runtime(f"The SecondsPath parameter cannot be parsed as a long value: {shown}", ctx)
    if value < 0:
        raise runtime(f"The SecondsPath parameter references a negative value: {shown}", ctx)
    return int(value)


def _timestamp(state_def: Record, data: Json, ctx: Record) -> str:
    value, path = _found("TimestampPath", state_def, data, ctx), state_def["TimestampPath"]
    try:
        if isinstance(value, str) and kinds.is_timestamp(value):
            datetime.fromisoformat(value)
            return value
    except ValueError:
        pass  # a day that no calendar has: told below
    raise runtime(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"{path} == {value if isinstance(value, str) else text(value)}",
        ctx,
    )


def _until_told(execute: Execute) -> Execute:
    def execute_wait(state_def: Record, raw_input: Json, ctx: Record | None = None) -> tuple[Any, Any]:
        for path, name, read in (("SecondsPath", "Seconds", _seconds), ("TimestampPath", "Timestamp", _timestamp)):
            if path in state_def and not _is_jsonata(state_def, ctx):
                given = read(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx or {})
                state_def = {**{key: value for key, value in state_def.items() if key != path}, name: given}
        return execute(state_def, raw_input, ctx)

    return execute_wait


def _check_items(state_def: Record, raw_input: Json, ctx: Record) -> None:
    """Raise where the items of a Map that reads its input are no array."""
    if _is_jsonata(state_def, ctx):
        if "Items" not in state_def and not isinstance(raw_input, list):
            raise failure(
                "States.QueryEvaluationError", f"Map state input must be an array but was: {text(raw_input)}", ctx
            )
        return
    path, data = state_def.get("ItemsPath", "$"), sfn._apply_input_path(state_def, raw_input, ctx)
    try:
        found = look(path, data, ctx)
    except jsonpath.PathError:
        found = None
    if not isinstance(found, list):
        raise runtime(f'Reference path "{path}" must point to array.', ctx)


def _over_arrays(run: Execute) -> Execute:
    def run_map_items(state_def: Record, raw_input: Json, execution: Record, ctx: Record) -> tuple[Any, Any]:
        if "ItemReader" not in state_def:
            _check_items(state_def, raw_input, ctx)
        if "MaxConcurrencyPath" in state_def and "ItemReader" not in state_def:
            most = _found("MaxConcurrencyPath", state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)
            if not kinds.fits(most, "Integer") or most < 0:
                shown = f"{state_def['MaxConcurrencyPath']} == {text(most)}"
                raise runtime(f"Expected positive integer for MaxConcurrency, but got: {shown}", ctx)
            state_def = {**state_def, "MaxConcurrency": int(most)}
        return run(state_def, raw_input, execution, ctx)

    return run_map_items


def _under_retry_and_catch(execute: Execute) -> Execute:
    def execute_task(state_def: Record, raw_input: Json, execution: Record, ctx: Record) -> tuple[Any, Any]:
        if _is_jsonata(state_def, ctx) or "Parameters" not in state_def:
            return execute(state_def, raw_input, execution, ctx)
        if ".waitForTaskToken" in state_def.get("Resource", ""):
            # MiniStack draws the real one a moment later.
            ctx["Task"] = {"Token": sfn.new_uuid()}

        def parameters() -> None:
            sfn._apply_parameters(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)

        caught: tuple[Any, Any] | None = sfn._with_retry_and_catch(state_def, raw_input, ctx, parameters)
        return execute(state_def, raw_input, execution, ctx) if caught is None else caught

    return execute_task


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._execute_wait", _until_told)
    _seams.replace("services.stepfunctions._run_map_items", _over_arrays)
    _seams.replace("services.stepfunctions._execute_task", _under_retry_and_catch)
