"""The rules of a Choice."""

from __future__ import annotations

from typing import Any

from local.asl import kinds, shape
from local.asl.kinds import Kind
from local.asl.problem import Problem, Problems, one_of
from local.asl.queries import paths
from local.asl.tree import State

_ONE = ("And", "Or", "Not", "Variable", "Condition")
_COMPARED = {"String": Kind("[STRING]"), "Numeric": Kind("Number"), "Timestamp": Kind("[STRING]")}
_TRUTH = Kind("[BOOLEAN]")

COMPARISONS: dict[str, Kind] = {
    **{f"{kind}{how}": value for kind, value in _COMPARED.items() for how in (
        "Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals",
    )},
    "StringMatches": Kind("[STRING]"),
    "BooleanEquals": _TRUTH,
    **{f"Is{what}": _TRUTH for what in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")},
}  # fmt: skip
_WITHOUT_PATH = {"StringMatches", *(name for name in COMPARISONS if name.startswith("Is"))}
PATHS = frozenset(f"{name}Path" for name in COMPARISONS if name not in _WITHOUT_PATH)
_RULE = frozenset({*_ONE, *COMPARISONS, *PATHS, "Comment"})
_OUTERMOST = _RULE | {"Next", "Assign", "Output"}


def _compared(rule: dict[str, Any], place: str) -> Problems:
    """A variable and exactly one thing that it is compared with."""
    names = [name for name in rule if name in COMPARISONS or name in PATHS]
    if len(names) != 1:
        listed = one_of(names or list(COMPARISONS))
        yield Problem(f"There should only be one of the following fields: {listed}", place)
    for name in ("Variable", *names):
        value = rule[name]
        if name in PATHS or name == "Variable":
            yield from kinds.one(value, kinds.TEXT, False, f"{place}/{name}")
            yield from paths.reference(value, f"{place}/{name}")
        else:
            yield from kinds.one(value, COMPARISONS[name], False, f"{place}/{name}")
        is_moment = name.startswith("Timestamp") and name not in PATHS and isinstance(value, str)
        if is_moment and not kinds.is_timestamp(value):
            yield Problem("String does not match RFC3339 timestamp", f"{place}/{name}")


def _condition(value: Any, place: str) -> Problems:
    if not isinstance(value, bool | str):
        yield Problem("Expected value of type [BOOLEAN]", place)
    elif isinstance(value, str) and not kinds.is_expression(value):
        yield Problem("JSONata string must start with {% and end with %}", place)


def _rule(rule: Any, state: State, place: str, outermost: bool) -> Problems:
    if not isinstance(rule, dict):
        yield Problem("Expected value of type [OBJECT]", place)
        return
    yield from shape.known(rule, _OUTERMOST if outermost else _RULE, place)
    if outermost:
        yield from shape.required(rule, ("Next",), place)
        yield from kinds.members(rule, {"Next": kinds.TEXT, "Assign": kinds.OBJECT}, state.is_jsonata, place)
    if sum(name in rule for name in _ONE) != 1:
        yield Problem(f"The object must have only one of the following fields, {one_of(_ONE)}", place)
    yield from shape.other_language(
        rule, state.is_jsonata, ("Condition", "Output"), ("And", "Or", "Not", "Variable"), place
    )
    if "Condition" in rule:
        yield from _condition(rule["Condition"], f"{place}/Condition")
    if "Variable" in rule:
        yield from _compared(rule, place)
    if "Not" in rule:
        yield from _rule(rule["Not"], state, f"{place}/Not", outermost=False)
    for name in ("And", "Or"):
        if name in rule:
            yield from kinds.one(rule[name], kinds.FILLED, False, f"{place}/{name}")
            inner = rule[name] if isinstance(rule[name], list) else []
            for index, each in enumerate(inner):
                yield from _rule(each, state, f"{place}/{name}[{index}]", outermost=False)


def state(found: State) -> Problems:
    rules = found.body.get("Choices")
    if found.type == "Choice" and isinstance(rules, list):
        for index, rule in enumerate(rules):
            yield from _rule(rule, found, found.at(f"Choices[{index}]"), outermost=True)
