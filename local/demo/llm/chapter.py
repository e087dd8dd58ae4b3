"""The chapter on models: a day of calls is delivered, read and measured; alarms go off by the clock; a picture."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.demo.account import Client, DemoError, Tell
from local.demo.llm import maker, plot
from local.demo.llm.declared import DECLINER
from local.demo.llm.late import Lag, Late
from local.demo.llm.metrics import MEASURED, PATIENCE, Metrics, Query
from local.demo.llm.records import MODELS

PERIOD = 1800
"""Seconds of a bar in the picture."""
LONG = 7 * 86_400
"""Seconds of a period that holds the whole day: percentiles of parts give none of the whole."""
ALARMS = ("LlmRefusalsAlarm", "LlmToxicityAlarm", "LlmLagAlarm")


def play(client: Client, outputs: dict[str, str], stack: str, late: Late, folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves a picture; returns how many promises were broken.

    ``late``: logs that come late, of which the first were delivered some minutes ago."""
    tell("\nModels: a day of three models' calls, and what went wrong in its last ten minutes\n")
    now = datetime.now(UTC)
    metrics = Metrics(client("cloudwatch"), f"{stack}-llm", now)
    late.counted(metrics)
    before = metrics.sums()
    day = maker.make(now, client("s3").meta.region_name)
    begun = time.monotonic()
    for key, body in sorted(day.objects.items()):
        client("s3").put_object(Bucket=outputs["ModelLogsBucketName"], Key=key, Body=body)
    pairs = day.pairs.total()
    answers = pairs - day.told["RefusalsDeclared"]
    tell(f"{day.records.total()} calls and a broken line delivered in {len(day.objects)} objects, as Bedrock does")
    found = metrics.wait(before, {"PairsEvaluated": pairs, **dict.fromkeys(MEASURED, answers)})
    tell(f"read and measured after {time.monotonic() - begun:.1f} s\n")
    _table(metrics, tell)
    came_late = late.until_told(metrics, tell)
    alarms = _alarms(client("cloudwatch"), tell)
    _draw(metrics, folder / "models.png")
    checks = _checks(day, found, alarms, came_late)
    checks.append(("nothing that people wrote is in a log", not _logged(client("logs"), maker.TOXIC.partition(",")[0])))
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell(
        f"\nmeasuring them: {found['PaidCalls']:,.0f} paid calls, on AWS about {_bill(found):.2f} dollars at list price"
    )
    tell("saved: models.png")
    return sum(not kept for _, kept in checks)


def _checks(
    day: maker.Day, found: Mapping[str, float], alarms: Mapping[str, str], came_late: Lag
) -> list[tuple[str, bool]]:
    """Each promise, and whether it was kept."""
    pairs = day.pairs.total()
    return [
        ("every record is read, the broken line too", found["RecordsRead"] == day.records.total() + day.broken),
        (f"every pair is measured ({pairs})", found["PairsEvaluated"] == pairs),
        (f"every refusal is found and no answer taken for one ({day.refused.total()})",
         found["RefusalCount"] == day.refused.total()),
        ("the one toxic answer is found", found["ToxicCount"] == 1),
        ("embeddings, calls of tools and calls that failed are told apart",
         all(found[name] == 8 for name in ("SkippedEmbedding", "SkippedToolUse", "SkippedError"))),
        ("refusals that a provider declares without a word are counted, with their policy",
         _told(found, day, "RefusalsDeclared", "RefusalsDeclaredCyber")),
        ("answers that a guardrail masked are judged, and are no interventions",
         _told(found, day, "GuardrailMasked", "GuardrailSensitiveInformationPolicy")
         and found["GuardrailInterventions"] == 0),
        ("answers that do not stand in the documents have their reason", _told(found, day, "RefusalNoKnowledge")),
        ("what came late counts at the minute of its calls", came_late.placed),
        (f"and is told: {came_late.seconds:,.0f} s of lag, and its alarm is on", alarms["LlmLagAlarm"] == "ALARM"),
        ("the alarm on refusals is on, by the clock", alarms["LlmRefusalsAlarm"] == "ALARM"),
        ("the alarm on toxicity is on", alarms["LlmToxicityAlarm"] == "ALARM"),
        ("no module failed and the budget was enough", found["ModuleErrors"] == found["BudgetExhausted"] == 0),
    ]  # fmt: skip


def _told(found: Mapping[str, float], day: maker.Day, *names: str) -> bool:
    return all(found[name] == day.told[name] > 0 for name in names)


def _table(metrics: Metrics, tell: Tell) -> None:
    tell(
        f"{'model':<28}{'records':>9}{'pairs':>7}{'coverage':>10}{'refused':>9}{'similarity p10':>16}{'cost, USD':>11}"
    )
    for family in (model.family for model in (*MODELS, DECLINER)):
        counters = ("RecordsRead", "PairsEvaluated", "RefusalCount", "EstimatedCostUSD")
        *series, tenth = metrics.read(
            [*(Query(name, family=family) for name in counters), Query("SimilarityAnswered", "p10", family, LONG)]
        )
        records, pairs, refused, cost = (sum(values.values()) for values in series)
        if not pairs:
            raise DemoError(f"nothing was measured of {family}.")
        low = f"{max(tenth.items())[1]:>16.2f}" if tenth else f"{'-':>16}"
        shares = f"{pairs / records:>10.0%}{refused / pairs:>9.0%}"
        tell(f"{family:<28}{records:>9.0f}{pairs:>7.0f}{shares}{low}{cost:>11.4f}")
    (ages,) = metrics.read([Query("PriceAgeDays", "Maximum", period=LONG)])
    if ages:
        tell(f"costs by list prices; the oldest of them was compared with its source {max(ages.values()):.0f} days ago")
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
        [Query(name, stat, period=PERIOD) for name, stat in names]
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
