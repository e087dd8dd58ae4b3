"""JSON that every reader takes for the same: each member once, and no number that JSON does not have.

Of a member that stands there twice two readers take two values (RFC 8259, section 4; of a token's claims RFC 7519,
section 4): one of them would look at what the other one does not obey.
"""

from __future__ import annotations

import json
from typing import Any


class Twice(ValueError):
    """A member stands there twice."""


def read(text: str) -> Any:
    """Raises Twice, ValueError, RecursionError."""
    return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)


def read_as_text(text: str) -> Any:
    """The same, but a number stays the text that it is: ``7``, ``7.0`` and ``007`` are three things to whom they are
    names. What was a number and what was a text cannot be told apart afterwards."""
    return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number, parse_int=str, parse_float=str)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Twice("a member stands there twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
