"""Documents that wait for Textract or a model: out of date, deleted, stopped, started again, in a throttled account."""

from __future__ import annotations

import json

import pytest

from tests.e2e.waiting import eventually
from tests.workflow.documents import papers

PAPERS = {"pages": (papers.scan, "AnalyzeDocument"), "jobs": (papers.two_pages, "StartDocumentAnalysis")}
"""Lanes of the desk -> a document that takes them, and the call behind them."""


@pytest.fixture(params=PAPERS)
def step(request, desk):
    """Lanes, a document for them, and how often Textract was asked since."""
    paper, call = PAPERS[request.param]
    before = desk.textract_usage(call)
    return getattr(desk, request.param), paper, lambda: desk.textract_usage(call) - before


def test_a_newer_version_makes_the_one_that_waits_needless(desk, step):
    lanes, paper, asked = step
    with lanes.closed():
        old = desk.upload(paper())
        first = desk.start(old)
        lanes.filled()
        new = desk.upload(papers.note(), old.key)
        assert desk.run(new).outcome == "summarized"
    assert desk.ended(first).outcome == "superseded"
    assert asked() == 0
    assert desk.summary(new)["document"]["version_id"] == new.version_id


def test_a_document_that_is_deleted_while_it_waits_is_not_read(desk, step):
    lanes, paper, asked = step
    with lanes.closed():
        version = desk.upload(paper())
        arn = desk.start(version)
        lanes.filled()
        desk.cloud.client("s3").delete_object(Bucket=desk.inbox, Key=version.key)
    ended = desk.ended(arn)
    assert (ended.outcome, ended.output["error"]) == ("rejected", "DocumentGone")
    assert asked() == 0


def test_an_execution_that_is_stopped_while_it_waits_buys_nothing_and_its_redrive_once(desk, step):
    lanes, paper, asked = step
    version = desk.upload(paper())
    with lanes.closed():
        arn = desk.start(version)
        lanes.filled()
        desk.cloud.client("stepfunctions").stop_execution(executionArn=arn)
        assert desk.ended(arn).status == "ABORTED"
    lanes.empty()
    assert asked() == 0
    assert desk.run(json.loads(desk.failed(arn)["detail"]["input"])).outcome == "summarized"
    assert asked() == 1


def test_a_deleted_document_is_not_shown_to_the_model(desk):
    with desk.texts.closed():
        version = desk.upload(papers.note())
        arn = desk.start(version)
        desk.texts.filled()
        desk.cloud.client("s3").delete_object(Bucket=desk.inbox, Key=version.key)
    assert desk.ended(arn).output["error"] == "DocumentGone"


@pytest.mark.parametrize(("priority", "queue"), [("high", "AnalysisFirstQueue"), ("low", "AnalysisNextQueue")])
def test_the_priority_chooses_the_lane(desk, priority, queue):
    with desk.pages.closed():
        version = desk.upload(papers.scan())
        arn = desk.start(desk.by_hand(version.key, priority=priority))
        desk.pages.filled()
        assert desk.pages.depth(queue) == 1
    assert desk.ended(arn).outcome == "summarized"


def test_a_job_waits_until_another_one_has_ended(desk):
    """LimitExceededException: as many jobs are open as the account may have."""
    desk.textract_refuses("LimitExceededException", "StartDocumentAnalysis", times=8)
    assert desk.run(desk.upload(papers.two_pages())).outcome == "summarized"


@pytest.mark.parametrize("error", ["ThrottlingException", "ServiceUnavailableException"])
def test_a_model_that_does_not_answer_is_waited_for(desk, error):
    version = desk.upload(papers.note())
    desk.model_answers(error, times=3)
    assert desk.run(version).outcome == "summarized"


def test_a_message_that_comes_twice_ends_nothing_twice(desk):
    """SQS delivers at least once."""
    with desk.pages.closed():
        version = desk.upload(papers.scan())
        arn = desk.start(version)
        desk.pages.filled()
        copied = eventually(lambda: desk.pages.copy() or None, "a copy of the message")
    assert desk.ended(arn).outcome == "summarized"
    desk.pages.empty()
    asked = desk.textract_usage("AnalyzeDocument")
    desk.pages.send(copied)
    desk.pages.empty()
    assert desk.textract_usage("AnalyzeDocument") == asked
