"""File and line of a path in a template, as CloudFormation names it after the SAM transform.

What SAM made of a resource has its logical id in front (`ReadRole` of `Read`), so that the longest resource whose name
begins the id is meant. A property that has another name in the source is shown at the nearest one that is there. A
path through a resource that nests a template goes on in that template's file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

_NESTING = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}


def place(template: Path, path: Sequence[str]) -> str:
    """`file:line` of `path`, the file as seen from the working folder."""
    file, line = _find(template, list(path))
    shown = os.path.relpath(file)
    return f"{file if shown.startswith('..') else shown}:{line}"


@cache
def _root(file: Path) -> yaml.Node | None:
    return yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


def _find(file: Path, path: list[str]) -> tuple[Path, int]:
    root = _root(file)
    if path[:1] != ["Resources"] or len(path) < 2:
        return file, _line(_descend(root, path))
    resources = _member(root, "Resources")
    name = _source_of(path[1], resources)
    if name is None:
        return file, _line(_descend(root, path[:1]))
    resource, rest = _member(resources, name), path[2:]
    if name != path[1]:
        return file, _line(_descend(root, ["Resources", name]))
    nested = _nested(file, resource)
    if nested is not None and rest and rest[0] not in ("Properties", "Type"):
        return _find(nested, rest)
    found = _descend(root, path)
    if rest[:1] == ["Properties"] and len(rest) > 1 and _member(_member(resource, "Properties"), rest[1]) is None:
        kind = _text(_member(resource, "Type")).rpartition("::")[2]
        shared = _member(_member(_member(root, "Globals"), kind), rest[1])
        if shared is not None:
            found = _descend(root, ["Globals", kind, *rest[1:]])
    return file, _line(found)


def _source_of(logical_id: str, resources: yaml.Node | None) -> str | None:
    names = _keys(resources)
    if logical_id in names:
        return logical_id
    return max((name for name in names if logical_id.startswith(name)), key=len, default=None)


def _nested(file: Path, resource: yaml.Node | None) -> Path | None:
    kind = _text(_member(resource, "Type"))
    location = _text(_member(_member(resource, "Properties"), _NESTING.get(kind, "")))
    nested = (file.parent / location).resolve()
    return nested if location and nested.is_file() else None


def _descend(node: yaml.Node | None, path: list[str]) -> yaml.Node | None:
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
