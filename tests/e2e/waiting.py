"""Waiting for what a cloud does later: look again until it is there, and say what was missing when it never came."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

DEADLINE = 180.0
"""Seconds until something that should come counts as missing. Only a failing test ever waits so long."""


def eventually(look: Callable[[], Found | None], what: str, deadline: float = DEADLINE) -> Found:
    """The first answer of ``look`` that is not None. Raises AssertionError that names ``what``."""
    end = time.monotonic() + deadline
    pause = 0.02
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"Within {deadline:g} s there was no {what}.")
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
