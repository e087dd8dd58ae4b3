"""What the queue and the stream do with what cannot be measured yet, or not at all: on the real queue, by the clock.

In one cloud and in this order, for the last test takes the table away.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests import metrics
from tests.e2e.waiting import eventually
from tests.unit.llm import builders


@pytest.fixture(scope="module")
def llm() -> Iterator[Cloud]:
    parameters = {
        "UseCompletionsStream": "true",
        "SampleSimilarity": "0",
        "SampleSentiment": "0",
        "SampleToxicity": "0",
    }
    cloud = start_cloud(ROOT / "pipelines" / "llm.yaml", parameters=parameters, stack="llm")
    try:
        yield cloud
    finally:
        assert cloud.stop() == 0


def total(cloud: Cloud, metric: str) -> float:
    return metrics.total(cloud.client("cloudwatch"), "Millrace/LLM", metric, f"{cloud.stack}-llm")


def put(cloud: Cloud, key: str, body: bytes) -> None:
    cloud.client("s3").put_object(Bucket=cloud.outputs["ModelLogsBucketName"], Key=key, Body=body)


def depth(cloud: Cloud, output: str) -> dict[str, int]:
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=cloud.outputs[output], AttributeNames=["All"])[
        "Attributes"
    ]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return {name: int(found[name]) for name in names}


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_object_waits_a_minute_for_its_body_and_counts_once(llm):
    body = f"s3://{llm.outputs['ModelLogsBucketName']}/{builders.body_key('late')}"
    records = [
        builders.converse(request_id="early", timestamp=now()),
        builders.off_loaded(answered=body, request_id="late", timestamp=now()),
    ]
    begun = time.monotonic()
    put(llm, builders.key(), builders.log(*records))
    eventually(lambda: total(llm, "ObjectsWaiting") or None, "object that waits")
    assert total(llm, "PairsEvaluated") == 0, "nothing of it before all of it"
    assert depth(llm, "ModelLogsQueueUrl")["ApproximateNumberOfMessagesNotVisible"] == 1
    answer = builders.converse()["output"]["outputBodyJson"]
    put(llm, builders.body_key("late"), gzip.compress(json.dumps(answer).encode()))
    eventually(lambda: total(llm, "ObjectsRead") or None, "object that was read", 100)
    assert time.monotonic() - begun > 50
    assert (total(llm, "PairsEvaluated"), total(llm, "RecordsRead"), total(llm, "BodyOffloadedMissing")) == (2, 2, 0)
    assert total(llm, "ObjectsBeside") == 1


def test_without_its_table_the_pipeline_gives_up_in_the_open(llm):
    """A right or a table that is missing: nothing is lost without a word, and the message names the place."""
    table = llm.physical_id("StateTable")
    llm.client("dynamodb").delete_table(TableName=table)
    put(llm, builders.key(uuid.uuid4().hex), builders.log(builders.converse(timestamp=now())))
    records = [{"Data": b'{"request_id": "x"}', "PartitionKey": "one"} for _ in range(3)]
    llm.client("kinesis").put_records(StreamName=llm.outputs["CompletionsStreamName"], Records=records)
    eventually(lambda: total(llm, "ObjectsFailed") or None, "object that failed")
    assert depth(llm, "ModelLogsQueueUrl")["ApproximateNumberOfMessagesNotVisible"] == 1, "it comes back"
    place = eventually(lambda: received(llm), "place in the stream that was given up", 100)
    assert place["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert place["KinesisBatchInfo"]["batchSize"] == 3
    assert place["KinesisBatchInfo"]["streamArn"].endswith(llm.outputs["CompletionsStreamName"])
    assert total(llm, "StreamChunksFailed") > 1


def received(cloud: Cloud) -> dict[str, Any] | None:
    answer = cloud.client("sqs").receive_message(QueueUrl=cloud.outputs["LlmDeadLettersUrl"])
    messages = answer.get("Messages", [])
    return json.loads(messages[0]["Body"]) if messages else None
