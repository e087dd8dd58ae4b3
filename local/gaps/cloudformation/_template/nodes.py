"""A fault and its path; the intrinsic functions and the references under a node of a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.gaps._types import Json, Record

Path = tuple[str, ...]
"""Keys and indices from the root of a template, as ValidationPath shows them."""

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")


@dataclass(frozen=True)
class Fault:
    """Why a template is refused, in AWS's words, and where."""

    path: Path
    sentence: str

    def pointer(self) -> str:
        """The path as AWS writes it: `/Resources/Queue/Properties/VisibilityTimeout`."""
        return "".join(f"/{part}" for part in self.path)


@dataclass(frozen=True)
class Reference:
    """`function` names another part of the template, and with `attribute` one of its attributes."""

    path: Path
    function: str
    name: str
    attribute: str | None = None


def section(template: Record, name: str) -> Record:
    """A section of a template; empty where it is missing or no map."""
    found = template.get(name)
    return found if isinstance(found, dict) else {}


def intrinsic(node: Json) -> str | None:
    """The function that a node calls: the only key of a map, `Ref` or `Fn::...`."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    (key,) = node
    return key if isinstance(key, str) and (key == "Ref" or key.startswith("Fn::")) else None


def calls(node: Json, path: Path = ()) -> Iterator[tuple[Path, str, Json]]:
    """Path, function and argument of every intrinsic function under `node`, outermost first."""
    if isinstance(node, dict):
        name = intrinsic(node)
        if name is not None:
            yield path, name, node[name]
        for key, value in node.items():
            yield from calls(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from calls(value, (*path, str(index)))


def references(node: Json, path: Path = ()) -> Iterator[Reference]:
    """What Ref, Fn::GetAtt, Fn::Sub and Fn::If under `node` name; pseudo parameters included."""
    for where, function, argument in calls(node, path):
        if function in ("Ref", "Fn::If"):
            name = argument[0] if function == "Fn::If" and isinstance(argument, list) and argument else argument
            if isinstance(name, str):
                yield Reference(where, function, name)
        elif function == "Fn::GetAtt":
            parts = argument.split(".", 1) if isinstance(argument, str) else argument
            if isinstance(parts, list) and parts and isinstance(parts[0], str):
                attribute = parts[1] if len(parts) > 1 and isinstance(parts[1], str) else ""
                yield Reference(where, function, parts[0], attribute)
        elif function == "Fn::Sub":
            yield from _variables(where, argument)


def _variables(path: Path, argument: Json) -> Iterator[Reference]:
    text, given = (argument[0], argument[1:]) if isinstance(argument, list) and argument else (argument, [])
    bound = given[0] if given and isinstance(given[0], dict) else {}
    if not isinstance(text, str):
        return
    for variable in variables(text):
        if variable not in bound:
            name, dot, attribute = variable.partition(".")
            yield Reference(path, "Fn::Sub", name, attribute if dot else None)


def variables(text: str) -> list[str]:
    """The variables of a text for Fn::Sub; `${!Literal}` is none."""
    return [variable.strip() for variable in _VARIABLE.findall(text)]
