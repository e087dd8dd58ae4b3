"""Samples -> embedded metric format: one document per dimension set and minute, up to 100 values per metric.

CloudWatch does not add up over dimensions, so each sample goes out under ``[service]`` and once more under each set
that its own dimensions fill. What CloudWatch would drop without a word is counted instead: values that are no number
(``SamplesInvalid``), and minutes older than two weeks or over two hours ahead (``SamplesTooOld``, ``SamplesAhead``;
API reference, PutMetricData, Timestamp). Ratios belong to metric math: a log event may be delivered twice.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from common import emf
from llm.model import Sample
from llm.model_families import OTHER

MOST_VALUES = 100
MOST_METRICS = 100
MOST_BYTES = 200_000
"""Of one document; CloudWatch Logs takes 256 KB per event."""

OLDEST_MINUTES, NEWEST_MINUTES = 14 * 24 * 60, 2 * 60
MARGIN_MINUTES = 10
"""A document is read some time after it was written."""

MOST_FAMILIES = 50
"""Every value of a dimension is a metric that is billed; every further name is "other". Of versions too."""

BY_VERSION = frozenset({"RefusalCount", "SimilarityAnswered", "LatencyMs", "FirstByteMs", "OutputTokens"})
"""What tells whether a new version of a model answers otherwise; a set more of all metrics would be billed for each
version. The average of RefusalCount is the ratio, its number of samples the pairs."""

MOST = 1e100
"""CloudWatch takes numbers up to 2**360; nothing that is measured here comes near."""

Dimensions = tuple[tuple[str, str], ...]
Values = dict[str, tuple[str, list[float]]]
_families: set[str] = set()
_versions: set[str] = set()


def emit(samples: Iterable[Sample], *, now: Callable[[], float] | None = None) -> None:
    """Writes all samples to the log, and what of them could not be sent as counters of this minute."""
    lines = [emf.encode(document) for document in documents(samples, int((now or time.time)()) // 60)]
    if lines:
        sys.stdout.write("".join(lines))
        sys.stdout.flush()


def documents(samples: Iterable[Sample], minute: int) -> Iterator[dict[str, object]]:
    """The documents of ``samples``, seen from ``minute``; no samples give none."""
    groups: dict[tuple[int, Dimensions], Values] = {}
    lost: dict[str, int] = {}
    sinks: dict[tuple[str, str, str, str, int, str], tuple[list[float], ...]] = {}
    for sample in samples:
        metric, value, _, family, operation, app, at, version = sample
        if not -MOST < value < MOST:  # NaN is in no order at all
            lost["SamplesInvalid"] = lost.get("SamplesInvalid", 0) + 1
            continue
        key = (metric, family, operation, app, at, version)
        lists = sinks.get(key)
        if lists is None:
            reason = _unsendable(sample, minute)
            if reason:
                lost[reason] = lost.get(reason, 0) + 1
                continue
            lists = sinks[key] = _sinks(sample, groups)
        value = _short(value)
        for numbers in lists:
            numbers.append(value)
    if lost:
        here = groups.setdefault((minute, ()), {})
        here.update({name: ("Count", [count]) for name, count in lost.items()})
    for (at, dimensions), values in sorted(groups.items(), key=itemgetter(0)):
        for part in _parts(values):
            yield emf.document(part, dict(dimensions), at_ms=at * 60_000)


def _sinks(sample: Sample, groups: dict[tuple[int, Dimensions], Values]) -> tuple[list[float], ...]:
    """The lists that take every value of this metric with these dimensions in this minute."""
    return tuple(
        groups.setdefault((sample.minute, dimensions), {}).setdefault(sample.metric, (sample.unit, []))[1]
        for dimensions in dimension_sets(sample)
    )


def _unsendable(sample: Sample, minute: int) -> str:
    if sample.minute < minute - OLDEST_MINUTES + MARGIN_MINUTES:
        return "SamplesTooOld"
    return "SamplesAhead" if sample.minute > minute + NEWEST_MINUTES - MARGIN_MINUTES else ""


def dimension_sets(sample: Sample) -> list[Dimensions]:
    """Beside ``service``: nothing, ModelFamily, ModelFamily with Operation, App, and ModelVersion of BY_VERSION."""
    sets: list[Dimensions] = [()]
    if sample.family:
        family = (("ModelFamily", _capped(sample.family, _families)),)
        sets.append(family)
        if sample.operation:
            sets.append((*family, ("Operation", sample.operation)))
    if sample.app:
        sets.append((("App", sample.app),))
    if sample.version and sample.metric in BY_VERSION:
        sets.append((("ModelVersion", _capped(sample.version, _versions)),))
    return sets


def _capped(name: str, seen: set[str]) -> str:
    if name not in seen:
        if len(seen) >= MOST_FAMILIES:
            return OTHER
        seen.add(name)
    return name


def _short(value: float) -> float:
    """Six digits are more than any of these measures has, and a tenth of the log."""
    return int(value) if value == int(value) else round(value, 6)


def _parts(values: Values) -> Iterator[Mapping[str, tuple[str, Sequence[float]]]]:
    """As many documents as the limits need: 100 values per metric, 100 metrics, and bytes."""
    rounds = max(len(numbers) for _, numbers in values.values())
    for start in range(0, rounds, MOST_VALUES):
        part: dict[str, tuple[str, Sequence[float]]] = {}
        size = 0
        for name, (unit, numbers) in values.items():
            some = numbers[start : start + MOST_VALUES]
            if not some:
                continue
            weight = 120 + 3 * len(name) + 26 * len(some)
            if part and (len(part) == MOST_METRICS or size + weight > MOST_BYTES):
                yield part
                part, size = {}, 0
            part[name] = (unit, some)
            size += weight
        if part:
            yield part
