"""Step Functions: what paths, payload templates and intrinsic functions of JSONPath states find.

AWS: a path that finds nothing fails the execution as States.Runtime, in InputPath and its like as in Parameters,
ItemSelector and ResultSelector; neither States.ALL nor the name itself catches that (Developer Guide, "Handling errors
in Step Functions workflows"). The specification has the name States.ParameterPathFailure for payload templates; what
people publish of failed executions says States.Runtime, ``The JSONPath '$.a' specified for the field 'b.$' could not be
found in the input '{}'``. Only an index past the end of its array is null there. A path with a wildcard, a slice, a
filter or a descent gives a list. An intrinsic function that refuses its arguments is States.IntrinsicFailure, which
Retry and Catch take (the specification, appendix A). ResultSelector may read the context object.
MiniStack: null for what is not found; it knows of paths names, indices and wildcards only. Intrinsic functions end in
Python's exceptions or in wrong values. ResultSelector has no context object, an empty template is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.asl.queries import functions, intrinsics, jsonpath
from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.jsonpath._failing import context, failure, running, runtime, text

LEANS_ON = {
    "services.stepfunctions._resolve_path_or_ctx": "(path, data, ctx)",
    "services.stepfunctions._resolve_params_obj": "(template, data, ctx=None)",
    "services.stepfunctions._evaluate_intrinsic": "(expression, data, ctx)",
    "services.stepfunctions._apply_parameters": "(state_def, data, ctx=None)",
    "services.stepfunctions._apply_result_selector": "(state_def, data)",
    "services.stepfunctions._execute_pass": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._execute_task": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._execute_choice": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._execute_wait": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._run_parallel_branches": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._run_map_items": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._ExecutionError": "class",
}

INTRINSIC_FAILURE = "States.IntrinsicFailure"

_STATES = (
    "_execute_pass", "_execute_task", "_execute_choice", "_execute_wait", "_run_parallel_branches", "_run_map_items",
)  # fmt: skip
#: MiniStack keeps them in the context object, where AWS has them not.
_INTERNAL = ("variables", "QueryLanguage")


def _source(path: jsonpath.Path, data: Json, ctx: Record) -> Json:
    """The document that the path is about."""
    if path.source == jsonpath.CONTEXT:
        return {name: value for name, value in ctx.items() if name not in _INTERNAL}
    if not path.source:
        return data
    if path.source not in ctx.get("variables", {}):
        raise jsonpath.NothingFoundError(f"The variable '${path.source}' has no value")
    return ctx["variables"][path.source]


def look(written: str, data: Json, ctx: Record) -> Json:
    """What the path finds. Raises PathError, and States.Runtime for a path into nothing."""
    path = jsonpath.parse(written)
    document = _source(path, data, ctx)
    if document is None and not path.source and path.steps:
        raise runtime("Unable to apply Path transformation to null or empty input.", ctx)
    return path.find(document)


def _resolve(path: str, data: Json, ctx: Record | None) -> Json:
    try:
        return look(path, data, ctx or {})
    except jsonpath.PathError as error:
        raise runtime(f"Invalid path '{path}' : {error}", ctx) from error


def _member(field: str, written: str, data: Json, ctx: Record) -> Json:
    """The value of one member of a template whose name ends in ``.$``."""
    if written.startswith("States."):
        return intrinsic(written, data, ctx)
    try:
        return look(written, data, ctx)
    except jsonpath.PastTheEndError:
        return None
    except jsonpath.NothingFoundError as error:
        shown = _source(jsonpath.parse(written), data, ctx) if written.startswith("$$") else data
        raise runtime(
            f"The JSONPath '{written}' specified for the field '{field}' could not be found in the input "
            f"'{text(shown)}'",
            ctx,
        ) from error
    except jsonpath.PathError as error:
        raise runtime(f"Invalid path '{written}' : {error}", ctx) from error


def template(value: Json, data: Json, ctx: Record | None = None) -> Json:
    """A payload template with its paths and calls replaced."""
    ctx = context() if ctx is None else ctx
    if isinstance(value, list):
        return [template(each, data, ctx) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name.removesuffix(".$") if name.endswith(".$") and isinstance(inner, str) else name: (
            _member(name, inner, data, ctx)
            if name.endswith(".$") and isinstance(inner, str)
            else template(inner, data, ctx)
        )
        for name, inner in value.items()
    }


def intrinsic(written: str, data: Json, ctx: Record | None) -> Json:
    """The value of a call such as ``States.Format('{}', $.a)``."""
    ctx = ctx or {}
    call = intrinsics.parse(written)
    if call is None:
        raise runtime(f"'{written}' is not a valid intrinsic function call", ctx)
    said = f"The function '{written}' had the following error: "
    try:
        return _called(call, data, ctx)
    except functions.FunctionError as error:
        raise failure(INTRINSIC_FAILURE, f"{said}{error}", ctx) from error
    except jsonpath.PathError as error:
        raise runtime(f"{said}{error}", ctx) from error


def _called(call: intrinsics.Call, data: Json, ctx: Record) -> Json:
    return functions.call(call.name, [_argument(call, number, data, ctx) for number in range(len(call.arguments))])


def _argument(call: intrinsics.Call, number: int, data: Json, ctx: Record) -> Json:
    match call.arguments[number]:
        case intrinsics.Call() as inner:
            return _called(inner, data, ctx)
        case intrinsics.Literal(value=str(written)) if not (call.name == "Format" and number == 0):
            return functions.unescaped(written)
        case intrinsics.Literal(value=value):
            return value
        case intrinsics.Reference(text=written):
            return _referred(written, data, ctx)


def _referred(written: str, data: Json, ctx: Record) -> Json:
    try:
        return look(written, data, ctx)
    except jsonpath.NotAnArrayError:
        raise
    except jsonpath.NothingFoundError as error:
        # AWS shows a path of the context object without its first sign, and the state's input all the same.
        shown = written[1:] if written.startswith("$$") else written
        raise jsonpath.NothingFoundError(
            f"The JsonPath argument for the field '{shown}' could not be found in the input '{text(data)}'"
        ) from error


def _parameters(_apply: Callable[..., Json]) -> Callable[..., Json]:
    def apply_parameters(state_def: Record, data: Json, ctx: Record | None = None) -> Json:
        return template(state_def["Parameters"], data, ctx) if "Parameters" in state_def else data

    return apply_parameters


def _selected(_apply: Callable[..., Json]) -> Callable[..., Json]:
    def apply_result_selector(state_def: Record, data: Json) -> Json:
        return template(state_def["ResultSelector"], data) if "ResultSelector" in state_def else data

    return apply_result_selector


def _in_context(execute: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def with_context(state_def: Record, raw_input: Json, *rest: Json) -> tuple[Any, Any]:
        with running(rest[-1] or {}):
            return execute(state_def, raw_input, *rest)

    return with_context


def install() -> None:
    """Close the gap in this process."""
    for name in _STATES:
        _seams.replace(f"services.stepfunctions.{name}", _in_context)
    _seams.replace("services.stepfunctions._resolve_path_or_ctx", lambda _: _resolve)
    _seams.replace("services.stepfunctions._resolve_params_obj", lambda _: template)
    _seams.replace("services.stepfunctions._evaluate_intrinsic", lambda _: intrinsic)
    _seams.replace("services.stepfunctions._apply_parameters", _parameters)
    _seams.replace("services.stepfunctions._apply_result_selector", _selected)
