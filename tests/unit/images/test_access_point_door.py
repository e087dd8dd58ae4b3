"""Door 2 from S3 Object Lambda's event to WriteGetObjectResponse, over the wire."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

import pytest

from images import profiles
from images.doors import access_point
from images.doors.responses import PART_BYTES
from images.errors import InvalidConfiguration
from images.handlers import access_point_door
from tests.unit.images.builders import encoded, opened, photo, png
from tests.unit.images.s3_stub import MODIFIED, TOKEN

PHOTO = encoded(photo(600, 400), "JPEG")

STATUSES = {200, 206, 304, 400, 401, 403, 404, 405, 409, 411, 412, 416, 500, 503}
"""All that WriteGetObjectResponse takes (API reference)."""


def event(s3, key="a.jpg", *, kind="getObjectContext", payload='{"profile": "default"}', query="", **headers):
    """As the S3 User Guide shows it, "Event context format and usage"."""
    context = {"inputS3Url": s3.presigned(key)}
    if kind == "getObjectContext":
        context |= {"outputRoute": "io-use1-001", "outputToken": TOKEN}
    configuration = {
        "accessPointArn": "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/images",
        "supportingAccessPointArn": "arn:aws:s3:us-east-1:123456789012:accesspoint/originals",
        **({} if payload is None else {"payload": payload}),
    }
    return {
        "xAmzRequestId": "1a5ed718",
        kind: context,
        "configuration": configuration,
        "userRequest": {
            "url": f"https://images-123456789012.s3-object-lambda.us-east-1.amazonaws.com/{quote(key)}{query}",
            "headers": {"Host": "x", **{name.replace("_", "-").title(): value for name, value in headers.items()}},
        },
        "userIdentity": {"type": "IAMUser", "accountId": "123456789012"},
        "protocolVersion": "1.00",
    }


class Written:
    """A WriteGetObjectResponse as it went over the wire, checked against its contract."""

    def __init__(self, request):
        headers = request.headers
        assert request.path == "/WriteGetObjectResponse"
        assert (headers["x-amz-request-route"], headers["x-amz-request-token"]) == ("io-use1-001", TOKEN)
        self.status = int(headers["x-amz-fwd-status"])
        self.code = headers.get("x-amz-fwd-error-code")
        self.message = headers.get("x-amz-fwd-error-message")
        self.body = request.body
        self.headers = {
            name.removeprefix("x-amz-fwd-header-"): value
            for name, value in headers.items()
            if name.startswith("x-amz-fwd-header-")
        }
        assert self.status in STATUSES
        if self.code is not None:
            assert re.fullmatch("[A-Z][a-zA-Z]+", self.code)
            assert self.status >= 400
            assert self.body == b""
            assert unquote(self.message).endswith(".")
        else:
            assert self.status < 400


@pytest.fixture
def get(s3, metrics, context):
    def call(*arguments, **more):
        access_point_door.handler(event(s3, *arguments, **more), context)
        (written,) = s3.answers
        s3.requests.clear()
        return Written(written)

    return call


@pytest.fixture
def head(s3, metrics, context):
    def call(*arguments, **more):
        answer = access_point_door.handler(event(s3, *arguments, kind="headObjectContext", **more), context)
        assert s3.answers == []
        json.dumps(answer)
        return answer

    return call


def test_get(get, s3, metrics):
    s3.put("a.jpg", PHOTO)
    found = get()
    assert (found.status, opened(found.body).size) == (200, (256, 256))
    assert found.headers["content-type"] == "image/jpeg"
    assert found.headers["cache-control"] == "public, max-age=3600"
    assert found.headers["accept-ranges"] == "bytes"
    assert found.headers["last-modified"] == MODIFIED
    assert re.fullmatch('"[0-9a-f]{32}"', found.headers["etag"])
    assert metrics()["ImagesTransformed"] == [1]


def test_the_payload_names_the_profile(get, s3):
    s3.put("a.jpg", PHOTO)
    assert get(payload='{"profile": "tensor"}').headers["content-type"] == "application/x-npy"
    assert opened(get(payload='{"profile": "preview"}').body).size == (1280, 853)
    for nothing in (None, ""):
        assert opened(get(payload=nothing).body).size == (256, 256)


@pytest.mark.parametrize("kind", ["getObjectContext", "headObjectContext"])
@pytest.mark.parametrize(
    "payload", ["{", "[]", '"default"', "{}", '{"profile": "none"}', '{"profile": "free", "w": "9"}', '{"profile": []}']
)
def test_a_wrong_payload_is_answered_and_fails_loudly(s3, metrics, context, payload, kind):
    s3.put("a.jpg", PHOTO)
    with pytest.raises(InvalidConfiguration):
        access_point_door.handler(event(s3, payload=payload, kind=kind), context)
    assert metrics() == {"ImagesFailed": [1]}
    if kind == "getObjectContext":
        (written,) = map(Written, s3.answers)
        assert (written.status, written.code) == (500, "InvalidConfiguration")


@pytest.mark.parametrize("key", ["a b/ü+100%25.jpg", "x?y#z", "%2F"])
def test_any_key(get, head, s3, key):
    s3.put(key, PHOTO)
    assert get(key).status == 200
    assert head(key)["statusCode"] == 200


# Ranges and parts of the result


def test_a_range_of_the_result(get, s3):
    s3.put("a.jpg", PHOTO)
    whole = get().body
    found = get(range="bytes=10-19")
    assert (found.status, found.body) == (206, whole[10:20])
    assert found.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert get(query="?range=bytes%3D-5").body == whole[-5:]


def test_a_range_behind_the_end(get, s3):
    s3.put("a.jpg", PHOTO)
    found = get(range="bytes=9999999-")
    assert (found.status, found.code) == (416, "InvalidRange")


def test_parts_of_the_result(get, s3, monkeypatch):
    s3.put("a.jpg", PHOTO)
    found = get(query="?partNumber=1")
    assert (found.status, opened(found.body).size, found.headers["x-amz-mp-parts-count"]) == (206, (256, 256), "1")
    found = get(query="?partNumber=2")
    assert (found.status, found.code) == (416, "InvalidPartNumber")
    found = get(query="?partNumber=zero")
    assert (found.status, found.code) == (400, "InvalidParameter")


def test_a_result_of_several_parts(get, s3, monkeypatch):
    large = profiles.parse(
        {
            "default": {
                "width": 2048,
                "height": 2048,
                "mode": "rgb",
                "format": "npy",
                "mean": [0.0] * 3,
                "std": [1.0] * 3,
            }
        }
    )
    monkeypatch.setattr(profiles, "shipped", lambda: large)
    s3.put("a.jpg", PHOTO)
    parts = [get(query=f"?partNumber={number}") for number in (1, 2)]
    assert [len(part.body) for part in parts] == [PART_BYTES] * 2
    assert parts[0].headers["x-amz-mp-parts-count"] == "10"
    assert parts[0].body[:6] == b"\x93NUMPY"
    assert parts[1].headers["content-range"].startswith(f"bytes {PART_BYTES}-")


# Conditions


def test_conditions(get, s3, metrics):
    s3.put("a.jpg", PHOTO)
    tag = get().headers["etag"]
    metrics()
    found = get(if_none_match=tag)
    assert (found.status, found.body, found.headers["etag"]) == (304, b"", tag)
    assert metrics() == {"ImagesUnchanged": [1]}
    found = get(if_match='"other"')
    assert (found.status, found.code) == (412, "PreconditionFailed")
    assert get(if_match=tag).status == 200
    found = get(if_modified_since=MODIFIED)
    assert (found.status, found.body, found.headers.get("content-type")) == (304, b"", None)
    found = get(if_unmodified_since="Fri, 20 Nov 2020 10:00:00 GMT")
    assert (found.status, found.code) == (412, "PreconditionFailed")


def test_the_format_for_who_asks(get, head, s3):
    s3.put("a.jpg", PHOTO)
    found = get(payload='{"profile": "web"}', accept="image/webp")
    assert (found.headers["content-type"], opened(found.body).format) == ("image/webp", "WEBP")
    assert get(payload='{"profile": "web"}').headers["content-type"] == "image/jpeg", "clients of S3 name none"
    assert head(payload='{"profile": "web"}')["headers"]["Vary"] == "Accept"


def test_what_s3_says_to_a_condition_that_was_signed(get, head, s3):
    s3.refuse("a.jpg", 304, "")
    found = get()
    assert (found.status, found.code, found.body) == (304, None, b"")
    assert head() == {"statusCode": 304, "headers": {}}


# HEAD


def test_head_tells_what_get_would_send(get, head, s3):
    s3.put("a.jpg", PHOTO)
    wanted = get()
    found = head()
    assert found["statusCode"] == 200
    assert found["headers"]["Content-Length"] == str(len(wanted.body))
    for name in ("ETag", "Content-Type", "Cache-Control", "Last-Modified", "Accept-Ranges"):
        assert found["headers"][name] == wanted.headers[name.lower()]
    ranged = head(range="bytes=0-9")
    assert (ranged["statusCode"], ranged["headers"]["Content-Length"]) == (206, "10")
    assert head(if_none_match=wanted.headers["etag"])["statusCode"] == 304


def test_head_asks_in_the_callers_name_first(head, s3):
    s3.put("a.jpg", PHOTO)
    head()
    assert [request.method for request in s3.requests] == ["HEAD", "GET"]
    assert "X-Amz-Signature" in s3.requests[0].path
    s3.requests.clear()
    s3.refuse("a.jpg", 403, "AccessDenied")
    found = head()
    assert (found["statusCode"], found["errorCode"]) == (403, "AccessDenied")
    assert [request.method for request in s3.requests] == ["HEAD"]


# Every failure is an answer


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "UnsupportedImage"),
        (b"<html>", "UnsupportedImage"),
        (PHOTO[:5000], "DamagedImage"),
        (png(30_000, 30_000, bits=1), "ImageTooLarge"),
    ],
)
def test_originals_that_are_refused(get, head, s3, metrics, body, code):
    s3.put("a.jpg", body)
    found = get()
    assert (found.status, found.code) == (400, code)
    assert metrics() == {"ImagesRefused": [1]}
    found = head()
    assert (found["statusCode"], found["errorCode"]) == (400, code)


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (403, "AccessDenied", (403, "AccessDenied")),
        (404, "NoSuchKey", (404, "NoSuchKey")),
        (412, "PreconditionFailed", (412, "PreconditionFailed")),
        (500, "InternalError", (503, "OriginalUnavailable")),
        (503, "SlowDown", (503, "OriginalUnavailable")),
    ],
)
def test_what_s3_says_about_the_original(get, s3, status, code, answer):
    s3.refuse("a.jpg", status, code)
    found = get()
    assert (found.status, found.code) == answer


def test_an_answer_goes_out_before_the_time_runs_out(get, s3, metrics, context):
    s3.put("a.jpg", PHOTO, stall=0.6)
    context.milliseconds = 1_600
    found = get()
    assert (found.status, found.code) == (503, "OutOfTime")
    assert metrics() == {"ImagesFailed": [1]}


def test_a_defect_is_answered_and_fails_loudly(s3, metrics, context, monkeypatch):
    s3.put("a.jpg", PHOTO)
    monkeypatch.setattr("images.doors.serving.responses.whole", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        access_point_door.handler(event(s3), context)
    (written,) = map(Written, s3.answers)
    assert (written.status, written.code) == (500, "InternalError")
    assert metrics() == {"ImagesFailed": [1]}


def test_an_answer_that_s3_does_not_take_fails_loudly(s3, metrics, context, monkeypatch):
    s3.put("a.jpg", PHOTO)
    monkeypatch.setattr(access_point, "_WRITTEN_AS", {"ETag": "NoSuchParameter"})
    with pytest.raises(Exception, match="NoSuchParameter"):
        access_point_door.handler(event(s3), context)
