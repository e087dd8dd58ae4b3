"""What narration has cost, from the metrics that it publishes; on AWS as on the local cloud.

Three sums beside each other: what Polly billed; what it would have billed where a paragraph is the least that is paid
for (the same in paragraph mode); and what it would have billed had each save been spoken whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NAMESPACE = "Millrace/Narration"
SAVES = ("ArticlesPublished", "ArticlesMetadata", "ArticlesUnchanged", "ArticlesRemerged")
"""Counters of what changed the published state; drafts, duplicates and late versions are no saves."""
CHARACTERS = ("CharactersRequested", "CharactersSynthesized", "CharactersReused", "CharactersByParagraph")
DAY = 86_400
MONTH_DAYS = 30


@dataclass(frozen=True)
class Usage:
    """Characters of one engine in some days."""

    requested: float
    """Of every save, as if nothing had been spoken before."""
    billed: float
    reused: float
    by_paragraph: float


@dataclass(frozen=True)
class Report:
    """Usage by engine in the last ``days``, and in how many saves."""

    days: int
    saves: float
    usage: dict[str, Usage]

    def usd(self, member: str, prices: Mapping[str, float]) -> float:
        """What one of Usage's members costs over all engines."""
        return float(sum(getattr(one, member) * prices[engine] / 1e6 for engine, one in self.usage.items()))


@cache
def prices() -> dict[str, float]:
    """US dollars per million characters, by engine."""
    return {name: float(price) for name, price in _settings()["polly_usd_per_million_characters"].items()}


def documents_prices() -> dict[str, float]:
    """US dollars for what documents buy: per page of each feature, per million tokens."""
    return {name: float(price) for name, price in _settings()["documents_usd"].items()}


def comprehend_unit() -> float:
    """US dollars for a hundred characters of Comprehend."""
    return float(_settings()["monitoring_usd"]["comprehend_unit"])


def read(cloudwatch: Any, stack: str, days: int, now: float) -> Report:
    """Sums the metrics from ``days`` before ``now`` (epoch seconds)."""
    service = {"Name": "service", "Value": f"{stack}-narration"}
    queries = [*_queries("saves", SAVES, [service])]
    for engine in prices():
        queries += _queries(engine.replace("-", "_"), CHARACTERS, [service, {"Name": "engine", "Value": engine}])
    sums: dict[str, float] = dict.fromkeys((query["Id"] for query in queries), 0.0)
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=now - days * DAY,
        # Metrics of this minute count too, and clocks differ a little.
        EndTime=now + 300,
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            sums[result["Id"]] += sum(result["Values"])
    usage = {}
    for engine in prices():
        one = Usage(*(sums[_id(engine.replace("-", "_"), name)] for name in CHARACTERS))
        if one != Usage(0, 0, 0, 0):
            usage[engine] = one
    return Report(days, sum(sums[_id("saves", name)] for name in SAVES), usage)


def lines(report: Report, prices: Mapping[str, float]) -> Iterator[str]:
    """The report as text."""
    yield f"Narration in the last {report.days} days: {report.saves:,.0f} saves"
    if not report.usage:
        yield "Nothing was narrated, or its metrics have not arrived yet (CloudWatch takes a minute or two)."
        return
    yield ""
    yield f"{'engine':<12}{'requested':>14}{'billed':>14}{'reused':>14}{'USD per million':>17}"
    for engine, one in report.usage.items():
        row = f"{one.requested:>14,.0f}{one.billed:>14,.0f}{one.reused:>14,.0f}"
        yield f"{engine:<12}{row}{prices[engine]:>17,.2f}"
    yield ""
    yield f"{'Polly, USD':<34}{'per save':>12}{'per month':>12}{'of whole text':>15}"
    whole = report.usd("requested", prices)
    for what, member in (
        ("billed", "billed"),
        ("by paragraph hash", "by_paragraph"),
        ("whole article each time", "requested"),
    ):
        cost = report.usd(member, prices)
        share = f"{cost / whole:>15.1%}" if whole else f"{'-':>15}"
        per_save = f"{cost / report.saves:>12,.4f}" if report.saves else f"{'-':>12}"
        yield f"  {what:<32}{per_save}{cost * MONTH_DAYS / report.days:>12,.2f}{share}"
    yield ""
    yield (
        f"A month is {MONTH_DAYS} days like these. List prices of {_settings()['as_of']} without the free tier; "
        "other services: docs/cost.md."
    )


def _queries(prefix: str, names: tuple[str, ...], dimensions: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "Id": _id(prefix, name),
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions},
                "Period": DAY,
                "Stat": "Sum",
            },
        }
        for name in names
    ]


def _id(prefix: str, name: str) -> str:
    """An id of a query begins with a small letter and holds letters, digits and underscores."""
    return f"{prefix}_{name}"


@cache
def _settings() -> dict[str, Any]:
    with Path(__file__).with_name("prices.toml").open("rb") as file:
        return tomllib.load(file)
