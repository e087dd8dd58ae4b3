"""AWS's default quotas, from ``quotas.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


def number(name: str, member: str = "per_second") -> float:
    """One figure of a quota."""
    return float(_all()[name][member])


def text(name: str, member: str) -> str:
    """``source`` or ``raise`` of a quota."""
    return str(_all()[name][member])


def has(name: str, member: str) -> bool:
    return member in _all()[name]


def names() -> list[str]:
    return list(_all())


@cache
def _all() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("quotas.toml").read_text(encoding="utf-8"))
