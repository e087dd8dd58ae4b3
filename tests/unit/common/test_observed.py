"""What a handler's decorator adds: the request in each line of the log, and nothing before the first event."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from common import observability


def context(request: str = "request-1"):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    return SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn=arn, aws_request_id=request)


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def handler(metrics):
    """A handler of a worker that has just started; it keeps the logger of its first event."""

    @observability.observed
    def counting(event, _context):
        """Counts what it is told."""
        observability.logger().info("done")
        observability.count("Done", event["done"])
        observability.measure("Took", "Milliseconds", 12.5)
        return event

    return counting


def test_the_handler_stays_what_it_is(handler):
    assert handler({"done": 1}, context()) == {"done": 1}
    assert (handler.__name__, handler.__doc__) == ("counting", "Counts what it is told.")


def test_the_request_is_in_every_line(handler, capsys):
    handler({"done": 1}, context("request-7"))
    told = [line for line in lines(capsys) if "message" in line]
    assert [(line["message"], line["function_request_id"]) for line in told] == [("done", "request-7")]


def test_each_event_has_its_own_metrics(handler, capsys):
    """One blob an invocation: what one has counted is not sent again with the next."""
    for done in (1, 0):
        handler({"done": done}, context())
    blobs = [line for line in lines(capsys) if "_aws" in line]
    assert [blob["Done"] for blob in blobs] == [[1], [0]], "a zero is sent too"
    assert blobs[0]["Took"] == [12.5]
    units = {metric["Name"]: metric["Unit"] for metric in blobs[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert units == {"Done": "Count", "Took": "Milliseconds"}


def test_the_event_is_not_logged(handler, capsys):
    handler({"done": 1, "text": "what people wrote"}, context())
    assert "what people wrote" not in capsys.readouterr().out


def test_decorating_makes_nothing(metrics):
    @observability.observed
    def another(event, _context):
        return event

    assert observability.metrics.cache_info().currsize == 0
    assert observability.logger.cache_info().currsize == 0
    with pytest.warns(UserWarning, match="No application metrics to publish"):
        another({}, context())
    assert observability.metrics.cache_info().currsize == 1
