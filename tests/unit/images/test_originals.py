"""Where originals come from: every status and every stall of S3 has a name."""

from __future__ import annotations

import pytest

from images.errors import (
    AccessDenied,
    ImageTooLarge,
    NoSuchKey,
    OriginalUnavailable,
    PreconditionFailed,
)
from images.originals import bucket, limits, presigned
from tests.unit.images.s3_stub import BUCKET, MODIFIED

KEYS = ["a.jpg", "a b/ü+100%.jpg", "x?y#z", "%2F", "日本.png"]


@pytest.fixture(params=["bucket", "presigned"])
def read(request, s3):
    if request.param == "bucket":
        return lambda key: bucket.original(BUCKET, key)
    return lambda key: presigned.original(s3.presigned(key), {})


@pytest.mark.parametrize("key", KEYS)
def test_an_object_comes_whole(read, s3, key):
    s3.put(key, b"pixels")
    found = read(key)
    assert (found.etag, found.last_modified, found.read()) == ('"original"', MODIFIED, b"pixels")


def test_closing_without_reading(read, s3):
    s3.put("a", b"pixels")
    read("a").close()


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, "NoSuchKey", NoSuchKey),
        (404, "NoSuchVersion", NoSuchKey),
        (400, "KeyTooLongError", NoSuchKey),
        (403, "AccessDenied", AccessDenied),
        (403, "InvalidObjectState", AccessDenied),
        (400, "ExpiredToken", AccessDenied),
        (412, "PreconditionFailed", PreconditionFailed),
        (503, "SlowDown", OriginalUnavailable),
        (500, "InternalError", OriginalUnavailable),
    ],
)
def test_what_s3_answers_has_a_name_and_is_never_taken_for_an_image(read, s3, status, code, error):
    s3.refuse("a", status, code)
    with pytest.raises(error) as caught:
        read("a")
    assert str(caught.value).isascii()


def test_an_original_that_says_it_is_too_large(read, s3, monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    s3.put("a", bytes(1001))
    with pytest.raises(ImageTooLarge):
        read("a").read()
    s3.put("a", bytes(1000))
    assert len(read("a").read()) == 1000


def test_a_connection_that_breaks_off(read, s3):
    s3.put("a", b"half", length=100)
    with pytest.raises(OriginalUnavailable, match="stopped sending"):
        read("a").read()


def test_a_server_that_stalls(read, s3, monkeypatch):
    monkeypatch.setattr(limits, "TIMEOUT_SECONDS", 0.3)
    s3.put("a", b"pixels", stall=3)
    with pytest.raises(OriginalUnavailable):
        read("a").read()


def test_nobody_listens(s3):
    with pytest.raises(OriginalUnavailable, match="did not answer"):
        presigned.original("http://127.0.0.1:1/originals/a?X-Amz-SignedHeaders=host", {})


@pytest.mark.parametrize("key", ["", "x" * 1025, "ü" * 513])
def test_a_key_that_no_object_can_have(s3, key):
    with pytest.raises(NoSuchKey, match=r"1 to 1,024 bytes"):
        bucket.original(BUCKET, key)


def test_headers_that_were_signed_are_sent_and_no_others(s3):
    s3.put("a", b"pixels")
    url = s3.presigned("a", "host;x-amz-checksum-mode;x-amz-request-payer")
    sent = {"X-Amz-Request-Payer": "requester", "Range": "bytes=0-1", "Host": "elsewhere", "Authorization": "secret"}
    presigned.original(url, sent).read()
    (request,) = s3.requests
    assert request.headers["x-amz-request-payer"] == "requester"
    assert request.headers["host"] == s3.url.removeprefix("http://")
    assert not {"range", "authorization", "x-amz-checksum-mode"} & set(request.headers)


def test_asking_by_head(s3):
    s3.put("a", b"pixels")
    presigned.check(s3.presigned("a"), {})
    assert [request.method for request in s3.requests] == ["HEAD"]
    s3.refuse("b", 403, "AccessDenied")
    with pytest.raises(AccessDenied):
        presigned.check(s3.presigned("b"), {})


@pytest.mark.parametrize(
    ("url", "key", "version"),
    [
        ("https://ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/a%20b/c%252F?X-Amz-Date=1", "a b/c%2F", None),
        ("https://bucket.s3.eu-west-1.amazonaws.com/a?versionId=v1", "a", "v1"),
        ("https://bucket.with.dots.s3.eu-west-1.amazonaws.com/a", "a", None),
        ("https://s3.eu-west-1.amazonaws.com/bucket/a/b", "a/b", None),
        ("http://127.0.0.1:4566/alias-s3alias/a/b?versionId=v%2B", "a/b", "v+"),
    ],
)
def test_the_key_in_a_presigned_url(url, key, version):
    assert presigned.key_of(url) == (key, version)
