"""One execution for a message, and another one where its rejection may be out of date."""

from __future__ import annotations

import json

import pytest

from common import aws as common_aws
from narration.handlers import start
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.test_protocol import CONTEXT, ENVIRONMENT

BATCH = {
    "Records": [
        {"messageId": "1", "body": "{}", "eventSource": "aws:sqs", "attributes": {}, "receiptHandle": "r"},
    ]
}


@pytest.fixture
def aws(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    return fake


def end(aws, output):
    for execution in aws.executions.values():
        execution |= {"status": "SUCCEEDED", "output": json.dumps(output)}


@pytest.mark.parametrize(
    ("output", "executions"),
    [
        ({"article": "a", "outcome": "advanced", "again": False}, 1),
        ({"article": "a", "action": "draft"}, 1),
        ({"schema": 1, "error": "BodyUnavailable", "message": "Upload the body before the message."}, 2),
    ],
)
def test_the_same_message_again(aws, output, executions):
    """Who was told to upload the body does so, and sends what was sent before."""
    assert start.handler(BATCH, CONTEXT) == {"batchItemFailures": []}
    end(aws, output)
    assert start.handler(BATCH, CONTEXT) == {"batchItemFailures": []}
    assert len(aws.executions) == executions
