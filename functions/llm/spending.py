"""What measuring may cost: a share of the traffic for each paid module, and a number of paid calls per day for all.

A *paid call* is what a service bills by itself: one text embedded, one document of a Comprehend batch, one request with
segments. Calls are reserved before they are made, in one write per batch of pairs, and what was not used is given back;
so the cap holds however many batches are measured at once, and a worker that dies has at most asked for too much.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from common.errors import PermanentError, StorageUnavailable
from common.observability import logger
from common.table import Table

KEPT_SECONDS = 3 * 24 * 3600
UNIT_CHARACTERS, LEAST_UNITS = 100, 3
"""Comprehend bills characters in units of 100, and three units per request at least
(aws.amazon.com/comprehend/pricing). A document in a batch is counted as a request: the page does not say, and this is
the dearer reading."""


class InvalidRate(PermanentError):
    """A sampling rate in the environment is no number from 0 to 1."""


@dataclass(slots=True)
class Bill:
    """What a module has used: paid calls, Comprehend's units, tokens that were embedded."""

    calls: int = 0
    units: int = 0
    tokens: int = 0

    def comprehend(self, *characters: int) -> None:
        """Adds a request, or a document of a batch, for each number of characters."""
        self.calls += len(characters)
        self.units += sum(max(LEAST_UNITS, math.ceil(number / UNIT_CHARACTERS)) for number in characters)


def rate(module: str) -> float:
    """The share of pairs that ``module`` measures, from SAMPLE_<MODULE>; 1 where nothing is set. Raises InvalidRate."""
    name = f"SAMPLE_{module.upper()}"
    text = os.environ.get(name) or "1"
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        parameter = "Sample" + module.title().replace("_", "")
        raise InvalidRate(f"{name} is {text!r}; set the parameter {parameter} to a number from 0 to 1.")
    return value


def chosen(request_id: str, share: float) -> bool:
    """Whether a call is among the ``share`` that is measured.

    It depends on the request id alone: a repetition chooses the same calls, and a module with a smaller share measures
    some of those that one with a larger share measures, never others.
    """
    digest = hashlib.sha256(request_id.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


class Budget:
    """``daily_calls`` paid calls per day, by UTC. ``clock`` in seconds since the epoch."""

    def __init__(self, table: Table, daily_calls: int, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._most = daily_calls
        self._clock = clock

    def reserve(self, calls: int) -> Reservation | None:
        """Takes ``calls`` of today's, all or none; None where there are not so many left."""
        key = f"budget#llm#{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d}"
        if calls > 0 and self._table.add(key, "calls", calls, seconds=KEPT_SECONDS, at_most=self._most) is None:
            return None
        return Reservation(self._table, key, calls)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Calls that may be made on one day's account."""

    table: Table
    key: str
    calls: int

    def settle(self, used: int) -> None:
        """Gives back what was not used, on the day on which it was taken.

        A table that is busy just now is no reason to fail: until midnight there is a little less to spend.
        """
        if used == self.calls:
            return
        try:
            self.table.add(self.key, "calls", used - self.calls, seconds=KEPT_SECONDS)
        except StorageUnavailable:
            logger().warning("budget not settled", extra={"calls": self.calls, "used": used})
