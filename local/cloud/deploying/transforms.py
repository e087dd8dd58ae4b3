"""What the SAM transform refused in a template: each of its errors with the path that it speaks of.

It names the resource, often the event (as `[WorkerQ]` too, which is the event Q of Worker) and the property; the path
goes as far as these names are found in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local.cloud.deploying.places import source_of

_ERROR = re.compile(r"(?=Resource with id \[|'Globals' section is invalid)")
_RESOURCE = re.compile(r"Resource with id \[([^\]]+)\] is invalid\.")
_EVENT = re.compile(r"Event with id \[([^\]]+)\]")
_ITEM = re.compile(r"at index (\d+) in the '(\w+)' property")
_NAME = re.compile(r"'([\w:.-]+)'|[Pp]roperty (\w+) not|\[([\w:.-]+)\]")

Path = tuple[str, ...]


def errors(source: dict[str, Any], sentence: str) -> list[tuple[Path, str]]:
    """Path and text of every error in a sentence of the transform; none where it is no such sentence."""
    if not sentence.startswith("Transform AWS::Serverless"):
        return []
    return [(_path(source, text.strip()), text.strip()) for text in _ERROR.split(sentence)[1:]]


def _path(source: dict[str, Any], text: str) -> Path:
    found = _RESOURCE.match(text)
    if found is None:
        return _deepest(
            source.get("Globals"), ("Globals",), _names(text.partition("is invalid.")[2].partition("Must")[0])
        )
    resources = source.get("Resources") or {}
    name = source_of(found[1], resources)
    if name is None:
        return ("Resources",)
    said = text[found.end() :]
    properties = resources[name].get("Properties") if isinstance(resources[name], dict) else None
    path: Path = ("Resources", name)
    if not isinstance(properties, dict):
        return path
    item = _ITEM.search(said)
    if item is not None:
        return (*path, "Properties", item[2], item[1])
    event = _event(properties.get("Events"), _EVENT.search(said), found[1].removeprefix(name))
    if event is not None:
        path = (*path, "Properties", "Events", event)
        return _deepest(properties["Events"][event], path, _names(said))
    return _deepest(properties, (*path, "Properties"), _names(said)) if _names(said) else path


def _event(events: Any, named: re.Match[str] | None, rest: str) -> str | None:
    if not isinstance(events, dict):
        return None
    if named is not None:
        return named[1] if named[1] in events else None
    return source_of(rest, events)


def _names(text: str) -> list[str]:
    """What a sentence may name, in its order."""
    return [next(filter(None, match.groups())) for match in _NAME.finditer(text)]


def _deepest(node: Any, path: Path, names: list[str]) -> Path:
    """The path of the member under `node` that is named last among those that are found, else of `node`'s owner."""
    found = [where for name in names if (where := next(_members(node, path, name), None)) is not None]
    # A name inside of what another names is the nearer one.
    return max(found, key=len, default=path[:2] if path[-1] == "Properties" else path)


def _members(node: Any, path: Path, name: str) -> Iterator[Path]:
    if isinstance(node, dict):
        if name in node:
            yield (*path, name)
        for key, value in node.items():
            yield from _members(value, (*path, str(key)), name)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _members(value, (*path, str(index)), name)
