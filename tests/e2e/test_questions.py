"""Questions from the door to their answers, through AWS's APIs and the stack's outputs alone.

Each test asks as an IAM user of its own, who may call the API and nothing else: shares of a minute, repeats and
sessions are one identity's. On AWS the questions cost some cents at Bedrock and Athena.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local.demo.trips import maker
from operate.questions.calls import Answered, Door
from tests.e2e import mail, stacks
from tests.e2e.schemas import check
from tests.e2e.test_trips import Lake
from tests.e2e.waiting import eventually

PATIENCE = 600.0 if stacks.wants_aws() else 240.0
"""Seconds until an answer, or a trip in the lake, counts as lost; on AWS Firehose collects for minutes."""
ROWS = {"morning": 3, "night": 2}
"""Trips of the user type that a test asks of, by the part of the day in which they begin."""
HOURS = {"morning": "08:00:00", "night": "02:00:00"}


@dataclass(frozen=True)
class Person:
    """Somebody who asks: requests signed with their own keys."""

    door: Door

    def ask(self, question: str, session: str | None = None, **headers: str) -> Answered:
        return self.door.post({"question": question, "session_id": session}, **headers)

    def taken(self, question: str, session: str | None = None) -> dict[str, Any]:
        answer = self.ask(question, session)
        assert answer.status == 202, answer
        check(answer.document, "question-taken")
        return answer.document

    def look(self, question: str) -> Answered:
        return self.door.get(question)

    def answer(self, question: str) -> dict[str, Any]:
        """Waits for the answer to the question with this id."""

        def ended() -> dict[str, Any] | None:
            found = self.look(question)
            assert found.status == 200, found
            check(found.document, "question-answer")
            return None if found.document["state"] == "running" else found.document

        return eventually(ended, f"answer to {question}", PATIENCE)

    def answered(self, question: str, session: str | None = None) -> dict[str, Any]:
        return self.answer(self.taken(question, session)["id"])


@pytest.fixture(scope="module")
def asked_stack(stack: stacks.Stack) -> stacks.Stack:
    if "QuestionsUrl" not in stack.outputs:
        stacks.lacks("the stack takes no questions (UseQuestions)")
    if stack.parameters.get("TokenIssuer"):
        stacks.lacks("the stack takes tokens of its issuer, and these tests have none (TokenIssuer)")
    return stack


@pytest.fixture(scope="module")
def somebody(asked_stack: stacks.Stack) -> Iterator[Callable[[], Person]]:
    """Makes an IAM user who may call the API; all are deleted in the end."""
    iam, names = asked_stack.client("iam"), []
    account = asked_stack.client("sts").get_caller_identity()["Account"]
    meta = asked_stack.client("sts").meta
    arn = f"arn:{meta.partition}:execute-api:{meta.region_name}:{account}:{asked_stack.outputs['QuestionsApiId']}/*"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    port = None if stacks.wants_aws() else urlsplit(meta.endpoint_url).port

    def make() -> Person:
        name = f"e2e-{uuid4().hex[:12]}"
        iam.create_user(UserName=name)
        names.append(name)
        iam.put_user_policy(UserName=name, PolicyName="ask", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        from botocore.credentials import Credentials

        credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        person = Person(Door(asked_stack.outputs["QuestionsUrl"], meta.region_name, credentials, port=port))
        # AWS knows new keys, and their rights, after some seconds.
        eventually(lambda: person if person.look("nothing").status == 404 else None, f"a door for {name}", PATIENCE)
        return person

    yield make
    for name in names:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="ask")
        iam.delete_user(UserName=name)


@pytest.fixture
def person(somebody: Callable[[], Person]) -> Person:
    return somebody()


@pytest.fixture(scope="module")
def events(asked_stack: stacks.Stack) -> Iterator[mail.Events]:
    with mail.listening(asked_stack, "millrace.questions") as found:
        yield found


@pytest.fixture(scope="module")
def kind(asked_stack: stacks.Stack) -> str:
    """A user type of which there are five trips in the lake."""
    mark = f"e2e-{uuid4().hex[:12]}"
    (values,) = csv.reader([next(maker.lines(1))])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(maker.HEADER.split(","))
    for part, count in ROWS.items():
        for minute in range(count):
            start = f"2019-07-03 {HOURS[part][:3]}{minute:02}:00"
            end = f"2019-07-03 {HOURS[part][:3]}{minute + 20:02}:00"
            trip = dict(zip(maker.HEADER.split(","), values, strict=True))
            writer.writerow({**trip, "start_time": start, "end_time": end, "user_type": mark}.values())
    asked_stack.client("firehose").put_record(
        DeliveryStreamName=asked_stack.outputs["TripsStreamName"], Record={"Data": text.getvalue().encode()}
    )
    eventually(lambda: Lake(asked_stack).rows(f"user_type = '{mark}'"), "trips in the lake", PATIENCE)
    return mark


def executions(stack: stacks.Stack, question: str) -> list[Mapping[str, Any]]:
    pages = stack.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=stack.outputs["AnswerQuestionArn"])
    return [one for page in found for one in page["executions"] if question in one["name"]]


def statements(stack: stacks.Stack) -> list[str]:
    """The last ones that the questions' workgroup was given."""
    athena = stack.client("athena")
    found = athena.list_query_executions(WorkGroup=stack.outputs["QuestionsWorkGroupName"])["QueryExecutionIds"]
    return [athena.get_query_execution(QueryExecutionId=one)["QueryExecution"]["Query"].lstrip() for one in found]


def test_a_question_and_what_follows_on_it(asked_stack, person, events, kind):
    taken = person.taken(f"How many trips have the user type '{kind}'?")
    answer = person.answer(taken["id"])
    assert (answer["state"], answer["session_id"]) == ("answered", taken["session_id"]), answer
    assert answer["preview"] == [[str(sum(ROWS.values()))]]
    assert str(sum(ROWS.values())) in answer["text"]
    assert answer["bytes_scanned"] > 0
    body = asked_stack.client("s3").get_object(Bucket=answer["rows"]["bucket"], Key=answer["rows"]["key"])["Body"]
    assert list(csv.reader(io.StringIO(body.read().decode())))[1:] == answer["preview"]
    told = events.wait_for("QuestionAnswered", id=taken["id"])
    check(told, "question-answered")
    assert (told["attempts"], told["bytes_scanned"]) == (len(answer["attempts"]), answer["bytes_scanned"])
    stored = asked_stack.client("s3").get_object(Bucket=told["bucket"], Key=told["answer"])["Body"]
    assert json.loads(stored.read()) == answer
    assert kind not in json.dumps(told)

    follow = person.answered("And by part of day?", taken["session_id"])
    assert (follow["state"], follow["session_id"]) == ("answered", taken["session_id"]), follow
    assert {tuple(row) for row in follow["preview"]} == {(part, str(count)) for part, count in ROWS.items()}


def test_what_is_another_s_is_nobody_s(person, somebody, kind):
    """Their answer and their session look as if they were not there, while they are still coming and later."""
    mine, other = person.taken(f"How many trips have the user type '{kind}'?"), somebody()
    unknown = other.look("0" * 40)
    assert other.look(mine["id"]) == unknown
    assert unknown.status == 404
    check(unknown.document, "door-refusal")
    assert person.answer(mine["id"])["state"] == "answered"
    assert other.look(mine["id"]) == unknown
    assert other.ask("And by part of day?", mine["session_id"]) == other.ask("And by part of day?", "0" * 40)
    assert other.ask("And by part of day?", mine["session_id"]).status == 404
    theirs = other.taken(f"How many trips have the user type '{kind}'?")
    assert {theirs["id"], theirs["session_id"]}.isdisjoint({mine["id"], mine["session_id"]})


def test_an_order_to_delete_runs_nowhere(asked_stack, person, events, kind):
    answer = person.answered(f"Delete all trips that have the user type '{kind}'")
    wanted = ["NotAllowed"] if not stacks.wants_aws() else ["NotAllowed", "Unanswerable"]
    assert (answer["state"], answer["reason"]["error"] in wanted) == ("refused", True), answer
    assert answer["bytes_scanned"] == 0
    told = events.wait_for("QuestionRefused", id=answer["id"])
    check(told, "question-refused")
    assert told["error"] == answer["reason"]["error"]
    assert all(text.startswith(("SELECT", "WITH", "EXPLAIN")) for text in statements(asked_stack))
    count = person.answered(f"How many trips have the user type '{kind}'?")
    assert count["preview"] == [[str(sum(ROWS.values()))]]


def test_what_is_not_in_the_tables_is_named(person):
    answer = person.answered("What was the average temperature per day?")
    assert (answer["state"], answer["reason"]["error"]) == ("refused", "Unanswerable")
    assert "temperature" in answer["reason"]["message"].lower()


def test_the_same_question_by_ten_at_once_is_answered_once(asked_stack, person, events, kind):
    question = f"What is the longest duration of trips that have the user type '{kind}'?"
    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(lambda _: person.taken(question), range(10)))
    (identifier,) = {one["id"] for one in taken}
    assert len({one["session_id"] for one in taken}) == 1
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: person.answer(identifier), range(10)))
    assert answers == [answers[0]] * 10
    assert answers[0]["state"] == "answered"
    assert len(executions(asked_stack, identifier)) == 1
    events.wait_for("QuestionAnswered", id=identifier)
    assert [kind for kind, _ in events.seen(id=identifier)] == ["QuestionAnswered"]


def test_a_request_that_comes_again_under_its_key_is_the_same_question(person):
    question, key = "What was the average temperature per day?", {"Idempotency_Key": uuid4().hex}
    first, again = person.ask(question, **key), person.ask(question, **key)
    assert (first.status, first) == (202, again)
    assert person.ask("How many trips are there?", **key).status == 409
    assert person.answer(first.document["id"])["state"] == "refused"


def test_nobody_asks_without_a_signature(asked_stack, person):
    stranger = Person(replace(person.door, token="x.y.z"))
    assert stranger.ask("How many trips are there?").status in (401, 403)
    assert stranger.look("0" * 40).status in (401, 403)


def test_what_is_no_question_is_said_to_be_none(person):
    refused = person.ask("")
    check(refused.document, "door-refusal")
    assert (refused.status, refused.document["error"]) == (400, "InvalidRequest")
