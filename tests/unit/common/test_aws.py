"""Clients are made once, and errors of AWS are told apart by code and status, never by their text."""

from __future__ import annotations

import pytest

from common import aws
from tests.unit.narration.fake_aws import refusal


def test_a_client_is_made_once(account):
    assert aws.client("s3") is aws.client("s3")
    assert aws.client("s3") is not aws.client("sqs")


def test_its_own_retries_are_short(account):
    """Long waits belong to the state machine, which does not pay for them."""
    config = aws.client("s3").meta.config
    assert config.retries["total_max_attempts"] <= 4
    assert config.connect_timeout <= 5


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
