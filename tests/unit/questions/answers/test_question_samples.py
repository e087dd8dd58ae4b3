"""The samples in events/questions are what the functions take."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from common.doors import identity
from common.doors.identity import Trust
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from questions.handlers import answer, door, refuse
from tests import samples
from tests.doors import flattened
from tests.e2e.schemas import check
from tests.unit.questions.answers.builders import QUERY

CONTEXT = SimpleNamespace(function_name="door", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="r")
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
EXTRA = {"questions_door_token"}
STATES = ("prove", "judge", "answer", "refuse")


def test_every_function_has_a_sample_and_the_machine_too():
    kinds = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}
    resources = read_template(ROOT / "pipelines" / "questions.yaml")["Resources"]
    names = [name for name, entry in resources.items() if entry["Type"] in kinds]
    wanted = {samples.path_of(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()) for name in names}
    assert {*wanted, *map(samples.path_of, EXTRA)} == set((samples.EVENTS / "questions").glob("*.json"))


def test_the_door_takes_a_signed_request(account):
    event = samples.document("questions_door")
    check(json.loads(event["body"]), "question-request")
    assert door.handler(event, CONTEXT)["statusCode"] == 202
    (state,) = account.states.started.values()
    assert state["user"] == samples.document("questions_read_tables")["user"]


def test_the_door_takes_a_token(account, monkeypatch):
    event = samples.document("questions_door_token")
    check(json.loads(event["body"]), "question-request")
    assert door.handler(event, CONTEXT)["statusCode"] == 401
    monkeypatch.setenv("TOKEN_ISSUER", ISSUER)
    assert door.handler(event, CONTEXT)["statusCode"] == 202


def test_the_groups_of_the_token_are_not_those_of_its_flattened_claims():
    event = samples.document("questions_door_token")
    found = identity.of(event, Trust(ISSUER, "cognito:groups"), 0)
    assert found.groups == ("analysts", "night shift")
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["cognito:groups"] == flattened(list(found.groups)) == "[analysts night shift]"


def test_answer_and_refuse_take_theirs(account):
    account.athena.queries[QUERY] = ({"trips": "bigint"}, [["7"]])
    event = samples.document("questions_answer", AnsweredQuery=QUERY)
    assert answer.handler(event, CONTEXT)["outcome"] == "answered"
    refused = refuse.handler(samples.document("questions_refuse"), CONTEXT)
    assert (refused["outcome"], refused["error"]) == ("refused", "Unanswerable")


@pytest.mark.parametrize("name", ["read_tables", *STATES, "answer_question"])
def test_samples_of_steps_are_of_questions_as_the_door_takes_them(name, account):
    door.handler(samples.document("questions_door"), CONTEXT)
    (state,) = account.states.started.values()
    found = samples.document("answer_question" if name == "answer_question" else f"questions_{name}")
    assert state.keys() <= found.keys()
    assert re.fullmatch("[0-9a-f]{40}", found["id"])
    assert found.get("work", f"steps/{found['id']}") == f"steps/{found['id']}"


def test_each_sample_has_a_question_of_its_own():
    found = [samples.document(f"questions_{name}")["id"] for name in ("read_tables", *STATES)]
    found += [
        json.loads(samples.document(f"questions_{name}")["Records"][0]["body"])["work"]["id"]
        for name in ("generate", "give_up")
    ]
    assert len(set(found)) == len(found)
