"""How calls of ``States.Format`` and its like are written in a JSONPath state.

AWS: Developer Guide, "Intrinsic functions for JSONPath states"; at most ten calls may stand in each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MOST_NESTED = 10

#: Name -> fewest and most arguments; None is as many as one likes.
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "Format": (1, None), "StringToJson": (1, 1), "JsonToString": (1, 1), "Array": (0, None), "ArrayPartition": (2, 2),
    "ArrayContains": (2, 2), "ArrayRange": (3, 3), "ArrayGetItem": (2, 2), "ArrayLength": (1, 1),
    "ArrayUnique": (1, 1), "Base64Encode": (1, 1), "Base64Decode": (1, 1), "Hash": (2, 2), "JsonMerge": (3, 3),
    "MathRandom": (2, 3), "MathAdd": (2, 2), "StringSplit": (2, 2), "UUID": (0, 0),
}  # fmt: skip

_CALL = re.compile(r"\s*States\.(\w+)\(\s*")
_LITERAL = re.compile(r"\s*('(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\s*")
_PATH = re.compile(r"""\s*(\$(?:\[(?:'[^']*'|"[^"]*"|[^\]'"]*)*\]|[^\s,()\[\]'"]|\(\))*)\s*""")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Literal:
    """A value as such; a text keeps its backslashes, which each function reads its own way."""

    value: Any


@dataclass(frozen=True)
class Reference:
    """A JSONPath."""

    text: str


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Literal | Reference | Call, ...]


@lru_cache(maxsize=1024)
def parse(text: str) -> Call | None:
    """The call that the whole of ``text`` is; None where it is none that Step Functions knows."""
    call, end = _call(text, 0, 1)
    return call if end == len(text) else None


def is_call(text: str, is_path: Callable[[str], bool]) -> bool:
    """Whether ``text`` is a call that Step Functions takes; ``is_path`` judges its paths."""
    call = parse(text)
    return call is not None and _paths_are(call, is_path)


def _paths_are(call: Call, is_path: Callable[[str], bool]) -> bool:
    return all(
        is_path(each.text) if isinstance(each, Reference) else not isinstance(each, Call) or _paths_are(each, is_path)
        for each in call.arguments
    )


def _call(text: str, at: int, depth: int) -> tuple[Call | None, int]:
    """The call that begins at ``at``, and where it ends."""
    opening = _CALL.match(text, at)
    if opening is None or opening[1] not in FUNCTIONS or depth > MOST_NESTED:
        return None, at
    at = opening.end()
    arguments: list[Literal | Reference | Call] = []
    while at < len(text) and text[at] != ")":
        if arguments:
            if text[at] != ",":
                return None, at
            at += 1
        argument, at = _argument(text, at, depth)
        if argument is None:
            return None, at
        arguments.append(argument)
    fewest, most = FUNCTIONS[opening[1]]
    if at >= len(text) or len(arguments) < fewest or (most is not None and len(arguments) > most):
        return None, at
    end = at + 1
    return Call(opening[1], tuple(arguments)), end + len(text[end:]) - len(text[end:].lstrip())


def _value(written: str) -> Any:
    if written.startswith("'"):
        return written[1:-1]
    if written in _WORDS:
        return _WORDS[written]
    return float(written) if re.search("[.eE]", written) else int(written)


def _argument(text: str, at: int, depth: int) -> tuple[Literal | Reference | Call | None, int]:
    if literal := _LITERAL.match(text, at):
        return Literal(_value(literal[1])), literal.end()
    if path := _PATH.match(text, at):
        return Reference(path[1]), path.end()
    return _call(text, at, depth + 1)
