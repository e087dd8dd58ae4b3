"""Comprehend's wire, limits and errors, as a boto3 client sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.http import Request
from local.services.comprehend import service, switches
from local.services.throttle import Throttles
from tests.local.engine_client import engine_client

ENGLISH = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("comprehend", service.handle) as made:
        yield made


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(switches.SETTING, "off")
    switches.FAULTS.clear()
    switches.USAGE.reset()
    yield
    switches.FAULTS.clear()


def refused(call: Any, **members: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value


def test_every_answer_names_the_stand_in(client: Any):
    headers = client.detect_sentiment(Text=ENGLISH, LanguageCode="en")["ResponseMetadata"]["HTTPHeaders"]
    assert "vader" in headers["x-millrace-engine"]


@pytest.mark.parametrize(
    ("operation", "members", "name"),
    [
        ("detect_sentiment", {"Text": "a" * 5001, "LanguageCode": "en"}, "TextSizeLimitExceededException"),
        ("detect_sentiment", {"Text": "€" * 1667, "LanguageCode": "en"}, "TextSizeLimitExceededException"),
        ("detect_sentiment", {"Text": "a", "LanguageCode": "nl"}, "ValidationException"),
        ("detect_entities", {"Text": "a" * 100_001, "LanguageCode": "en"}, "TextSizeLimitExceededException"),
        ("detect_entities", {"Text": "a"}, "InvalidRequestException"),
        ("detect_pii_entities", {"Text": "a", "LanguageCode": "fr"}, "UnsupportedLanguageException"),
        ("contains_pii_entities", {"Text": "a" * 100_001, "LanguageCode": "en"}, "TextSizeLimitExceededException"),
        ("detect_dominant_language", {"Text": "nineteen characters"}, "InvalidRequestException"),
        ("batch_detect_sentiment", {"TextList": ["a"] * 26, "LanguageCode": "en"}, "BatchSizeLimitExceededException"),
        ("batch_detect_dominant_language", {"TextList": ["a"] * 26}, "BatchSizeLimitExceededException"),
        ("batch_detect_entities", {"TextList": ["a"] * 26, "LanguageCode": "en"}, "BatchSizeLimitExceededException"),
        (
            "detect_toxic_content",
            {"TextSegments": [{"Text": "a"}], "LanguageCode": "es"},
            "UnsupportedLanguageException",
        ),
        (
            "detect_toxic_content",
            {"TextSegments": [{"Text": "a" * 1001}], "LanguageCode": "en"},
            "TextSizeLimitExceededException",
        ),
        (
            "detect_toxic_content",
            {"TextSegments": [{"Text": "a"}] * 11, "LanguageCode": "en"},
            "InvalidRequestException",
        ),
    ],
)
def test_limits_have_the_classes_of_the_client(client: Any, operation: str, members: dict[str, Any], name: str):
    error = refused(getattr(client, operation), **members)
    assert error.response["Error"]["Code"] == name
    assert error.response["Error"]["Message"]
    if name != "ValidationException":
        assert isinstance(error, getattr(client.exceptions, name))


def test_what_is_just_within_the_limits(client: Any):
    assert client.detect_sentiment(Text="a" * 5000, LanguageCode="en")["Sentiment"] == "NEUTRAL"
    assert client.detect_dominant_language(Text="this is twenty signs")["Languages"][0]["LanguageCode"] == "en"
    answer = client.detect_toxic_content(TextSegments=[{"Text": "€" * 333}] * 10, LanguageCode="en")
    assert len(answer["ResultList"]) == 10
    assert client.detect_pii_entities(Text="a" * 100_000, LanguageCode="en")["Entities"] == []


def test_the_message_of_a_text_that_is_too_long_is_comprehends(client: Any):
    error = refused(client.detect_sentiment, Text="€" * 1667, LanguageCode="en")
    assert error.response["Error"]["Message"] == (
        "Input text size exceeds limit. Max length of request text allowed is 5000 bytes "
        "while in this request the text size is 5001 bytes"
    )


def test_a_document_of_a_batch_that_fails_spoils_no_other(client: Any):
    answer = client.batch_detect_sentiment(TextList=["good", "a" * 5001, "bad"], LanguageCode="en")
    assert [one["Index"] for one in answer["ResultList"]] == [0, 2]
    assert [(one["Index"], one["ErrorCode"]) for one in answer["ErrorList"]] == [(1, "TEXT_SIZE_LIMIT_EXCEEDED")]
    answer = client.batch_detect_dominant_language(TextList=["short", ENGLISH])
    assert [one["Index"] for one in answer["ErrorList"]] == [0]
    assert answer["ResultList"][0]["Languages"][0]["LanguageCode"] == "en"


def test_all_that_is_wrong_is_said_at_once():
    body = json.dumps({"Text": "", "LanguageCode": "xx"}).encode()
    headers = {"x-amz-target": f"{service.TARGET}.DetectSentiment"}
    response = service.handle(Request("POST", "/", {}, headers, body, "us-east-1", "123456789012"))
    message = json.loads(response.body)["Message"]
    assert response.status == 400
    assert message.startswith("2 validation errors detected: ")
    assert "'text'" in message
    assert "enum value set: [en, es, fr" in message


@pytest.mark.parametrize(
    ("target", "body", "status", "code"),
    [
        ("Comprehend_20171127.DetectSentiment", b"{", 400, "SerializationException"),
        ("Comprehend_20171127.DetectSentiment", b"[]", 400, "SerializationException"),
        ("Comprehend_20171127.DetectSentiment", b'{"Text": 1, "LanguageCode": "en"}', 400, "SerializationException"),
        (
            "Comprehend_20171127.DetectSentiment",
            b'{"Text": "\\ud83d", "LanguageCode": "en"}',
            400,
            "SerializationException",
        ),
        ("Comprehend_20171127.DetectSentiment", b"{}", 400, "ValidationException"),
        ("Comprehend_20171127.Nothing", b"{}", 400, "UnknownOperationException"),
        ("DetectSentiment", b"{}", 400, "UnknownOperationException"),
        ("Comprehend_20171127.DetectSyntax", b"{}", 501, "NotImplementedLocally"),
    ],
)
def test_what_is_no_request(target: str, body: bytes, status: int, code: str):
    request = Request("POST", "/", {}, {"x-amz-target": target}, body, "us-east-1", "123456789012")
    response = service.handle(request)
    assert (response.status, response.headers["x-amzn-errortype"]) == (status, code)
    assert json.loads(response.body)["__type"] == code


@pytest.mark.parametrize("error", ["ThrottlingException", "InternalServerException", "TooManyRequestsException"])
def test_a_fault_on_request(client: Any, error: str):
    switches.set_fault(error, "DetectSentiment", 2)
    assert client.detect_dominant_language(Text=ENGLISH)["Languages"]
    for _ in range(2):
        assert refused(client.detect_sentiment, Text="a", LanguageCode="en").response["Error"]["Code"] == error
    assert client.detect_sentiment(Text="a", LanguageCode="en")["Sentiment"]


def test_boto3_tries_a_throttled_call_again():
    switches.set_fault("ThrottlingException", times=1)
    with engine_client("comprehend", service.handle, total_max_attempts=2, mode="standard") as patient:
        assert patient.detect_sentiment(Text="a", LanguageCode="en")["Sentiment"] == "NEUTRAL"


def _control(method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    request = Request(method, f"/_local/comprehend/{path}", {}, {}, body, "us-east-1", "123456789012")
    response = service.control(request)
    return response.status, json.loads(response.body)


def test_the_switchboard_counts_what_is_billed(client: Any):
    client.detect_sentiment(Text="a" * 301, LanguageCode="en")
    client.batch_detect_sentiment(TextList=["a", "b"], LanguageCode="en")
    client.detect_toxic_content(TextSegments=[{"Text": "a" * 200}, {"Text": "b" * 200}], LanguageCode="en")
    refused(client.detect_sentiment, Text="a" * 5001, LanguageCode="en")
    status, usage = _control("GET", "usage")
    assert status == 200
    assert usage == {
        "requests": 3,
        "characters": 301 + 2 + 400,
        "units": 4 + 3 + 3 + 4,
        "DetectSentiment": 1,
        "BatchDetectSentiment": 1,
        "DetectToxicContent": 1,
    }
    assert _control("DELETE", "usage")[0] == 200
    assert _control("GET", "usage")[1]["requests"] == 0


def test_the_switchboard_takes_faults_and_refuses_nonsense(client: Any):
    assert _control("POST", "faults", b'{"error": "ThrottlingException"}')[0] == 200
    assert refused(client.detect_sentiment, Text="a", LanguageCode="en")
    assert _control("DELETE", "faults")[0] == 200
    assert client.detect_sentiment(Text="a", LanguageCode="en")
    for body in (b"{}", b"x", b'{"error": "Nonsense"}', b'{"error": "ThrottlingException", "times": 0}'):
        assert _control("POST", "faults", body)[0] == 400
    assert _control("GET", "nothing")[0] == 404


def test_rates_are_kept_by_operation(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(switches.SETTING, "on")
    now = [0.0]
    throttles = Throttles(switches.SETTING, switches.QUOTAS, switches.throttled, lambda: now[0])

    def admit(operation: str, region: str = "us-east-1") -> None:
        throttles.of("1", region).admit(operation)

    for _ in range(20):
        admit("DetectSentiment")
    admit("DetectEntities")
    admit("DetectSentiment", "eu-west-1")
    with pytest.raises(service.ServiceError, match="Rate exceeded"):
        admit("DetectSentiment")
    now[0] = 0.05
    admit("DetectSentiment")
    for _ in range(10):
        admit("BatchDetectSentiment")
    with pytest.raises(service.ServiceError):
        admit("BatchDetectSentiment")


def test_a_setting_of_the_rates_that_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(switches.SETTING, "fast")
    with pytest.raises(ValueError, match="set it to on, off, or a factor"):
        switches.THROTTLES.of("1", "us-east-1").admit("DetectSentiment")
