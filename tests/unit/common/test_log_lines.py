"""What people write can neither begin a line of the log nor become a metric, whatever stands in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import observability
from tests.unit.documents.pipeline_builders import Context

EMF = json.dumps(
    {
        "_aws": {
            "Timestamp": 1,
            "CloudWatchMetrics": [{"Namespace": "Millrace/LLM", "Dimensions": [[]], "Metrics": [{"Name": "Cost"}]}],
        },
        "Cost": 1_000_000,
    }
)
HOSTILE = ["a\nb", "a\r\nb", f"x\n{EMF}\n", EMF, '"}\n{"level": "INFO"}', "\u2028", "\x00\x1b[2J", "\x85"]


@pytest.fixture
def written(monkeypatch, capfd, request):
    """The lines that a handler writes; loggers keep the output of the test that made them, so each has a new one."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    for made in (observability.logger, observability.metrics):
        made.cache_clear()
    yield lambda: capfd.readouterr().out.split("\n")[:-1]
    for made in (observability.logger, observability.metrics):
        made.cache_clear()


def _fail(text):
    raise ValueError(text)


def lines_about(text, written):
    """What a handler writes that logs the text in each place that has one, counts by it, and fails with it."""

    @observability.observed
    def handler(_event, _context):
        observability.logger().info("kept", extra={"key": text, "found": {text: text}})
        observability.logger().warning(text)
        observability.count("Things", 1, kind=text or "none")
        try:
            _fail(text)
        except ValueError:
            observability.logger().exception("failed")

    handler({}, Context())
    return written()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_within_its_line_and_its_member(text, written):
    found = [json.loads(line) for line in lines_about(text, written)]
    logs = [line for line in found if "level" in line]
    metrics = [line for line in found if "_aws" in line]
    assert len(logs) == 3
    assert len(found) == len(logs) + len(metrics)
    named = {each["Name"] for line in metrics for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert named == {"Things"}
    assert all(each["Namespace"] != "Millrace/LLM" for line in metrics for each in line["_aws"]["CloudWatchMetrics"])


@given(st.text())
def test_any_text_is_one_line_of_json(text):
    """The same of the formatter alone, which every line goes through."""
    import logging

    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

    record = logging.LogRecord("x", logging.INFO, "f.py", 1, text, None, None)
    record.key = text
    line = LambdaPowertoolsFormatter().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["key"] == text
    assert "_aws" not in json.loads(line)
