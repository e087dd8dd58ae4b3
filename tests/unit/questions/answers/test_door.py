"""The door: a question becomes one execution, whoever asks it how often; an answer is told to nobody else."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from jsonschema import ValidationError

from common import aws
from common.doors import kept
from questions.answers import taken
from questions.handlers import door
from questions.model import MOST_QUESTION
from tests.doors import ISSUER, NOW, claims, one_request_at_a_time, request, with_signature, with_token
from tests.e2e.schemas import check
from tests.unit.documents.pipeline_aws import FakeStates, refusal
from tests.unit.questions.answers.builders import ANSWERS, MACHINE, metrics

CONTEXT = SimpleNamespace(function_name="door", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="r")
BOB = "arn:aws:iam::123456789012:user/bob"
QUESTION = {"question": "How many trips?"}


def ask(body=QUESTION, caller=None, **more):
    event = with_signature(body=body, **more) if caller is None else with_signature(caller, body=body, **more)
    return told(door.handler(event, CONTEXT))


def read(identifier, caller=None, **more):
    more = {"route": "/questions/{id}", "parameters": {"id": identifier}, **more}
    arguments = ("GET", f"/questions/{identifier}")
    event = with_signature(*([caller] if caller else []), method=arguments[0], path=arguments[1], **more)
    return told(door.handler(event, CONTEXT))


def told(response):
    """Status, document and headers, where the document is what its schema says."""
    status, document = response["statusCode"], json.loads(response["body"])
    if status != 200 or document["state"] == "running":
        check(document, {200: "question-answer", 202: "question-taken"}.get(status, "door-refusal"))
    return status, document, response["headers"]


# One question


def test_a_question_gets_an_id_a_session_and_an_execution(account, clock):
    status, body, headers = ask()
    assert status == 202
    assert set(body) == {"schema", "id", "session_id"}
    assert len(body["id"]) == len(body["session_id"]) == 40
    assert headers["Location"] == f"/questions/{body['id']}"
    ((arn, state),) = account.states.started.items()
    assert arn == f"{MACHINE.replace(':stateMachine:', ':execution:')}:question-{body['id']}-1"
    assert state == {
        "schema": 1,
        "id": body["id"],
        "user": state["user"],
        "question": "How many trips?",
        "database": "lake",
        "session": body["session_id"],
        "asked_at": "2026-11-20T06:00:00.000Z",
    }
    assert len(state["user"]) == 40


def test_it_is_running_until_there_is_an_answer(account, clock):
    identifier = ask()[1]["id"]
    status, body, _ = read(identifier)
    assert (status, body["state"], body["question"]) == (200, "running", "How many trips?")
    account.put(kept.key(identifier), {**body, "state": "answered", "text": "trips: 7."})
    assert read(identifier)[1]["text"] == "trips: 7."


def test_what_is_asked_is_kept_for_its_days_and_no_longer(account, clock):
    identifier = ask()[1]["id"]
    (item,) = account.items("question")
    assert int(item["expires"]["N"]) == int(NOW) + 30 * 86_400
    clock.now += 30 * 86_400 + 1
    assert read(identifier)[0] == 404


def test_a_database_may_be_named(account, clock):
    ask({**QUESTION, "database": "archive"})
    (state,) = account.states.started.values()
    assert state["database"] == "archive"


def test_a_session_goes_on(account, clock):
    first = ask()[1]
    second = ask({"question": "And by day?", "session_id": first["session_id"]})[1]
    assert second["session_id"] == first["session_id"]
    assert second["id"] != first["id"]


# What is refused


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "InvalidRequest"),
        ({"question": ""}, 400, "InvalidRequest"),
        ({"question": "a" * (MOST_QUESTION + 1)}, 400, "InvalidRequest"),
        ({"question": 7}, 400, "InvalidRequest"),
        ({"question": "a", "database": "secrets"}, 400, "InvalidRequest"),
        ({"question": "a", "database": ""}, 400, "InvalidRequest"),
        ({"question": "a", "sesion_id": "b"}, 400, "InvalidRequest"),
        ({"question": "a", "user": "b" * 40}, 400, "InvalidRequest"),
        ({"question": "a", "session_id": "b" * 40}, 404, "NotFound"),
        ({"question": "a", "session_id": "#"}, 404, "NotFound"),
        ("question=a", 400, "InvalidRequest"),
        ("a" * 20_000, 413, "TooLarge"),
    ],
)
def test_a_request_of_another_form_is_refused_and_starts_nothing(account, clock, body, status, error):
    found, document, _ = ask(body)
    assert (found, document["error"]) == (status, error)
    assert document["message"].endswith(".")
    assert account.states.started == {}
    assert account.items("question") == []


@pytest.mark.parametrize("key", ["", "a b", "ä", "a" * 256, "a\n"])
def test_an_idempotency_key_is_visible_ascii(account, clock, key):
    assert ask(headers={"idempotency-key": key})[0] == 400


def test_a_form_is_not_read(account, clock):
    assert ask("question=a", headers={"content-type": "application/x-www-form-urlencoded"})[0] == 415


@pytest.mark.parametrize(
    ("method", "route", "status", "allowed"),
    [
        ("GET", "/questions", 405, "POST"),
        ("DELETE", "/questions/{id}", 405, "GET"),
        ("GET", "/", 404, None),
        ("POST", "/question", 404, None),
        ("GET", "", 404, None),
    ],
)
def test_other_addresses_and_methods(account, clock, method, route, status, allowed):
    event = {**with_signature(method=method, path="/x"), "routeKey": f"{method} {route}"}
    found, _, headers = told(door.handler(event, CONTEXT))
    assert (found, headers.get("Allow")) == (status, allowed)


def test_nobody_gets_in_without_a_name(account, clock):
    for event in (request(body=QUESTION), with_token(claims(), body=QUESTION)):
        assert told(door.handler(event, CONTEXT))[0] == 401
    assert account.items("rate") == []


def test_callers_who_are_refused_are_counted(account, clock, capsys):
    ask(caller="arn:aws:sts::123456789012:federated-user/ann")
    door.handler(request(body=QUESTION), CONTEXT)
    printed = capsys.readouterr().out
    assert metrics(printed)["CallersRefused"] == 2
    assert "federated-user" not in printed


def test_tokens_where_an_issuer_is_set(account, clock, monkeypatch):
    monkeypatch.setenv("TOKEN_ISSUER", ISSUER)
    assert told(door.handler(with_token(claims(), body=QUESTION), CONTEXT))[0] == 202
    assert told(door.handler(with_token(claims(exp=None), body=QUESTION), CONTEXT))[0] == 401
    assert told(door.handler(with_signature(body=QUESTION), CONTEXT))[0] == 401


# Whose is it?


def test_anothers_question_is_none(account, clock):
    identifier = ask()[1]["id"]
    account.put(kept.key(identifier), {"id": identifier, "state": "answered"})
    assert read(identifier)[0] == 200
    for stranger in (BOB, "arn:aws:sts::123456789012:assumed-role/ann/ann", "arn:aws:iam::123456789012:root"):
        assert read(identifier, stranger)[:2] == read("0" * 40, stranger)[:2]
        assert read(identifier, stranger)[0] == 404


@pytest.mark.parametrize("identifier", ["0" * 40, "..", "../steps/x", "repeat#a", "%2e", "", "ä", "a" * 3000])
def test_an_unknown_id_is_none(account, clock, identifier):
    ask()
    assert read(identifier)[0] == 404


@pytest.mark.parametrize("identifier", ["a" * 3_000, "A" * 40, "a" * 41, "a" * 40 + "\n", "\U0001f600"])
def test_an_id_of_another_form_is_none_and_the_table_is_not_asked_for_it(account, clock, monkeypatch, identifier):
    # DynamoDB refuses a key of more than 2,048 bytes: that would be a defect of ours, and ring.
    asked = []
    monkeypatch.setattr(taken.Table, "get", lambda _table, key: asked.append(key))
    assert read(identifier)[0] == 404
    assert asked == []


def test_anothers_session_is_none(account, clock):
    session = ask()[1]["session_id"]
    assert ask({**QUESTION, "session_id": session}, BOB)[0] == 404
    assert len(account.states.started) == 1


# Repeats


def test_the_same_within_a_minute_is_the_same(account, clock):
    first = ask()
    clock.now += 60
    assert ask()[:2] == first[:2]
    assert len(account.states.started) == 1
    clock.now += 1
    assert ask()[1]["id"] != first[1]["id"]
    assert len(account.states.started) == 2


def test_what_differs_is_another_question(account, clock, monkeypatch):
    monkeypatch.setenv("QUESTIONS_PER_MINUTE", "100")
    first = ask()[1]
    others = [
        ask({"question": "How many trips"})[1],
        ask({**QUESTION, "database": "archive"})[1],
        ask({**QUESTION, "session_id": first["session_id"]})[1],
        ask(caller=BOB)[1],
        ask(headers={"idempotency-key": "a"})[1],
        ask(headers={"idempotency-key": "b"})[1],
    ]
    assert len({first["id"], *(each["id"] for each in others)}) == 7
    assert len(account.states.started) == 7


def test_a_key_stands_for_its_request_for_a_day(account, clock):
    key = {"idempotency-key": "order-7"}
    first = ask(headers=key)[1]
    clock.now += 86_400
    assert ask(headers=key)[1] == first
    status, body, _ = ask({"question": "Something else?"}, headers=key)
    assert (status, body["error"]) == (409, "Conflict")
    assert ask(headers=key, caller=BOB)[1]["id"] != first["id"]
    clock.now += 1
    assert ask({"question": "Something else?"}, headers=key)[0] == 202


def test_a_failed_execution_is_begun_again_by_a_repeat(account, clock):
    first = ask()[1]
    (arn,) = account.states.started
    account.states.executions[arn] = ("FAILED", None)
    assert ask()[1] == first
    assert [name.rpartition("-")[2] for name in account.states.started] == ["1", "2"]


@pytest.mark.parametrize("state", ["RUNNING", "SUCCEEDED"])
def test_one_that_runs_or_is_done_is_not(account, clock, state):
    ask()
    (arn,) = account.states.started
    account.states.executions[arn] = (state, {})
    ask()
    assert len(account.states.started) == 1


def test_races_of_one_question_are_one_execution(account, clock, monkeypatch):
    one_request_at_a_time(monkeypatch)
    monkeypatch.setenv("QUESTIONS_PER_MINUTE", "100")
    lock, start = Lock(), FakeStates.start_execution

    def guarded(self, **arguments):
        with lock:
            return start(self, **arguments)

    monkeypatch.setattr(FakeStates, "start_execution", guarded)
    table, wanted = door.Table("state"), door.asked.Asked("How many trips?", "lake", None, None)

    def race(_):
        found = taken.take(table, "a" * 40, wanted, NOW, 86_400)
        taken.start(MACHINE, found.question)
        return found

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(race, range(24)))
    assert len({each.question for each in found}) == 1
    assert sum(each.fresh for each in found) == 1
    assert len(account.states.started) == 1
    assert len(account.items("question")) == len(account.items("question-session")) == 1


# A door that dies


class Died(BaseException):
    """The worker is gone."""


def deaths(monkeypatch, account, clock, number):
    """Lets the door die after its n-th writing call; False once it makes fewer."""
    left, real = [number], aws.client("dynamodb")

    def after(call):
        def made(**arguments):
            answer = call(**arguments)
            left[0] -= 1
            if left[0] == 0:
                raise Died
            return answer

        return made

    class Dying:
        def __getattr__(self, name):
            call = getattr(real, name)
            return after(call) if name in {"put_item", "update_item"} else call

    plain = aws.client
    with monkeypatch.context() as patch:
        patch.setattr(aws, "client", lambda name, **more: Dying() if name == "dynamodb" else plain(name, **more))
        patch.setattr(account.states, "start_execution", after(account.states.start_execution))
        try:
            ask()
        except Died:
            return True
    return False


@pytest.mark.parametrize("number", range(1, 6))
def test_a_door_that_died_loses_nothing(account, clock, monkeypatch, number):
    """Its writes: the rate, the repeat, the question, the session, the execution."""
    assert deaths(monkeypatch, account, clock, number)
    status, body, _ = ask()
    assert status == 202
    assert len(account.states.started) == 1
    (state,) = account.states.started.values()
    assert (state["id"], state["session"]) == (body["id"], body["session_id"])
    assert read(body["id"])[1]["state"] == "running"
    assert ask({"question": "And by day?", "session_id": body["session_id"]})[0] == 202


def test_the_door_makes_no_more_writes_than_that(account, clock, monkeypatch):
    assert not deaths(monkeypatch, account, clock, 6)


def test_any_order_of_deaths_and_repeats_is_one_execution(account, clock, monkeypatch):
    monkeypatch.setenv("QUESTIONS_PER_MINUTE", "100")
    chosen = random.Random(7)
    for _ in range(12):
        deaths(monkeypatch, account, clock, chosen.randint(1, 7))
    ask()
    assert len(account.states.started) == len(account.items("question")) == 1


# Rates


def test_rates_are_each_callers_own(account, clock, capsys):
    for number in range(5):
        assert ask({"question": f"{number}?"})[0] == 202
    status, body, headers = ask({"question": "6?"})
    assert (status, body["error"], headers["Retry-After"]) == (429, "TooManyRequests", "60")
    assert ask({"question": "6?"}, BOB)[0] == 202
    assert metrics(capsys.readouterr().out)["RatesRefused"] == 1
    clock.now += 60
    assert ask({"question": "6?"})[0] == 202


def test_what_is_no_question_counts_too(account, clock):
    for _ in range(5):
        ask({})
    assert ask()[0] == 429


def test_reading_has_a_rate_of_its_own(account, clock, monkeypatch):
    monkeypatch.setattr(door, "READS_PER_MINUTE", 3)
    identifier = ask()[1]["id"]
    assert [read(identifier)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert ask()[0] == 202


# Trouble


def test_a_table_that_is_away_lets_nobody_in(account, clock, monkeypatch, capsys):
    class Away:
        def __getattr__(self, name):
            raise EndpointConnectionError(endpoint_url="https://dynamodb.internal")

    plain = aws.client
    monkeypatch.setattr(aws, "client", lambda name, **more: Away() if name == "dynamodb" else plain(name, **more))
    status, body, headers = ask()
    assert (status, body["error"]) == (503, "Unavailable")
    assert int(headers["Retry-After"]) > 0
    assert "dynamodb" not in json.dumps(body).lower()
    assert account.states.started == {}
    assert metrics(capsys.readouterr().out)["DoorUnavailable"] == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 400), ("ExecutionLimitExceeded", 400), ("InternalServerException", 500)],
)
def test_step_functions_that_are_busy_are_asked_again_by_a_repeat(account, clock, monkeypatch, code, status):
    def busy(**_):
        raise refusal(code, status, "StartExecution")

    with monkeypatch.context() as patch:
        patch.setattr(account.states, "start_execution", busy)
        assert ask()[0] == 503
    assert ask()[0] == 202
    assert len(account.states.started) == 1


def test_a_missing_right_is_a_defect(account, clock, monkeypatch):
    def forbidden(**_):
        raise refusal("AccessDeniedException", 400, "StartExecution")

    monkeypatch.setattr(account.states, "start_execution", forbidden)
    with pytest.raises(ClientError):
        ask()


# What is counted and what is never logged


def test_new_questions_are_counted_and_repeats_are_not(account, clock, capsys):
    ask()
    ask()
    assert metrics(capsys.readouterr().out)["Asked"] == 1


def test_the_log_holds_nothing_of_the_question_or_the_token(account, clock, monkeypatch, capsys):
    monkeypatch.setenv("TOKEN_ISSUER", ISSUER)
    event = with_token(claims(sub="ann-of-accounts"), body={"question": "Who earned most?"})
    door.handler(event, CONTEXT)
    printed = capsys.readouterr().out
    assert "question taken" in printed
    for secret in ("earned", "ann-of-accounts", event["headers"]["authorization"]):
        assert secret not in printed


def test_answers_lie_where_the_settings_say(account, clock):
    identifier = ask()[1]["id"]
    account.s3.put_object(Bucket=ANSWERS, Key=f"answers/{identifier}.json", Body=b'{"state": "refused"}')
    assert read(identifier)[1] == {"state": "refused"}


REQUESTS = [
    {"question": "a"},
    {"question": "a" * MOST_QUESTION, "database": "lake", "session_id": None},
    {"question": "a" * (MOST_QUESTION + 1)},
    {"question": ""},
    {"question": None},
    {"question": 7},
    {"question": "a", "database": 7},
    {"question": "a", "session_id": ""},
    {"question": "a", "other": 1},
    {},
    [],
]


@pytest.mark.parametrize("body", REQUESTS)
def test_the_schema_of_a_request_says_what_the_door_takes(account, clock, body):
    try:
        check(body, "question-request")
    except ValidationError:
        assert ask(body)[0] == 400
    else:
        assert ask(body)[0] == 202
