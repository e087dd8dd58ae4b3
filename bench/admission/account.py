"""What everything in an account shares: a service's quota and the functions that run at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bench.admission.clock import Clock, Process
from operate.cost import prices

CHANGE_SECONDS = 120
"""Mean time until other users of the quota take another share of it."""

_LAMBDA, _REQUESTS = prices.table("lambda_usd"), prices.table("requests_usd")
PRICES = {
    "invocations": _LAMBDA["million_requests"] / 1e6,
    "gb_seconds": _LAMBDA["gb_second_arm64"],
    "transitions": prices.table("step_functions_usd")["thousand_transitions"] / 1000,
    "sqs": _REQUESTS["million_sqs"] / 1e6,
    "writes": _REQUESTS["million_writes"] / 1e6,
}
"""US dollars."""


@dataclass
class Bill:
    """Everything that is counted."""

    counts: Counter[str] = field(default_factory=Counter)

    def usd(self) -> float:
        """Without the throttled service itself."""
        return sum(price * self.counts[name] for name, price in PRICES.items())


class Quota:
    """A token bucket and a bound on requests at once. ``others``: the most that other users take, half of the time."""

    def __init__(
        self, clock: Clock, rate: float, burst: float, at_once: int, *, others: float = 0.0, away: tuple[float, float]
    ) -> None:
        self._clock, self.rate, self.burst, self._at_once = clock, rate, burst, at_once
        self._tokens, self._filled, self._share, self._away = burst, 0.0, 0.0, away
        self.running, self.used, self.lost = 0, 0, 0.0
        if others:
            clock.spawn(self._others(others))

    def _fill(self) -> None:
        passed, self._filled = self._clock.now - self._filled, self._clock.now
        self._tokens = min(self.burst, self._tokens + passed * (self.rate - self._share))
        self.lost += passed * self._share

    def _others(self, most: float) -> Process:
        chance = self._clock.chance
        while True:
            self._fill()
            self._share = self.rate * chance.uniform(0, most) if chance.random() < 0.5 else 0.0
            yield chance.expovariate(1 / CHANGE_SECONDS)

    def is_away(self) -> bool:
        return self._away[0] <= self._clock.now < self._away[1]

    def take(self) -> bool:
        self._fill()
        if self._tokens < 1 or self.running >= self._at_once:
            return False
        self._tokens -= 1
        self.running += 1
        self.used += 1
        return True

    def share_used(self, end: float) -> float:
        """Of all that the quota gave until then, and others and outages left."""
        down = max(0.0, min(end, self._away[1]) - self._away[0])
        return self.used / (self.rate * (end - down) - self.lost + self.burst)


class Functions:
    """Lambda functions of the account that run at the same time."""

    def __init__(self, clock: Clock, most: int, bill: Bill) -> None:
        self._clock, self._most, self._bill = clock, most, bill
        self.running = self.peak = 0

    def enter(self) -> bool:
        if self.running >= self._most:
            self._bill.counts["refused_functions"] += 1
            return False
        self.running += 1
        self.peak = max(self.peak, self.running)
        self._bill.counts["invocations"] += 1
        return True

    def leave(self, began: float, gigabytes: float) -> None:
        self.running -= 1
        self._bill.counts["gb_seconds"] += (self._clock.now - began) * gigabytes  # type: ignore[assignment]
