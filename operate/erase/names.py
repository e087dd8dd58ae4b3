"""Whether JSON names what is erased: by a member's name and its value, at any depth, in texts that are JSON too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

Wanted = Mapping[str, Set[str]]
"""Name of a member -> values that mean it: ``{"key": {"a.pdf"}}``."""


def named(value: Any, wanted: Wanted) -> bool:
    """Only whole values count: the document ``a.pdf`` is not named by ``ba.pdf``."""
    if isinstance(value, dict):
        return any(
            (isinstance(inner, str) and inner in wanted.get(name, ())) or named(inner, wanted)
            for name, inner in value.items()
        )
    if isinstance(value, list):
        return any(named(inner, wanted) for inner in value)
    if isinstance(value, str) and value[:1] in ("{", "["):
        return named_in(value, wanted)
    return False


def named_in(text: str | bytes, wanted: Wanted) -> bool:
    """The same of a text; one that is no JSON names nothing."""
    try:
        return named(json.loads(text), wanted)
    except (ValueError, RecursionError):
        return False
