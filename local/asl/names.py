"""Names of states, labels of Maps and variables."""

from __future__ import annotations

import re
from typing import Any

from local.asl.problem import Problem, Problems
from local.asl.tree import Members, Scope, State

MOST_NAME = 80
MOST_LABEL = 40
# Developer Guide, "Using Map state in Distributed mode": Label; the same characters as in the name of a machine.
_LABEL = re.compile(r"""[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]""")
_VARIABLE = re.compile(r"[^\W\d]\w*")


def scopes(found: list[Scope]) -> Problems:
    """A state's name stands once in the whole machine, a label too."""
    states: set[str] = set()
    labels: set[str] = set()
    for scope in found:
        body = scope.body.get("States")
        for name in body.twice if isinstance(body, Members) else ():
            yield _doubled(name, f"{scope.place}/States/{name}")
        for state in scope.states():
            if state.name in states:
                yield _doubled(state.name, state.place)
            states.add(state.name)
            label = state.body.get("Label")
            if isinstance(label, str) and label in labels:
                yield Problem(f"Duplicate Label name: {label}", state.at("Label"), "DUPLICATE_LABEL_NAME")
            labels |= {label} if isinstance(label, str) else set()


def _doubled(name: str, place: str) -> Problem:
    return Problem(f"Duplicate State name: {name}", place, "DUPLICATE_STATE_NAME")


def assigned(names: Any, place: str) -> Problems:
    """The variables of an Assign."""
    for written in names if isinstance(names, dict) else ():
        name = written.removesuffix(".$")
        if name == "states":
            reserved = "Cannot assign to reserved variable '$states'."
            yield Problem(reserved, f"{place}/{written}", "RESERVED_VARIABLE_NAME")
        elif not _VARIABLE.fullmatch(name):
            invalid = f"Invalid variable name '{name}': the variable name contains invalid characters."
            yield Problem(invalid, f"{place}/{written}", "INVALID_VARIABLE_NAME")
        elif len(name) > MOST_NAME:
            long = f"Invalid variable name '{name}': the variable name exceeds the 80-character limit."
            yield Problem(long, f"{place}/{written}", "INVALID_VARIABLE_NAME")


def state(found: State) -> Problems:
    if not 1 <= len(found.name) <= MOST_NAME:
        limit = f"State name '{found.name}' exceeds the {MOST_NAME}-character limit allowed by the service"
        yield Problem(limit if found.name else "A state's name cannot be empty", found.place, "INVALID_STATE_NAME")
    label = found.body.get("Label")
    if isinstance(label, str) and (len(label) > MOST_LABEL or not label):
        limit = f"Label '{label}' exceeds the {MOST_LABEL}-character limit allowed by the service"
        yield Problem(limit if label else "A Label cannot be empty", found.at("Label"), "INVALID_LABEL_NAME")
    elif isinstance(label, str) and _LABEL.search(label):
        yield Problem(f"Label '{label}' contains invalid characters", found.at("Label"), "INVALID_LABEL_NAME")
    yield from assigned(found.body.get("Assign"), found.at("Assign"))
    for field in ("Catch", "Choices"):
        entries = found.body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                yield from assigned(entry.get("Assign"), found.at(f"{field}[{index}]/Assign"))
