"""Retry and Catch."""

from __future__ import annotations

from typing import Any

from local.asl import kinds, shape
from local.asl.kinds import Kind
from local.asl.problem import Problem, Problems
from local.asl.tree import State

ALL = "States.ALL"
_FIELDS = {
    "Retry": {
        "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment",
    },
    "Catch": {"ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"},
}  # fmt: skip
_REQUIRED = {"Retry": ("ErrorEquals",), "Catch": ("ErrorEquals", "Next")}
# The ranges were measured by others (cdk-preflight, pf-sfn-asl-numeric-ranges): IntervalSeconds may be 0.
_KINDS = {
    "ErrorEquals": kinds.FILLED,
    "IntervalSeconds": Kind("Integer", 0, kinds.MOST_SECONDS),
    "MaxAttempts": Kind("Integer", 0, kinds.MOST_SECONDS),
    "BackoffRate": Kind("Number", 1),
    "MaxDelaySeconds": Kind("Integer", 1, kinds.MOST_DELAY),
    "JitterStrategy": Kind("[STRING]", allowed=("NONE", "FULL")),
    "Next": kinds.TEXT,
    "ResultPath": kinds.PATH_OR_NULL,
    "Assign": kinds.OBJECT,
}


def _errors(entry: dict[str, Any], is_last: bool, place: str) -> Problems:
    errors = entry.get("ErrorEquals")
    for index, error in enumerate(errors if isinstance(errors, list) else ()):
        yield from kinds.one(error, kinds.TEXT, False, f"{place}/ErrorEquals[{index}]")
    if isinstance(errors, list) and ALL in errors and (len(errors) > 1 or not is_last):
        yield Problem("States.ALL must appear alone and at end of list", f"{place}/ErrorEquals")


def state(found: State) -> Problems:
    for field in ("Retry", "Catch"):
        entries = found.body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            place = found.at(f"{field}[{index}]")
            if not isinstance(entry, dict):
                yield Problem("Expected value of type [OBJECT]", place)
                continue
            yield from shape.required(entry, _REQUIRED[field], place)
            yield from shape.known(entry, _FIELDS[field], place)
            yield from shape.other_language(entry, found.is_jsonata, ("Output",), ("ResultPath",), place)
            yield from kinds.members(entry, _KINDS, found.is_jsonata, place)
            yield from _errors(entry, index == len(entries or ()) - 1, place)
