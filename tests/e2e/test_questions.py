"""Questions about trips, from the stream to the answer, by POST and GET alone.

On AWS the answers cost a cent or two at Bedrock and Athena, and what a model writes is not known beforehand: there only
the forms are looked at.
"""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest

from local.demo.trips import maker
from operate.clients import Target
from operate.questions.calls import Door
from operate.questions.command import door_of
from tests.e2e import mail, stacks
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually

PATIENCE = 600.0 if stacks.wants_aws() else 120.0


@pytest.fixture(scope="module")
def door(request: pytest.FixtureRequest, stack: stacks.Stack) -> Door:
    if "QuestionsUrl" not in stack.outputs:
        pytest.skip("the stack has no questions")
    if stacks.wants_aws():
        return door_of(Target(stack.name))
    return door_of(Target(stack.name, int(request.getfixturevalue("cloud").url.rpartition(":")[2])))


def ask(door: Door, question: str, **more: str) -> str:
    taken = door.post({"question": question, **more}, Idempotency_Key=uuid.uuid4().hex)
    assert taken.status == 202, taken
    check(taken.document, "question-taken")
    return str(taken.document["id"])


def answer(door: Door, question: str, **more: str) -> dict[str, Any]:
    identifier = ask(door, question, **more)

    def look() -> dict[str, Any] | None:
        found = door.get(identifier)
        assert found.status == 200, found
        return None if found.document["state"] == "running" else found.document

    found = eventually(look, f"answer to {question!r}", PATIENCE)
    check(found, "question-answer")
    return found


def in_the_lake(stack: stacks.Stack, mark: str) -> bool:
    s3, bucket = stack.client("s3"), stack.outputs["LakeBucketName"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="trips/")
    keys = (entry["Key"] for page in pages for entry in page.get("Contents", []))
    return any(mark.encode() in s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)


def test_trips_are_counted_and_a_follow_up_is_understood(stack: stacks.Stack, door: Door):
    mark = f"e2e-{uuid.uuid4().hex[:8]}"
    text = io.StringIO()
    rows = [dict(zip(maker.HEADER.split(","), values, strict=True)) for values in csv.reader(maker.lines(40))]
    whole = [row for row in rows if row["start_station_id"] and row["end_station_id"]][:7]
    csv.writer(text, lineterminator="\n").writerows({**row, "user_type": mark}.values() for row in whole)
    stack.client("firehose").put_record(
        DeliveryStreamName=stack.outputs["TripsStreamName"],
        Record={"Data": f"{maker.HEADER}\n{text.getvalue()}".encode()},
    )

    eventually(lambda: in_the_lake(stack, mark) or None, "trips in the lake", PATIENCE)
    found = answer(door, "How many trips by user type?")
    if not stacks.wants_aws():
        assert found["state"] == "answered", found
        assert [mark, "7"] in found["preview"]
    again = answer(door, "and on average how long?", session_id=found["session_id"])
    assert again["session_id"] == found["session_id"]
    assert again["state"] in {"answered", "refused"}


def test_what_no_table_holds_is_refused_by_name(stack: stacks.Stack, door: Door):
    with mail.listening(stack, "millrace.questions") as events:
        found = answer(door, "What did the weather do to umbrella sales?")
        assert (found["state"], found["sql"]) == ("refused", None)
        assert found["reason"]["error"] in {"Unanswerable", "NotRepaired"}
        detail = events.wait_for("QuestionRefused", id=found["id"])
        assert "umbrella" not in str(detail)


def test_the_same_question_twice_is_one_question(door: Door):
    question = f"How many trips in July 2019? {uuid.uuid4().hex[:6]}"
    first, second = (door.post({"question": question}).document["id"] for _ in range(2))
    assert first == second


def test_what_is_not_there_is_404_and_what_is_no_question_400(door: Door):
    assert door.get("0" * 40).status == 404
    refused = door.post({"question": ""})
    check(refused.document, "door-refusal")
    assert (refused.status, refused.document["error"]) == (400, "InvalidRequest")


@pytest.mark.skipif(stacks.wants_aws(), reason="it would need another caller's credentials")
def test_nobody_gets_in_unsigned(door: Door):
    from botocore.credentials import Credentials

    stranger = Door(door.url, door.region, Credentials("AKIAUNKNOWN", "secret"), port=door.port)
    assert stranger.post({"question": "How many trips?"}).status == 403
