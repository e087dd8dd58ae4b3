"""Door 1 from event to response, with S3 on the loopback address."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from images.doors import function_url
from images.handlers import url_door
from tests.unit.images import conformance_cases, test_conformance
from tests.unit.images.builders import encoded, opened, photo, png
from tests.unit.images.s3_stub import BUCKET

PHOTO = encoded(photo(600, 400), "JPEG")


def event(key: str = "a.jpg", query: str = "", method: str = "GET", **headers: str):
    """Payload format 2.0 as a Function URL sends it; the path is still percent-encoded."""
    return {
        "version": "2.0",
        "rawPath": "/" + quote(key),
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": "/" + quote(key)}},
        "isBase64Encoded": False,
    }


@pytest.fixture
def ask(s3, metrics, context):
    def call(*arguments, **more):
        answer = url_door.handler(event(*arguments, **more), context)
        assert answer["isBase64Encoded"] is True
        json.dumps(answer)
        return answer["statusCode"], answer["headers"], base64.b64decode(answer["body"])

    return call


def refusal(answer):
    status, headers, body = answer
    document = json.loads(body)
    assert set(document) == {"schema", "error", "message"}
    assert document["message"].endswith(".")
    assert headers["Cache-Control"] == "no-store"
    return status, document["error"]


def test_an_image_and_its_metrics(ask, s3, metrics):
    s3.put("a.jpg", PHOTO)
    status, headers, body = ask()
    assert status == 200
    assert opened(body).size == (256, 256)
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Cache-Control"] == "public, max-age=3600"
    found = metrics()
    assert found["ImagesTransformed"] == [1]
    assert found["BytesIn"] == [len(PHOTO)]
    assert found["BytesOut"] == [len(body)]
    assert found["MegapixelsIn"] == [0.24]
    assert found["TransformMilliseconds"][0] > 0
    assert "ImagesRefused" not in found


@pytest.mark.parametrize("key", ["a b/ü+100%25.jpg", "x?y", "%2F", "//a", "日本.png"])
def test_any_key(ask, s3, key):
    s3.put(key, PHOTO)
    assert ask(key)[0] == 200


def test_profiles_and_overrides(ask, s3):
    s3.put("a.jpg", PHOTO)
    status, headers, body = ask(query="profile=thumbnail&w=40&h=30&format=png")
    assert (status, headers["Content-Type"], opened(body).size) == (200, "image/png", (40, 30))
    assert ask(query="profile=tensor")[1]["Content-Type"] == "application/x-npy"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("profile=none", "UnknownProfile"),
        ("w=10", "InvalidParameter"),
        ("profile=free&w=10&w=11", "InvalidParameter"),
        ("profile=free&x=1", "InvalidParameter"),
        ("profile=free&w=", "InvalidParameter"),
        ("anything", "InvalidParameter"),
    ],
)
def test_a_query_that_is_refused_reads_no_original(ask, s3, metrics, query, error):
    s3.put("a.jpg", PHOTO)
    assert refusal(ask(query=query)) == (400, error)
    assert s3.requests == []
    assert metrics() == {}


@pytest.mark.parametrize(
    ("accept", "kind"), [("image/avif,image/webp", "avif"), ("image/webp", "webp"), ("*/*", "jpeg")]
)
def test_the_format_for_who_asks(ask, s3, accept, kind):
    s3.put("a.jpg", PHOTO)
    status, headers, body = ask(query="profile=web", accept=accept)
    assert (status, headers["Content-Type"], headers["Vary"]) == (200, f"image/{kind}", "Accept")
    assert (opened(body).format, opened(body).size) == (kind.upper(), (600, 400)), "never larger than the original"
    status, again, _ = ask(query="profile=web", accept=accept, if_none_match=headers["ETag"])
    assert (status, again["Vary"]) == (304, "Accept")
    assert ask(query="profile=web", accept="image/png", if_none_match=headers["ETag"])[0] == (
        304 if kind == "jpeg" else 200
    ), "each format has its tag"
    assert "Vary" not in ask(query="profile=preview", accept=accept)[1]


def test_a_parameter_that_the_profile_ignores(ask, s3):
    s3.put("a.jpg", PHOTO)
    assert ask(query="profile=web&v=17") == ask(query="profile=web")
    assert refusal(ask(query="profile=tensor&v=17")) == (400, "InvalidParameter")


def test_another_decoder_gives_another_tag(ask, s3, monkeypatch):
    """A cache may not hold libvips' picture for Pillow's: UseVips changes a stack that is there."""
    s3.put("a.jpg", PHOTO)
    tag = ask()[1]["ETag"]
    monkeypatch.setenv("USE_VIPS", "true")
    assert ask(if_none_match=tag)[0] == 200


def test_not_modified_decodes_nothing(ask, s3, metrics):
    s3.put("a.jpg", PHOTO)
    tag = ask()[1]["ETag"]
    metrics()
    status, headers, body = ask(if_none_match=tag)
    assert (status, headers["ETag"], body) == (304, tag, b"")
    assert "Content-Type" not in headers
    assert metrics() == {"ImagesUnchanged": [1]}, "a quiet hour of them is no silence"
    assert ask(if_modified_since=headers["Last-Modified"])[0] == 304
    assert refusal(ask(if_unmodified_since="Fri, 20 Nov 2020 10:00:00 GMT")) == (412, "PreconditionFailed")
    assert metrics() == {"ImagesUnchanged": [1]}
    assert ask(query="profile=free&q=50", if_none_match=tag)[0] == 200
    assert refusal(ask(if_match='"other"')) == (412, "PreconditionFailed")


def test_head_is_get_without_its_body(ask, s3):
    s3.put("a.jpg", PHOTO)
    status, headers, body = ask()
    assert ask(method="HEAD") == (status, headers, b"")
    s3.put("text", b"hello")
    status, headers, body = ask("text", method="HEAD")
    assert (status, body) == (415, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(ask, method):
    answer = ask(method=method)
    assert refusal(answer) == (405, "MethodNotAllowed")
    assert answer[1]["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 415, "UnsupportedImage"),
        (b"<html>", 415, "UnsupportedImage"),
        (PHOTO[:5000], 422, "DamagedImage"),
        (png(30_000, 30_000, bits=1), 413, "ImageTooLarge"),
    ],
)
def test_originals_that_are_refused(ask, s3, metrics, body, status, error):
    s3.put("a.jpg", body)
    assert refusal(ask()) == (status, error)
    assert metrics() == {"ImagesRefused": [1]}


def test_the_log_has_the_librarys_words_and_the_caller_has_not(ask, s3, metrics, caplog):
    s3.put("a.jpg", encoded(photo(600, 400), "PNG")[:5000])
    answer = ask()
    assert refusal(answer) == (422, "DamagedImage")
    assert b"truncated" not in answer[2]
    (record,) = [record for record in caplog.records if record.message == "Image refused"]
    assert record.cause.startswith("OSError: ")


def test_every_kind_of_file_through_the_door(ask, s3, metrics, monkeypatch):
    """One after the other in one process, as callers meet it: each an image or a refusal, in the table's words."""
    monkeypatch.setattr(conformance_cases, "SIZE", (80, 60))
    conformance_cases.picture.cache_clear()
    expected = test_conformance.rows()
    for case in conformance_cases.every():
        s3.put("a", case.build())
        answer = ask(key="a", query="profile=thumbnail")
        result = expected[case.group, case.name][1]
        if result == "image":
            assert answer[0] == 200, (case, answer)
            assert opened(answer[2]).size == (320, 320)
        else:
            assert " ".join(map(str, refusal(answer))) == result
    conformance_cases.picture.cache_clear()
    assert "ImagesFailed" not in metrics()


def test_more_than_four_megabytes_is_a_413_with_a_sentence(ask, s3, metrics, monkeypatch):
    s3.put("a.jpg", PHOTO)
    monkeypatch.setattr(function_url, "MOST_BYTES", 1000)
    answer = ask()
    assert refusal(answer) == (413, "ResultTooLarge")
    assert b"ask for fewer pixels" in answer[2]
    assert metrics()["ImagesRefused"] == [1]


def test_what_passes_fits_into_a_response():
    assert 4 * function_url.MOST_BYTES / 3 + 10_000 < 6_291_456


@pytest.mark.parametrize(
    ("status", "code", "answer", "counted"),
    [
        (404, "NoSuchKey", (404, "NoSuchKey"), {}),
        (403, "AccessDenied", (403, "AccessDenied"), {"OriginalsDenied": [1]}),
        (403, "InvalidObjectState", (403, "AccessDenied"), {"OriginalsDenied": [1]}),
    ],
)
def test_keys_that_cannot_be_read(ask, s3, metrics, status, code, answer, counted):
    """Here the function reads with its own rights: what it may not read is no fault of who asks."""
    s3.refuse("a.jpg", status, code)
    assert refusal(ask()) == answer
    assert metrics() == counted


def test_no_key_and_no_utf8(ask, context):
    assert refusal(ask("")) == (404, "NoSuchKey")
    wrong = event()
    wrong["rawPath"] = "/%FF.jpg"
    assert url_door.handler(wrong, context)["statusCode"] == 404


def test_s3_fails(ask, s3, metrics):
    s3.refuse("a.jpg", 503, "SlowDown")
    answer = ask()
    assert refusal(answer) == (503, "OriginalUnavailable")
    assert answer[1]["Retry-After"] == "1"
    assert metrics() == {"ImagesFailed": [1]}


def test_the_answer_comes_before_the_time_runs_out(ask, s3, metrics, context):
    s3.put("a.jpg", PHOTO, stall=0.6)
    context.milliseconds = 1_600
    assert refusal(ask()) == (503, "OutOfTime")
    assert metrics() == {"ImagesFailed": [1]}


def test_a_defect_fails_loudly(ask, s3, monkeypatch):
    s3.put("a.jpg", PHOTO)
    monkeypatch.setattr("images.doors.serving.responses.whole", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask()


def test_keys_are_not_logged(ask, s3, capsys):
    s3.put("name-of-a-patient.jpg", b"<html>")
    ask("name-of-a-patient.jpg")
    assert "name-of-a-patient" not in capsys.readouterr().out


def test_the_bucket_is_a_setting(ask, s3):
    s3.put("a.jpg", PHOTO)
    ask()
    assert s3.requests[0].path.startswith(f"/{BUCKET}/a.jpg")
