"""An account in memory for the door and for the two ends of the machine: the table, the answers, what was started."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common import aws, observability, table
from questions.handlers import door
from tests.doors import NOW
from tests.unit.documents.pipeline_aws import FakeEvents, FakeStates
from tests.unit.questions.answers.builders import ANSWERS, MACHINE, TABLE, FakeAthena

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "STATE_TABLE": TABLE,
    "ANSWERS_BUCKET": ANSWERS,
    "DATABASES": "lake,archive",
    "ANSWER_QUESTION_ARN": MACHINE,
    "QUESTIONS_PER_MINUTE": "5",
    "KEPT_DAYS": "30",
    "EVENT_BUS": "default",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Questions",
    "POWERTOOLS_DEV": "false",
}


@dataclass
class Account:
    s3: Any
    dynamodb: Any
    states: FakeStates = field(default_factory=FakeStates)
    events: FakeEvents = field(default_factory=FakeEvents)
    athena: FakeAthena = field(default_factory=FakeAthena)

    def items(self, kind: str) -> list[dict[str, Any]]:
        """Items of the table whose name begins so."""
        found = self.dynamodb.scan(TableName=TABLE)["Items"]
        return [item for item in found if item["pk"]["S"].startswith(f"{kind}#")]

    def put(self, key: str, document: Any) -> None:
        self.s3.put_object(Bucket=ANSWERS, Key=key, Body=json.dumps(document).encode())

    def get(self, key: str) -> Any:
        return json.loads(self.s3.get_object(Bucket=ANSWERS, Key=key)["Body"].read())


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Account]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "TOKEN_ISSUER"):
        monkeypatch.delenv(name, raising=False)
    # Loggers live in the process under the service's name, with the standard output of the test that made them.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    for made in (observability.metrics, observability.logger):
        made.cache_clear()
    real = aws.client
    real.cache_clear()
    with mock_aws():
        found = Account(boto3.client("s3"), boto3.client("dynamodb"))
        found.s3.create_bucket(Bucket=ANSWERS)
        found.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        instead: dict[str, Any] = {"stepfunctions": found.states, "events": found.events, "athena": found.athena}
        monkeypatch.setattr(aws, "client", lambda name, **options: instead.get(name) or real(name, **options))
        yield found
    real.cache_clear()
    observability.metrics().clear_metrics()
    for made in (observability.metrics, observability.logger):
        made.cache_clear()


class Clock:
    """The time that door and table see, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (door, table):
        monkeypatch.setattr(module, "time", made)
    return made
