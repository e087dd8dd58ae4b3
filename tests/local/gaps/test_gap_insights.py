"""Metrics Insights queries, as the CloudWatch User Guide has them; of one series, which is what an alarm takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ministack.services import cloudwatch as store

from local.gaps.cloudwatch import metric_data
from local.gaps.cloudwatch._insights import QueryError, is_query, parse
from local.gaps.cloudwatch._metric_math import MathError
from local.gaps.cloudwatch.metric_data import compute, one_query, select

X = {"Namespace": "Other", "MetricName": "x"}
CALLS = [
    ("AWS/Bedrock", "Invocations", {}, 0, 10.0),
    ("AWS/Bedrock", "Invocations", {"ModelId": "a"}, 0, 4.0),
    ("AWS/Bedrock", "Invocations", {"ModelId": "b"}, 70, 6.0),
    ("AWS/Bedrock", "Invocations", {"ModelId": "a", "Tier": "flex"}, 70, 1.0),
    ("AWS/Bedrock", "InvocationLatency", {"ModelId": "a"}, 0, 900.0),
    ("Other", "Invocations", {}, 0, 99.0),
]


@pytest.fixture(autouse=True)
def _metrics() -> Iterator[None]:
    store._metrics.clear()
    for namespace, name, dimensions, at, value in CALLS:
        metric_data.store(namespace, name, dimensions, at, "Count", [value])
    yield
    store._metrics.clear()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('SELECT SUM(Invocations) FROM "AWS/Bedrock"', {0: 14.0, 60: 7.0}),
        ('select sum(Invocations) from "AWS/Bedrock"', {0: 14.0, 60: 7.0}),
        ('SELECT SUM(Invocations) FROM SCHEMA("AWS/Bedrock")', {0: 10.0}),
        ('SELECT SUM(Invocations) FROM SCHEMA("AWS/Bedrock", ModelId)', {0: 4.0, 60: 6.0}),
        ('SELECT SUM(Invocations) FROM SCHEMA("AWS/Bedrock", Tier, ModelId)', {60: 1.0}),
        ("SELECT MAX(Invocations) FROM Other", {0: 99.0}),
        ('SELECT AVG(Invocations) FROM "AWS/Bedrock"', {0: 7.0, 60: 3.5}),
        ('SELECT COUNT(Invocations) FROM "AWS/Bedrock"', {0: 2.0, 60: 2.0}),
        ('SELECT MIN("Invocations") FROM "AWS/Bedrock" WHERE ModelId = \'a\'', {0: 4.0, 60: 1.0}),
        ("SELECT SUM(Invocations) FROM \"AWS/Bedrock\" WHERE ModelId != 'a'", {60: 6.0}),
        ("SELECT SUM(Invocations) FROM \"AWS/Bedrock\" WHERE ModelId = 'a' AND Tier = 'flex'", {60: 1.0}),
        ("SELECT SUM(invocations) FROM Other", {}),
    ],
)
def test_a_query_takes_the_metrics_that_it_names(query: str, expected: object) -> None:
    assert select(query, 60, 0, 120) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Invocations FROM Other",
        "SELECT P90(Invocations) FROM Other",
        "SELECT SUM(Invocations) FROM AWS/Bedrock",
        "SELECT SUM(Invocations)",
        "SELECT SUM(Invocations) FROM SCHEMA(AWS/Bedrock, ModelId)",
        "SELECT SUM(Invocations) FROM Other WHERE ModelId",
        "SELECT SUM(Invocations) FROM Other GROUP BY ModelId",
        "SELECT SUM(Invocations) FROM Other ORDER BY SUM()",
        "SELECT SUM(Invocations) FROM Other LIMIT 3",
    ],
)
def test_other_queries_are_refused(query: str) -> None:
    assert is_query(query)
    with pytest.raises(QueryError):
        parse(query)
    with pytest.raises(MathError):
        one_query([{"Id": "q", "Expression": query, "Period": 60}])


def test_metric_math_goes_on_with_a_query() -> None:
    queries = [
        {"Id": "share", "Expression": "100 * FILL(late, 0) / calls"},
        {"Id": "calls", "Expression": 'SELECT SUM(Invocations) FROM "AWS/Bedrock"', "Period": 60},
        {
            "Id": "late",
            "MetricStat": {"Metric": {"Namespace": "Other", "MetricName": "x"}, "Period": 60, "Stat": "Sum"},
        },
    ]
    assert compute(queries, 0, 120, 60)["share"] == {0: 0.0, 60: 0.0}


def test_a_query_has_its_period_and_stands_alone() -> None:
    query = {"Id": "a", "Expression": "SELECT SUM(Invocations) FROM Other", "Period": 60}
    one_query([query])
    with pytest.raises(MathError, match="Period"):
        one_query([{**query, "Period": None}])
    with pytest.raises(MathError, match="Only one"):
        one_query([query, {**query, "Id": "b"}])
