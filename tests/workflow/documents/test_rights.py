"""What becomes of a document where a role lacks a right that it needs: a failure with a name, kept for a redrive."""

from __future__ import annotations

import json

import pytest

from tests.workflow.documents import papers

CUTS = [
    ("DocumentsClaim", "dynamodb:PutItem", "note", "ClientError"),
    ("DocumentsInspect", "s3:GetObjectVersion", "note", "ClientError"),
    ("DocumentsAnalyze", "textract:AnalyzeDocument", "scan", "AnalysisRefused"),
    ("DocumentsAnalyze", "s3:PutObject", "scan", "ClientError"),
    ("DocumentsStartAnalysis", "textract:StartDocumentAnalysis", "two_pages", "AnalysisRefused"),
    ("DocumentsStartAnalysis", "dynamodb:PutItem", "two_pages", "ClientError"),
    ("DocumentsCollectAnalysis", "textract:GetDocumentAnalysis", "two_pages", "AnalysisRefused"),
    ("DocumentsSummarize", "bedrock:InvokeModel", "note", "ModelRefused"),
    ("DocumentsWrite", "s3:PutObject", "note", "ClientError"),
    ("DocumentsWrite", "events:PutEvents", "note", "AccessDeniedException"),
]


@pytest.mark.parametrize(("function", "action", "paper", "error"), CUTS, ids=[f"{cut[0]} {cut[1]}" for cut in CUTS])
def test_a_right_that_is_missing_fails_under_a_name_and_a_redrive_ends_well(desk, function, action, paper, error):
    version = desk.upload(getattr(papers, paper)())
    with desk.forbidden(function, action):
        ended = desk.run(version)
    assert (ended.status, ended.error) == ("FAILED", error)
    assert desk.rejection(version) is None
    again = desk.run(json.loads(desk.failed(ended.arn)["detail"]["input"]))
    assert again.outcome == "summarized"
    assert desk.summary(version)["document"]["version_id"] == version.version_id


def test_a_document_that_textract_may_not_read_is_not_called_gone(desk):
    version = desk.upload(papers.scan())
    with desk.forbidden("DocumentsAnalyze", "s3:GetObjectVersion"):
        ended = desk.run(version)
    assert ended.status == "FAILED"
    assert "s3:GetObject" in ended.cause
    desk.failed(ended.arn)


def test_claim_needs_to_see_whether_the_holder_runs(desk):
    version = desk.upload(papers.note())
    assert desk.run(version).outcome == "summarized"
    with desk.forbidden("DocumentsClaim", "states:DescribeExecution"):
        ended = desk.run(version)
    assert (ended.status, ended.error) == ("FAILED", "ClientError")
    desk.failed(ended.arn)


def test_the_inbox_alone_may_be_read(desk):
    """The functions' roles reach no other bucket, whatever the machine is started with."""
    other = "somebody-elses"
    desk.cloud.client("s3").create_bucket(Bucket=other)
    desk.cloud.client("s3").put_object(Bucket=other, Key="a.txt", Body=papers.note())
    ended = desk.run({"detail": {"bucket": {"name": other}, "object": {"key": "a.txt"}}})
    assert (ended.status, ended.error) == ("FAILED", "UnusableRequest")
    desk.failed(ended.arn)
