"""Changes that break a template, for `broken` and `broken_kinds`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[dict[str, Any]], object]


def at(path: str, value: object = None) -> Change:
    """Sets `Resource.Properties.Member.0` to a value; None takes it away."""
    *way, last = path.split("/")

    def change(resources: dict[str, Any]) -> None:
        place: Any = resources
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        if value is None:
            del place[int(last) if isinstance(place, list) else last]
        else:
            place[int(last) if isinstance(place, list) else last] = value

    return change


def own(name: str, path: str, value: object = None) -> Change:
    return at(f"{name}/Properties/{path}" if path else name, value)


def added(name: str, kind: str, **properties: object) -> Change:
    return at(name, {"Type": kind, "Properties": properties})
