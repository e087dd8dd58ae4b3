"""What CloudWatch tells of the day, by GetMetricData."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.demo.account import DemoError

NAMESPACE = "Millrace/LLM"
PATIENCE = 180
"""Seconds until metrics that are not there count as lost."""


@dataclass(frozen=True)
class Query:
    """A statistic of a metric, of one family or of all; ``period`` in seconds."""

    metric: str
    stat: str = "Sum"
    family: str = ""
    period: int = 3600


SUMS = (
    "RecordsRead", "PairsEvaluated", "RefusalCount", "ToxicCount", "SkippedEmbedding", "SkippedToolUse", "SkippedError",
    "RefusalsDeclared", "RefusalsDeclaredCyber", "RefusalNoKnowledge", "GuardrailMasked",
    "GuardrailSensitiveInformationPolicy", "GuardrailInterventions",
    "ModuleErrors", "BudgetExhausted", "PaidCalls", "ComprehendUnits", "EmbeddingTokens",
)  # fmt: skip

MEASURED = ("PromptCompletionSimilarity", "SentimentNeutral", "ToxicityCompletion")
"""A value of each is there for every pair with an answer."""


class Metrics:
    """The day's metrics, by GetMetricData. ``after``: how long after ``now`` its logs are still read."""

    def __init__(self, cloudwatch: Any, service: str, now: datetime, after: timedelta = timedelta(minutes=30)) -> None:
        self._cloudwatch, self._service = cloudwatch, service
        self._end = now + after
        self._begin = (now - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)

    def read(self, queries: Sequence[Query]) -> list[dict[datetime, float]]:
        """The begin of each period with data -> its value, a query each."""
        metric_queries = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": query.metric,
                        "Dimensions": [
                            {"Name": "service", "Value": self._service},
                            *([{"Name": "ModelFamily", "Value": query.family}] if query.family else []),
                        ],
                    },
                    "Period": query.period,
                    "Stat": query.stat,
                },
            }
            for number, query in enumerate(queries)
        ]
        series: list[dict[datetime, float]] = [{} for _ in queries]
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=metric_queries, StartTime=self._begin, EndTime=self._end
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                stamps = [stamp.astimezone(UTC) for stamp in result["Timestamps"]]
                series[int(result["Id"][1:])].update(zip(stamps, result["Values"], strict=True))
        return series

    def sums(self) -> dict[str, float]:
        """The day's total of every counter, and how many values of each measure there are."""
        queries = [*map(Query, SUMS), *(Query(name, "SampleCount") for name in MEASURED)]
        values = [sum(series.values()) for series in self.read(queries)]
        return dict(zip((*SUMS, *MEASURED), values, strict=True))

    def wait(self, before: Mapping[str, float], wanted: Mapping[str, float]) -> dict[str, float]:
        """What has come since ``before``, once it is at least ``wanted`` and stands still. Raises DemoError."""
        end = time.monotonic() + PATIENCE
        last: dict[str, float] = {}
        while True:
            found = {name: value - before[name] for name, value in self.sums().items()}
            if found == last and all(found[name] >= least for name, least in wanted.items()):
                return found
            if time.monotonic() > end:
                missing = ", ".join(f"{name} {found[name]:.0f} of {least}" for name, least in wanted.items())
                raise DemoError(f"the metrics of the day did not come: {missing}.")
            last = found
            time.sleep(1)
