"""Step Functions: Assign in JSONPath states.

AWS: Pass, Task, Parallel, Map, Wait, Choice, its rules and a Catch may assign variables, which later states read as
``$name`` and ``$name.path``. In Assign ``$`` is the result before ResultSelector, in Wait and Choice the state's input
after InputPath, in a Catch the error; variables have the values that they had when the state began (Developer Guide,
"Passing data between states with variables").
MiniStack: assigns in JSONata states only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.jsonpath._failing import context
from local.gaps.stepfunctions.jsonpath.values import template

LEANS_ON = {
    "services.stepfunctions._apply_result_selector": "(state_def, data)",
    "services.stepfunctions._apply_catcher": "(catcher, raw_input, ctx, query_language, error_output)",
    "services.stepfunctions._execute_wait": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._apply_input_path": "(state_def, data, ctx=None)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
}


def assign(holder: Record, data: Json, ctx: Record) -> None:
    """Give the variables of a JSONPath state, rule or catcher their values; ``data`` is what ``$`` stands for."""
    if "Assign" in holder:
        ctx.setdefault("variables", {}).update(template(holder["Assign"], data, ctx))


def _from_result(select: Callable[..., Json]) -> Callable[..., Json]:
    def apply_result_selector(state_def: Record, data: Json) -> Json:
        # Called with the result of each Pass, Task, Parallel and Map; JSONata has assigned by then or will.
        selected = select(state_def, data)
        if sfn._state_query_language(state_def, context()) != "JSONata":
            assign(state_def, data, context())
        return selected

    return apply_result_selector


def _from_error(catch: Callable[..., Json]) -> Callable[..., Json]:
    def apply_catcher(catcher: Record, raw_input: Json, ctx: Record, query_language: str, error_output: Record) -> Json:
        output = catch(catcher, raw_input, ctx, query_language, error_output)
        if query_language != "JSONata":
            assign(catcher, error_output, ctx)
        return output

    return apply_catcher


def _while_waiting(execute: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def execute_wait(state_def: Record, raw_input: Json, ctx: Record | None = None) -> tuple[Any, Any]:
        done = execute(state_def, raw_input, ctx)
        if ctx is not None and sfn._state_query_language(state_def, ctx) != "JSONata":
            assign(state_def, sfn._apply_input_path(state_def, raw_input, ctx), ctx)
        return done

    return execute_wait


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._apply_result_selector", _from_result)
    _seams.replace("services.stepfunctions._apply_catcher", _from_error)
    _seams.replace("services.stepfunctions._execute_wait", _while_waiting)
