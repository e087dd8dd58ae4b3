"""Calls of ``States.Format`` and its like, as a JSONPath state may write them.

AWS: Developer Guide, "Intrinsic functions for JSONPath states"; at most ten calls may stand in each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable

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
_PATH = re.compile(r"""\s*(\$(?:\[(?:'[^']*'|"[^"]*"|[^\]'"]*)*\]|[^\s,()\[\]'"])*)\s*""")


def is_call(text: str, is_path: Callable[[str], bool]) -> bool:
    """Whether the whole of ``text`` is a call that Step Functions knows; ``is_path`` judges its paths."""
    return _after_call(text, 0, is_path, 1) == len(text)


def _after_call(text: str, at: int, is_path: Callable[[str], bool], depth: int) -> int:
    """The end of the call that begins at ``at``, or -1."""
    call = _CALL.match(text, at)
    if call is None or call[1] not in FUNCTIONS or depth > MOST_NESTED:
        return -1
    at, count = call.end(), 0
    while at < len(text) and text[at] != ")":
        if count:
            if text[at] != ",":
                return -1
            at += 1
        at = _after_argument(text, at, is_path, depth)
        if at < 0:
            return -1
        count += 1
    fewest, most = FUNCTIONS[call[1]]
    if at >= len(text) or count < fewest or (most is not None and count > most):
        return -1
    end = at + 1
    return end + len(text[end:]) - len(text[end:].lstrip())


def _after_argument(text: str, at: int, is_path: Callable[[str], bool], depth: int) -> int:
    if literal := _LITERAL.match(text, at):
        return literal.end()
    if path := _PATH.match(text, at):
        return path.end() if is_path(path[1]) else -1
    return _after_call(text, at, is_path, depth + 1)
