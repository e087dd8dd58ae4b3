"""JSONPaths of JSONPath states.

Step Functions reads them with Jayway's library, which takes more signs in a name than ``jsonpath_ng`` does, and calls
at the end such as ``.length()``. Both are written over before ``jsonpath_ng`` parses, so that nothing is refused which
AWS takes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from local.asl.problem import Problem, Problems
from local.asl.queries.intrinsics import is_call
from local.asl.tree import State

_PAYLOADS = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials")
_FULL = ("InputPath", "OutputPath")
_NUMBERS = (
    "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath",
    "ToleratedFailureCountPath", "ToleratedFailurePercentagePath",
)  # fmt: skip

_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_FUNCTION = re.compile(r"\.(length|min|max|avg|stddev|sum|keys|concat|append|first|last|index)\([^()]*\)$")
_STEP = re.compile(r"\.([^.\[\]()\s*'\"]+)")
_FILTER = re.compile(r"\[\??\(.*?\)\]")
_BRACKETS = re.compile(r"(\[(?:'[^']*'|\"[^\"]*\"|[^\]'\"]*)*\])")
_SEVERAL = re.compile(r"\.\.|\*|\[\??\(|\[[^'\"\]]*[,:]")


@lru_cache(maxsize=1024)
def is_path(text: str) -> bool:
    """Whether Step Functions reads ``text`` as a JSONPath: of the input, the context object (``$$``), a variable."""
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse

    if not text.startswith("$"):
        return False
    plain = text[1:] if text.startswith("$$") else _VARIABLE.sub(r"$.\1", text, count=1)
    # A filter is Jayway's own language, so it is only looked at as a whole; names in brackets stay as they are.
    plain = _FILTER.sub("[*]", _FUNCTION.sub("", plain))
    parts = _BRACKETS.split(plain)
    quoted = "".join(part if part.startswith("[") else _STEP.sub(r"['\1']", part) for part in parts)
    try:
        parse(re.sub(r"\.+\[", "[", quoted))
    except JSONPathError:
        return False
    return True


def is_path_or_call(text: str) -> bool:
    return is_call(text, is_path) if text.startswith("States.") else is_path(text)


def full(value: Any, place: str) -> Problems:
    """A path that may find many things."""
    if isinstance(value, str) and not is_path(value):
        yield Problem("Value must be a valid JSONPath.", place)


def reference(value: Any, place: str) -> Problems:
    """A path that names one place: no wildcards, filters or slices."""
    if not isinstance(value, str):
        return
    if not value.startswith("$"):
        yield Problem("Value is not a Reference Path: Reference path didn't start with '$'", place)
    elif not is_path(value):
        yield Problem("Value must be a valid JSONPath.", place)
    elif _SEVERAL.search(re.sub(r"'[^']*'|\"[^\"]*\"", "''", value)):
        yield Problem("Value is not a Reference Path", place)


def payload(value: Any, place: str) -> Problems:
    """A payload: each member whose name ends in ``.$`` is a path or a call."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from payload(inner, f"{place}[{index}]")
    for name, inner in value.items() if isinstance(value, dict) else ():
        if not name.endswith(".$"):
            yield from payload(inner, f"{place}/{name}")
        elif not (isinstance(inner, str) and is_path_or_call(inner)):
            yield Problem(
                f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call",
                f"{place}/{name}",
            )


def _entries(state: State) -> Problems:
    for field in ("Catch", "Choices"):
        entries = state.body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                place = state.at(f"{field}[{index}]")
                yield from payload(entry.get("Assign"), f"{place}/Assign")
                yield from reference(entry.get("ResultPath"), f"{place}/ResultPath")


def state(found: State) -> Problems:
    if found.is_jsonata:
        return
    for name in _FULL:
        yield from full(found.body.get(name), found.at(name))
    for name in ("ResultPath", "ItemsPath", *_NUMBERS):
        yield from reference(found.body.get(name), found.at(name))
    for name in ("ErrorPath", "CausePath"):
        value = found.body.get(name)
        if isinstance(value, str) and not is_path_or_call(value):
            yield Problem("Value must be a valid JSONPath.", found.at(name))
    for name in _PAYLOADS:
        yield from payload(found.body.get(name), found.at(name))
    for field, name in (("ItemReader", "Parameters"), ("ItemBatcher", "BatchInput"), ("ResultWriter", "Parameters")):
        body = found.body.get(field)
        if isinstance(body, dict):
            yield from payload(body.get(name), found.at(f"{field}/{name}"))
    yield from _entries(found)
