"""Scopes and states of a definition. Whatever has the wrong kind is passed by here; ``shape`` and ``kinds`` tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JSONATA, JSONPATH = "JSONata", "JSONPath"


class Members(dict[str, Any]):
    """A JSON object that remembers which of its names were written twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = sorted({name for name in names if names.count(name) > 1}) if len(names) > len(self) else []


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def parsed(text: str) -> Any:
    """The JSON of a definition. Raises ValueError, also for NaN and Infinity, which are no JSON."""
    return json.loads(text, object_pairs_hook=Members, parse_constant=_no_constant)


def language(body: dict[str, Any], otherwise: str) -> str:
    """AWS takes whatever is not exactly JSONPath for JSONata."""
    if "QueryLanguage" not in body:
        return otherwise
    return JSONPATH if body["QueryLanguage"] == JSONPATH else JSONATA


@dataclass(frozen=True)
class State:
    """A state: its language is its own or the machine's, never that of a Map or Parallel around it."""

    name: str
    place: str
    body: dict[str, Any]
    language: str
    machine_language: str
    express: bool

    @property
    def type(self) -> str:
        kind = self.body.get("Type")
        return kind if isinstance(kind, str) else ""

    @property
    def is_jsonata(self) -> bool:
        return self.language == JSONATA

    def at(self, field: str) -> str:
        return f"{self.place}/{field}"


@dataclass(frozen=True)
class Scope:
    """A machine, a branch of a Parallel or the processor of a Map: each has states of its own."""

    place: str
    kind: str
    body: dict[str, Any]
    machine_language: str
    express: bool

    def states(self) -> Iterator[State]:
        states = self.body.get("States")
        for name, body in states.items() if isinstance(states, dict) else ():
            if isinstance(body, dict):
                own = language(body, self.machine_language)
                yield State(name, f"{self.place}/States/{name}", body, own, self.machine_language, self.express)


def _inner(state: State) -> Iterator[tuple[str, str, Any, bool]]:
    """Place, kind, body and whether it is an Express machine, of the scopes directly inside of a state."""
    for field in ("ItemProcessor", "Iterator"):
        body = state.body.get(field)
        config = body.get("ProcessorConfig") if isinstance(body, dict) else None
        child = isinstance(config, dict) and config.get("ExecutionType") == "EXPRESS"
        if state.type == "Map" and field in state.body:
            yield state.at(field), field, body, state.express or child
    branches = state.body.get("Branches")
    if state.type == "Parallel" and isinstance(branches, list):
        for index, body in enumerate(branches):
            yield state.at(f"Branches[{index}]"), "Branch", body, state.express


def scopes(definition: dict[str, Any], express: bool) -> Iterator[Scope]:
    """All scopes, the machine first."""
    waiting = [Scope("", "Machine", definition, language(definition, JSONPATH), express)]
    while waiting:
        scope = waiting.pop(0)
        yield scope
        for state in scope.states():
            for place, kind, body, inside_express in _inner(state):
                if isinstance(body, dict):
                    waiting.append(Scope(place, kind, body, scope.machine_language, inside_express))
