"""Calls of models count in AWS/Bedrock under the id that was called, as Bedrock's page of metrics has it."""

from __future__ import annotations

import pytest
from ministack.services import cloudwatch as store

from local.cloud import model_metrics
from local.cloud.http import Request, Response


@pytest.fixture(autouse=True)
def _nothing_measured():
    store._metrics.clear()
    yield
    store._metrics.clear()


def called(path: str, status: int) -> dict[tuple[str, str], float]:
    """What one call of the engine leaves: (metric, model) -> sum."""
    request = Request("POST", path, {}, {}, b"{}", "us-east-1", "123456789012")
    assert model_metrics.counting(lambda _: Response(status))(request).status == status
    found = {}
    for (namespace, name, _), points in store._metrics.items():
        assert namespace == "AWS/Bedrock"
        for point in points:
            if name != "InvocationLatency":
                found[name, point["Dimensions"]["ModelId"]] = point["Value"]
    return found


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (200, {"Invocations"}),
        (424, {"Invocations", "InvocationClientErrors"}),
        (500, {"Invocations", "InvocationServerErrors"}),
        (400, {"InvocationClientErrors"}),
        (403, {"InvocationClientErrors"}),
        (429, {"InvocationThrottles"}),
    ],
)
def test_what_an_answer_counts_as(status, names):
    found = called("/model/us.amazon.nova-lite-v1%3A0/converse", status)
    assert found == {(name, "us.amazon.nova-lite-v1:0"): 1.0 for name in names}


def test_what_calls_no_model_counts_nothing():
    assert called("/guardrail/g1/version/1/apply", 200) == {}
