"""Textract's rates: a token bucket for each operation, and a bound on jobs that run at the same time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from local.services.textract.errors import LimitExceeded, Throttled

SETTING = "LOCAL_TEXTRACT_THROTTLE"
"""``on`` (default), ``off``, or a factor such as ``0.5`` or ``10`` on every rate and on the jobs."""

# Requests a second, by default, in us-east-1 ("Amazon Textract endpoints and quotas", AWS General Reference); most
# other Regions have less. The burst is not documented: one second's worth.
RATES = {
    "AnalyzeDocument": 10.0,
    "DetectDocumentText": 25.0,
    "StartDocumentAnalysis": 10.0,
    "GetDocumentAnalysis": 10.0,
    "StartDocumentTextDetection": 15.0,
    "GetDocumentTextDetection": 25.0,
}
JOBS = 100
"""Jobs of one Start operation at the same time."""


class Throttle:
    """One account's and Region's share of Textract."""

    def __init__(self, factor: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._factor = factor
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = {name: max(1.0, rate * factor) for name, rate in RATES.items()}
        self._filled = dict.fromkeys(RATES, clock())
        self.jobs = max(1, int(JOBS * factor))

    def admit(self, operation: str) -> None:
        """Count one request.

        Raises:
            Throttled: the operation's rate is used up.
        """
        rate = RATES[operation] * self._factor
        with self._lock:
            now = self._clock()
            tokens = self._tokens[operation] + (now - self._filled[operation]) * rate
            self._filled[operation] = now
            self._tokens[operation] = tokens = min(max(1.0, rate), tokens)
            if tokens < 1:
                raise Throttled
            self._tokens[operation] = tokens - 1

    def admit_job(self, running: int) -> None:
        """Whether one more job may run beside ``running`` others.

        Raises:
            LimitExceeded: it may not.
        """
        if running >= self.jobs:
            raise LimitExceeded


class _Unlimited(Throttle):
    def admit(self, operation: str) -> None:
        """Everything is admitted."""

    def admit_job(self, running: int) -> None:
        """Everything is admitted."""


class Throttles:
    """The throttle that the setting asks for, a share for each account and Region."""

    def __init__(self) -> None:
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
            setting = self._override or os.environ.get(SETTING, "on")
            if setting != self._setting:
                self._shares.clear()
                self._setting = setting
            if (account, region) not in self._shares:
                self._shares[account, region] = _made(setting)
            return self._shares[account, region]

    def override(self, setting: str | None) -> None:
        """Use ``setting`` in place of the environment's; None goes back to it. What was used is forgotten.

        Raises:
            ValueError: neither on, off nor a positive number.
        """
        if setting is not None:
            _made(setting)
        with self._lock:
            self._override = setting
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
