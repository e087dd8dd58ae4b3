"""The samples of an ask's steps in events/knowledge are what the functions take."""

from __future__ import annotations

import json
import re

import pytest

from common.doors import identity
from knowledge.answers import work
from knowledge.answers.asked import Ask
from knowledge.handlers import answer, compose, door, refuse, retrieve, show
from local.samples import knowledge
from local.samples.stack import EVENTS
from tests import samples
from tests.e2e.schemas import check
from tests.unit.knowledge.answers.conftest import CONTEXT
from tests.unit.knowledge.opening.builders import shelve

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
ANALYST = "arn:aws:iam::123456789012:role/Analyst"
STATES = ("retrieve", "answer", "refuse")


@pytest.fixture
def handbook(account):
    account.document(knowledge.KEY, knowledge.TEXT, users=[ANALYST])
    return account


def test_the_door_takes_a_signed_request(account):
    event = samples.document("knowledge_door")
    check(json.loads(event["body"]), "ask-request")
    assert door.handler(event, CONTEXT)["statusCode"] == 202
    (state,) = account.states.started.values()
    assert (state["user"], state["name"]) == (identity.signer_id(ANALYST), ANALYST)
    assert state["user"] == samples.document("knowledge_retrieve")["user"]


def test_the_door_takes_a_token(account, monkeypatch):
    event = samples.document("knowledge_door_token")
    check(json.loads(event["body"]), "search-request")
    assert door.handler(event, CONTEXT)["statusCode"] == 401
    monkeypatch.setenv("TOKEN_ISSUER", ISSUER)
    monkeypatch.setenv("GROUPS_CLAIM", "cognito:groups")
    response = door.handler(event, CONTEXT)
    assert response["statusCode"] == 200
    check(json.loads(response["body"]), "search-hits")


def test_a_page_is_asked_for_by_its_key(handbook):
    event = samples.document("knowledge_show")
    assert event["queryStringParameters"]["key"] == knowledge.KEY
    shelve(handbook, knowledge.KEY, "text/plain", reader=ANALYST)
    response = show.handler(event, CONTEXT)
    assert response["statusCode"] == 200
    check(json.loads(response["body"]), "document-page")


def test_each_step_takes_its_own(handbook):
    state = samples.document("knowledge_retrieve")
    made = retrieve.handler(state, CONTEXT)
    assert made["work"] == f"steps/{state['id']}"
    shown = work.found(made["work"])
    message = json.loads(samples.document("knowledge_compose")["Records"][0]["body"])
    event = samples.document("knowledge_compose", TaskToken="t", ComposeFirstQueueName="first", Now=state["asked_at"])
    work.keep_found(message["work"]["work"], work.Found(shown.ask, shown.hits, []))
    handbook.states.open.add("t")
    assert compose.handler(event, CONTEXT) == {"batchItemFailures": []}
    assert handbook.states.sent == [("t", {"composed": True})]
    state = samples.document("knowledge_answer")
    work.keep_composed(state["work"], work.made(message["work"]["work"]))
    assert answer.handler(state, CONTEXT)["outcome"] == "answered"
    assert "120 days" in handbook.get(f"answers/{state['id']}.json")["answer"]
    refused = refuse.handler(samples.document("knowledge_refuse"), CONTEXT)
    assert (refused["outcome"], refused["error"]) == ("refused", "NotInDocuments")


@pytest.mark.parametrize("name", [*STATES, "answer_from_documents"])
def test_samples_of_steps_are_of_asks_as_the_door_takes_them(name, account):
    door.handler(samples.document("knowledge_door"), CONTEXT)
    (state,) = account.states.started.values()
    found = samples.document(name if name == "answer_from_documents" else f"knowledge_{name}")
    assert state.keys() <= found.keys()
    assert Ask.of(found).plain().keys() == state.keys()
    assert re.fullmatch("[0-9a-f]{40}", found["id"])
    assert found.get("work", f"steps/{found['id']}") == f"steps/{found['id']}"


def test_each_sample_has_an_ask_of_its_own():
    found = [samples.document(f"knowledge_{name}")["id"] for name in STATES]
    for name in ("compose", "give_up"):
        message = json.loads((EVENTS / "knowledge" / f"{name}.json").read_text())["Records"][0]["body"]
        found.append(json.loads(message)["work"]["id"])
    assert len(set(found)) == len(found)


def test_what_the_seed_says_a_model_has_said_stands_in_the_document():
    assert knowledge.SAID in knowledge.TEXT
