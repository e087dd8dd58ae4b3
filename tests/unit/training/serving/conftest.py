"""An account in memory for models: their bucket, the table, SageMaker's runtime."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from common import aws, observability
from common.objects import Bucket
from tests.unit.training import builders
from training.handlers import predict
from training.model import Pointer
from training.serving import pointers

MODELS, TABLE = "models", "state"
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "STATE_TABLE": TABLE,
    "MODELS_BUCKET": MODELS,
    "PREDICTIONS_PER_MINUTE": "50",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Training",
    "POWERTOOLS_DEV": "false",
}


@dataclass
class Endpoint:
    """SageMaker's runtime: ``answers`` in order, the last again and again; what it was asked."""

    answers: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke_endpoint(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {"Body": io.BytesIO(answer(arguments["Body"]) if callable(answer) else json.dumps(answer).encode())}


def model_error(status: int, said: str = "") -> ClientError:
    response: Any = {
        "Error": {"Code": "ModelError", "Message": "Received client error"},
        "OriginalStatusCode": status,
        "OriginalMessage": said,
        "ResponseMetadata": {"HTTPStatusCode": 424},
    }
    return ClientError(response, "InvokeEndpoint")


@dataclass
class Account:
    s3: Any
    dynamodb: Any
    endpoint: Endpoint = field(default_factory=Endpoint)

    @property
    def bucket(self) -> Bucket:
        return Bucket(MODELS)

    def put(self, key: str, document: Any) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.s3.put_object(Bucket=MODELS, Key=key, Body=body)

    def model(self, document: Any = None, name: str = "trips", version: str = builders.VERSION) -> None:
        made = (builders.trees() if document is None else document) | {"name": name, "version": version}
        self.put(f"models/{name}/{version}/model.json", made)

    def point(self, name: str = "trips", version: str | None = builders.VERSION, **more: Any) -> Pointer:
        before = pointers.read(self.bucket, name)
        return pointers.move(self.bucket, before, Pointer(name, version, **more))


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Account]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "TOKEN_ISSUER", "GROUPS_CLAIM"):
        monkeypatch.delenv(name, raising=False)
    # Loggers live in the process under the service's name, with the standard output of the test that made them.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    caches = (observability.metrics, observability.logger, predict._models)
    for made in caches:
        made.cache_clear()
    real = aws.client
    real.cache_clear()
    with mock_aws():
        found = Account(boto3.client("s3"), boto3.client("dynamodb"))
        found.s3.create_bucket(Bucket=MODELS)
        found.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        instead: dict[str, Any] = {"sagemaker-runtime": found.endpoint}
        monkeypatch.setattr(aws, "client", lambda name, **options: instead.get(name) or real(name, **options))
        yield found
    real.cache_clear()
    observability.metrics().clear_metrics()
    for made in caches:
        made.cache_clear()
