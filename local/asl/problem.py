"""One finding in a definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

SCHEMA = "SCHEMA_VALIDATION_FAILED"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: ``/States/Plan/Catch[0]/Next``."""

    message: str
    location: str | None
    code: str = SCHEMA
    severity: str = "ERROR"

    def __str__(self) -> str:
        # AWS writes a missing place as null.
        return f"{self.code}: {self.message} at {self.location or 'null'}"


Problems: TypeAlias = Iterator[Problem]


def one_of(allowed: object) -> str:
    """Words in brackets, as AWS lists them."""
    return f"[{', '.join(map(str, allowed))}]" if isinstance(allowed, list | tuple) else str(allowed)
