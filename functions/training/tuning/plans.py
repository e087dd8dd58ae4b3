"""The trials of a version: one training job each, and what they differ in. The same manifest gives the same trials."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

from common.objects import Bucket
from common.spending import Purse
from common.table import Table
from training.manifest import Manifest, Range
from training.steps import Run
from training.tuning import kept

Value = str | int | float | bool

PAID = "train#paid#"
PAID_SECONDS = 400 * 86_400
TRIES = 20
"""To draw a trial that none is yet."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``job``: what its job's name begins with. ``values``: what is its own among the hyperparameters."""

    number: int
    job: str
    values: dict[str, Value]


def trials(manifest: Manifest, run: Run) -> list[Trial]:
    """At least one. Jobs' names are used up for ever, so they have the attempt in them."""
    return [
        Trial(number, f"{run.name}-{run.version[:12]}-{run.attempt}-{number}", values)
        for number, values in enumerate(values_of(manifest))
    ]


def values_of(manifest: Manifest) -> list[dict[str, Value]]:
    tuning, names = manifest.tuning, sorted(manifest.tuning.ranges)
    match tuning.strategy:
        case "none":
            return [{}]
        case "grid":
            lists = [tuning.ranges[name].values for name in names]
            return [dict(zip(names, cells, strict=True)) for cells in itertools.product(*lists)]
        case "random":
            return _drawn(tuning.ranges, names, tuning.jobs, tuning.seed)


def _drawn(ranges: dict[str, Range], names: list[str], jobs: int, seed: int) -> list[dict[str, Value]]:
    """Fewer than ``jobs`` where the ranges hold no more that are different."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    found: list[dict[str, Value]] = []
    for _ in range(jobs):
        for _ in range(TRIES):
            values = {name: _value(ranges[name], draw) for name in names}
            if values not in found:
                found.append(values)
                break
    return found


def _value(one: Range, draw: random.Random) -> Value:
    if one.values:
        return draw.choice(one.values)
    if one.logarithmic:
        value = math.exp(draw.uniform(math.log(one.low), math.log(one.high)))
    elif one.integer:
        return draw.randint(int(one.low), int(one.high))
    else:
        value = draw.uniform(one.low, one.high)
    value = min(one.high, max(one.low, value))
    return round(value) if one.integer else float(f"{value:.6g}")


def chosen(bucket: Bucket, run: Run) -> kept.Chosen | None:
    """What was chosen for this version before; its jobs need not run again."""
    return kept.read(bucket, run)


def pay(table: Table, purse: Purse, run: Run, jobs: int) -> None:
    """Takes ``jobs`` from the day's account, once for an attempt of a version.

    A worker that dies in the middle may take them twice, never not at all. Raises CeilingReached, PipelinePaused,
    StorageUnavailable, ConcurrentUpdate.
    """
    mark = f"{PAID}{run.version}#{run.attempt}"
    if table.get(mark) is None:
        purse.pay(jobs, lambda: table.put_if_absent(mark, {"jobs": jobs}, seconds=PAID_SECONDS))
