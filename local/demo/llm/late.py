"""Logs that come late: counted where their calls were, and told, since quality alarms look at the last half hour."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.demo.account import Client, DemoError, Tell
from local.demo.llm import maker
from local.demo.llm.metrics import PATIENCE, Metrics, Query

CALLS = 12
"""Of an object."""
LATE = timedelta(minutes=40)
BOUND = 900
"""Seconds of lag beyond which LlmLagAlarm tells, in two of three periods."""
PERIOD, PERIODS, BREACHING = 300, 3, 2


@dataclass(frozen=True)
class Lag:
    """``seconds``: p90 of a period of the alarm, the smaller of two; ``placed``: see ``Late.counted``."""

    seconds: float
    placed: bool


class Late:
    """Objects that come late. The first is delivered at once: another period has to begin before the next counts."""

    def __init__(self, client: Client, outputs: dict[str, str]) -> None:
        self._s3, self._bucket = client("s3"), outputs["ModelLogsBucketName"]
        self._minutes: set[datetime] = set()
        self._objects = 0
        self.deliver()

    def deliver(self) -> None:
        """One more object, of calls that are as late as LATE."""
        at = (datetime.now(UTC) - LATE).replace(second=0, microsecond=0)
        key, body = maker.late(at, self._s3.meta.region_name, CALLS)
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        self._minutes.add(at)
        self._objects += 1

    def counted(self, metrics: Metrics) -> bool:
        """Whether every call stands at the minute in which it was made, and nowhere else. Raises DemoError."""
        end, wanted = time.monotonic() + PATIENCE, CALLS * self._objects
        while True:
            (found,) = metrics.read([Query("PairsEvaluated", family=maker.LATE.family, period=60)])
            total = sum(found.values())
            if total >= wanted:
                return total == wanted and found.keys() == self._minutes
            if time.monotonic() > end:
                raise DemoError(f"of {wanted} calls that came late {total:.0f} were measured.")
            time.sleep(1)

    def until_told(self, metrics: Metrics, tell: Tell) -> Lag:
        """Goes on until LlmLagAlarm has seen enough periods. Raises DemoError."""
        while True:
            self.deliver()
            placed = self.counted(metrics)
            now = time.time()
            oldest = datetime.fromtimestamp(now // PERIOD * PERIOD - (PERIODS - 1) * PERIOD, UTC)
            (lags,) = metrics.read([Query("IngestLagSeconds", "p90", period=PERIOD)])
            late = {at: lag for at, lag in lags.items() if at >= oldest and lag > BOUND}
            if len(late) >= BREACHING:
                return Lag(min(late.values()), placed)
            wait = PERIOD - now % PERIOD + 1
            tell(f"what came late is in one period of the lag's alarm; the next begins in {wait:.0f} s")
            time.sleep(wait)
