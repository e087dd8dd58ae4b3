"""Many documents, a busy Textract, workers that die: the real machine and the real queues on a cloud of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.e2e.waiting import eventually
from tests.workflow.conftest import HURRY
from tests.workflow.documents import papers
from tests.workflow.documents.desk import Desk

DOCUMENTS = 30
LEFT, HARDLY_ANY = 0.05, 0.002
"""Of Textract's rates: a call every two seconds, and none while the urgent one is on its way, on whatever machine."""
FLOOD_SECONDS = 600
SEEN_AGAIN = 3
"""Seconds until the message of a worker that has died is seen again."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    running = start_cloud(ROOT / "pipelines" / "documents.yaml")
    running.client("events").disable_rule(Name=running.physical_id("DocumentsInboxRule"))
    yield running
    running.stop()


@pytest.fixture
def desk(cloud: Cloud) -> Iterator[Desk]:
    found = Desk(cloud)
    found.scale_waits(HURRY)
    yield found
    found.engines_are_well()
    found.textract_leaves(None)
    found.scale_waits(1)


def test_a_flood_through_a_throttled_textract_loses_nobody(desk):
    desk.textract_leaves(LEFT)
    before = desk.textract_usage("AnalyzeDocument")
    versions = [desk.upload(papers.page(f"Patient Name: Ada {number}")) for number in range(DOCUMENTS)]
    sent = [desk.start(desk.by_hand(version.key, priority="low")) for version in versions]
    desk.pages.filled(DOCUMENTS // 3)
    desk.textract_leaves(HARDLY_ANY)
    urgent = desk.start(desk.upload(papers.scan()))
    eventually(lambda: at(desk, urgent, "Entered") is not None or None, "the urgent one at Analyze", FLOOD_SECONDS)
    desk.textract_leaves(LEFT)
    for arn in (urgent, *sent):
        eventually(lambda arn=arn: status(desk, arn) != "RUNNING" or None, arn, FLOOD_SECONDS)
    assert {desk.ended(arn).outcome for arn in (*sent, urgent)} == {"summarized"}
    read = [at(desk, arn, "Exited") for arn in (urgent, *sent)]
    assert None not in read
    assert read[0] < max(read[1:]), "what is urgent does not wait for all others"
    assert desk.textract_usage("AnalyzeDocument") - before == DOCUMENTS + 1, "each is bought once"


def at(desk: Desk, arn: str, moment: str) -> datetime | None:
    """When Analyze was ``Entered``, and ``Exited`` with Textract's answer; None: not yet."""
    pages = desk.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    found = [e["timestamp"] for e in events if e.get(f"state{moment}EventDetails", {}).get("name") == "Analyze"]
    return found[0] if found else None


def status(desk: Desk, arn: str) -> str:
    return str(desk.cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"])


@needs_proc
@pytest.mark.parametrize("lanes", ["pages", "jobs"])
def test_a_worker_that_dies_while_it_waits_loses_nothing(desk, lanes):
    paper, call = {"pages": (papers.scan, "AnalyzeDocument"), "jobs": (papers.two_pages, "StartDocumentAnalysis")}[
        lanes
    ]
    before = desk.textract_usage(call)
    desk.textract_refuses("ThrottlingException", call, times=None)
    with getattr(desk, lanes).seen_again_after(SEEN_AGAIN):
        arn = desk.start(desk.upload(paper()))
        eventually(lambda: getattr(desk, lanes).kill() > 0 or None, "a worker to kill")
        desk.engines_are_well()
        assert desk.ended(arn).outcome == "summarized"
    assert desk.textract_usage(call) - before >= 1


@needs_proc
def test_poison_fails_by_name_within_five_receives_and_is_redriven(desk):
    desk.textract_refuses("ThrottlingException", "AnalyzeDocument", times=None)
    with desk.pages.seen_again_after(SEEN_AGAIN):
        arn, killed = desk.start(desk.upload(papers.scan())), 0
        end = time.monotonic() + 180
        while status(desk, arn) == "RUNNING" and time.monotonic() < end:
            taken = desk.pages.depth()
            killed += desk.pages.kill() > 0 and taken > 0
            time.sleep(0.5)
    ended = desk.ended(arn)
    assert (ended.status, ended.error) == ("FAILED", "DocumentAbandoned")
    assert killed >= 5
    assert "then redrive" in ended.cause
    desk.engines_are_well()
    before = desk.textract_usage("AnalyzeDocument")
    assert desk.run(json.loads(desk.failed(arn)["detail"]["input"])).outcome == "summarized"
    assert desk.textract_usage("AnalyzeDocument") - before == 1
