"""The switchboard of tests: Polly failing on request, and the count of what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from local.cloud.http import Response
from local.services import CONTROL, ROUTES
from local.services.polly import service, switches
from tests.local.polly.builders import error, request, speak

MARKS = {"OutputFormat": "json", "SpeechMarkTypes": ["word"]}


@pytest.fixture(autouse=True)
def no_faults_left() -> Iterator[None]:
    yield
    switches.FAULTS.clear()
    switches.USAGE.reset()
    switches.THROTTLES.override(None)


def control(method: str, what: str, body: object = None) -> Response:
    return CONTROL["/_local/polly"](request(method, f"/_local/polly/{what}", body))


def usage() -> dict[str, int]:
    found: dict[str, int] = json.loads(control("GET", "usage").body)
    return found


def test_the_engine_is_found_by_its_service_name() -> None:
    wanted = service.handle(request("GET", "/v1/voices"))
    assert wanted.status == 200
    assert ROUTES["polly"](request("GET", "/v1/voices")).body == wanted.body


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("down", "500 ServiceFailureException"),
        ("throttle", "400 ThrottlingException"),
        ("refuse", "400 InvalidSsmlException"),
    ],
)
def test_each_mode_has_pollys_own_error(mode: str, expected: str) -> None:
    assert control("POST", "faults", {"mode": mode}).status == 200
    assert error(speak()) == expected
    assert control("DELETE", "faults").status == 200
    assert speak(**MARKS).status == 200


def test_a_fault_strikes_only_where_it_matches_and_so_often() -> None:
    control("POST", "faults", {"mode": "down", "match": "lam[bp]", "times": 2})
    assert speak("Mary had a dog.", **MARKS).status == 200
    assert [speak("A lamb.", **MARKS).status for _ in range(3)] == [500, 500, 200]


def test_faults_add_up_and_the_oldest_strikes_first() -> None:
    switches.set_fault("throttle", times=1)
    switches.set_fault("refuse", times=1)
    answers = [speak(**MARKS) for _ in range(3)]
    assert [answer.headers.get("x-amzn-errortype") for answer in answers] == [
        "ThrottlingException",
        "InvalidSsmlException",
        None,
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "sideways"},
        {"mode": "down", "match": "("},
        {"mode": "down", "times": 0},
        [],
        b"x",
        {"mode": "down", "times": "2"},
    ],
)
def test_a_wrong_wish_is_explained(body: object) -> None:
    response = control("POST", "faults", body)
    assert response.status == 400
    assert "mode" in json.loads(response.body)["message"]
    assert speak(**MARKS).status == 200


def test_usage_counts_what_was_answered_and_billed() -> None:
    switches.USAGE.reset()
    speak("Mary had.", **MARKS)
    speak("<speak>A <break/>lamb.</speak>", TextType="ssml", **MARKS)
    speak("refused", VoiceId="Nobody")
    switches.set_fault("down", times=1)
    speak("failed", **MARKS)
    assert usage() == {"requests": 2, "characters": 9 + 7}
    control("DELETE", "usage")
    assert usage() == {"requests": 0, "characters": 0}


def test_other_paths_are_not_found() -> None:
    assert control("GET", "nonsense").status == 404
    assert control("PUT", "faults").status == 404


def test_others_may_take_a_part_of_the_quota() -> None:
    assert control("POST", "throttle", {"setting": "0.0001"}).status == 200
    account = "210987654321"
    assert speak(account=account).status == 200
    assert error(speak(account=account)) == "400 ThrottlingException"
    assert control("POST", "throttle", {"setting": "half"}).status == 400
    assert control("POST", "throttle", {"setting": None}).status == 200
