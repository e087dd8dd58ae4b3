"""Clients are made once, and errors of AWS are told apart by code and status, never by their text."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common import admission, aws
from common.errors import ServiceUnavailable, StorageUnavailable
from common.table import Table
from tests.unit.narration.fake_aws import refusal


def test_a_client_is_made_once(account):
    assert aws.client("s3") is aws.client("s3")
    assert aws.client("s3") is not aws.client("sqs")


def test_its_own_retries_are_short(account):
    """Long waits belong to the state machine, which does not pay for them."""
    config = aws.client("s3").meta.config
    assert config.retries["total_max_attempts"] <= 4
    assert config.connect_timeout <= 5


MOST_PAUSE = (1, 2)
"""Seconds before the second and the third try, at most (botocore's ExponentialBackoff: up to 2 to the tries before)."""


@pytest.mark.parametrize("service", sorted(aws.QUICK))
def test_silence_is_over_before_the_worker_is(account, service):
    """A worker of a lane begins nothing with less left than it takes to hear nothing and hand the work back."""
    config = aws.client(service).meta.config
    silence = max(config.connect_timeout, config.read_timeout)
    assert config.retries["total_max_attempts"] == len(MOST_PAUSE) + 1
    assert (len(MOST_PAUSE) + 1) * silence + sum(MOST_PAUSE) < admission.LEFT_SECONDS


class Silent:
    """A server that takes what comes and never answers. ``heard``: connections so far."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heard: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.heard.append(self._socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._socket.close()
        for each in self.heard:
            each.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.close()


def test_a_table_that_never_answers_is_one_that_is_away(silent, monkeypatch):
    """The worker lives, and hands its work back under a name that is waited for."""
    monkeypatch.setattr(aws, "QUICK_SECONDS", 0.2)
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    table = Table("state", aws.client.__wrapped__("dynamodb"))
    with pytest.raises(StorageUnavailable, match="could not be reached"):
        table.get("document#1")
    assert len(silent.heard) == aws.QUICK_ATTEMPTS
    assert StorageUnavailable in admission.PASSING


@pytest.mark.parametrize(
    ("code", "status", "transient"),
    [
        ("SlowDown", 503, True),
        ("InternalError", 500, True),
        ("ThrottlingException", 400, True),
        ("TooManyRequestsException", 429, True),
        ("AccessDenied", 403, False),
        ("NoSuchKey", 404, False),
        ("PreconditionFailed", 412, False),
    ],
)
def test_what_may_pass_later(code, status, transient):
    error = refusal(code, status, "PutObject")
    assert (aws.code_of(error), aws.status_of(error)) == (code, status)
    assert aws.is_transient(error) is transient


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("TooManyInvalidationsInProgress", 400)])
def test_what_may_pass_later_has_a_name_that_is_retried(code, status):
    said = rf"^EventBridge could not answer just now \({code}\)\.$"
    with pytest.raises(ServiceUnavailable, match=said), aws.patient("EventBridge"):
        raise refusal(code, status, "PutEvents")


def test_a_lost_connection_is_retried_too():
    with pytest.raises(ServiceUnavailable, match="CloudFront could not be reached"), aws.patient("CloudFront"):
        raise EndpointConnectionError(endpoint_url="https://cloudfront")


def test_any_other_refusal_stays_what_it_is():
    error = refusal("AccessDeniedException", 403, "PutEvents")
    with pytest.raises(ClientError) as caught, aws.patient("EventBridge"):
        raise error
    assert caught.value is error
