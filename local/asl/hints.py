"""Warnings: what looks like a mistake and refuses nothing."""

from __future__ import annotations

import re
from typing import Any

from local.asl.choices import COMPARISONS
from local.asl.problem import Problem, Problems
from local.asl.tree import State

_LOOKS_LIKE = re.compile(r"\$\$?[.\[]|States\.\w+\(")


def _looks_like_a_path(value: Any) -> bool:
    return isinstance(value, str) and _LOOKS_LIKE.match(value) is not None


def _payload(value: Any, place: str, code: str, message: str) -> Problems:
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _payload(inner, f"{place}[{index}]", code, message)
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name.endswith(".$") and code == "NO_DOLLAR":
            continue
        if name.endswith(".$") or _looks_like_a_path(inner):
            yield Problem(message, f"{place}/{name}", code, "WARNING")
        else:
            yield from _payload(inner, f"{place}/{name}", code, message)


def state(found: State) -> Problems:
    if found.is_jsonata:
        return
    dollar = 'The field name should end with ".$" if its value is a JSONPath or an intrinsic function call'
    for name in ("Parameters", "ResultSelector", "ItemSelector", "Assign"):
        yield from _payload(found.body.get(name), found.at(name), "NO_DOLLAR", dollar)
    if found.type == "Pass":
        static = "The Result of a Pass state is static: paths in it are not evaluated"
        yield from _payload(found.body.get("Result"), found.at("Result"), "PASS_RESULT_IS_STATIC", static)
    path = "The field name should end with 'Path' if its value is a path"
    for name in ("Error", "Cause"):
        if _looks_like_a_path(found.body.get(name)):
            yield Problem(path, found.at(name), "NO_PATH", "WARNING")
    rules = found.body.get("Choices")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        for name in rule if isinstance(rule, dict) else ():
            if name in COMPARISONS and _looks_like_a_path(rule[name]):
                yield Problem(path, found.at(f"Choices[{index}]/{name}"), "NO_PATH", "WARNING")
