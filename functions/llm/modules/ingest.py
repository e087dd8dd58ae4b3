"""How much was read, how much of it could be measured, why the rest could not, and how late."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from llm import stops
from llm.model import SELF, Module, Needs, Pair, Sample, Skipped

MOST_LAG_SECONDS = 14 * 24 * 3600


class Ingest(Module):
    """RecordsRead (Count) = PairsEvaluated + all reasons but SkippedSelf: this application's own calls are not
    traffic. PairsTruncated. What providers declare: RefusalsDeclared and one of RefusalsDeclared<Category>;
    GuardrailBlocked, GuardrailMasked (by its trace) and one of Guardrail<Policy> for each policy that acted.

    At the minute of now, not of the call, since alarms that look at the last half hour have to see what is hours late:
    IngestLagSeconds from the invocation to now, one value per record that has a time."""

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
            samples.append(_lag(now, at))
            if pair.truncated:
                samples.append(Sample("PairsTruncated", 1, "Count", *group))
            if pair.stop_reason in _DECLARED or pair.policies:
                samples.extend(Sample(metric, 1, "Count", *group) for metric in _declared(pair))
        for (family, operation, app, minute), number in counted.items():
            for metric in ("RecordsRead", "PairsEvaluated"):
                samples.append(Sample(metric, number, "Count", family, operation, app, minute))
        return samples

    def left_out(self, skipped: Sequence[Skipped]) -> list[Sample]:
        """One sample per reason and group; a record without a time of its own counts in this minute."""
        counted: Counter[tuple[str, str, str, str, int]] = Counter()
        now = self._clock()
        here = datetime.fromtimestamp(now, UTC)
        lags = []
        for one in skipped:
            if one.timestamp is not None:
                lags.append(_lag(now, one.timestamp.timestamp()))
            minute = int((one.timestamp or here).timestamp()) // 60
            counted[one.reason, one.family, one.operation, one.app, minute] += 1
            if one.reason != SELF:
                counted["RecordsRead", one.family, one.operation, one.app, minute] += 1
        samples = [Sample(key[0], number, "Count", *key[1:]) for key, number in counted.items()]
        return [*samples, *lags]


_DECLARED = {
    stops.REFUSED: "RefusalsDeclared",
    stops.BLOCKED: "GuardrailBlocked",
    stops.MASKED: "GuardrailMasked",
}


def _declared(pair: Pair) -> Iterator[str]:
    """The metrics of what the provider itself says. Categories and policies are few: ``llm.stops.CATEGORIES``,
    ``llm.logs.bodies.guardrails.POLICIES``."""
    metric = _DECLARED.get(pair.stop_reason, "")
    if metric:
        yield metric
    if pair.category and pair.stop_reason == stops.REFUSED:
        yield metric + pair.category.title().replace("_", "")
    for policy in filter(None, pair.policies.split(",")):
        yield f"Guardrail{policy[:1].upper()}{policy[1:]}"


def _lag(now: float, at: float) -> Sample:
    """Not split: Bedrock delivers the calls of all models and applications together."""
    return Sample("IngestLagSeconds", min(max(now - at, 0.0), MOST_LAG_SECONDS), "Seconds", "", "", "", int(now) // 60)
