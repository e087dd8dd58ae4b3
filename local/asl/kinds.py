"""Of what kind the value of a field is, and between which numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.asl.problem import Problem, Problems, one_of
from local.asl.tree import Scope, State

MOST_SECONDS = 99_999_999
MOST_DELAY = 31_622_400

_KINDS: Mapping[str, tuple[type, ...]] = {
    "[STRING]": (str,),
    "[OBJECT]": (dict,),
    "[ARRAY]": (list,),
    "[BOOLEAN]": (bool,),
    "Integer": (int,),
    "Number": (int, float),
}
# ASL specification, "Timestamps": RFC 3339 with an uppercase T, and an uppercase Z where no offset is given.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Kind:
    """``expression``: a JSONata state may give it as an expression. ``may_be_null``: null switches it off."""

    name: str
    least: float | None = None
    most: float | None = None
    expression: bool = False
    may_be_null: bool = False
    filled: bool = False
    allowed: tuple[str, ...] = ()


TEXT, OBJECT, TRUTH, LIST = Kind("[STRING]"), Kind("[OBJECT]"), Kind("[BOOLEAN]"), Kind("[ARRAY]")
FILLED = Kind("[ARRAY]", filled=True)
PATH_OR_NULL = Kind("[STRING]", may_be_null=True)
LANGUAGE = Kind("[STRING]", allowed=("JSONPath", "JSONata"))

MACHINE = {
    "Comment": TEXT,
    "Version": Kind("[STRING]", allowed=("1.0",)),
    "QueryLanguage": LANGUAGE,
    "StartAt": TEXT,
    "States": OBJECT,
    "TimeoutSeconds": Kind("Integer", 0, MOST_SECONDS),
}
_SECONDS = Kind("Integer", 1, MOST_SECONDS, expression=True)
_COUNT = Kind("Integer", 0, expression=True)
STATE = {
    "Comment": TEXT,
    "QueryLanguage": LANGUAGE,
    "Next": TEXT,
    "Default": TEXT,
    "End": TRUTH,
    "Resource": TEXT,
    "InputPath": PATH_OR_NULL,
    "OutputPath": PATH_OR_NULL,
    "ResultPath": PATH_OR_NULL,
    "ResultSelector": OBJECT,
    "Assign": OBJECT,
    "Credentials": OBJECT,
    "Retry": LIST,
    "Catch": LIST,
    "Choices": FILLED,
    "Branches": FILLED,
    "ItemProcessor": OBJECT,
    "Iterator": OBJECT,
    "ItemReader": OBJECT,
    "ItemBatcher": OBJECT,
    "ResultWriter": OBJECT,
    "Label": TEXT,
    "Error": TEXT,
    "Cause": TEXT,
    "Timestamp": TEXT,
    "TimeoutSeconds": _SECONDS,
    "HeartbeatSeconds": _SECONDS,
    "Seconds": Kind("Integer", 0, MOST_SECONDS, expression=True),
    "MaxConcurrency": _COUNT,
    "ToleratedFailureCount": _COUNT,
    "ToleratedFailurePercentage": Kind("Number", 0, 100, expression=True),
    **dict.fromkeys(
        (
            "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "ItemsPath", "ErrorPath",
            "CausePath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
        ),
        TEXT,
    ),
}  # fmt: skip


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{%")


def fits(value: Any, kind: str) -> bool:
    """Whether ``value`` is of the JSON kind; true is no number."""
    if isinstance(value, bool):
        return kind == "[BOOLEAN]"
    if kind == "Integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS[kind])


def one(value: Any, kind: Kind, is_jsonata: bool, place: str) -> Problems:
    if (kind.may_be_null and value is None) or (kind.expression and is_jsonata and is_expression(value)):
        return
    if not fits(value, kind.name):
        yield Problem(f"Expected value of type {kind.name}", place)
    elif kind.allowed and value not in kind.allowed:
        yield Problem(f"Value should be one of the following: {one_of(kind.allowed)}", place)
    elif kind.filled and not value:
        yield Problem("Value cannot be empty", place)
    elif kind.least is not None and value < kind.least:
        yield Problem(f"Minimum value is {kind.least:g}", place)
    elif kind.most is not None and value > kind.most:
        yield Problem(f"Maximum value is {kind.most:.0f}", place)


def members(body: dict[str, Any], kinds: Mapping[str, Kind], is_jsonata: bool, place: str) -> Problems:
    """The members of an object whose kinds are known."""
    for name, kind in kinds.items():
        if name in body:
            yield from one(body[name], kind, is_jsonata, f"{place}/{name}")


def scope(found: Scope) -> Problems:
    yield from members(found.body, MACHINE, False, found.place)


def is_timestamp(value: str) -> bool:
    return _TIMESTAMP.fullmatch(value) is not None


def _pulse(state: State) -> Problems:
    """A task that may be silent for longer than it may take has no heartbeat (ASL specification, "Task State")."""
    pulse: Any = state.body.get("HeartbeatSeconds")
    limit: Any = state.body.get("TimeoutSeconds")
    if fits(pulse, "Integer") and fits(limit, "Integer") and pulse >= limit:
        yield Problem("HeartbeatSeconds must be smaller than TimeoutSeconds", state.at("HeartbeatSeconds"))


def state(found: State) -> Problems:
    yield from members(found.body, STATE, found.is_jsonata, found.place)
    yield from _pulse(found)
    moment = found.body.get("Timestamp")
    if isinstance(moment, str) and not (found.is_jsonata and is_expression(moment)) and not is_timestamp(moment):
        yield Problem("String does not match RFC3339 timestamp", found.at("Timestamp"))
    for name in ("Parameters", "Arguments", "ItemSelector", "Items"):
        value = found.body.get(name, {})
        text = isinstance(value, str) and found.is_jsonata
        # Arguments of an HTTP task or of a Parallel may be any JSON; what no machine can mean is a bare number or null.
        if not isinstance(value, dict | list) and not text:
            yield Problem("Expected value of type [OBJECT]", found.at(name))
