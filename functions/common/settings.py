"""Settings that a handler reads from its environment, as one frozen dataclass per handler.

The template sets them; ``functions/`` knows nothing else about where it runs. Nothing is read at import, so that a
test or a cold start never depends on variables it does not use.
"""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from common.errors import MissingSetting

T = TypeVar("T")


def read(settings: type[T]) -> T:
    """Builds ``settings`` (a dataclass of ``str`` and ``int`` fields) from variables named like its fields in capitals.

    Raises MissingSetting naming every absent variable at once, so that one deployment shows the whole mistake.
    """
    values: dict[str, Any] = {}
    absent: list[str] = []
    for field in fields(settings):  # type: ignore[arg-type]
        name = field.name.upper()
        text = os.environ.get(name, "")
        if text:
            values[field.name] = int(text) if field.type in (int, "int") else text
        elif field.default is MISSING:
            absent.append(name)
    if absent:
        raise MissingSetting(f"Set {', '.join(absent)} in the function's Environment in template.yaml.")
    return settings(**values)
