"""Bad input: each ends under its own name in rejected/, with a sentence, an event, and nothing half-written."""

from __future__ import annotations

import json

import pytest

from local.demo.documents import maker
from tests.workflow.documents import papers

BAD = [sample for sample in maker.SAMPLES if sample.expected != "summarized"]


def refused(desk, bus, ended, version, name):
    """That a version was refused under this name, and nothing else of it is there."""
    assert ended.outcome == "rejected", ended
    assert ended.output["error"] == name
    document = desk.rejection(version)
    assert (document["schema"], document["error"]) == (1, name)
    assert document["message"] == ended.output["message"]
    assert document["message"].endswith(".")
    assert "Traceback" not in json.dumps(document)
    assert document["source"] == f"s3://{desk.inbox}/{version.key}"
    assert desk.results(version) == {f"rejected/{version.key}.json"}
    assert bus.wait_for("DocumentRejected", source=document["source"]) == document
    return document


def test_the_demo_has_them_all():
    assert {sample.expected for sample in BAD} == {
        "BrokenDocument", "PasswordProtected", "EmptyDocument", "DecompressionBomb", "TooLarge", "TooManyPages",
        "UnsupportedFormat",
    }  # fmt: skip


@pytest.mark.parametrize("sample", BAD, ids=lambda sample: sample.key)
def test_bad_files(desk, bus, sample):
    version = desk.upload(sample.make(), f"refused/{sample.key}")
    refused(desk, bus, desk.run(version), version, sample.expected)


def test_a_document_that_was_deleted_meanwhile(desk, bus):
    version = desk.upload(papers.note())
    desk.cloud.client("s3").delete_object(Bucket=desk.inbox, Key=version.key, VersionId=version.version_id)
    refused(desk, bus, desk.run(version), version, "DocumentGone")


def test_by_hand_what_is_not_there(desk):
    ended = desk.run(desk.by_hand("never/was.pdf"))
    assert (ended.outcome, ended.output["error"]) == ("rejected", "DocumentGone")


def test_a_key_with_no_room_for_what_is_made_of_it(desk, bus):
    version = desk.upload(papers.note(), "long/" + "k" * 1012)
    ended = desk.run(version)
    assert (ended.outcome, ended.output["error"]) == ("rejected", "KeyTooLong")
    document = json.loads(desk.read(ended.output["rejected"]))
    assert document["source"].endswith(version.key)
    assert len(ended.output["rejected"]) < 100


@pytest.mark.parametrize("mode", ["prose", "broken", "empty"])
def test_a_model_that_never_answers_as_asked(desk, bus, mode):
    version = desk.upload(papers.note(f"Model {mode}"))
    desk.model_answers(mode)
    assert desk.run(version).outcome == "summarized"
    document = desk.summary(version)
    assert (document["summary"], [flag["code"] for flag in document["flags"]].count("SUMMARY_UNAVAILABLE")) == ([], 1)
    assert document["forms"]
    assert desk.rejection(version) is None


def test_a_model_that_answers_as_asked_the_second_time(desk):
    version = desk.upload(papers.note("Second Time"))
    desk.model_answers("prose", 1)
    assert desk.run(version).outcome == "summarized"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ("BadDocumentException", "BrokenDocument"),
        ("UnsupportedDocumentException", "UnsupportedFormat"),
        ("DocumentTooLargeException", "TooLarge"),
    ],
)
def test_what_textract_refuses(desk, bus, error, name):
    version = desk.upload(papers.scan())
    desk.textract_refuses(error, "AnalyzeDocument")
    refused(desk, bus, desk.run(version), version, name)


def test_a_job_that_is_refused_at_its_start(desk, bus):
    version = desk.upload(papers.two_pages())
    desk.textract_refuses("BadDocumentException", "StartDocumentAnalysis")
    refused(desk, bus, desk.run(version), version, "BrokenDocument")


def test_a_job_that_failed_says_textracts_reason(desk, bus):
    version = desk.upload(papers.two_pages())
    desk.textract_job(status="FAILED", message="INVALID_IMAGE_TYPE")
    document = refused(desk, bus, desk.run(version), version, "AnalysisFailed")
    assert "INVALID_IMAGE_TYPE" in document["message"]


def test_a_job_that_lost_pages_is_no_short_document(desk, bus):
    version = desk.upload(papers.two_pages())
    desk.textract_job(status="PARTIAL_SUCCESS", lost_pages=[2])
    document = refused(desk, bus, desk.run(version), version, "AnalysisIncomplete")
    assert "2" in document["message"]


def test_what_was_refused_may_be_right_by_now(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_job(status="FAILED", message="INTERNAL_ERROR")
    assert desk.run(version).outcome == "rejected"
    assert desk.run(version).outcome == "duplicate"  # delivered once more, for no reason
    assert desk.run(desk.by_hand(version.key)).outcome == "summarized"
    assert desk.rejection(version) is None
