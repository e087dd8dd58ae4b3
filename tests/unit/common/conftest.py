"""An AWS account in memory (moto), and clients that are made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from common import aws, observability


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    made = aws.client  # a test may put another in its place
    made.cache_clear()
    with mock_aws():
        yield
    made.cache_clear()


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Logger and metrics sink as a worker has them at its first event."""
    # Loggers live in the process under the service's name, with the standard output of the test that made them.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Redrive")
    monkeypatch.setenv("POWERTOOLS_DEV", "false")
    for made in (observability.metrics, observability.logger):
        made.cache_clear()
    yield
    observability.metrics().clear_metrics()
    for made in (observability.metrics, observability.logger):
        made.cache_clear()
