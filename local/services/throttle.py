"""AWS's rates: a token bucket for each operation of each account and Region, and a bound on what runs at once.

Each service's ``switches`` module holds its quotas, and the setting ``LOCAL_<SERVICE>_THROTTLE``: ``on`` (default),
``off``, or a factor such as ``0.5`` or ``10`` on every rate, burst and bound.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests per second, how many of them at one instant (``burst``), and how many at the same time."""

    rate: float
    burst: float
    concurrent: float = math.inf

    @classmethod
    def per_second(cls, rate: float) -> Quota:
        """A rate whose burst is not documented: one second's worth."""
        return cls(rate, rate)


class Throttle:
    """One account's and Region's share. ``refusal`` is raised where a quota is used up; ``factor`` infinite: never."""

    def __init__(
        self,
        quotas: Mapping[str, Quota],
        refusal: Callable[[], Exception],
        factor: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quotas, self._refusal, self._factor, self._clock = quotas, refusal, factor, clock
        self._lock = threading.Lock()
        self._tokens = {name: self.scaled(quota.burst) for name, quota in quotas.items()}
        self._filled = dict.fromkeys(quotas, clock())
        self._running = dict.fromkeys(quotas, 0)

    def scaled(self, number: float) -> float:
        """A bound of AWS under this throttle's factor: 1 at least."""
        return max(1.0, number * self._factor)

    def admit(self, name: str, amount: float = 1) -> None:
        """Count one request of ``name``, or so many of what is counted. Raises the refusal.

        An amount beyond the burst is taken as a whole burst, so that a small factor lets it through now and then.
        """
        with self._lock:
            self._take(name, amount)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """The same for a request that counts as running until the block ends."""
        with self._lock:
            if self._running[name] >= self.scaled(self._quotas[name].concurrent):
                raise self._refusal()
            self._take(name)
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1

    def _take(self, name: str, amount: float = 1) -> None:
        if math.isinf(self._factor):
            return
        quota, now = self._quotas[name], self._clock()
        tokens = self._tokens[name] + (now - self._filled[name]) * quota.rate * self._factor
        self._filled[name] = now
        self._tokens[name] = tokens = min(self.scaled(quota.burst), tokens)
        wanted = min(amount, self.scaled(quota.burst))
        if tokens < wanted:
            raise self._refusal()
        self._tokens[name] = tokens - wanted


class Throttles:
    """The throttle that the environment's ``setting`` asks for, a share for each account and Region."""

    def __init__(
        self,
        setting: str,
        quotas: Mapping[str, Quota],
        refusal: Callable[[], Exception],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._quotas, self._refusal, self._clock = setting, quotas, refusal, clock
        self._lock = threading.Lock()
        self._setting = ""
        self._override: str | None = None
        self._shares: dict[tuple[str, str], Throttle] = {}

    def of(self, account: str, region: str) -> Throttle:
        """The share of one account in one Region; all shares begin anew when the setting has changed.

        Raises:
            ValueError: the setting is neither on, off nor a positive number.
        """
        with self._lock:
            setting = self._override or os.environ.get(self._name, "on")
            if setting != self._setting:
                self._shares.clear()
                self._setting = setting
            if (account, region) not in self._shares:
                self._shares[account, region] = Throttle(
                    self._quotas, self._refusal, self._factor(setting), self._clock
                )
            return self._shares[account, region]

    def override(self, setting: str | None) -> None:
        """Use ``setting`` in place of the environment's; None goes back to it. What was used is forgotten.

        Raises:
            ValueError: neither on, off nor a positive number.
        """
        if setting is not None:
            self._factor(setting)
        with self._lock:
            self._override = setting
            self._shares.clear()

    def _factor(self, setting: str) -> float:
        if setting in ("on", "off"):
            return 1.0 if setting == "on" else math.inf
        try:
            factor = float(setting)
        except ValueError:
            factor = 0.0
        if not 0 < factor < math.inf:
            raise ValueError(f"{self._name}={setting!r}: set it to on, off, or a factor such as 0.5")
        return factor
