"""An account in memory, for tests that ask for one; and a world in it, with the documents' and the index's buckets."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

import services.bedrock
import services.s3vectors
from common import observability
from knowledge.indexing import turns
from tests.unit.common.conftest import account, metrics
from tests.unit.knowledge.indexing.fakes import BUCKETS, FIRST, NEXT, Index, Titan, World

__all__ = ["account", "metrics"]


@pytest.fixture(name="world")
def _world(account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in BUCKETS:
        boto3.client("s3").create_bucket(Bucket=name)
    boto3.client("dynamodb").create_table(
        TableName="state",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    queues = {name: boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in (FIRST, NEXT)}
    for name, value in {
        "STATE_TABLE": "state", "VECTOR_INDEX_ARN": "arn:index", "EMBEDDING_MODEL": "titan",
        "INDEX_FIRST_QUEUE": queues[FIRST], "INDEX_NEXT_QUEUE": queues[NEXT], "DAILY_EMBEDDED_TOKENS": "1000000",
        "DEFAULT_READERS": "group:staff", **{f"{name.upper()}_BUCKET": name for name in BUCKETS},
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    counted: list[tuple[str, float, dict[str, str]]] = []

    def count(name: str, value: float = 1, **split: str) -> None:
        counted.append((name, value, split))

    monkeypatch.setattr(turns, "count", count)
    monkeypatch.setattr(turns, "measure", lambda name, _, value, **split: count(name, value, **split))
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(services.s3vectors, "Index", Index)
    monkeypatch.setattr(services.bedrock, "Embedder", Titan)
    # SQS in memory waits for the delay that it is told.
    monkeypatch.setattr(turns, "MOST_DELAY", 0)
    Index.kept, Index.troubles, Titan.asked, Titan.refused, Titan.troubles = {}, [], [], (), []
    yield World(queues, counted)
    observability.metrics().clear_metrics()
