"""Deliveries twice, late and in any order; failures in the middle and their redrive."""

from __future__ import annotations

import json

from tests.workflow.documents import papers


def test_the_same_delivery_twice_does_its_work_once(desk):
    version = desk.upload(papers.scan())
    began = desk.textract_usage("AnalyzeDocument")
    first, second = desk.start(version), desk.start(version)
    outcomes = sorted(desk.ended(arn).outcome for arn in (first, second))
    assert outcomes == ["duplicate", "summarized"]
    assert desk.run(version).outcome == "duplicate"
    assert desk.textract_usage("AnalyzeDocument") == began + 1


def test_a_new_version_replaces_all_of_the_old_one(desk):
    old = desk.upload(papers.note_with_tables(3))
    assert desk.run(old).outcome == "summarized"
    assert desk.results(old) == old.made(tables=3)
    new = desk.upload(papers.note_with_tables(1), old.key)
    assert desk.run(new).outcome == "summarized"
    assert desk.summary(new)["document"]["version_id"] == new.version_id
    assert desk.results(new) == new.made(tables=1)


def test_an_old_version_that_comes_late_changes_nothing(desk):
    old = desk.upload(papers.note_with_tables(3))
    new = desk.upload(papers.note_with_tables(1), old.key)
    assert desk.run(new).outcome == "summarized"
    before = desk.read(f"summaries/{new.key}.json")
    assert desk.run(old).outcome == "superseded"
    assert desk.read(f"summaries/{new.key}.json") == before
    assert desk.results(new) == new.made(tables=1)


def test_an_old_version_that_was_claimed_in_time_and_ends_late(desk):
    """The claim cannot help here; the conditional write has to."""
    old = desk.upload(papers.note_with_tables(3))
    desk.textract_job()  # nothing of this is used; the way is without Textract
    state = claimed(desk, old)
    for function in ("DocumentsInspect", "DocumentsTransform", "DocumentsEnrich"):
        state = desk.invoke(function, state)
    assert "summary" in desk.asked("DocumentsSummarize", "SummariesFirstQueue", state)
    new = desk.upload(papers.note_with_tables(1), old.key)
    assert desk.run(new).outcome == "summarized"
    assert desk.invoke("DocumentsWrite", state)["outcome"] == "superseded"
    assert desk.summary(new)["document"]["version_id"] == new.version_id
    assert desk.results(new) == new.made(tables=1)


def test_a_late_refusal_of_an_old_version_changes_nothing(desk):
    old = desk.upload(b"%PDF-1.7 torn")
    state = claimed(desk, old)
    new = desk.upload(papers.note(), old.key)
    assert desk.run(new).outcome == "summarized"
    error = {"Error": "BrokenDocument", "Cause": "It is torn."}
    event = {"document": state["document"], "error": error, "at": "2026-11-20T10:00:00Z"}
    assert desk.invoke("DocumentsReject", event)["outcome"] == "superseded"
    assert desk.results(new) == new.made()


def test_a_refused_new_version_leaves_the_old_summary_and_the_next_one_replaces_both(desk):
    old = desk.upload(papers.note())
    assert desk.run(old).outcome == "summarized"
    torn = desk.upload(b"%PDF-1.7 torn", old.key)
    assert desk.run(torn).outcome == "rejected"
    assert desk.summary(old)["document"]["version_id"] == old.version_id
    assert desk.rejection(old)["error"] == "BrokenDocument"
    new = desk.upload(papers.note("Grace Hopper"), old.key)
    assert desk.run(new).outcome == "summarized"
    assert desk.results(new) == new.made()


def claimed(desk, version):
    """The state after Claim, of an execution that the test plays itself."""
    execution = f"{desk.machine.replace(':stateMachine:', ':execution:')}:played"
    event = {"event": version.event(desk.inbox), "execution": execution, "at": "2026-11-20T10:00:00Z"}
    state = desk.invoke("DocumentsClaim", event)
    assert state["action"] == "work"
    return state


def test_a_failure_in_the_middle_is_kept_and_its_redrive_pays_for_nothing_twice(desk):
    version = desk.upload(papers.scan())
    began = desk.textract_usage("AnalyzeDocument")
    desk.model_answers("AccessDeniedException")
    ended = desk.run(version)
    assert (ended.status, ended.error) == ("FAILED", "ModelRefused")
    assert desk.results(version) == set()
    desk.engines_are_well()
    kept = desk.failed(ended.arn)["detail"]
    again = desk.run(json.loads(kept["input"]))
    assert again.outcome == "summarized"
    assert desk.textract_usage("AnalyzeDocument") == began + 1


def test_a_job_is_found_again_after_a_failure(desk):
    version = desk.upload(papers.two_pages())
    with desk.forbidden("DocumentsCollectAnalysis", "s3:PutObject"):
        ended = desk.run(version)
    assert (ended.status, ended.error) == ("FAILED", "ClientError")
    pages = desk.textract_usage("pages")
    again = desk.run(json.loads(desk.failed(ended.arn)["detail"]["input"]))
    assert again.outcome == "summarized"
    assert desk.textract_usage("pages") == pages


def test_an_execution_that_was_stopped_is_taken_over(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_job(delay=3)
    arn = desk.start(version)
    desk.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    assert desk.ended(arn).status == "ABORTED"
    assert desk.run(json.loads(desk.failed(arn)["detail"]["input"])).outcome == "summarized"
