"""What is told: a status, a name, a sentence, and nothing from inside."""

from __future__ import annotations

import json

import pytest

from common.doors import answers, errors
from common.errors import CeilingReached, MissingSetting, PipelinePaused, ServiceUnavailable, StorageUnavailable

REFUSALS = [
    (errors.InvalidRequest("Send it."), 400, {}),
    (errors.Unauthenticated("Send it."), 401, {"WWW-Authenticate": "Bearer"}),
    (errors.Forbidden("Send it."), 403, {}),
    (errors.NotFound("Send it."), 404, {}),
    (errors.MethodNotAllowed(["GET", "HEAD"]), 405, {"Allow": "GET, HEAD"}),
    (errors.Conflict("Send it."), 409, {}),
    (errors.TooLarge("Send it."), 413, {}),
    (errors.UnsupportedMediaType("Send it."), 415, {}),
    (errors.TooManyRequests(5, 7), 429, {"Retry-After": "7"}),
]


@pytest.mark.parametrize(("error", "status", "headers"), REFUSALS, ids=lambda each: type(each).__name__)
def test_a_refusal_has_its_status_its_name_and_its_sentence(error, status, headers):
    told = answers.of_error(error)
    assert told["statusCode"] == status
    assert headers.items() <= told["headers"].items()
    assert json.loads(told["body"]) == {"schema": 1, "error": type(error).__name__, "message": str(error)}


def test_every_refusal_is_in_the_list():
    assert {type(error) for error, *_ in REFUSALS} == set(errors.DoorRefusal.__subclasses__())


@pytest.mark.parametrize("kind", [StorageUnavailable, ServiceUnavailable, CeilingReached])
def test_what_passes_is_told_with_a_time_and_not_with_what_happened(kind):
    told = answers.of_error(kind("DynamoDB's millrace-state is busy."))
    assert told["statusCode"] == 503
    assert int(told["headers"]["Retry-After"]) >= 1
    assert json.loads(told["body"])["error"] == "Unavailable"
    assert "state" not in told["body"]


@pytest.mark.parametrize("kind", [CeilingReached, PipelinePaused])
def test_what_may_not_be_bought_is_not_asked_for_every_other_second(kind):
    told = answers.of_error(kind("2,000 of 2,000 are bought."))
    assert (told["statusCode"], told["headers"]["Retry-After"]) == (503, str(answers.STOPPED_SECONDS))
    assert answers.STOPPED_SECONDS > 10 * answers.LATER_SECONDS
    assert "2,000" not in told["body"]
    assert "midnight UTC" in json.loads(told["body"])["message"]


def test_a_defect_stays_one():
    with pytest.raises(MissingSetting):
        answers.of_error(MissingSetting("Set STATE_TABLE."))


def test_an_answer_is_one_callers():
    told = answers.answer(202, {"id": "日\ud800"}, {"Location": "/questions/a"})
    assert told["headers"]["Cache-Control"] == "no-store"
    assert told["headers"]["Content-Type"] == "application/json"
    assert told["headers"]["Location"] == "/questions/a"
    assert told["body"].isascii()
