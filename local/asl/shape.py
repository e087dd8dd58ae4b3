"""Fields that are missing, unknown, of the other language, or exclude each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from local.asl import fields
from local.asl.problem import Problem, Problems, one_of
from local.asl.tree import JSONATA, JSONPATH, Scope, State

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
_GO_ON = frozenset({"Task", "Wait", "Pass", "Parallel", "Map"})
_SCOPES = {
    "Machine": fields.MACHINE,
    "Branch": fields.BRANCH,
    "ItemProcessor": fields.PROCESSOR,
    "Iterator": fields.PROCESSOR,
}


def required(body: dict[str, Any], names: Iterable[str], place: str) -> Problems:
    missing = [name for name in names if name not in body]
    if missing:
        yield Problem(f"These fields are required: {one_of(missing)}", place or "/")


def known(body: dict[str, Any], names: Collection[str], place: str) -> Problems:
    for name in body:
        if name not in names:
            yield Problem(f"Field '{name}' is not supported", place or "/")


def exactly_one(body: dict[str, Any], names: tuple[str, ...], place: str) -> Problems:
    """One of ``names``; AWS words none and several differently."""
    given = [name for name in names if name in body]
    if not given:
        yield Problem(f"This object should have only one of the following fields: {one_of(names)}", place)
    yield from at_most_one(body, names, place)


def at_most_one(body: dict[str, Any], names: tuple[str, ...], place: str) -> Problems:
    if sum(name in body for name in names) > 1:
        yield Problem(f"There should only be one of the following fields: {one_of(names)}", place)


def other_language(body: dict[str, Any], is_jsonata: bool, jsonata: Iterable[str], jsonpath: Iterable[str], place: str) -> Problems:  # fmt: skip  # noqa: E501
    """Fields that the state's language has not."""
    here, there = (JSONATA, JSONPATH) if is_jsonata else (JSONPATH, JSONATA)
    for name in jsonpath if is_jsonata else jsonata:
        if name in body:
            yield Problem(
                f"The QueryLanguage is set to '{here}', but field '{name}' is only supported for the "
                f"'{there}' QueryLanguage",
                place,
            )


def scope(found: Scope) -> Problems:
    """The fields of a machine, a branch or a processor, and that each of its states is an object."""
    yield from known(found.body, _SCOPES[found.kind], found.place)
    yield from required(found.body, ("StartAt", "States"), found.place)
    states = found.body.get("States")
    if isinstance(states, dict):
        if not states:
            yield Problem("Value cannot be empty", f"{found.place}/States")
        for name, body in states.items():
            if not isinstance(body, dict):
                yield Problem("Expected value of type [OBJECT]", f"{found.place}/States/{name}")


def _onward(state: State) -> Problems:
    on = [name for name in ("Next", "End") if name in state.body and state.body[name] is not False]
    if len(on) > 1:
        yield Problem("There should only be one of the following fields: [Next, End]", state.place)
    if not on:
        yield Problem("This object should have only one of the following fields: [Next, End]", state.place)


def state(found: State) -> Problems:
    """The fields of one state; an unknown type is the whole answer."""
    if "Type" not in found.body:
        yield Problem("These fields are required: [Type]", found.place)
        return
    if found.type not in TYPES:
        yield Problem(f"The field 'Type' should have one of these values: {one_of(TYPES)}", found.at("Type"))
        return
    yield from required(found.body, fields.REQUIRED.get(found.type, ()), found.place)
    yield from known(found.body, fields.BY_TYPE[found.type] | fields.EVERYWHERE, found.place)
    for names in fields.ONE_OF.get(found.type, ()):
        yield from exactly_one(found.body, names, found.place)
    for pair in fields.NOT_BOTH:
        yield from at_most_one(found.body, pair, found.place)
    if found.type in _GO_ON:
        yield from _onward(found)
    if found.machine_language == JSONATA and found.body.get("QueryLanguage") == JSONPATH:
        yield Problem("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", found.place)
    else:
        own = fields.BY_TYPE[found.type]
        yield from other_language(
            found.body,
            found.is_jsonata,
            [name for name in fields.ONLY_JSONATA if name in own],
            [name for name in fields.ONLY_JSONPATH if name in own],
            found.place,
        )
