"""Fields of JSONPath states that hold JSONPaths: each is one, and reference paths name one place."""

from __future__ import annotations

import re
from typing import Any

from local.asl.problem import Problem, Problems
from local.asl.queries.intrinsics import is_call
from local.asl.queries.jsonpath import is_path
from local.asl.tree import State

_PAYLOADS = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
_FULL = ("InputPath", "OutputPath")
_NUMBERS = (
    "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath",
    "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
)  # fmt: skip

_SEVERAL = re.compile(r"\.\.|\*|\[\??\(|\[[^'\"\]]*[,:]")


def is_path_or_call(text: str) -> bool:
    return is_call(text, is_path) if text.startswith("States.") else is_path(text)


def full(value: Any, place: str) -> Problems:
    """A path that may find many things."""
    if isinstance(value, str) and not is_path(value):
        yield Problem("Value must be a valid JSONPath.", place)


def reference(value: Any, place: str) -> Problems:
    """A path that names one place: no wildcards, filters or slices."""
    if not isinstance(value, str):
        return
    if not value.startswith("$"):
        yield Problem("Value is not a Reference Path: Reference path didn't start with '$'", place)
    elif not is_path(value):
        yield Problem("Value must be a valid JSONPath.", place)
    elif _SEVERAL.search(re.sub(r"'[^']*'|\"[^\"]*\"", "''", value)):
        yield Problem("Value is not a Reference Path", place)


def result(value: Any, place: str) -> Problems:
    """Where a result goes is a place in the state's input, never in the context object or a variable."""
    if isinstance(value, str) and value.startswith("$") and value[1:2] not in ("", ".", "["):
        yield Problem("Value is not a Reference Path", place)
    else:
        yield from reference(value, place)


def payload(value: Any, place: str) -> Problems:
    """A payload: each member whose name ends in ``.$`` is a path or a call."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from payload(inner, f"{place}[{index}]")
    for name, inner in value.items() if isinstance(value, dict) else ():
        if not name.endswith(".$"):
            yield from payload(inner, f"{place}/{name}")
        elif not (isinstance(inner, str) and is_path_or_call(inner)):
            yield Problem(
                f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call",
                f"{place}/{name}",
            )


def _entries(state: State) -> Problems:
    for field in ("Catch", "Choices"):
        entries = state.body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                place = state.at(f"{field}[{index}]")
                yield from payload(entry.get("Assign"), f"{place}/Assign")
                yield from result(entry.get("ResultPath"), f"{place}/ResultPath")


def state(found: State) -> Problems:
    if found.is_jsonata:
        return
    for name in _FULL:
        yield from full(found.body.get(name), found.at(name))
    yield from result(found.body.get("ResultPath"), found.at("ResultPath"))
    for name in ("ItemsPath", *_NUMBERS):
        yield from reference(found.body.get(name), found.at(name))
    for name in ("ErrorPath", "CausePath"):
        value = found.body.get(name)
        if isinstance(value, str) and not is_path_or_call(value):
            yield Problem("Value must be a valid JSONPath.", found.at(name))
    for name in _PAYLOADS:
        yield from payload(found.body.get(name), found.at(name))
    for field, name in (("ItemReader", "Parameters"), ("ItemBatcher", "BatchInput"), ("ResultWriter", "Parameters")):
        body = found.body.get(field)
        if isinstance(body, dict):
            yield from payload(body.get(name), found.at(f"{field}/{name}"))
    yield from _entries(found)
