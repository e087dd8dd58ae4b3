"""Polly's rates: a token bucket and a bound on concurrent requests for each engine."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.services.polly.errors import Throttled

SETTING = "LOCAL_POLLY_THROTTLE"
"""``on`` (default), ``off``, or a factor such as ``0.5`` or ``10`` on every rate, burst and concurrency."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What SynthesizeSpeech takes of one engine: requests a second, the burst, requests at the same time."""

    rate: float
    burst: float
    concurrent: float


# "Quotas in Amazon Polly", developer guide, as stored 2026-03. It gives no burst for generative voices: the rate.
QUOTAS = {
    "standard": Quota(80, 100, 80),
    "neural": Quota(8, 10, 18),
    "long-form": Quota(8, 10, 26),
    "generative": Quota(8, 8, 26),
}


class Throttle:
    """One account's and Region's share of SynthesizeSpeech."""

    def __init__(self, factor: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._factor = factor
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = {engine: max(1.0, quota.burst * factor) for engine, quota in QUOTAS.items()}
        self._filled = dict.fromkeys(QUOTAS, clock())
        self._running = dict.fromkeys(QUOTAS, 0)

    @contextmanager
    def admit(self, engine: str) -> Iterator[None]:
        """Count one request of ``engine`` as running.

        Raises:
            Throttled: the engine's rate or concurrency is used up.
        """
        self._enter(engine)
        try:
            yield
        finally:
            with self._lock:
                self._running[engine] -= 1

    def _enter(self, engine: str) -> None:
        quota = QUOTAS[engine]
        with self._lock:
            now = self._clock()
            gained = (now - self._filled[engine]) * quota.rate * self._factor
            self._filled[engine] = now
            tokens = min(max(1.0, quota.burst * self._factor), self._tokens[engine] + gained)
            self._tokens[engine] = tokens
            if tokens < 1 or self._running[engine] >= max(1.0, quota.concurrent * self._factor):
                raise Throttled
            self._tokens[engine] = tokens - 1
            self._running[engine] += 1


class _Unlimited(Throttle):
    def _enter(self, engine: str) -> None:
        with self._lock:
            self._running[engine] += 1


class Throttles:
    """The throttle that the setting asks for, a share for each account and Region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._setting = ""
        self._shares: dict[tuple[str, str], Throttle] = {}

    def of(self, account: str, region: str) -> Throttle:
        """The share of one account in one Region; all shares begin anew when the setting has changed.

        Raises:
            ValueError: the setting is neither on, off nor a positive number.
        """
        setting = os.environ.get(SETTING, "on")
        with self._lock:
            if setting != self._setting:
                self._shares.clear()
                self._setting = setting
            if (account, region) not in self._shares:
                self._shares[account, region] = _made(setting)
            return self._shares[account, region]

    def reset(self) -> None:
        """Forget what was used."""
        with self._lock:
            self._shares.clear()


def _made(setting: str) -> Throttle:
    if setting == "off":
        return _Unlimited()
    try:
        factor = 1.0 if setting == "on" else float(setting)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise ValueError(f"{SETTING}={setting!r}: set it to on, off, or a factor such as 0.5")
    return Throttle(factor)
