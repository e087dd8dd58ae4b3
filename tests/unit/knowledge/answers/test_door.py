"""The door: searches, asks, answers and votes of whoever may, with the rights of who asks now."""

from __future__ import annotations

import json

import pytest
from jsonschema import ValidationError

from common import aws
from common.doors import identity
from common.table import Table
from knowledge.handlers import door
from knowledge.model import MOST_QUESTION, Access
from knowledge.rights import sets
from tests.doors import ISSUER, NOW, claims, request, with_signature, with_token
from tests.e2e.schemas import check
from tests.unit.documents.pipeline_aws import refusal
from tests.unit.knowledge.answers.builders import ANN, BOB, LEASE, NOTICE
from tests.unit.knowledge.answers.conftest import CONTEXT, MACHINE
from tests.unit.questions.answers.builders import metrics

QUESTION = {"question": "How high is the rent of Müller GmbH?"}
SEARCH = {"query": "rent of Müller GmbH"}
SCHEMAS = {("/search", 200): "search-hits", ("/ask", 202): "ask-taken", ("/votes", 200): "vote"}
REQUESTS = {"/search": "search-request", "/ask": "ask-request", "/votes": "vote"}


def post(path, body, caller=ANN, **more):
    return told(path, door.handler(with_signature(caller, path=path, body=body, **more), CONTEXT))


def read(identifier, caller=ANN):
    path = f"/ask/{identifier}"
    event = with_signature(caller, method="GET", path=path, route="/ask/{id}", parameters={"id": identifier})
    return told("/ask/{id}", door.handler(event, CONTEXT))


def told(path, response):
    """Status and document, where the document is what its schema says."""
    status, document = response["statusCode"], json.loads(response["body"])
    default = "ask-answer" if status == 200 else "door-refusal"
    check(document, SCHEMAS.get((path, status), default))
    return status, document


@pytest.fixture
def leases(account, clock):
    account.document("leases/north.txt", LEASE)
    account.document("leases/south.txt", NOTICE)
    account.document("secret.txt", "The rent of Müller GmbH is in truth EUR 7,777 per month.", users=[BOB])
    return account


# Searches


def test_a_search_finds_what_its_reader_may_read(leases, capsys):
    status, found = post("/search", SEARCH)
    assert status == 200
    assert [hit["key"] for hit in found["hits"]] == ["leases/north.txt", "leases/south.txt"]
    assert found["hits"][0]["text"] == LEASE
    assert not found["more"]
    assert [hit["key"] for hit in post("/search", SEARCH, BOB)[1]["hits"]] == ["secret.txt"]
    counted = metrics(capsys.readouterr().out)
    assert (counted["Searched"], counted["SearchesWithoutHit"]) == (2, 0)


def test_a_right_that_was_taken_away_counts_at_once(leases, capsys):
    leases.allow("leases/north.txt", BOB)
    assert [hit["key"] for hit in post("/search", SEARCH)[1]["hits"]] == ["leases/south.txt"]
    assert metrics(capsys.readouterr().out)["RightsDenied"] == 1


def test_a_search_may_be_narrowed(leases):
    assert post("/search", {**SEARCH, "top": 1})[1]["hits"][0]["key"] == "leases/north.txt"
    assert len(post("/search", {**SEARCH, "top": 1})[1]["hits"]) == 1
    assert post("/search", {**SEARCH, "filters": {"folder": "other"}})[1]["hits"] == []


def test_who_may_read_nothing_finds_nothing(leases, capsys):
    assert post("/search", SEARCH, "arn:aws:iam::123456789012:user/eve")[1]["hits"] == []
    assert metrics(capsys.readouterr().out)["SearchesWithoutHit"] == 1
    assert leases.embedder.texts == []


def test_at_the_days_ceiling_a_search_may_come_again(leases, monkeypatch, capsys):
    monkeypatch.setenv("DAILY_EMBEDDED_TOKENS", "0")
    status, found = post("/search", SEARCH)
    assert (status, found["error"]) == (503, "Unavailable")
    told = capsys.readouterr().out
    assert metrics(told)["DoorStopped"] == 1, "its alarm leaves these out"
    assert "DoorUnavailable" not in metrics(told)
    assert "not served" not in told


# What is refused


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/search", {}),
        ("/search", {"query": ""}),
        ("/search", {"query": "a" * (MOST_QUESTION + 1)}),
        ("/search", {"query": "a", "top": 0}),
        ("/search", {"query": "a", "top": 51}),
        ("/search", {"query": "a", "top": True}),
        ("/search", {"query": "a", "top": "1"}),
        ("/search", {"query": "a", "top": 1.5}),
        ("/search", {"query": "a", "filters": []}),
        ("/search", {"query": "a", "filters": {"acl": "b"}}),
        ("/search", {"query": "a", "filters": {"from": "yesterday"}}),
        ("/search", {"query": "a", "user": "b"}),
        ("/ask", {}),
        ("/ask", {"question": 7}),
        ("/ask", {"question": "a" * (MOST_QUESTION + 1)}),
        ("/ask", {"question": "a", "groups": ["board"]}),
        ("/votes", {"id": "a" * 40}),
        ("/votes", {"id": "a" * 40, "vote": "sideways"}),
        ("/votes", {"id": "a" * 40, "vote": True}),
        ("/votes", {"vote": "up"}),
    ],
)
def test_a_request_of_another_form_is_refused(account, clock, path, body):
    status, found = post(path, body)
    assert (status, found["error"]) == (400, "InvalidRequest")
    if body.get("filters") != {"from": "yesterday"}:  # a date's form is no condition of the schema's
        with pytest.raises(ValidationError):
            check(body, REQUESTS[path])
    assert account.states.started == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/search", 405),
        ("GET", "/ask", 405),
        ("GET", "/votes", 405),
        ("DELETE", "/ask/a", 405),
        ("GET", "/", 404),
    ],
)
def test_another_address_or_method_is_refused(account, clock, method, path, status):
    route = "/ask/{id}" if path == "/ask/a" else path
    response = door.handler(with_signature(method=method, path=path, route=route), CONTEXT)
    assert response["statusCode"] == status


def test_nobody_knows_who_asks(account, clock, capsys):
    assert door.handler(request(path="/search", body=SEARCH), CONTEXT)["statusCode"] == 401
    assert metrics(capsys.readouterr().out)["CallersRefused"] == 1


@pytest.mark.parametrize(("path", "body", "most"), [("/search", SEARCH, 5), ("/ask", QUESTION, 5)])
def test_rates_are_each_callers_and_each_routes_own(leases, path, body, most):
    for _ in range(most):
        assert post(path, body)[0] in (200, 202)
    assert post(path, body)[0] == 429
    assert post(path, body, BOB)[0] in (200, 202)
    assert post("/ask" if path == "/search" else "/search", QUESTION if path == "/search" else SEARCH)[0] < 300


# Asks


def test_an_ask_gets_an_id_a_session_and_an_execution(account, clock):
    status, found = post("/ask", QUESTION)
    assert (status, set(found)) == (202, {"schema", "id", "session_id"})
    ((arn, state),) = account.states.started.items()
    assert arn == f"{MACHINE.replace(':stateMachine:', ':execution:')}:ask-{found['id']}-1"
    assert state == {
        "schema": 1,
        "id": found["id"],
        "user": identity.signer_id(ANN),
        "name": ANN,
        "groups": [],
        "question": QUESTION["question"],
        "session": found["session_id"],
        "asked_at": "2026-11-20T06:00:00.000Z",
    }


def test_the_same_within_a_minute_is_the_same(account, clock):
    first = post("/ask", QUESTION)
    assert post("/ask", QUESTION) == first
    clock.now += 61
    assert post("/ask", QUESTION)[1]["id"] != first[1]["id"]
    assert len(account.states.started) == 2


def test_what_was_refused_is_asked_anew(account, clock):
    """The documents may have come meanwhile. Under a key the request stays the same one."""
    first = post("/ask", QUESTION)[1]["id"]
    assert account.run()["outcome"] == "refused"
    second = post("/ask", QUESTION)[1]["id"]
    assert second != first
    assert post("/ask", QUESTION)[1]["id"] == second
    assert read(first)[1]["state"] == "refused"
    key = {"idempotency-key": "order-8"}
    third = post("/ask", QUESTION, headers=key)[1]["id"]
    assert account.run()["outcome"] == "refused"
    assert post("/ask", QUESTION, headers=key)[1]["id"] == third


def test_what_may_no_longer_be_told_is_asked_anew(account, clock):
    account.document("leases/north.txt", LEASE)
    first = post("/ask", QUESTION)[1]["id"]
    assert account.run()["outcome"] == "answered"
    assert post("/ask", QUESTION)[1]["id"] == first
    account.allow("leases/north.txt", BOB)
    assert post("/ask", QUESTION)[1]["id"] != first


def test_a_key_stands_for_its_request(account, clock):
    key = {"idempotency-key": "order-7"}
    first = post("/ask", QUESTION, headers=key)
    clock.now += 3_600
    assert post("/ask", QUESTION, headers=key) == first
    assert post("/ask", {"question": "Something else?"}, headers=key)[0] == 409


def with_groups(*groups, **more):
    payload = claims(**{"cognito:groups": list(groups)})
    return with_token(payload, path="/ask", body=QUESTION, **more)


@pytest.fixture
def tokens(account, clock, monkeypatch):
    monkeypatch.setenv("TOKEN_ISSUER", ISSUER)
    monkeypatch.setenv("GROUPS_CLAIM", "cognito:groups")
    return account


def test_groups_are_those_of_the_token_and_make_another_ask(tokens):
    callers = (["hr board"], ["hr", "board"], ["board", "hr"])
    asked = [json.loads(door.handler(with_groups(*groups), CONTEXT)["body"])["id"] for groups in callers]
    assert len(set(asked)) == 2
    assert [state["groups"] for state in tokens.states.started.values()] == [["hr board"], ["board", "hr"]]


@pytest.mark.parametrize("path", ["/ask", "/search"])
def test_half_a_character_in_a_group_is_refused_by_a_sentence(tokens, path):
    payload = claims(**{"cognito:groups": ["hr", "\ud83d"]})
    body = QUESTION if path == "/ask" else SEARCH
    status, found = told(path, door.handler(with_token(payload, path=path, body=body), CONTEXT))
    assert (status, "half a character" in found["message"]) == (401, True)
    assert tokens.states.started == {}


def test_an_answer_is_told_with_the_groups_of_now(tokens):
    """Who has left a group reads no more what it was told by it, in an answer of before either."""
    tokens.document("leases/north.txt", LEASE, users=[])
    tokens.allow("leases/north.txt", groups=["board"])
    tokens.index.retag(sets.keep(Table("state"), Access(groups=frozenset(["board"]))))
    taken_ask = json.loads(door.handler(with_groups("board"), CONTEXT)["body"])
    assert tokens.run()["outcome"] == "answered"

    def read_as(*groups):
        path = f"/ask/{taken_ask['id']}"
        payload = claims(**{"cognito:groups": list(groups)})
        event = with_token(payload, method="GET", path=path, route="/ask/{id}", parameters={"id": taken_ask["id"]})
        return told("/ask/{id}", door.handler(event, CONTEXT))[1]

    assert read_as("board")["state"] == "answered"
    assert read_as("boards")["reason"]["error"] == "SourcesGone"
    assert read_as()["answer"] is None


def test_anothers_ask_is_none(account, clock):
    identifier = post("/ask", QUESTION)[1]["id"]
    assert read(identifier, BOB)[0] == 404
    assert read(identifier)[1]["state"] == "running"
    assert read("f" * 40)[0] == 404
    assert read("no id")[0] == 404


@pytest.mark.parametrize("number", range(1, 6))
def test_a_door_that_died_loses_nothing(account, clock, monkeypatch, number):
    """Its writes: the rate, the repeat, the ask, the session, the execution."""

    class Died(BaseException):
        """The worker is gone."""

    left, real, plain = [number], aws.client("dynamodb"), aws.client

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

    with monkeypatch.context() as patch:
        patch.setattr(aws, "client", lambda name, **more: Dying() if name == "dynamodb" else plain(name, **more))
        patch.setattr(account.states, "start_execution", after(account.states.start_execution))
        with pytest.raises(Died):
            post("/ask", QUESTION)
    status, found = post("/ask", QUESTION)
    assert status == 202
    ((_, state),) = account.states.started.items()
    assert (state["id"], state["session"]) == (found["id"], found["session_id"])
    assert len(account.items("ask")) == len(account.items("ask-session")) == 1


def test_step_functions_that_are_busy_are_asked_again_by_a_repeat(account, clock, monkeypatch):
    def busy(**_):
        raise refusal("ThrottlingException", 400, "StartExecution")

    with monkeypatch.context() as patch:
        patch.setattr(account.states, "start_execution", busy)
        assert post("/ask", QUESTION)[0] == 503
    assert post("/ask", QUESTION)[0] == 202
    assert len(account.states.started) == 1


# Votes


@pytest.fixture
def answered(leases):
    identifier = post("/ask", QUESTION)[1]["id"]
    leases.run()
    return identifier


def votes(printed):
    """What was counted, by vote."""
    found = {}
    for line in printed.splitlines():
        document = json.loads(line) if line.startswith("{") else {}
        if "Votes" in document and "vote" in document:
            found[document["vote"]] = found.get(document["vote"], 0) + sum(document["Votes"])
    return found


def test_a_vote_is_kept_once_and_may_be_changed(leases, answered, capsys):
    capsys.readouterr()
    for said in ("up", "up", "down", "down", "down"):
        assert post("/votes", {"id": answered, "vote": said}) == (200, {"schema": 1, "id": answered, "vote": said})
    (item,) = leases.items("vote")
    assert item["vote"]["S"] == "down"
    assert int(item["expires"]["N"]) == int(NOW) + 30 * 86_400
    assert votes(capsys.readouterr().out) == {"up": 1, "down": 1}


def test_a_vote_whose_date_has_passed_counts_anew(leases, answered, clock, capsys):
    post("/votes", {"id": answered, "vote": "up"})
    leases.dynamodb.update_item(
        TableName="state",
        Key={"pk": leases.items("vote")[0]["pk"]},
        UpdateExpression="SET expires = :e",
        ExpressionAttributeValues={":e": {"N": str(int(NOW) - 5)}},
    )
    capsys.readouterr()
    post("/votes", {"id": answered, "vote": "up"})
    assert votes(capsys.readouterr().out) == {"up": 1}


def test_nobody_votes_on_what_is_not_his_or_not_there(leases, answered, clock):
    assert post("/votes", {"id": answered, "vote": "up"}, BOB)[0] == 404
    assert post("/votes", {"id": "f" * 40, "vote": "up"})[0] == 404
    waiting = post("/ask", {"question": "And the notice?"})[1]["id"]
    assert post("/votes", {"id": waiting, "vote": "up"})[0] == 409
    assert leases.items("vote") == []


def test_what_is_asked_is_kept_for_its_days_and_no_longer(account, clock):
    identifier = post("/ask", QUESTION)[1]["id"]
    (item,) = account.items("ask")
    assert int(item["expires"]["N"]) == int(NOW) + 30 * 86_400
    clock.now += 30 * 86_400 + 1
    assert read(identifier)[0] == 404
