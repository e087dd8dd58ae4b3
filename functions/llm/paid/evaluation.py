"""A batch of pairs -> one paid module's metrics, once, on a sample, within the day's budget.

The machine is Express: it may run a batch twice. What has been measured is marked in the table *before* its metrics go
out, and a second run finds the mark and counts nothing. A worker that dies between the two, a few
microseconds, leaves a batch uncounted; the other order would leave it counted twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common import settings
from common.errors import CeilingReached, PipelinePaused, TransientError
from common.objects import Bucket
from common.observability import count, logger
from common.spending import Purse
from common.table import Table
from llm import modules, spending
from llm.emission import measuring, metrics
from llm.model import PaidModule, Pair, Sample, sample
from llm.paid import pair_batches

REMEMBERED_SECONDS = 7 * 24 * 3600
"""Longer than a pointer can come again: the pairs themselves lie a day."""


@dataclass(frozen=True, slots=True)
class Settings:
    state_table: str
    daily_calls: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """``evaluated``: pairs that were measured. ``outcome``: measured, duplicate, exhausted, paused, gone or
    failed."""

    module: str
    outcome: str
    evaluated: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"module": self.module, "outcome": self.outcome, "evaluated": self.evaluated}


def run(event: Mapping[str, Any]) -> dict[str, Any]:
    """``{module, bucket, key}`` in: measures these pairs. With ``failed``, an error's name, it counts that failure.

    What will not pass by itself, an unknown module included, is counted as ModuleErrors and answered, so that the
    other modules go on. Raises ServiceUnavailable and StorageUnavailable, which the machine tries again.
    """
    name = str(event.get("module") or "unknown")
    if event.get("failed"):
        measuring.failed(name, Abandoned(str(event["failed"])))
        return Outcome(name, "failed").to_json()
    try:
        return evaluate(modules.make_paid(name), str(event["bucket"]), str(event["key"])).to_json()
    except TransientError:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        measuring.failed(name, error)
        return Outcome(name, "failed").to_json()


class Abandoned(Exception):
    """The machine gave up after its last try; the message is the error's name."""


def evaluate(module: PaidModule, bucket: str, key: str, clock: Callable[[], float] = time.time) -> Outcome:
    """Measures the pairs under ``key`` unless that is done."""
    options = settings.read(Settings)
    table = Table(options.state_table)
    mark = f"evaluated#{key}#{module.name}"
    if table.get(mark) is not None:
        return Outcome(module.name, "duplicate")
    stored = Bucket(bucket).get(key)
    if stored is None:
        # Their day is over, as where a redrive came late: how many they were nobody knows any more.
        logger().warning("pairs gone", extra={"key": key, "metric_module": module.name})
        count("PairsNotEvaluated")
        return Outcome(module.name, "gone")
    share = spending.rate(module.name)
    pairs = [pair for pair in pair_batches.load(stored.body) if spending.chosen(pair.request_id, share)]
    suited = measuring.suited(module, pairs)
    with spending.modules_purse(options.state_table, options.daily_calls) as purse:
        outcome, samples = _measured(module, suited, purse, clock)
    if not table.put_if_absent(mark, {"pairs": outcome.evaluated}, seconds=REMEMBERED_SECONDS):
        return Outcome(module.name, "duplicate")
    metrics.emit(samples)
    if module.striking:
        logger().info("calls to look at", extra={"metric_module": module.name, "requests": module.striking})
    return outcome


def _measured(
    module: PaidModule, pairs: Sequence[Pair], purse: Purse, clock: Callable[[], float]
) -> tuple[Outcome, list[Sample]]:
    """What the module found, or a count of the pairs for which the day's calls no longer suffice.

    The machine runs five minutes, so a batch cannot wait: at the ceiling, and while the pipeline is paused, it is left
    out of the sample and counted.
    """
    if not pairs:
        return Outcome(module.name, "measured"), []
    try:
        samples = purse.spend(module.calls(pairs), lambda: module.compute(pairs), lambda: module.bill.calls)
    except CeilingReached:
        return Outcome(module.name, "exhausted"), [sample(pair, "BudgetExhausted", 1) for pair in pairs]
    except PipelinePaused:
        count("PairsPaused", len(pairs))
        return Outcome(module.name, "paused"), []
    finally:
        # What was spent is spent, whether or not it came to a result.
        metrics.emit(_bill(module.bill, int(clock()) // 60))
    return Outcome(module.name, "measured", len(pairs)), samples


def _bill(bill: spending.Bill, minute: int) -> list[Sample]:
    counts = {"PaidCalls": bill.calls, "ComprehendUnits": bill.units, "EmbeddingTokens": bill.tokens}
    return [Sample(metric, count, "Count", "", "", "", minute) for metric, count in counts.items() if count]
