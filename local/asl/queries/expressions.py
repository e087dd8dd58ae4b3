"""JSONata between ``{%`` and ``%}``: it parses, and it reads nothing that is not there.

An expression has no context item: the input is ``$states.input``, a variable ``$name``. Only the first step of a path
is looked for in the context; later steps, predicates, sort terms and groups read what the step before gave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.asl.problem import Problem, Problems
from local.asl.tree import State

_WHOLE = (
    "Items", "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage", "TimeoutSeconds",
    "HeartbeatSeconds", "Seconds", "Timestamp", "Error", "Cause", "Arguments", "ItemSelector", "Output", "Assign",
    "Credentials",
)  # fmt: skip
_INSIDE = {
    "ItemReader": ("Arguments",),
    "ItemBatcher": ("MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"),
    "ResultWriter": ("Arguments",),
}
_WITH_RESULT = frozenset({"Task", "Parallel", "Map", "Pass"})
_UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{index}]")


def _fields(state: State) -> Iterator[tuple[str, Any, str]]:
    """(place, value, which parts of $states it may read beside input and context)."""
    for name in _WHOLE:
        if name in state.body:
            reads = "result" if name in ("Output", "Assign") and state.type in _WITH_RESULT else ""
            yield state.at(name), state.body[name], reads
    for field, names in _INSIDE.items():
        body = state.body.get(field)
        if isinstance(body, dict):
            yield from ((state.at(f"{field}/{name}"), body[name], "") for name in names if name in body)
    reader = state.body.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    if isinstance(config, dict) and "MaxItems" in config:
        yield state.at("ItemReader/ReaderConfig/MaxItems"), config["MaxItems"], ""
    for field, reads in (("Choices", ""), ("Catch", "errorOutput")):
        entries = state.body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            for name in ("Condition", "Output", "Assign") if isinstance(entry, dict) else ():
                if name in entry:
                    yield state.at(f"{field}[{index}]/{name}"), entry[name], reads


def _read(node: Any) -> Iterator[str]:
    """What an expression reads from its surroundings: names, ``$``, ``$$`` and ``$states.<part>``."""
    if node is None or node.type is None:
        return
    match node.type:
        case "path":
            steps = node.steps or []
            yield from _read(steps[0]) if steps else ()
            if len(steps) > 1 and steps[0].type == "variable" and steps[0].value == "states":
                yield f"$states.{steps[1].value}" if steps[1].type == "name" else "$states"
        case "name":
            yield str(node.value)
        case "variable" if node.value in ("", "$"):
            yield f"${node.value}"
        case "function" | "partial":
            yield from _read(node.procedure)
            for argument in node.arguments or ():
                yield from _read(argument)
        case "block":
            for expression in node.expressions or ():
                yield from _read(expression)
        case _:
            for child in _children(node):
                yield from _read(child)


def _children(node: Any) -> list[Any]:
    """The parts of a node that are evaluated against the same context as the node itself."""
    found: list[Any] = []
    match node.type:
        case "unary" if node.value == "[":
            found = list(node.expressions or ())
        case "unary" if node.value == "{":
            found = [part for pair in node.lhs_object or () for part in pair]
        case "unary":
            found = [node.expression]
        case "binary" | "apply":
            found = [node.lhs, node.rhs]
        case "lambda":
            found = [node.body]
        case "condition":
            found = [node.condition, node.then, node._else]
        case "bind":
            found = [node.rhs]
    return found


def _unsupported(read: str, reads: str) -> str | None:
    """AWS's sentence about what cannot be read in a place, None for what can be."""
    if read == "$$":
        return "Reference to '$$' is not supported."
    if not read.startswith("$states"):
        return f"Reference to '{read}' at the top level is not supported."
    part = read.removeprefix("$states").removeprefix(".")
    if part in ("", "input", "context", reads):
        return None
    if part in ("result", "errorOutput"):
        return f"Field '$states.{part}' does not exist."
    return f"Unknown reserved states field: {part}"


def expression(text: str, place: str, reads: str = "") -> Problems:
    """``text`` without its ``{%`` and ``%}``."""
    import jsonata

    try:
        node = jsonata.Jsonata(text.strip()).ast
    except jsonata.JException as error:
        yield Problem(str(error), place, "INVALID_JSONATA_EXPRESSION")
        return
    for read in dict.fromkeys(_read(node)):
        if (sentence := _unsupported(read, reads)) is not None:
            yield Problem(sentence, place, _UNSUPPORTED)


def state(found: State) -> Problems:
    if not found.is_jsonata:
        return
    for field, value, reads in _fields(found):
        for place, text in _texts(value, field):
            if text.startswith("{%") and text.endswith("%}") and len(text) >= 4:
                yield from expression(text[2:-2], place, reads)
            elif text.startswith("{%"):
                yield Problem("JSONata string must start with {% and end with %}", place)
