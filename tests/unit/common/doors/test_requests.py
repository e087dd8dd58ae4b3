"""What is asked: bodies within bounds, in JSON that two readers read alike."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.doors import requests
from common.doors.errors import DoorRefusal, InvalidRequest, TooLarge, UnsupportedMediaType
from tests.doors import request

MOST, MEMBERS = 1000, ("question", "database")


def read(body, **more):
    return requests.json_object(requests.read(request(body=body, **more)), MOST, MEMBERS)


def encoded(body: bytes, kind="application/json"):
    event = request(body="", headers={"content-type": kind})
    return {**event, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def test_a_request_has_its_route_whatever_lies_before_it():
    event = request("GET", "/prod/v1/questions/ab", route="/questions/{id}", parameters={"id": "ab"})
    found = requests.read(event)
    assert (found.method, found.route, found.parameters) == ("GET", "/questions/{id}", {"id": "ab"})
    assert requests.read({**event, "routeKey": "$default"}).route == ""


def test_the_method_is_the_one_that_was_used_where_a_route_takes_any():
    found = requests.read({**request("PUT"), "routeKey": "ANY /questions"})
    assert (found.method, found.route) == ("PUT", "/questions")


def test_names_of_headers_have_no_capitals():
    found = requests.read({**request(), "headers": {"Idempotency-Key": "A"}})
    assert found.headers == {"idempotency-key": "A"}


def test_nothing_but_what_has_to_be_there_is_there():
    event = request("GET")
    for name in ("headers", "pathParameters", "body", "isBase64Encoded"):
        event[name] = None
    assert requests.read(event).body == ""


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_a_body_is_an_object(kind):
    assert read({"question": "größer?"}, headers={"content-type": kind}) == {"question": "größer?"}


def test_a_body_may_come_in_base64():
    event = encoded('{"question": "größer?"}'.encode())
    assert requests.json_object(requests.read(event), MOST, MEMBERS) == {"question": "größer?"}


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonp"],
)
def test_another_kind_is_not_read(kind):
    with pytest.raises(UnsupportedMediaType):
        read({"question": "a"}, headers={"content-type": kind})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "question=a",
        "[]",
        '"a"',
        "null",
        "7",
        '{"question": "a"',
        '{"question": NaN}',
        '{"question": "a", "question": "b"}',
        '{"question": {"a": 1, "a": 2}}',
        "[" * 999,
        '{"question": ' + "9" * 900 + "e" + "9" * 50 + "x}",
        "\ufeff{}",
    ],
)
def test_what_two_readers_may_read_otherwise_is_refused(body):
    with pytest.raises(InvalidRequest):
        read(body)


@pytest.mark.parametrize("body", [b"\xff\xfe{\x00}\x00", b'{"question": "\xe9"}'])
def test_bytes_that_are_no_utf_8_are_refused(body):
    with pytest.raises(InvalidRequest):
        requests.json_object(requests.read(encoded(body)), MOST, MEMBERS)


def test_a_body_that_is_no_base64_is_refused():
    event = {**encoded(b"{}"), "body": "e30=="}
    with pytest.raises(InvalidRequest):
        requests.json_object(requests.read(event), MOST, MEMBERS)


def test_a_member_that_nobody_knows_is_named():
    with pytest.raises(InvalidRequest, match=r"'sesion'.*database, question"):
        read({"question": "a", "sesion": "b"})


@pytest.mark.parametrize("size", [MOST, MOST + 1])
def test_the_bound_is_in_bytes(size):
    head, tail = '{"question":"', '"}'
    body = head + "ü" * ((size - len(head) - len(tail)) // 2) + "u" * ((size - len(head) - len(tail)) % 2) + tail
    assert len(body.encode()) == size
    for event in (request(body=body), encoded(body.encode())):
        if size <= MOST:
            assert requests.json_object(requests.read(event), MOST, MEMBERS)
        else:
            with pytest.raises(TooLarge, match="1,000"):
                requests.json_object(requests.read(event), MOST, MEMBERS)


def test_what_is_too_large_is_never_decoded(monkeypatch):
    monkeypatch.setattr("base64.b64decode", lambda *_, **__: pytest.fail("decoded"))
    with pytest.raises(TooLarge):
        requests.json_object(requests.read(encoded(b" " * 6_000_000)), MOST, MEMBERS)


# Members


@pytest.mark.parametrize(
    ("value", "found"), [("a", "a"), ("  a\n", "a"), ("a\tb\r\nc", "a\tb\r\nc"), ("日本", "日本"), (None, None)]
)
def test_a_text_is_taken_without_space_around_it(value, found):
    assert requests.text({"a": value}, "a", 10) == found
    assert requests.text({}, "a", 10) is None


@pytest.mark.parametrize(
    "value", [7, True, [], {}, "", "   ", "a" * 11, "a\x00b", "a\x1b[2J", "a\x7fb", "a\x85b", "a\ud800b"]
)
def test_what_is_no_text_is_refused_by_its_name(value):
    with pytest.raises(InvalidRequest, match=r"^a "):
        requests.text({"a": value}, "a", 10)


def test_what_is_needed_is_asked_for():
    assert requests.needed({"a": "b"}, "a", 10) == "b"
    with pytest.raises(InvalidRequest, match="a is missing"):
        requests.needed({"a": None}, "a", 10)


@given(body=st.binary() | st.text().map(lambda text: json.dumps({"question": text}).encode()))
def test_any_body_is_read_or_refused(body):
    try:
        found = requests.json_object(requests.read(encoded(body)), MOST, MEMBERS)
        question = requests.text(found, "question", 100)
    except DoorRefusal as error:
        str(error).encode()
        return
    assert question is None or question.encode()
