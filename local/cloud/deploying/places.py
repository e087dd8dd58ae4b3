"""File and line of a path in a template, as CloudFormation names it after the SAM transform.

What SAM made of a resource has its logical id in front (`ReadRole` of `Read`), so that the longest resource whose name
begins the id is meant. A property that has another name in the source is shown at the nearest one that is there. A
path through a resource that nests a template goes on in that template's file. The definition of a state machine has a
file of its own, which need not be JSON or YAML before its substitutions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import yaml

_SUBSTITUTION = re.compile(r"\$\{[^}\n]*\}")
_DEFINITIONS = ("DefinitionUri", "DefinitionS3Location")
_NESTING = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}


def place(template: Path, path: Sequence[str]) -> str:
    """`file:line` of `path`, the file as seen from the working folder."""
    file, inner = owner(template, path)
    return _shown(file, _find(file, inner))


def owner(template: Path, path: Sequence[str]) -> tuple[Path, list[str]]:
    """The file that holds `path`, and the path in it, as far as it goes in the source."""
    resources = _member(_root(template), "Resources")
    if path[0] != "Resources" or len(path) < 2:
        return template, list(path)
    name = source_of(path[1], _keys(resources))
    if name is None:
        return template, ["Resources"]
    if name != path[1]:
        return template, ["Resources", name]
    nested = nested_by(template, path[:2])
    if nested is not None and len(path) > 2 and path[2] not in ("Properties", "Type"):
        return owner(nested, path[2:])
    return template, list(path)


def source_of(logical_id: str, names: Collection[str]) -> str | None:
    """Which of `names` a logical id was made of."""
    if logical_id in names:
        return logical_id
    return max((name for name in names if logical_id.startswith(name)), key=len, default=None)


def nested_by(template: Path, path: Sequence[str]) -> Path | None:
    """The template that the resource at `path` of this template nests."""
    resource = _member(_member(_root(template), "Resources"), path[1])
    return _named_file(template, resource, _NESTING.get(_text(_member(resource, "Type")), ""))


def definition_of(template: Path, path: Sequence[str]) -> Path | None:
    """The file of the definition of the state machine at `path`."""
    file, inner = owner(template, path)
    resource = _member(_member(_root(file), "Resources"), inner[1]) if len(inner) > 1 else None
    return next((found for where in _DEFINITIONS if (found := _named_file(file, resource, where)) is not None), None)


def place_in(definition: Path, pointer: Sequence[str]) -> str:
    """`file:line` of a path in a definition."""
    try:
        root = _root(definition)
    except yaml.YAMLError:
        root = None
    return _shown(definition, _line(_descend(root, pointer)))


def _shown(file: Path, line: int) -> str:
    shown = os.path.relpath(file)
    return f"{file if shown.startswith('..') else shown}:{line}"


@cache
def _root(file: Path) -> yaml.Node | None:
    # Tabs, which only JSON may have, and substitutions without quotes, which become a number.
    text = _SUBSTITUTION.sub(lambda found: "1" * len(found[0]), file.read_text(encoding="utf-8"))
    return yaml.compose(text.replace("\t", " ") if text.lstrip().startswith("{") else text, Loader=yaml.SafeLoader)


def _find(file: Path, path: Sequence[str]) -> int:
    root = _root(file)
    found = _descend(root, path)
    if path[0] == "Resources" and path[2:3] == ["Properties"] and len(path) > 3:
        resource = _member(_member(root, "Resources"), path[1])
        kind = _text(_member(resource, "Type")).rpartition("::")[2]
        shared = _member(_member(_member(root, "Globals"), kind), path[3])
        if _member(_member(resource, "Properties"), path[3]) is None and shared is not None:
            found = _descend(root, ["Globals", kind, *path[3:]])
    return _line(found)


def _named_file(file: Path, resource: yaml.Node | None, where: str) -> Path | None:
    """The local file that the property `where` names."""
    location = _text(_member(_member(resource, "Properties"), where))
    named = (file.parent / location).resolve()
    return named if location and named.is_file() else None


def _descend(node: yaml.Node | None, path: Sequence[str]) -> yaml.Node | None:
    """The key, or the item of a list, that is nearest to the end of `path`."""
    found = node
    for part in path:
        key, value = _entry(node, part)
        if value is None:
            break
        found, node = key, value
    return found


def _entry(node: yaml.Node | None, part: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), (None, None))
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    # One branch of Fn::If was taken; the path says nothing of it.
    branches = node.value if isinstance(node, yaml.SequenceNode) and node.tag == "!If" else []
    return next((entry for branch in branches[1:] if (entry := _entry(branch, part))[1] is not None), (None, None))


def _member(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return _entry(node, name)[1] if isinstance(node, yaml.MappingNode) else None


def _keys(node: yaml.Node | None) -> list[str]:
    return [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []


def _text(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _line(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 1
