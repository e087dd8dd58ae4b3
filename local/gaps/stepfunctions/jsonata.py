"""Step Functions: JSONata and paths where MiniStack does not look for them.

AWS: a Succeed state has Output, and a Task's TimeoutSeconds and HeartbeatSeconds may be expressions (ASL specification,
"State Types"; Developer Guide, "Transforming data with JSONata"), in JSONPath paths under TimeoutSecondsPath and
HeartbeatSecondsPath. There is no ``$eval``: an expression that calls it fails as States.QueryEvaluationError, T1006.
MiniStack: hands the input of a Succeed state on whatever its Output says, fails on a number that is an expression, lets
a task whose limit is a path run for ever, and has ``$eval``.

AWS gives an expression one second (Developer Guide, "Transforming data with JSONata"), on a machine of its own. Here a
thousand executions share one process, where a second of the clock says nothing about an expression: it gets
``MOST_SECONDS``.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._apply_output_path": "(state_def, data, ctx=None)",
    "services.stepfunctions._apply_jsonata_output": (
        "(state_def, raw_input, ctx=None, result=None, error_output=None, default=None)"
    ),
    "services.stepfunctions._execute_task": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._jsonata_state_field": "(state_def, field, expected, raw_input, ctx)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
    "services.stepfunctions._resolve_path_or_ctx": "(path, data, ctx)",
    "services.stepfunctions._ExecutionError": "class",
    "services.stepfunctions.jsonata": "module",
    "services.stepfunctions._register_sfn_jsonata_functions": "(expr)",
}

MOST_SECONDS = 60

_SECONDS = ("TimeoutSeconds", "HeartbeatSeconds")


def _with_output(apply: Callable[..., Json]) -> Callable[..., Json]:
    def apply_output_path(state_def: Record, data: Json, ctx: Record | None = None) -> Json:
        if state_def.get("Type") == "Succeed" and sfn._state_query_language(state_def, ctx) == "JSONata":
            return sfn._apply_jsonata_output(state_def, data, ctx, default=data)
        return apply(state_def, data, ctx)

    return apply_output_path


def _with_numbers(execute: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def execute_task(state_def: Record, raw_input: Json, execution: Record, ctx: Record) -> tuple[Any, Any]:
        if sfn._state_query_language(state_def, ctx) == "JSONata":
            given = [name for name in _SECONDS if isinstance(state_def.get(name), str)]
            found = {name: sfn._jsonata_state_field(state_def, name, "number", raw_input, ctx) for name in given}
            state_def = {**state_def, **found}
        else:
            given = [name for name in _SECONDS if f"{name}Path" in state_def]
            found = {name: sfn._resolve_path_or_ctx(state_def[f"{name}Path"], raw_input, ctx) for name in given}
            if any(isinstance(value, bool) or not isinstance(value, int) or value < 1 for value in found.values()):
                raise sfn._ExecutionError(
                    "States.Runtime", f"Seconds must be positive integers, these are not: {found}"
                )
            state_def = {**state_def, **found}
        return execute(state_def, raw_input, execution, ctx)

    return execute_task


def _patient(jsonata: ModuleType) -> SimpleNamespace:
    """What MiniStack uses of the module; expressions are given more time than it says."""

    def parse(expression: str, timeout: int = 0) -> Any:
        return jsonata.Jsonata.jsonata(expression, timeout=max(timeout, MOST_SECONDS * 1000))

    return SimpleNamespace(Jsonata=SimpleNamespace(jsonata=parse), utils=jsonata.utils)


def _without_eval(register: Callable[[Any], None]) -> Callable[[Any], None]:
    def register_functions(expression: Any) -> None:
        register(expression)
        expression.assign("eval", None)

    return register_functions


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._apply_output_path", _with_output)
    _seams.replace("services.stepfunctions._execute_task", _with_numbers)
    _seams.replace("services.stepfunctions.jsonata", _patient)
    _seams.replace("services.stepfunctions._register_sfn_jsonata_functions", _without_eval)
