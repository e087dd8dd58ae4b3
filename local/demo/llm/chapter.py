"""The chapter on models: a day of calls is delivered, read and measured; alarms go off by the clock; a picture."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.demo.account import Client, DemoError, Tell
from local.demo.llm import maker, plot

NAMESPACE = "Millrace/LLM"
PATIENCE = 180
"""Seconds until metrics that are not there count as lost."""
PERIOD = 1800
"""Seconds of a bar in the picture."""
LONG = 7 * 86_400
"""Seconds of a period that holds the whole day: percentiles of parts give none of the whole."""
ALARMS = ("LlmRefusalsAlarm", "LlmToxicityAlarm")


def play(client: Client, outputs: dict[str, str], stack: str, folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves a picture; returns how many promises were broken."""
    tell("\nModels: a day of three models' calls, and what went wrong in its last ten minutes\n")
    now = datetime.now(UTC)
    metrics = Metrics(client("cloudwatch"), f"{stack}-llm", now)
    before = metrics.sums()
    day = maker.make(now, client("s3").meta.region_name)
    begun = time.monotonic()
    for key, body in sorted(day.objects.items()):
        client("s3").put_object(Bucket=outputs["ModelLogsBucketName"], Key=key, Body=body)
    pairs = day.pairs.total()
    tell(f"{day.records.total()} calls and a broken line delivered in {len(day.objects)} objects, as Bedrock does")
    found = metrics.wait(before, dict.fromkeys(("PairsEvaluated", *MEASURED), pairs))
    tell(f"read and measured after {time.monotonic() - begun:.1f} s\n")
    _table(metrics, tell)
    alarms = _alarms(client("cloudwatch"), tell)
    _draw(metrics, folder / "models.png")
    checks = [
        ("every record is read, the broken line too", found["RecordsRead"] == day.records.total() + day.broken),
        (f"every pair is measured ({pairs})", found["PairsEvaluated"] == pairs),
        (f"every refusal is found and no answer taken for one ({day.refused.total()})",
         found["RefusalCount"] == day.refused.total()),
        ("the one toxic answer is found", found["ToxicCount"] == 1),
        ("embeddings, calls of tools and calls that failed are told apart",
         all(found[name] == 8 for name in ("SkippedEmbedding", "SkippedToolUse", "SkippedError"))),
        ("the alarm on refusals is on, by the clock", alarms["LlmRefusalsAlarm"] == "ALARM"),
        ("the alarm on toxicity is on", alarms["LlmToxicityAlarm"] == "ALARM"),
        ("no module failed and the budget was enough", found["ModuleErrors"] == found["BudgetExhausted"] == 0),
        ("nothing that people wrote is in a log", not _logged(client("logs"), maker.TOXIC.partition(",")[0])),
    ]  # fmt: skip
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell(
        f"\nmeasuring them: {found['PaidCalls']:,.0f} paid calls, on AWS about {_bill(found):.2f} dollars at list price"
    )
    tell("saved: models.png")
    return sum(not kept for _, kept in checks)


@dataclass(frozen=True)
class _Query:
    metric: str
    stat: str = "Sum"
    family: str = ""
    period: int = 3600


SUMS = (
    "RecordsRead", "PairsEvaluated", "RefusalCount", "ToxicCount", "SkippedEmbedding", "SkippedToolUse", "SkippedError",
    "ModuleErrors", "BudgetExhausted", "PaidCalls", "ComprehendUnits", "EmbeddingTokens",
)  # fmt: skip

MEASURED = ("PromptCompletionSimilarity", "SentimentNeutral", "ToxicityCompletion")
"""A value of each is there for every pair."""


class Metrics:
    """The day's metrics, by GetMetricData."""

    def __init__(self, cloudwatch: Any, service: str, now: datetime) -> None:
        self._cloudwatch, self._service = cloudwatch, service
        self._end = now + timedelta(minutes=10)
        self._begin = (now - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)

    def read(self, queries: Sequence[_Query]) -> list[dict[datetime, float]]:
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
        queries = [*map(_Query, SUMS), *(_Query(name, "SampleCount") for name in MEASURED)]
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


def _table(metrics: Metrics, tell: Tell) -> None:
    tell(
        f"{'model':<28}{'records':>9}{'pairs':>7}{'coverage':>10}{'refused':>9}{'similarity p10':>16}{'cost, USD':>11}"
    )
    for family in (model.family for model in maker.MODELS):
        counters = ("RecordsRead", "PairsEvaluated", "RefusalCount", "EstimatedCostUSD")
        *series, tenth = metrics.read(
            [*(_Query(name, family=family) for name in counters), _Query("SimilarityAnswered", "p10", family, LONG)]
        )
        records, pairs, refused, cost = (sum(values.values()) for values in series)
        if not pairs:
            raise DemoError(f"nothing was measured of {family}.")
        low = f"{max(tenth.items())[1]:>16.2f}" if tenth else f"{'-':>16}"
        shares = f"{pairs / records:>10.0%}{refused / pairs:>9.0%}"
        tell(f"{family:<28}{records:>9.0f}{pairs:>7.0f}{shares}{low}{cost:>11.4f}")
    tell("")


def _alarms(cloudwatch: Any, tell: Tell) -> dict[str, str]:
    """The states of the alarms, waited for until all are on; CloudWatch looks at the clock, and so does this."""
    begun = time.monotonic()
    while True:
        states: dict[str, str] = {}
        for page in cloudwatch.get_paginator("describe_alarms").paginate():
            for alarm in page["MetricAlarms"]:
                states |= {name: alarm["StateValue"] for name in ALARMS if name in alarm["AlarmName"]}
        waited = time.monotonic() - begun
        if len(states) < len(ALARMS):
            raise DemoError(f"the stack has no alarm {', '.join(set(ALARMS) - set(states))}.")
        if set(states.values()) == {"ALARM"} or waited > PATIENCE:
            for name, state in states.items():
                tell(f"{name:<20}{state} after {waited:.0f} s")
            tell("")
            return states
        time.sleep(1)


def _draw(metrics: Metrics, path: Path) -> None:
    names = [("RefusalCount", "Sum"), ("PairsEvaluated", "Sum"), ("ToxicCount", "Sum"), ("SimilarityAnswered", "p50"),
             ("SimilarityAnswered", "p10"), ("SimilarityRefused", "p50")]  # fmt: skip
    refused, pairs, toxic, half, tenth, refusing = metrics.read(
        [_Query(name, stat, period=PERIOD) for name, stat in names]
    )
    share = {period: 100 * refused.get(period, 0) / count for period, count in pairs.items() if count}
    first, last = min(pairs), max(pairs)
    periods = [first + timedelta(seconds=PERIOD * n) for n in range(int((last - first).total_seconds()) // PERIOD + 1)]
    lines = dict(zip(plot.LINES, (half, tenth, refusing), strict=True))
    plot.draw(periods, share, 20, toxic, lines, path)


def _bill(found: Mapping[str, float]) -> float:
    """US dollars, by the prices of operate/prices.toml."""
    prices = tomllib.loads((Path(__file__).parents[3] / "operate" / "prices.toml").read_text())["monitoring_usd"]
    units = found["ComprehendUnits"] * prices["comprehend_unit"]
    return float(units + found["EmbeddingTokens"] / 1e6 * prices["titan_v2_million_tokens"])


def _logged(logs: Any, words: str) -> bool:
    """Whether any log of this application holds these words."""
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            if "Llm" in group["logGroupName"]:
                answer = logs.filter_log_events(logGroupName=group["logGroupName"], filterPattern=f'"{words}"', limit=1)
                if answer["events"]:
                    return True
    return False
