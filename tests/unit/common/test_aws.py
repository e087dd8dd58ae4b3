"""Clients are made once, and errors of AWS are told apart by code and status, never by their text."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common import aws
from common.errors import ServiceUnavailable
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
