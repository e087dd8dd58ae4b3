"""An account in memory, with the settings of every handler that a test of the pipeline calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common import aws, observability
from tests.unit.documents import asking
from tests.unit.documents import pipeline_aws as fakes


@dataclass
class Account:
    s3: Any
    dynamodb: Any
    textract: fakes.FakeTextract
    states: fakes.FakeStates
    events: fakes.FakeEvents
    queues: fakes.FakeQueues


SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "INBOX_BUCKET": fakes.INBOX,
    "SUMMARIES_BUCKET": fakes.SUMMARIES,
    "STATE_TABLE": fakes.TABLE,
    "DAILY_PAGES": "10000",
    "DAILY_MODEL_CALLS": "10000",
    "DAILY_COMPREHEND_CHARACTERS": "10000000",
    "EVENT_BUS": fakes.BUS,
    "MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:summarize",
    "FEATURE_TYPES": "FORMS,TABLES",
    "ANALYSIS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:analysis",
    "ANALYSIS_ROLE_ARN": "arn:aws:iam::123456789012:role/analysis",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Documents",
    "POWERTOOLS_DEV": "false",
    **asking.QUEUES,
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Account]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    # Loggers live in the process under the service's name, with the standard output of the test that made them.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    for made in (observability.metrics, observability.logger):
        made.cache_clear()
    real = aws.client
    real.cache_clear()
    with mock_aws():
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        for bucket in (fakes.INBOX, fakes.SUMMARIES):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        dynamodb.create_table(
            TableName=fakes.TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        found = Account(s3, dynamodb, fakes.FakeTextract(), fakes.FakeStates(), fakes.FakeEvents(), fakes.FakeQueues())
        instead: dict[str, Any] = {
            "textract": found.textract,
            "stepfunctions": found.states,
            "events": found.events,
            "sqs": found.queues,
        }
        monkeypatch.setattr("time.sleep", lambda _: None)
        monkeypatch.setattr(aws, "client", lambda name, **options: instead.get(name) or real(name, **options))
        yield found
    real.cache_clear()
    observability.metrics().clear_metrics()
    for made in (observability.metrics, observability.logger):
        made.cache_clear()


class Interrupting:
    """An S3 client that lets something happen before its n-th writing or reading call."""

    def __init__(self, client, number, happens):
        self._client, self._left, self._happens = client, number, happens

    def __getattr__(self, name):
        found = getattr(self._client, name)
        if name not in {"get_object", "put_object", "head_object", "delete_object"}:
            return found

        def call(**arguments):
            self._left -= 1
            if self._left == 0:
                self._happens()
            return found(**arguments)

        return call


@pytest.fixture
def interrupted(account, monkeypatch):
    """Runs something with something else before its n-th call to S3; False once there are fewer calls than n."""
    plain = aws.client

    def run(number, does, happens):
        came = []

        def once():
            with monkeypatch.context() as patch:
                patch.setattr(aws, "client", plain)
                came.append(happens())

        with monkeypatch.context() as patch:
            client = Interrupting(plain("s3"), number, once)
            patch.setattr(aws, "client", lambda name, **options: client if name == "s3" else plain(name, **options))
            does()
        return bool(came)

    return run
