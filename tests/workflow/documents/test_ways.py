"""Each way through the machine that ends in a summary, and what never passes through its state."""

from __future__ import annotations

import io
import json
from uuid import uuid4

import pytest
from PIL import Image

from local.demo.documents import maker, office_files, pdf_writer
from tests.e2e.schemas import check
from tests.unit.documents import test_boundaries
from tests.unit.documents.workbook_files import sheet, workbook
from tests.workflow.documents import papers

LIMIT = 262_144
"""Bytes of input, result and state (Step Functions developer guide, "Quotas")."""


def test_text_needs_no_textract(desk, bus):
    version = desk.upload(papers.note(), "deep/er folder/Grüße + 100% é.txt")
    ended = desk.run(version)
    assert ended.output == {
        "outcome": "summarized", "key": version.key, "summary": f"summaries/{version.key}.json", "flags": 0,
    }  # fmt: skip
    assert desk.states(ended.arn) == [
        "Claim", "Claimed", "Inspect", "Route", "Transform", "Enrich", "Summarize", "Summarized", "Write",
    ]  # fmt: skip
    summary = desk.summary(version)
    assert summary["forms"] == [
        {"key": "Patient", "value": "Ada Lovelace"},
        {"key": "Phone", "value": "(206) 555-0147"},
    ]
    assert summary["document"] == {
        "bucket": desk.inbox,
        "key": version.key,
        "etag": version.etag,
        "version_id": version.version_id,
        "sequencer": version.sequencer,
        "pages": 1,
        "media_type": "text/plain",
        "route": "text",
    }
    assert summary["summary"]
    assert desk.results(version) == version.made()
    told = bus.wait_for("DocumentSummarized", source=f"s3://{desk.inbox}/{version.key}")
    assert (told["bucket"], told["summary"]) == (desk.summaries, f"summaries/{version.key}.json")


def test_a_mail_s_attachments_are_put_beside_it_once(desk):
    version = desk.upload(office_files.mail(), f"mail/{uuid4().hex[:8]} ü.eml")
    place = f"{version.key}.attachments/01 {office_files.PAPERS_NAME}"
    assert desk.run(version).outcome == "summarized"
    s3 = desk.cloud.client("s3")
    first = s3.head_object(Bucket=desk.inbox, Key=place)
    assert s3.get_object(Bucket=desk.inbox, Key=place)["Body"].read() == office_files.papers()
    again = {"detail": {"bucket": {"name": desk.inbox}, "object": {"key": version.key}, "again": uuid4().hex}}
    assert desk.run(again).outcome == "summarized"
    assert s3.head_object(Bucket=desk.inbox, Key=place)["VersionId"] == first["VersionId"]
    assert {"key": "Attachment", "value": office_files.PAPERS_NAME} in desk.summary(version)["forms"]


def test_three_documents_in_one_pdf_become_documents_of_their_own(desk):
    pages = [test_boundaries.STATEMENT, test_boundaries.PROSE, test_boundaries.INTAKE, test_boundaries.NOTE]
    whole = desk.upload(pdf_writer.text_pdf(pages), f"ward/{uuid4().hex[:8]} stack.pdf")
    with desk.with_parameters(SplitPdf="by-type"):
        assert desk.run(whole).outcome == "summarized"
        summary = desk.summary(whole)
        check(summary, "document-summary")
        assert [(part["type"], part["pages"]) for part in summary["parts"]] == [
            ("bank_statement", [1, 2]), ("application_form", [3, 3]), ("discharge_summary", [4, 4]),
        ]  # fmt: skip
        assert "DOCUMENT_SPLIT" in {flag["code"] for flag in summary["flags"]}
        assert summary["summary"]
        for part in summary["parts"]:
            assert desk.run(desk.by_hand(part["key"])).outcome == "summarized"
            own = json.loads(desk.read(f"summaries/{part['key']}.json"))
            assert (own["type"]["name"], own["parts"]) == (part["type"], [])
            assert own["document"]["pages"] == part["pages"][1] - part["pages"][0] + 1
        again = {**desk.by_hand(whole.key, again=uuid4().hex)}
        assert desk.run(again).outcome == "summarized"
    s3 = desk.cloud.client("s3")
    there = s3.list_object_versions(Bucket=desk.inbox, Prefix=f"{whole.key}.parts/")
    assert [each["Key"] for each in there["Versions"]] == [part["key"] for part in summary["parts"]]
    marker = s3.delete_object(Bucket=desk.inbox, Key=whole.key)["VersionId"]
    desk.gone(whole, "Delete Marker Created", marker, "F" * 18)
    assert "Contents" not in s3.list_objects_v2(Bucket=desk.inbox, Prefix=f"{whole.key}.parts/")


def test_a_merged_letter_and_a_workbook(desk):
    letter = desk.upload(maker.merge_letter(), f"letters/{uuid4().hex[:8]}.bin")
    assert desk.run(letter).outcome == "summarized"
    summary = desk.summary(letter)
    assert {"key": "Account Holder", "value": "Imke Castellan"} in summary["forms"]
    assert [flag["code"] for flag in summary["flags"]] == ["TEXT_HIDDEN"]
    costs = desk.upload(workbook({"Costs": sheet(["Item", "Price"], ["Visit", 85.5])}), f"{uuid4().hex[:8]}.bin")
    assert desk.run(costs).outcome == "summarized"
    assert [(table["rows"], table["columns"]) for table in desk.summary(costs)["tables"]] == [(2, 2)]


def test_one_page_is_read_at_once(desk):
    version = desk.upload(papers.scan(), "scans/a PNG that is called.pdf")
    ended = desk.run(version)
    assert ended.outcome == "summarized"
    assert "Analyze" in desk.states(ended.arn)
    summary = desk.summary(version)
    assert (summary["document"]["route"], summary["document"]["media_type"]) == ("sync", "image/png")
    assert any(form["key"].startswith("Patient Name") for form in summary["forms"])
    assert summary["outputs"] == {
        "searchable": f"searchable/{version.key}.pdf",
        "redacted": None,
        "boxes": f"boxes/{version.key}.json.gz",
        "text": f"text/{version.key}.json.gz",
    }
    assert desk.read(summary["outputs"]["searchable"]).startswith(b"%PDF-")


def test_more_pages_are_a_job(desk):
    version = desk.upload(papers.two_pages())
    ended = desk.run(version)
    assert ended.outcome == "summarized"
    assert desk.states(ended.arn)[4:8] == ["StartAnalysis", "Started", "CollectAnalysis", "Collected"]
    summary = desk.summary(version)
    assert (summary["document"]["route"], summary["document"]["pages"]) == ("async", 2)
    assert desk.read(summary["outputs"]["searchable"]).startswith(b"%PDF-")


def test_tables_lie_beside_the_summary(desk):
    version = desk.upload(maker.minutes(), "minutes.md")
    assert desk.run(version).outcome == "summarized"
    (table,) = desk.summary(version)["tables"]
    assert len(desk.read(table["csv"]).decode().splitlines()) == table["rows"]


def test_html_gives_its_text_and_not_its_scripts(desk):
    page = (
        b"<html><script>alert('x')</script><body onload='steal()'><p>Please come ten minutes early.</p></body></html>"
    )
    version = desk.upload(page, "page.html")
    assert desk.run(version).outcome == "summarized"
    written = desk.read(f"summaries/{version.key}.json").decode()
    assert "ten minutes early" in written
    assert "alert" not in written
    assert "steal" not in written


def test_by_hand_a_bucket_and_a_key_are_enough(desk):
    version = desk.upload(papers.note("Grace Hopper"), "by hand/ü.txt")
    assert desk.run(desk.by_hand(version.key)).outcome == "summarized"
    assert desk.summary(version)["document"]["version_id"] == version.version_id
    assert desk.run(desk.by_hand(version.key)).output == {"outcome": "duplicate", "key": version.key}
    assert desk.run(desk.by_hand(version.key, again="other settings")).outcome == "summarized"


def test_folders_and_lists_of_packets_are_passed_by(desk):
    for key in ("a folder/", "a folder/packet.json"):
        assert desk.run(desk.upload(b"{}", key)).output == {"outcome": "ignored", "key": key}


def test_what_names_no_object_of_the_inbox_fails(desk):
    for event in ({}, {"detail": {"bucket": {"name": "payroll"}, "object": {"key": "a.pdf"}}}):
        ended = desk.run(event)
        assert (ended.status, ended.error) == ("FAILED", "UnusableRequest")
        assert json.loads(desk.failed(ended.arn)["detail"]["input"]) == event


def test_an_answer_that_the_state_could_not_hold_passes(desk):
    version = desk.upload(papers.register(), "register.pdf")
    ended = desk.run(version)
    assert ended.outcome == "summarized", ended
    body = desk.read(raw_answer(desk, ended.arn))
    assert len(body) > 400_000
    assert len(json.loads(body)["Blocks"]) > 700
    assert len(body) > LIMIT
    # The same answer in the state, as a task that asks Textract itself would put it there:
    states = desk.cloud.client("stepfunctions")
    with pytest.raises(states.exceptions.ClientError, match=r"InvalidExecutionInput|ValidationException"):
        states.start_execution(stateMachineArn=desk.machine, input=json.dumps({"answer": body.decode()}))
    assert passed_through_a_state(desk, raw_answer(desk, ended.arn)) == ("FAILED", "States.DataLimitExceeded")


def raw_answer(desk, arn):
    """Key of Textract's answer, found through the state that Analyze left."""
    pages = desk.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    for page in pages:
        for event in page["events"]:
            exited = event.get("stateExitedEventDetails", {})
            assert len(exited.get("output", "")) < 10_000  # only names and counts travel
            if exited.get("name") == "Analyze":
                return f"steps/{json.loads(exited['output'])['work']}/answer/00000.json"
    raise AssertionError("Analyze was not passed")


def passed_through_a_state(desk, key):
    """How an execution ends whose task reads the object into the state."""
    states, roles = desk.cloud.client("stepfunctions"), desk.cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = roles.create_role(
        RoleName="reads-into-the-state",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    roles.put_role_policy(
        RoleName="reads-into-the-state",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": desk.summaries, "Key": key},
        "Output": "{% $states.result %}",
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Read", "States": {"Read": read}}
    machine = states.create_state_machine(name="reads-into-the-state", definition=json.dumps(definition), roleArn=role)[
        "stateMachineArn"
    ]
    ended = desk.ended(states.start_execution(stateMachineArn=machine, input="{}")["executionArn"])
    return ended.status, ended.error


def test_what_a_page_does_not_show_is_in_no_summary(desk):
    version = desk.upload(maker.loan_letter(), "letters/loan.pdf")
    assert desk.run(version).outcome == "summarized"
    summary = desk.summary(version)
    assert summary["document"]["route"] == "text"
    assert {"key": "Total Due", "value": "$12,480.00"} in summary["forms"]
    assert "$1.00" not in json.dumps(summary)
    assert [flag["code"] for flag in summary["flags"]] == ["TEXT_HIDDEN"]


def test_an_encrypted_scan_that_opens_for_everybody_is_read(desk):
    """Its copy without encryption has to be written, read by Textract, and read once more for the searchable copy."""
    with Image.open(io.BytesIO(maker.registration())) as page:
        scanned = pdf_writer.picture_pdf([(maker.registration(), page.width, page.height)])
    version = desk.upload(pdf_writer.locked(scanned, ""), "locked.pdf")
    assert desk.run(version).outcome == "summarized"
    summary = desk.summary(version)
    assert summary["document"]["route"] == "sync"
    assert any(form["key"].startswith("Patient Name") for form in summary["forms"])
    assert desk.read(summary["outputs"]["searchable"]).startswith(b"%PDF-")
