from __future__ import annotations

import time
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from narration.speech.voices import ENGINES
from operate import cost

PRICES = {"standard": 4.0, "neural": 16.0, "long-form": 100.0, "generative": 30.0}


@pytest.fixture
def cloudwatch(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="us-east-1")


def send(cloudwatch, name, value, engine=None, days_ago=0.0):
    split = [{"Name": "engine", "Value": engine}] if engine else []
    datum = {"MetricName": name, "Value": value, "Timestamp": time.time() - days_ago * cost.DAY}
    datum["Dimensions"] = [{"Name": "service", "Value": "millrace-narration"}, *split]
    cloudwatch.put_metric_data(Namespace=cost.NAMESPACE, MetricData=[datum])


def test_every_engine_that_polly_has_has_a_price():
    assert cost.prices().keys() == set(ENGINES)
    assert cost.prices() == PRICES


def test_what_was_counted_is_summed_by_engine(cloudwatch):
    for days_ago in (0, 1, 3):
        send(cloudwatch, "CharactersRequested", 1_000, "neural", days_ago)
        send(cloudwatch, "ArticlesPublished", 1, None, days_ago)
    send(cloudwatch, "CharactersSynthesized", 1_100, "neural", 3)
    send(cloudwatch, "CharactersReused", 1_900, "neural")
    send(cloudwatch, "CharactersByParagraph", 1_300, "neural")
    send(cloudwatch, "CharactersSynthesized", 10, "long-form")
    send(cloudwatch, "CharactersSynthesized", 1_110)  # without an engine: another metric
    send(cloudwatch, "ArticlesMetadata", 2)
    report = cost.read(cloudwatch, "millrace", 30, time.time())
    assert report.saves == 5
    assert report.usage == {
        "neural": cost.Usage(3_000, 1_100, 1_900, 1_300),
        "long-form": cost.Usage(0, 10, 0, 0),
    }
    assert report.usd("billed", PRICES) == pytest.approx(1_100 * 16e-6 + 10 * 100e-6)
    assert cost.read(cloudwatch, "millrace", 2, time.time()).usage["neural"].requested == 2_000


def test_the_report_compares_three_ways_to_pay():
    report = cost.Report(15, 10, {"neural": cost.Usage(1_000_000, 100_000, 900_000, 200_000)})
    told = [line.split() for line in cost.lines(report, PRICES)]
    assert ["neural", "1,000,000", "100,000", "900,000", "16.00"] in told
    assert ["billed", "0.1600", "3.20", "10.0%"] in told  # a month is twice as long as those 15 days
    assert ["by", "paragraph", "hash", "0.3200", "6.40", "20.0%"] in told
    assert ["whole", "article", "each", "time", "1.6000", "32.00", "100.0%"] in told


def test_nothing_narrated_is_said():
    told = "\n".join(cost.lines(cost.Report(30, 0, {}), PRICES))
    assert "Nothing was narrated" in told


def test_saves_that_cost_nothing():
    report = cost.Report(30, 0, {"neural": cost.Usage(0, 5, 0, 0)})
    assert any(line.split()[-2:] == ["0.00", "-"] for line in cost.lines(report, PRICES))


DOCUMENT = Path(__file__).parents[3] / "docs" / "cost.md"
ARTICLES, LENGTH, PARAGRAPH, SENTENCE, EDITS, TITLES = 3_000, 5_000, 415, 100, 4, 1


@pytest.mark.parametrize(
    ("row", "characters"),
    [
        ("whole article at each save", LENGTH * (1 + EDITS + TITLES)),
        ("whole article, if its text changed", LENGTH * (1 + EDITS)),
        ("paragraph hash", LENGTH + EDITS * PARAGRAPH),
        ("sentence hash", LENGTH + EDITS * SENTENCE),
    ],
)
def test_the_documents_figures_follow_from_its_assumptions(row, characters):
    month = ARTICLES * characters
    usd = [f"{month * PRICES[engine] / 1e6:,.0f}" for engine in ("standard", "neural", "long-form", "generative")]
    assert f"| {row} | {month:,} | {' | '.join(usd)} |" in DOCUMENT.read_text()
