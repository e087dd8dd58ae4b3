"""The machine that brings a repository, with its handlers and their roles, on a local cloud: each way through it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.e2e.waiting import eventually

SOURCE, INBOX, KNOWLEDGE, TABLE = "sync-source", "sync-inbox", "sync-knowledge", "sync-state"
PREFIX, INTO = "papers/", "brought/"
ACCOUNT = "123456789012"
ANN = {"schema": 1, "users": ["ann"]}


class Library:
    """A repository, and the machine that looks at it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.s3 = cloud, cloud.client("s3")
        self.machine = cloud.outputs["SyncRepositoryArn"]

    def put(self, name: str, body: str | dict[str, Any]) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.s3.put_object(Bucket=SOURCE, Key=f"{PREFIX}{name}", Body=text.encode(), ContentType="text/plain")

    def delete(self, *names: str) -> None:
        for name in names:
            self.s3.delete_object(Bucket=SOURCE, Key=f"{PREFIX}{name}")

    def start(self, **given: Any) -> str:
        answer = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.machine, input=json.dumps(given)
        )
        return str(answer["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.cloud.client("stepfunctions").describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return eventually(look, f"end of {execution}")

    def sync(self, **given: Any) -> dict[str, Any]:
        """The counts of a sync that comes to its end."""
        found = self.end(self.start(**given))
        assert found["status"] == "SUCCEEDED", (found.get("error"), found.get("cause"))
        return dict(json.loads(found["output"])["counts"])

    def turn(self, execution: str) -> None:
        """It is this execution's turn, whatever was before."""
        item = {"pk": {"S": "sync#repository"}, "execution": {"S": execution}, "expires": {"N": "4102444800"}}
        self.cloud.client("dynamodb").put_item(TableName=TABLE, Item=item)

    def entered(self, execution: str, state: str) -> int:
        """How often."""
        pages = (
            self.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
        )
        events = [event.get("stateEnteredEventDetails", {}) for page in pages for event in page["events"]]
        return sum(event.get("name") == state for event in events)

    def scale_waits(self, scale: float) -> None:
        """Waits of state machines are so much of their time."""
        body = json.dumps({"stepfunctions._SFN_WAIT_SCALE": scale}).encode()
        asked = urllib.request.Request(  # noqa: S310 - the address of our own cloud
            f"{self.cloud.url}/_ministack/config", body, {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(asked, timeout=10) as answer:
            assert json.load(answer)["applied"]

    def inbox(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=INBOX).get("Contents", [])
        return [entry["Key"].removeprefix(INTO) for entry in found]

    def readers(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.s3.get_object(Bucket=INBOX, Key=f"{INTO}{name}")["Body"].read()))

    @contextmanager
    def forbidden(self, role: str, action: str, resource: str) -> Iterator[None]:
        roles, name = self.cloud.client("iam"), self.cloud.physical_id(role)
        policy = {"Effect": "Deny", "Action": action, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        roles.put_role_policy(RoleName=name, PolicyName="forbidden", PolicyDocument=document)
        try:
            yield
        finally:
            roles.delete_role_policy(RoleName=name, PolicyName="forbidden")


@pytest.fixture(scope="module")
def place() -> Iterator[Cloud]:
    log_group = "sync-log"
    parameters = {
        "StateTableName": TABLE,
        "StateTableArn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}",
        "InboxBucketName": INBOX,
        "KnowledgeBucketName": KNOWLEDGE,
        "LogGroupName": log_group,
        "LogGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{log_group}:*",
        "DeadLettersArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:sync-dead-letters",
        "SyncBucketName": SOURCE,
        "SyncPrefix": PREFIX,
        "SyncInto": INTO,
    }
    started = start_cloud(ROOT / "pipelines" / "knowledge" / "sync.yaml", parameters=parameters, stack="sync")
    for bucket in (SOURCE, INBOX, KNOWLEDGE):
        started.client("s3").create_bucket(Bucket=bucket)
    started.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield started
    started.stop()


@pytest.fixture
def library(place: Cloud) -> Library:
    """An empty repository, of which nothing was ever brought."""
    s3, table = place.client("s3"), place.client("dynamodb")
    for bucket in (SOURCE, INBOX, KNOWLEDGE):
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
    table.delete_item(TableName=TABLE, Key={"pk": {"S": "sync#repository"}})
    return Library(place)


def test_documents_come_go_and_change_their_readers(library: Library):
    library.put("access.json", {"schema": 1, "groups": ["staff"], "denied": {"groups": ["temps"]}})
    library.put("groups.json", {"staff": {"groups": ["hr"]}, "hr": {"users": ["ann"]}, "temps": {"users": ["bob"]}})
    library.put("a b/ü.txt", "text")
    library.put("a b/ü.txt.access.json", ANN)
    library.put("one.txt", "1")
    library.put("two.txt", "2")
    counts = library.sync()
    assert (counts["copied"], counts["access_written"], counts["documents"]) == (3, 2, 3)
    assert library.inbox() == ["a b/ü.txt", "a b/ü.txt.access.json", "access.json", "one.txt", "two.txt"]
    assert library.readers("access.json") == {
        "schema": 1,
        "users": ["ann"],
        "groups": ["hr", "staff"],
        "everyone": False,
        "denied_users": ["bob"],
        "denied_groups": ["temps"],
    }
    head = library.s3.head_object(Bucket=INBOX, Key=f"{INTO}one.txt")
    assert (head["Metadata"]["connector"], head["ContentType"]) == ("repository", "text/plain")

    assert library.sync()["copied"] == 0  # nothing has changed

    library.put("one.txt", "1, new")
    library.put("groups.json", {})
    library.delete("two.txt", "a b/ü.txt.access.json")
    counts = library.sync()
    assert (counts["copied"], counts["removed"], counts["access_removed"]) == (1, 1, 1)
    assert library.inbox() == ["a b/ü.txt", "access.json", "one.txt"]
    assert library.readers("access.json")["users"] == []
    report = json.loads(library.s3.get_object(Bucket=KNOWLEDGE, Key="connectors/repository/report.json")["Body"].read())
    assert report["counts"] == counts


def test_a_repository_that_is_empty_all_of_a_sudden_stops_by_name(library: Library):
    library.put("access.json", ANN)
    library.put("one.txt", "1")
    library.sync()
    library.delete("access.json", "one.txt")
    found = library.end(library.start())
    assert (found["status"], found["error"]) == ("FAILED", "RepositoryShrank")
    assert '{\\"confirm\\": 1}' in found["cause"]
    assert library.inbox() == ["access.json", "one.txt"]
    # The next one needs not wait for a sync that did nothing.
    assert library.sync(confirm=1)["removed"] == 1
    assert library.inbox() == []


def test_after_one_was_stopped_another_one_waits_for_its_last_worker(library: Library):
    """For five minutes, and then it does its work, with what it was started with."""
    library.put("access.json", ANN)
    library.put("one.txt", "1")
    library.sync()
    states = library.cloud.client("stepfunctions")
    stopped = library.start()
    states.stop_execution(executionArn=stopped)
    library.turn(stopped)
    library.delete("one.txt")
    library.scale_waits(0.01)
    try:
        waiting = library.start(confirm=1)
        eventually(lambda: library.entered(waiting, "Later") > 1 or None, "a second look")
        assert library.inbox() == ["access.json", "one.txt"]
        library.turn(f"{stopped}-long-ago")
        found = library.end(waiting)
    finally:
        library.scale_waits(1)
    assert (found["status"], library.inbox()) == ("SUCCEEDED", ["access.json"])


def test_while_a_sync_runs_another_one_leaves_it_alone(library: Library):
    library.put("access.json", ANN)
    library.put("one.txt", "1")
    states = library.cloud.client("stepfunctions")
    stopped = library.start()
    states.stop_execution(executionArn=stopped)
    library.turn(stopped)
    running = library.start()  # it waits for the one that was stopped, a minute
    eventually(lambda: library.entered(running, "Later") or None, "its wait")
    library.turn(running)
    found = library.end(library.start())
    states.stop_execution(executionArn=running)
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", {"outcome": "busy"})


def test_what_may_not_be_read_is_told_and_the_rest_comes(library: Library):
    library.put("access.json", ANN)
    library.put("one.txt", "1")
    library.put("two.txt", "2")
    with library.forbidden("KnowledgeSyncPortionRole", "s3:GetObject", f"arn:aws:s3:::{SOURCE}/{PREFIX}one.txt"):
        counts = library.sync()
    assert (counts["copied"], counts["refused"]) == (1, 1)
    assert library.sync()["copied"] == 1


def test_a_sync_that_died_half_way_is_made_good_by_the_next(library: Library):
    library.put("access.json", ANN)
    library.put("one.txt", "1")
    with library.forbidden("KnowledgeFinishSyncRole", "s3:PutObject", f"arn:aws:s3:::{KNOWLEDGE}/connectors/*"):
        found = library.end(library.start())
    assert found["status"] == "FAILED"
    assert library.inbox() == ["access.json", "one.txt"]  # and nobody has written down that they are there
    library.delete("one.txt")
    library.put("two.txt", "2")
    # As if it had ended so long ago that Step Functions does not know it any more.
    library.turn(f"{found['executionArn']}-long-ago")
    counts = library.sync()
    assert (counts["copied"], counts["removed"]) == (1, 1)
    assert library.inbox() == ["access.json", "two.txt"]
