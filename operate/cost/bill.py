"""What a pipeline has cost: lines, ways to pay for the same work, and how many pieces of work it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One service. ``usd`` is None where the amount is not known, and ``amount`` says why."""

    what: str
    amount: str
    usd: float | None


@dataclass(frozen=True)
class Way:
    """A way to pay for the work that was done."""

    name: str
    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        """Of what is known."""
        return sum(line.usd for line in self.lines if line.usd is not None)

    @property
    def is_whole(self) -> bool:
        return all(line.usd is not None for line in self.lines)


@dataclass(frozen=True)
class Bill:
    """``things``: pieces of work, named ``thing``; prices are told per ``per`` of them. ``ours`` is what was paid,
    ``others`` what the same work costs otherwise, the source article's own way last. ``notes``: what is not in it."""

    pipeline: str
    things: float
    thing: str
    per: int
    ours: Way
    others: tuple[Way, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[str, ...] = field(default=())
    """Of ``prices.toml``, which the sums are made with."""
    one: str = ""
    """The name of a single piece of work, where it is not ``thing`` without its last letter."""


def unknown(what: str, why: str) -> Line:
    return Line(what, why, None)


def total(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
