"""A day of logs of models: every record is read once, every pair is evaluated and measured once."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench.faults.account import Account
from bench.faults.streams.stream import differences
from bench.faults.whole import Count
from local.demo.llm import maker
from local.demo.llm.metrics import MEASURED, Metrics, Query

LATE = timedelta(hours=2)
"""After the day is sent its logs may still be read, by a redrive too."""
CHUNK, BATCH = 500, 25
"""Records that a killed reader may count twice, pairs that a killed evaluator may leave unmeasured (docs/llm.md)."""
MINUTE = "RecordsRead"
TOTALS = ("PairsEvaluated", *MEASURED)
TOLD = ("PairsNotEvaluated", "BudgetExhausted", "PairsPaused")
"""Pairs that are not measured, and counted as such."""


@dataclass
class _Sent:
    """What CloudWatch has to count. ``objects``: the minutes of each object's records, by its key."""

    minutes: Counter[datetime] = field(default_factory=Counter)
    objects: dict[str, Counter[datetime]] = field(default_factory=dict)
    broken: int = 0
    """Lines that are no record: counted in the minute in which they are read."""
    totals: Counter[str] = field(default_factory=Counter)


class Calls:
    """``allow`` says how many workers were killed: what they may count twice or leave out is a note, nothing wrong."""

    kind = "records of logs"

    def __init__(self, account: Account, seed: int) -> None:
        now = datetime.now(UTC)
        self._account, self._now, self._seed = account, now, seed
        self._metrics = Metrics(account.cloud.client("cloudwatch"), f"{account.cloud.stack}-llm", now, LATE)
        self._sent, self._readers, self._evaluators = _Sent(), 0, 0
        self._minutes_before, self._totals_before = self._counted()
        self._left = Counter[datetime]()

    def send(self, number: int) -> None:
        """``number`` is not asked for: a day is a day."""
        del number
        client, sent = self._account.cloud.client("s3"), self._sent
        day = maker.make(self._now, client.meta.region_name, self._seed + sent.minutes.total())
        for key, body in sorted(day.objects.items()):
            client.put_object(Bucket=self._account.cloud.outputs["ModelLogsBucketName"], Key=key, Body=body)
            sent.objects[key] = _minutes(body)
            sent.minutes += sent.objects[key]
        sent.broken += day.broken
        pairs = day.pairs.total()
        sent.totals.update({"PairsEvaluated": pairs})
        sent.totals.update(dict.fromkeys(MEASURED, pairs - day.told["RefusalsDeclared"]))

    def allow(self, readers: int, evaluators: int) -> None:
        """So many of them were killed at their work."""
        self._readers, self._evaluators = readers, evaluators

    def look(self) -> Count:
        minutes, totals = self._counted()
        minutes.subtract(self._minutes_before)
        totals.subtract(self._totals_before)
        missing, twice = differences(self._sent.minutes, minutes)
        self._left = self._sent.minutes - minutes
        broken, twice = min(twice, self._sent.broken), max(0, twice - self._sent.broken)
        missing += self._sent.broken - broken
        told = sum(totals[name] for name in TOLD)
        unmeasured = max(0, *(self._sent.totals[name] - totals[name] for name in TOTALS)) - told
        too_often = max(0, *(totals[name] - self._sent.totals[name] for name in TOTALS))
        notes = [f"{told} pairs are counted as not measured"] if told else []
        wrong: list[str] = []
        bounds = (
            (max(twice, too_often), CHUNK * self._readers, "records or pairs are counted twice"),
            (unmeasured - missing, BATCH * self._evaluators, "pairs are not measured by each module"),
        )
        for number, bound, what in bounds:
            if number > 0:
                (notes if number <= bound else wrong).append(f"{number} {what}; workers that died may leave {bound}")
        given = self._sent.minutes.total() + self._sent.broken
        # A pair that is not measured is not out; killed evaluators leave some for ever.
        if unmeasured > BATCH * self._evaluators:
            missing = max(missing, unmeasured)
        return Count(self.kind, given, given - missing, 0, tuple(wrong), tuple(notes))

    def again(self) -> None:
        """Each look is at all of it."""

    def waits(self, words: str) -> int:
        """Records of objects that are named, as far as their minutes are missing."""
        named = Counter[datetime]()
        for key, minutes in self._sent.objects.items():
            if key in words:
                named += minutes
        broken = self._sent.broken if named else 0
        return (named & self._left).total() + broken

    def _counted(self) -> tuple[Counter[datetime], Counter[str]]:
        names = (*TOTALS, *TOLD)
        queries = [Query(name, "SampleCount" if name in MEASURED else "Sum") for name in names]
        minutes, *series = self._metrics.read([Query(MINUTE, period=60), *queries])
        totals = {name: round(sum(values.values())) for name, values in zip(names, series, strict=True)}
        return _whole(minutes), Counter(totals)


def _whole(values: Mapping[datetime, float]) -> Counter[datetime]:
    return Counter({at: round(value) for at, value in values.items()})


def _minutes(body: bytes) -> Counter[datetime]:
    """The minutes of an object's records; a line that is cut off has none."""
    found = Counter[datetime]()
    for line in gzip.decompress(body).splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        found[datetime.fromisoformat(record["timestamp"]).replace(second=0, microsecond=0)] += 1
    return found
