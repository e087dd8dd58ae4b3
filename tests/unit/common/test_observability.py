from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf import cloudwatch

from common import observability


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "narration")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Narration")
    monkeypatch.setenv("POWERTOOLS_DEV", "false")
    observability.metrics.cache_clear()
    yield
    observability.metrics().clear_metrics()
    observability.metrics.cache_clear()


def blobs(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]


def context():
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    return SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn=arn, aws_request_id="1")


def test_a_split_counter_is_sent_under_both_sets_of_dimensions(capsys):
    @observability.observed
    def handler(event, _context):
        observability.count("CharactersSynthesized", 5, engine="neural")
        observability.count("FragmentsSynthesized", 1)
        return event

    handler({}, context())
    split, whole = blobs(capsys)
    assert split["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Millrace/Narration",
            "Dimensions": [["service", "engine"]],
            "Metrics": [{"Name": "CharactersSynthesized", "Unit": "Count"}],
        }
    ]
    assert (split["service"], split["engine"], split["CharactersSynthesized"]) == ("narration", "neural", [5])
    (definition,) = whole["_aws"]["CloudWatchMetrics"]
    assert definition["Dimensions"] == [["service"]]
    assert {metric["Name"] for metric in definition["Metrics"]} == {"CharactersSynthesized", "FragmentsSynthesized"}
    assert whole["CharactersSynthesized"] == [5]
    assert "engine" not in whole


def test_what_was_counted_before_a_failure_is_sent(capsys):
    @observability.observed
    def handler(_event, _context):
        observability.count("CharactersSynthesized", 5)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        handler({}, context())
    (blob,) = blobs(capsys)
    assert blob["CharactersSynthesized"] == [5]


def test_the_provider_is_the_one_whose_format_is_checked_here():
    assert isinstance(observability.metrics().provider, cloudwatch.AmazonCloudWatchEMFProvider)
