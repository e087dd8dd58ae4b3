"""How much was read, how much of it could be measured, why the rest could not, and how late."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from llm.model import SELF, Module, Needs, Pair, Sample, Skipped

MOST_LAG_SECONDS = 14 * 24 * 3600


class Ingest(Module):
    """RecordsRead (Count) = PairsEvaluated + all reasons but SkippedSelf: this application's own calls are not
    traffic. PairsTruncated; IngestLagSeconds from the invocation to now, one value per pair."""

    name = "ingest"
    needs: Needs = "nothing"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        now = self._clock()
        counted: Counter[tuple[str, str, str, int]] = Counter()
        samples = []
        for pair in pairs:
            at = pair.timestamp.timestamp()
            group = (pair.model_family, pair.operation, pair.app, int(at) // 60)
            counted[group] += 1
            lag = min(max(now - at, 0.0), MOST_LAG_SECONDS)
            samples.append(Sample("IngestLagSeconds", lag, "Seconds", *group))
            if pair.truncated:
                samples.append(Sample("PairsTruncated", 1, "Count", *group))
        for (family, operation, app, minute), number in counted.items():
            for metric in ("RecordsRead", "PairsEvaluated"):
                samples.append(Sample(metric, number, "Count", family, operation, app, minute))
        return samples

    def left_out(self, skipped: Sequence[Skipped]) -> list[Sample]:
        """One sample per reason and group; a record without a time of its own counts in this minute."""
        counted: Counter[tuple[str, str, str, str, int]] = Counter()
        here = datetime.fromtimestamp(self._clock(), UTC)
        for one in skipped:
            minute = int((one.timestamp or here).timestamp()) // 60
            counted[one.reason, one.family, one.operation, one.app, minute] += 1
            if one.reason != SELF:
                counted["RecordsRead", one.family, one.operation, one.app, minute] += 1
        return [Sample(key[0], number, "Count", *key[1:]) for key, number in counted.items()]
