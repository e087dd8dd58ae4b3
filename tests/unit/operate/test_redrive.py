"""What an operator reads after a redrive; the function itself is tested where it stands."""

from __future__ import annotations

import io
import json

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from operate import redrive
from operate.clients import Target
from operate.errors import OperateError

WISH = {"FunctionName": "millrace-Redrive-1", "Payload": b'{"most": 5}'}


@pytest.fixture
def function(monkeypatch):
    """RedriveFailed behind a client whose requests and answers are checked against botocore's model."""
    client = boto3.client("lambda", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    monkeypatch.setattr(
        Target, "output", lambda _self, name, _instead: {"DocumentsRedriveFailedName": WISH["FunctionName"]}[name]
    )
    monkeypatch.setattr(Target, "client", lambda _self, service: {"lambda": client}[service])
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def answers(function, payload, **more):
    body = json.dumps(payload).encode()
    function.add_response(
        "invoke", {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body)), **more}, WISH
    )


def lines():
    return list(redrive.command(Target(), "documents", 5))


def test_what_was_started_and_what_stays_is_said(function):
    refused = [{"execution": "arn:x", "reason": "closed"}, {"execution": None, "reason": "no event"}]
    answers(function, {"started": 3, "running": 1, "refused": refused})
    assert lines() == [
        "3 started again, 1 run or are done already",
        "stays in the queue: arn:x: closed",
        "stays in the queue: a message: no event",
    ]


def test_a_function_that_fails_says_its_own_sentence(function):
    error = {"errorType": "MissingSetting", "errorMessage": "Set FAILED_QUEUE in template.yaml."}
    answers(function, error, FunctionError="Unhandled")
    with pytest.raises(OperateError, match="MissingSetting: Set FAILED_QUEUE"):
        lines()
