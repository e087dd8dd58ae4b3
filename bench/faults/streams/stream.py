"""What a scene knows of each kind of work."""

from __future__ import annotations

from typing import Protocol

from bench.faults.whole import Count


class Stream(Protocol):
    """``queues``: words in the names of the queues where this work may wait."""

    @property
    def kind(self) -> str: ...

    @property
    def queues(self) -> tuple[str, ...]: ...

    def send(self, number: int) -> None:
        """That many more pieces."""

    def look(self, waiting: int) -> Count:
        """What has become of all that was sent; ``waiting``: messages in its queues now."""


def count(kind: str, given: int, out: int, waiting: int, wrong: list[str]) -> Count:
    """What is not out waits, as far as anything waits."""
    return Count(kind, given, out, min(waiting, max(0, given - out)), tuple(wrong))
