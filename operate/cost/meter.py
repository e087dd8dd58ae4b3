"""Sums of CloudWatch metrics over the last days. What has no value at all is None: unknown, and not nothing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

DAY = 86_400
MOST_QUERIES = 500
"""Of one GetMetricData request (API reference)."""
_AHEAD_SECONDS = 300

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Metric:
    """A metric under one set of dimensions. ``stat``: Sum, or Average where the values are rates or sizes."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str = "Sum"


@dataclass(frozen=True)
class Meter:
    """``days`` before ``now`` (epoch seconds) are read, and nothing before the day (UTC) of ``since``: what an earlier
    stack of the same name has counted."""

    cloudwatch: Any
    days: int
    now: float
    since: float = 0.0

    def read(self, wanted: Mapping[Key, Metric]) -> dict[Key, float | None]:
        """The sum of each metric's daily values under its key; None where there is not one."""
        found: dict[Key, float | None] = dict.fromkeys(wanted)
        keys = list(wanted)
        for first in range(0, len(keys), MOST_QUERIES):
            part = keys[first : first + MOST_QUERIES]
            for number, value in self._values({f"q{n}": wanted[key] for n, key in enumerate(part)}):
                key = part[number]
                found[key] = (found[key] or 0.0) + value
        return found

    def _values(self, queries: Mapping[str, Metric]) -> list[tuple[int, float]]:
        pages = self.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[_query(name, metric) for name, metric in queries.items()],
            # A day's value is whole or not there, wherever CloudWatch lets days begin.
            StartTime=max(self.now - self.days * DAY, self.since // DAY * DAY),
            # Metrics of this minute count too, and clocks differ a little.
            EndTime=self.now + _AHEAD_SECONDS,
        )
        return [
            (int(result["Id"][1:]), float(value))
            for page in pages
            for result in page["MetricDataResults"]
            for value in result["Values"]
        ]


def _query(name: str, metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in metric.dimensions]
    about = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": about, "Period": DAY, "Stat": metric.stat}}
