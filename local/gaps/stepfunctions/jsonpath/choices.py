"""Step Functions: the rules of a Choice in JSONPath.

AWS: a Variable that the input has not, or the path that it is compared with, fails the execution as States.Runtime,
``Invalid path '$.a': The choice state's condition path references an invalid value.``; only IsPresent asks without
harm. A value of another type than the comparison's does not match (Developer Guide, "Choice workflow state"). In
StringMatches ``*`` stands for any characters, ``\\\\*`` for itself.
MiniStack: a missing value matches nothing; null is not present; true equals 1 and is a number; the comparisons of texts
and times with paths never match.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ministack.services import stepfunctions as sfn

from local.asl import choices, kinds
from local.asl.queries import jsonpath
from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.jsonpath._failing import runtime
from local.gaps.stepfunctions.jsonpath.values import look
from local.gaps.stepfunctions.jsonpath.variables import assign

LEANS_ON = {
    "services.stepfunctions._execute_choice": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
    "services.stepfunctions._apply_input_path": "(state_def, data, ctx=None)",
    "services.stepfunctions._apply_output_path": "(state_def, data, ctx=None)",
    "services.stepfunctions._ExecutionError": "class",
}

_MISSING = object()
_HOW: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_PART = re.compile(r"\\([\\*])|\*", re.DOTALL)


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(value: Json) -> datetime | None:
    if not isinstance(value, str) or not kinds.is_timestamp(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


#: Type of a comparison -> its value, None where it is of another type.
_TYPES: dict[str, Callable[[Json], Any]] = {
    "String": lambda value: value if isinstance(value, str) else None,
    "Numeric": _number,
    "Timestamp": _moment,
    "Boolean": lambda value: value if isinstance(value, bool) else None,
}


def _matches(value: Json, pattern: str) -> bool:
    if not isinstance(value, str):
        return False
    parts, at = [], 0
    for found in _PART.finditer(pattern):
        parts += [re.escape(pattern[at : found.start()]), ".*" if found[1] is None else re.escape(found[1])]
        at = found.end()
    return re.fullmatch("".join([*parts, re.escape(pattern[at:])]), value, re.DOTALL) is not None


def _compared(name: str, value: Json, other: Json) -> bool:
    """One comparison of a value that is there."""
    if name == "StringMatches":
        return _matches(value, other)
    if name.startswith("Is"):
        kind = name.removeprefix("Is")
        return bool((value is None if kind == "Null" else _TYPES[kind](value) is not None) == other)
    kind = next(kind for kind in _TYPES if name.startswith(kind))
    left, right = _TYPES[kind](value), _TYPES[kind](other)
    return left is not None and right is not None and _HOW[name.removeprefix(kind)](left, right)


def _there(path: str, data: Json, ctx: Record) -> Json:
    try:
        return look(path, data, ctx)
    except jsonpath.PathError as error:
        cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
        raise runtime(cause, ctx) from error


def _is_present(path: str, data: Json, ctx: Record) -> bool:
    try:
        look(path, data, ctx)
    except jsonpath.NothingFoundError:
        return False
    return True


def holds(rule: Record, data: Json, ctx: Record) -> bool:
    """Whether the rule applies to ``data``; what follows in And and Or is looked at where it matters."""
    if "And" in rule:
        return all(holds(each, data, ctx) for each in rule["And"])
    if "Or" in rule:
        return any(holds(each, data, ctx) for each in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data, ctx)
    if "IsPresent" in rule:
        # Nothing is in a null input, which a path cannot be applied to.
        there = data is not None or rule["Variable"].startswith("$$")
        return bool((there and _is_present(rule["Variable"], data, ctx)) == rule["IsPresent"])
    name = next(name for name in rule if name in choices.COMPARISONS or name in choices.PATHS)
    value = _there(rule["Variable"], data, ctx)
    if name in choices.PATHS:
        return _compared(name.removesuffix("Path"), value, _there(rule[name], data, ctx))
    return _compared(name, value, rule[name])


def _by_paths(execute: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def execute_choice(state_def: Record, raw_input: Json, ctx: Record | None = None) -> tuple[Any, Any]:
        if sfn._state_query_language(state_def, ctx) == "JSONata":
            return execute(state_def, raw_input, ctx)
        ctx = {} if ctx is None else ctx
        data = sfn._apply_input_path(state_def, raw_input, ctx)
        taken = next((rule for rule in state_def["Choices"] if holds(rule, data, ctx)), None)
        if taken is None and "Default" not in state_def:
            raise sfn._ExecutionError("States.NoChoiceMatched", "No choice rule matched and no Default")
        assign(state_def if taken is None else taken, data, ctx)
        return sfn._apply_output_path(state_def, data, ctx), state_def["Default"] if taken is None else taken["Next"]

    return execute_choice


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._execute_choice", _by_paths)
