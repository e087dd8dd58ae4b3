"""The side door of the local CloudWatch: values that AWS would send, and a clock that goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch as store

from local.cloud.http import Request
from local.cloud.settings import ACCOUNT_ID
from local.gaps.cloudwatch import _control, alarms

DEPTH = {"namespace": "AWS/SQS", "metric": "ApproximateNumberOfMessagesVisible", "dimensions": {"QueueName": "dead"}}


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(alarms, "_ahead", 0.0)
    store._metrics.clear()
    store._alarms.clear()
    yield
    store._metrics.clear()
    store._alarms.clear()


def ask(path: str, method: str = "POST", **body: Any) -> tuple[int, dict[str, Any]]:
    sent = Request(method, f"/_local/cloudwatch/{path}", {}, {}, json.dumps(body).encode(), "us-east-1", ACCOUNT_ID)
    answer = _control.control(sent)
    return answer.status, json.loads(answer.body)


def alarm(**changes: Any) -> dict[str, Any]:
    made = {
        "AlarmName": "dead",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:dead",
        "Namespace": DEPTH["namespace"],
        "MetricName": DEPTH["metric"],
        "Dimensions": [{"Name": "QueueName", "Value": "dead"}],
        "Statistic": "Maximum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
        **changes,
    }
    store._alarms[made["AlarmName"]] = made
    return made


def test_values_of_a_service_ring_an_alarm_and_the_clock_ends_it():
    rung = alarm()
    ask("points", points=[{**DEPTH, "value": 4}])
    assert rung["StateValue"] == "OK", "one of two"
    ask("points", points=[{**DEPTH, "value": 4, "ago": 300}])
    assert rung["StateValue"] == "ALARM"
    _, first = ask("clock", forward=0)
    assert rung["StateValue"] == "ALARM", "nothing has passed"
    _, second = ask("clock", forward=3600)
    assert rung["StateValue"] == "OK"
    assert second["now"] - first["now"] == pytest.approx(3600, abs=60)


def test_values_stand_where_the_clock_is():
    rung = alarm(EvaluationPeriods=1, DatapointsToAlarm=1)
    ask("clock", forward=86400)
    ask("points", points=[{**DEPTH, "value": 4}])
    assert rung["StateValue"] == "ALARM"


def test_the_clock_never_goes_back():
    _, before = ask("clock", forward=3600)
    _, after = ask("clock", forward=-7200)
    assert after["now"] >= before["now"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("clock", {}, 400),
        ("clock", {"forward": "soon"}, 400),
        ("points", {"points": [{"namespace": "AWS/SQS", "metric": "Age"}]}, 400),
        ("points", {"points": [{**DEPTH, "value": 1, "dimensions": "dead"}]}, 400),
        ("weather", {}, 404),
    ],
)
def test_what_is_not_understood_is_refused(path, body, status):
    assert ask(path, **body)[0] == status


def test_it_is_no_way_to_read_anything():
    assert ask("points", method="GET")[0] == 405
