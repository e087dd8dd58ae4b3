"""An account in memory with what the template makes, and the events that come from there."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from common import observability
from llm.emission import measuring, metrics
from llm.handlers import read_logs, read_stream
from llm.logs import messages
from llm.model import Module, Pair, Sample, sample
from tests.unit.llm import builders

BUCKET, PAIRS, TABLE, QUEUE = "model-logs", "pairs-of-the-stack", "state", "logs-queue"
HELD = 250 + messages.DEAD_SECONDS
"""Seconds after which a message comes back if its worker, with the time of ``Context``, dies."""
OWN_ROLE = "millrace-LlmEvaluateRole-1A2B"


class Counting(Module):
    """A module that counts the completions it sees."""

    name = "counting"
    needs = "completion"

    def compute(self, pairs: list[Pair]) -> list[Sample]:
        return [sample(pair, "Seen", 1) for pair in pairs]


class Failing(Module):
    """A module that fails over every pair, and says what it should not."""

    name = "failing"
    needs = "nothing"

    def compute(self, pairs: list[Pair]) -> list[Sample]:
        raise ValueError(f"cannot measure {pairs[0].completion!r}")


class Context:
    """Lambda's context: what Powertools reads of it, and the time that is left."""

    function_name = "llm-LlmReadLogs"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:llm-LlmReadLogs:live"
    aws_request_id = "17793124-05d4-b198-2fde-7ededc63b103"
    log_stream_name = "2026/11/20/[7]abc"

    def __init__(self, *milliseconds: int) -> None:
        self._left = iter(milliseconds)

    def get_remaining_time_in_millis(self) -> int:
        return next(self._left, 250_000)


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch, name: str, *modules: Module, **variables: str) -> Iterator[None]:
    """A fresh worker with the template's environment, inside an account in memory."""
    for bucket in (BUCKET, PAIRS):
        boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    url = boto3.client("sqs").create_queue(QueueName=QUEUE, Attributes={"VisibilityTimeout": "1800"})["QueueUrl"]
    environment = {
        "MODEL_LOGS_BUCKET": BUCKET,
        "PAIRS_BUCKET": PAIRS,
        "STATE_TABLE": TABLE,
        "QUEUE_URL": url,
        "OWN_ROLES": f"millrace-LlmReadLogsRole-9Z, {OWN_ROLE}",
        "APPS": "shop,help",
        "APP_KEY": "app",
        # Loggers live in the process under the service's name, with the output of the test that made them.
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": "Millrace/LLM",
        "POWERTOOLS_DEV": "false",
        **variables,
    }
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(metrics, "_families", set())
    # The records are of one day, and so is the clock by which they are sent.
    for sending in (metrics, measuring):
        monkeypatch.setattr(sending, "time", SimpleNamespace(time=lambda: builders.AT.timestamp() + 60))
    made = (
        observability.metrics,
        observability.logger,
        read_logs._settings,
        read_logs._objects,
        read_stream._settings,
        read_stream._rules,
    )
    for one in made:
        one.cache_clear()
    chosen = modules or (Counting(),)
    monkeypatch.setattr(measuring, "free", lambda: chosen)
    yield
    observability.metrics().clear_metrics()
    for one in made:
        one.cache_clear()


def put(key: str, body: bytes) -> str:
    """Stores an object; its entity tag."""
    return str(boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)["ETag"])


def put_body(body: Any, request_id: str = "req-1", side: str = "output") -> str:
    """Stores an off-loaded body; its path as a record names it."""
    key = builders.body_key(request_id, side)
    put(key, gzip.compress(json.dumps(body).encode()))
    return f"s3://{BUCKET}/{key}"


def event_of(key: str, etag: str = "", bucket: str = BUCKET) -> str:
    """EventBridge's event of an object, as a message's body."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key, "etag": etag.strip('"'), "sequencer": "00"}}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def message(body: str, received: int = 1) -> dict[str, Any]:
    """A message as Lambda hands it over; it is really in the queue, and in flight."""
    sqs, url = boto3.client("sqs"), boto3.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)
    (found,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    return {
        "messageId": found["MessageId"],
        "receiptHandle": found["ReceiptHandle"],
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(received)},
        "eventSource": "aws:sqs",
    }


def read(*keys: str, context: Context | None = None) -> list[str]:
    """Hands objects to the function as one batch; the messages that come back."""
    etags = {one["Key"]: one["ETag"] for one in boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])}
    return handle(*(message(event_of(key, etags.get(key, ""))) for key in keys), context=context)


def handle(*messages: dict[str, Any], context: Context | None = None) -> list[str]:
    answer = read_logs.handler({"Records": list(messages)}, context or Context())  # type: ignore[arg-type]
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def visibility(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seconds for which messages are put back from now on, without the first of each, which is for a worker that dies
    (``HELD``)."""
    seconds: list[int] = []
    original = read_logs._hide

    def hide(record: dict[str, Any], for_seconds: int) -> None:
        if for_seconds != HELD:
            seconds.append(for_seconds)
        original(record, for_seconds)

    monkeypatch.setattr(read_logs, "_hide", hide)
    return seconds


def kinesis(*records: bytes, first: int = 1, shard: str = "shardId-000000000000") -> dict[str, Any]:
    """A Kinesis batch with rising sequence numbers."""
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/completions"
    return {
        "Records": [
            {
                "kinesis": {
                    "partitionKey": "k",
                    "sequenceNumber": str(10**20 + first + index),
                    "data": base64.b64encode(data).decode(),
                    "approximateArrivalTimestamp": builders.AT.timestamp() + index,
                },
                "eventID": f"{shard}:{10**20 + first + index}",
                "eventSource": "aws:kinesis",
                "eventSourceARN": arn,
            }
            for index, data in enumerate(records)
        ]
    }


def said(number: int = 1, **changes: Any) -> bytes:
    """A record of the completions stream."""
    whole = {
        "request_id": f"req-{number}",
        "timestamp": "2026-11-20T09:30:15Z",
        "model_id": "gpt-4o-2024-08-06",
        "prompt": builders.ASKED,
        "completion": builders.ANSWERED,
        "app": "shop",
        **changes,
    }
    return json.dumps(whole).encode()
