"""Batches over real documents: what is done stays done, what was refused is listed."""

from __future__ import annotations

import json

import pytest

from local.cloud.testing import start_cloud
from local.demo.documents import maker
from tests.e2e.waiting import eventually
from tests.workflow.documents_batch.conftest import PIPELINE, Batches, scripted

PATIENCE = 120


@pytest.fixture(scope="module")
def folder(batches: Batches) -> str:
    """Three notes and two files that are none, all of them dealt with by the inbox's own rule."""
    folder = "real documents/"
    for key, body in maker.load(3, 0, folder):
        batches.upload(key, body=body)
    batches.upload(folder + "torn.pdf", body=maker.broken())
    batches.upload(folder + "empty.txt", body=b"")
    for key in ("summaries/real documents/note 0000.txt.json", "rejected/real documents/torn.pdf.json"):
        eventually(lambda key=key: exists(batches, key) or None, key, PATIENCE)
    eventually(lambda: not running(batches) or None, "all executions' end", PATIENCE)
    return folder


def exists(batches: Batches, key: str) -> bool:
    return bool(batches.s3.list_objects_v2(Bucket=batches.summaries, Prefix=key).get("Contents"))


def running(batches: Batches) -> list[str]:
    listed = batches.states.list_executions(stateMachineArn=batches.document_machine, statusFilter="RUNNING")
    return [entry["executionArn"] for entry in listed["executions"]]


def test_what_is_summarized_costs_a_claim_and_what_was_refused_is_tried_again(batches: Batches, folder: str) -> None:
    before = {entry["executionArn"] for entry in executions(batches)}
    output = batches.run({"prefix": folder})
    counts = {name: count for name, count in output["counts"].items() if count}
    assert counts == {"total": 5, "duplicate": 3, "rejected": 2}
    errors = {line["key"].removeprefix(folder): line["error"] for line in batches.lines(output["failures"])}
    assert errors == {"torn.pdf": "BrokenDocument", "empty.txt": "EmptyDocument"}
    new = [entry["executionArn"] for entry in executions(batches) if entry["executionArn"] not in before]
    walked = sorted(tuple(states(batches, arn)) for arn in new)
    assert walked.count(("Claim", "Claimed", "NothingToDo")) == 3


def test_what_is_done_can_be_left_out(batches: Batches, folder: str) -> None:
    counts = batches.counts({"prefix": folder, "skip_done": True})
    assert counts == {"total": 5, "skipped": 3, "rejected": 2}


def test_a_batch_does_the_work_that_no_event_began(batches: Batches) -> None:
    folder = "unseen documents/"
    with batches.played_by(scripted()):  # the rule's executions do nothing
        for key, body in maker.load(4, 0, folder):
            batches.upload(key, body=body)
        eventually(lambda: not running(batches) or None, "the rule's executions", PATIENCE)
    assert batches.counts({"prefix": folder, "skip_done": True}) == {"total": 4, "summarized": 4}
    assert exists(batches, f"summaries/{folder}note 0003.pdf.json")
    assert batches.counts({"prefix": folder, "skip_done": True}) == {"total": 4, "skipped": 4}


def executions(batches: Batches) -> list[dict[str, str]]:
    return list(batches.states.list_executions(stateMachineArn=batches.document_machine)["executions"])


def states(batches: Batches, arn: str) -> list[str]:
    events = batches.states.get_execution_history(executionArn=arn)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def test_the_schedule_starts_the_whole_inbox_without_what_is_done() -> None:
    cloud = start_cloud(PIPELINE, parameters={"BatchSchedule": "rate(7 days)", "BatchManifestBucket": "lists-of-ours"})
    try:
        (entry,) = cloud.client("scheduler").list_schedules()["Schedules"]
        found = cloud.client("scheduler").get_schedule(Name=entry["Name"], GroupName=entry["GroupName"])
        assert found["ScheduleExpression"] == "rate(7 days)"
        assert found["Target"]["Arn"] == cloud.outputs["SummarizeBatchArn"]
        assert json.loads(found["Target"]["Input"]) == {"prefix": "", "skip_done": True}
    finally:
        cloud.stop()
