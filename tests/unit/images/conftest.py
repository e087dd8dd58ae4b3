"""S3 on the loopback address, and a worker's environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from common import aws, observability
from images.doors import deadline
from tests.unit.images import s3_stub


@dataclass
class Context:
    """What Lambda hands to a handler; ``milliseconds`` are left."""

    milliseconds: int = 30_000
    function_name: str = "door"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:door"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[s3_stub.S3]:
    with s3_stub.running() as running:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": running.url,
            # The stub has one address; on AWS the answer's route stands before the host.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "NO_PROXY": "*",
            "IMAGES_BUCKET": s3_stub.BUCKET,
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        aws.client.cache_clear()
        yield running
        with deadline._one_at_a_time:  # what a test has left behind must not count in the next one
            pass
        for options in ({"attempts": 3, "read_timeout": 10}, {}):
            aws.client("s3", **options).close()
        aws.client.cache_clear()


Published = Callable[[], dict[str, list[float]]]


@pytest.fixture
def metrics(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Iterator[Published]:
    """A fresh sink; calling it gives the values that were published since, by metric."""
    # Loggers live in the process under the service's name, with the standard output of the test that made them.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Images")
    made = (observability.metrics, observability.logger)
    for sink in made:
        sink.cache_clear()
    observability.metrics().clear_metrics()

    def published() -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for line in capsys.readouterr().out.splitlines():
            document: dict[str, Any] = json.loads(line)
            for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
                assert directive["Namespace"] == "Millrace/Images"
                assert directive["Dimensions"] == [["service"]]
                for metric in directive["Metrics"]:
                    found.setdefault(metric["Name"], []).extend(document[metric["Name"]])
        return found

    yield published
    observability.metrics().clear_metrics()
    for sink in made:
        sink.cache_clear()


@pytest.fixture
def context() -> Context:
    return Context()
