"""Targets that are missing, states that are never reached, scopes that never end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.asl.problem import Problem, Problems
from local.asl.tree import Scope

_MISSING = "MISSING_TRANSITION_TARGET"
_ENDING = frozenset({"Succeed", "Fail"})


def targets(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, name of the next state) for every way on from a state."""
    yield from ((name, body[name]) for name in ("Next", "Default") if isinstance(body.get(name), str))
    for field in ("Choices", "Catch"):
        entries = body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and isinstance(entry.get("Next"), str):
                yield f"{field}[{index}]/Next", entry["Next"]


def _reached(start: Any, states: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if isinstance(name, str) and name in states and name not in found:
            found.add(name)
            body = states[name]
            ahead += [to for _, to in targets(body)] if isinstance(body, dict) else []
    return found


def scope(found: Scope) -> Problems:
    """Names are looked for in their own scope only: a branch cannot go on to a state outside of it."""
    states, start = found.body.get("States"), found.body.get("StartAt")
    if not isinstance(states, dict) or not states:
        return
    if isinstance(start, str) and start not in states:
        yield Problem(f"Missing 'Next' target: {start}", f"{found.place}/StartAt", _MISSING)
    for state in found.states():
        for field, to in targets(state.body):
            if to not in states:
                yield Problem(f"Missing 'Next' target: {to}", state.at(field), _MISSING)
    if isinstance(start, str):
        reached = _reached(start, states)
        for name in states:
            if name not in reached:
                yield Problem(f'State "{name}" is not reachable.', f"{found.place}/States/{name}", _MISSING)
    if not any(state.body.get("End") is True or state.type in _ENDING for state in found.states()):
        yield Problem("Workflow has no terminal state", found.place or None, "MISSING_END_STATE")
