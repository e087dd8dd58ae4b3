"""JSONPaths: whether a text is one, and what one finds.

Step Functions reads them with Jayway's library (its texts stand in the causes of failed executions). Here
``jsonpath_ng`` parses them and evaluates wildcards, slices, filters and descents. What the two read differently is
written over before the library parses: names with signs, ``&&`` beside paths in filters, regular expressions, and
functions at the end such as ``.length()``. What they find differently is in ``Path.find``: as long as a path is
definite (it can only name one place), each step must find something, and the path gives the thing itself; from its
first wildcard, slice, filter or descent on, it gives the list of what it finds, which may be empty.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

#: The context object, as the source of a path; the data has "", a variable its name.
CONTEXT = "$"

_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_FUNCTION = re.compile(r"\.(length|min|max|avg|stddev|sum|keys|concat|append|first|last|index)\([^()]*\)$")
_STEP = re.compile(r"(\.\.?)([^.\[\]()\s*'\"]+)")
_FILTER = re.compile(r"(\[\??\(.*?\)\])")
_BRACKETS = re.compile(r"(\[(?:'[^']*'|\"[^\"]*\"|[^\]'\"]*)*\])")
# In filters: texts and regular expressions, which stay as they are, and the steps of a path.
_TEXTS = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)+/i?)""")
_FILTER_STEP = re.compile(r"(?<=[\w\]@$])\.([^\W\d][\w-]*)")


class PathError(Exception):
    """A path that Step Functions takes and that cannot be followed in this data; the text is Jayway's."""


class NothingFoundError(PathError):
    """The path names a place that the data has not."""


class NotAnArrayError(NothingFoundError):
    """An index or a slice of what is no array."""


class PastTheEndError(NothingFoundError):
    """The last step of the path is an index beyond the end of its array."""


def _filter(text: str) -> str:
    """A filter as ``jsonpath_ng`` reads it."""
    parts = _TEXTS.split(text)
    for number, part in enumerate(parts):
        if part.startswith("/"):
            pattern = part.removesuffix("i").strip("/").replace("'", "\\'")
            parts[number] = f"'^(?{'i' if part.endswith('i') else ''}:{pattern})$'"
        elif not part.startswith(("'", '"')):
            parts[number] = _FILTER_STEP.sub(r"['\1']", part)
    return "".join(parts)


def _unquoted(match: re.Match[str]) -> str:
    return f"{'..' if match[1] == '..' else ''}['{match[2]}']"


def _plain(text: str, keep_filters: bool) -> str:
    """A path of the data in the spelling of ``jsonpath_ng``."""
    parts: list[str] = []
    for piece in _FILTER.split(text):
        if _FILTER.fullmatch(piece):
            parts.append(_filter(piece) if keep_filters else "[*]")
        else:
            parts += [part if part.startswith("[") else _STEP.sub(_unquoted, part) for part in _BRACKETS.split(piece)]
    return re.sub(r"(?<!\.)\.\[", "[", "".join(parts))


def _split(text: str) -> tuple[str, str, str | None]:
    """(source, the path from there, the function at its end)."""
    source = ""
    if text.startswith("$$"):
        source, text = CONTEXT, text[1:]
    elif variable := _VARIABLE.match(text):
        source, text = variable[1], "$" + text[variable.end() :]
    function = _FUNCTION.search(text)
    return source, text[: function.start()] if function else text, function[1] if function else None


@lru_cache(maxsize=1024)
def is_path(text: str) -> bool:
    """Whether Step Functions reads ``text`` as a JSONPath: of the input, the context object (``$$``), a variable.

    A filter is Jayway's own language, so it is only looked at as a whole.
    """
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse as parse_path

    if not text.startswith("$"):
        return False
    try:
        parse_path(_plain(_split(text)[1], keep_filters=False))
    except JSONPathError:
        return False
    return True


@dataclass(frozen=True)
class Path:
    """A path ready to be followed."""

    source: str
    steps: tuple[Any, ...]
    function: str | None

    def find(self, data: Any) -> Any:
        """What the path finds in ``data``. Raises PathError."""
        values, definite, place = [data], True, "$"
        for number, step in enumerate(self.steps):
            is_last = number == len(self.steps) - 1
            apply = _definite if definite else _indefinite
            values = [hit for value in values for hit in apply(step, value, data, place, is_last)]
            definite, place = definite and _is_definite(step), f"{place}{_shown(step)}"
        found = values[0] if definite else values
        return found if self.function is None else _called(self.function, found, place)


@lru_cache(maxsize=1024)
def parse(text: str) -> Path:
    """The path that ``text`` is. Raises PathError for what is none here, such as a filter that nothing reads."""
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse as parse_path

    source, path, function = _split(text)
    try:
        parsed = parse_path(_plain(path, keep_filters=True))
    except JSONPathError as error:
        raise PathError(f"the local cloud cannot read it: {error}") from error
    steps = tuple(_steps(parsed))
    if strange := {_kind(step) for step in steps} - _KINDS:
        raise PathError(f"the local cloud cannot read it: {', '.join(sorted(strange))} is none of JSONPath's")
    return Path(source, steps, function)


def _steps(node: Any) -> Iterator[Any]:
    """The path as the chain of its steps."""
    from jsonpath_ng import Child, Descendants, Root, This

    if isinstance(node, Child):
        yield from _steps(node.left)
        yield from _steps(node.right)
    elif isinstance(node, Descendants):
        yield from _steps(node.left)
        yield Descendants(This(), node.right)
    elif not isinstance(node, Root):
        yield node


#: What a path is made of; the library's arithmetic and its like are no JSONPath.
_KINDS = {"Fields", "Index", "Slice", "Wildcard", "Filter", "Descendants"}


def _kind(step: Any) -> str:
    return type(step).__name__


def _is_definite(step: Any) -> bool:
    """Whether the step can only lead to one place; several names give one object."""
    return _kind(step) == "Fields" or (_kind(step) == "Index" and len(step.indices) == 1)


def _shown(step: Any) -> str:
    """The step as Jayway writes it."""
    match _kind(step):
        case "Fields":
            return f"[{','.join(repr(str(name)) for name in step.fields)}]"
        case "Index":
            return f"[{','.join(map(str, step.indices))}]"
        case "Slice":
            return f"[{'' if step.start is None else step.start}:{'' if step.end is None else step.end}]"
        case "Filter":
            return "[?]"
        case "Descendants":
            return f"..{_shown(step.right)}"
    return "[*]"


def _definite(step: Any, value: Any, root: Any, place: str, is_last: bool) -> list[Any]:
    """The hits of a step behind definite steps only; raises where Jayway finds that the place is not there."""
    match _kind(step):
        case "Fields":
            return [_member(step, value, place, is_last)]
        case "Index" | "Slice" if not isinstance(value, list):
            if value is None:
                raise NothingFoundError(f"The path {place} is null")
            raise NotAnArrayError(
                f"Filter: {_shown(step)} can only be applied to arrays. Current context is: {_text(value)}"
            )
        case "Index" if len(step.indices) == 1:
            index = step.indices[0]
            if not -len(value) <= index < len(value):
                error = PastTheEndError if is_last else NothingFoundError
                raise error(f"No results for path: {place}[{index}]")
            return [value[index]]
        case "Filter" if not isinstance(value, list | dict):
            raise NothingFoundError(
                f"Filter: {_shown(step)} can not be applied to primitives. Current context is: {_text(value)}"
            )
    return _indefinite(step, value, root, place, is_last)


def _member(step: Any, value: Any, place: str, is_last: bool) -> Any:
    """The member of an object, or with several names an object of those that it has."""
    if not isinstance(value, dict):
        raise NothingFoundError(
            f"Expected to find an object with property {_shown(step)} in path {place} but found "
            f"'{_text(value)}'. This is not a json object according to the JsonProvider."
        )
    if len(step.fields) > 1:
        if not is_last:
            raise PathError(f"Multi properties can only be used as path leafs: {place}{_shown(step)}")
        return {name: value[name] for name in step.fields if name in value}
    if step.fields[0] not in value:
        said = "No results for path: " if is_last else "Missing property in path "
        raise NothingFoundError(f"{said}{place}{_shown(step)}")
    return value[step.fields[0]]


def _indefinite(step: Any, value: Any, root: Any, place: str, is_last: bool) -> list[Any]:
    """The hits of a step that may lead to many places: those that are there."""
    from jsonpath_ng import DatumInContext

    if _kind(step) == "Fields":
        known = isinstance(value, dict) and (len(step.fields) > 1 or step.fields[0] in value)
        return [_member(step, value, place, is_last)] if known else []
    if _kind(step) == "Filter":
        # ``@`` matches objects only (Developer Guide, "Using paths"); a filter on an object asks the object itself.
        value = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
    elif not isinstance(value, list | dict) or (_kind(step) in ("Index", "Slice") and isinstance(value, dict)):
        return []
    return [hit.value for hit in step.find(DatumInContext(value, context=DatumInContext(root)))]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_OF_NUMBERS: dict[str, Callable[[list[float]], float]] = {
    "min": min,
    "max": max,
    "avg": statistics.fmean,
    "stddev": statistics.pstdev,
}


def _called(function: str, value: Any, place: str) -> Any:
    """A function of the path's end. Step Functions finds nothing for ``sum()`` and the other later ones of Jayway."""
    if function == "length":
        return len(value) if isinstance(value, list | dict | str) else None
    numbers = [each for each in value if isinstance(each, int | float)] if isinstance(value, list) else []
    if function not in _OF_NUMBERS or not numbers:
        raise NothingFoundError(f"No results for path: {place}.{function}()")
    return _OF_NUMBERS[function](numbers)
