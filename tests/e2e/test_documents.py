"""Documents from the inbox to their summaries, through AWS's APIs and the stack's outputs alone.

Nothing here reaches into the stack: files are put into a bucket, results are read from another, and the failed queue is
redriven as an operator does. On AWS the samples cost some cents at Textract and Bedrock.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from local.demo.documents import maker, office_files
from tests.e2e import mail, stacks
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually

PATIENCE = 900.0
"""Seconds until what does not come counts as lost. Only a failing test ever waits so long."""
SAMPLES = maker.SAMPLES


@dataclass(frozen=True)
class Uploaded:
    key: str
    version_id: str


class Archive:
    """Two buckets: what goes in, and what comes out."""

    def __init__(self, stack: stacks.Stack, events: mail.Events) -> None:
        self.events = events
        self.s3, self.states = stack.client("s3"), stack.client("stepfunctions")
        self.inbox, self.summaries = stack.outputs["InboxBucketName"], stack.outputs["SummariesBucketName"]
        self.machine = stack.outputs["SummarizeDocumentArn"]

    def upload(self, key: str, body: bytes) -> Uploaded:
        return Uploaded(key, self.s3.put_object(Bucket=self.inbox, Key=key, Body=body)["VersionId"])

    def read(self, key: str) -> bytes | None:
        try:
            body: bytes = self.s3.get_object(Bucket=self.summaries, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        return body

    def summary(self, of: Uploaded) -> Any:
        """The summary of exactly this version."""

        def look() -> Any:
            found = json.loads(self.read(f"summaries/{of.key}.json") or "null")
            return found if found and found["document"]["version_id"] == of.version_id else None

        return eventually(look, f"summary of {of.key}", PATIENCE)

    def rejection(self, of: Uploaded) -> Any:
        return eventually(
            lambda: json.loads(self.read(f"rejected/{of.key}.json") or "null"), f"refusal of {of.key}", PATIENCE
        )

    def source(self, of: Uploaded) -> str:
        return f"s3://{self.inbox}/{of.key}"

    def run(self, event: Any) -> Any:
        """An execution started by hand; its output."""
        arn = self.states.start_execution(stateMachineArn=self.machine, input=json.dumps(event))["executionArn"]

        def look() -> Any:
            found = self.states.describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        ended = eventually(look, f"end of {arn}", PATIENCE)
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])


@pytest.fixture(scope="module")
def archive(stack: stacks.Stack) -> Iterator[Archive]:
    with mail.listening(stack, "millrace.documents") as events:
        yield Archive(stack, events)


@pytest.fixture
def folder() -> str:
    """A place of its own, deep and with letters that are easily broken on the way."""
    return f"e2e-{uuid4().hex[:8]}/Grüße + Söhne/100% 日本"


@pytest.fixture(scope="module")
def uploaded(archive: Archive) -> dict[str, Uploaded]:
    """All samples, put there at once as people do, and the time that this takes is shared."""
    root = f"e2e-{uuid4().hex[:8]}/"
    archive.upload(f"{root}{maker.PACKET_KEY}", maker.packet())
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda one: archive.upload(f"{root}{one.key}", one.make()), SAMPLES)
        return dict(zip((one.key for one in SAMPLES), found, strict=True))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.key)
def test_every_sample_comes_to_the_end_that_it_should(archive, uploaded, sample):
    of = uploaded[sample.key]
    if sample.expected != "summarized":
        refused = archive.rejection(of)
        check(refused, "rejected")
        assert (refused["error"], refused["source"]) == (sample.expected, archive.source(of))
        assert archive.events.wait_for("DocumentRejected", source=archive.source(of)) == refused
        assert archive.read(f"summaries/{of.key}.json") is None
        return
    summary = archive.summary(of)
    check(summary, "document-summary")
    assert list(summary)[:2] == ["summary", "forms"]
    assert summary["summary"]
    told = archive.events.wait_for("DocumentSummarized", source=archive.source(of))
    check(told, "document-summarized")
    assert (told["summary"], told["bucket"]) == (f"summaries/{of.key}.json", archive.summaries)
    for table in summary["tables"]:
        rows = list(csv.reader(io.StringIO(archive.read(table["csv"]).decode())))
        assert (len(rows), len(rows[0])) == (table["rows"], table["columns"])
    scanned = summary["document"]["route"] != "text"
    copy = summary["outputs"]["searchable"]
    assert (copy is not None) == scanned
    assert not scanned or archive.read(copy).startswith(b"%PDF-")
    assert archive.read(f"rejected/{of.key}.json") is None


def test_the_three_flags_of_the_reference(archive, uploaded):
    """Digits missing in a telephone number, an address without a street number, a document that is not there."""
    registration = archive.summary(uploaded["forms/registration.jpg"])
    flags = {flag["code"]: flag for flag in registration["flags"]}
    assert {"PHONE_DIGITS_MISSING", "ADDRESS_NO_STREET_NUMBER"} <= flags.keys(), registration["fields"]
    phone = flags["PHONE_DIGITS_MISSING"]["form"]
    assert registration["fields"][phone]["kind"] == "phone"
    assert registration["fields"][phone]["value"] is None
    packet = [archive.summary(uploaded[key]) for key in uploaded if key.startswith("packets/")]
    assert any(flag["code"] == "DOCUMENT_MISSING" for each in packet for flag in each["flags"])


def test_routes(archive, uploaded):
    routes = {key: archive.summary(uploaded[key])["document"]["route"] for key in (
        "letters/visit letter.pdf", "notes/discharge note.png", "forms/intake form.pdf", "forms/intake form.tiff",
    )}  # fmt: skip
    assert list(routes.values()) == ["text", "sync", "async", "async"]
    assert archive.summary(uploaded["forms/intake form.pdf"])["document"]["pages"] == 2


def test_a_mail_s_attachment_is_a_document_of_its_own(archive, uploaded):
    letter = archive.summary(uploaded["mail/papers for October.eml"])
    assert letter["document"]["media_type"] == "message/rfc822"
    key = f"{letter['document']['key']}.attachments/01 {office_files.PAPERS_NAME}"
    assert {"key": "Attachment", "value": office_files.PAPERS_NAME} in letter["forms"]
    bill = eventually(lambda: archive.read(f"summaries/{key}.json"), "the bill's summary", 120)
    found = json.loads(bill)
    check(found, "document-summary")
    assert {"key": "Total Due", "value": "$318.40"} in found["forms"]


def test_what_does_not_show_is_told(archive, uploaded):
    letter = archive.summary(uploaded["letters/merged letter.docx"])
    assert {"key": "Balance Due", "value": "$318.40"} in letter["forms"]
    assert [flag["code"] for flag in letter["flags"]] == ["TEXT_HIDDEN"]
    assert "$1.00" not in json.dumps(letter)


def test_a_new_version_replaces_the_old_one(archive, folder):
    key = f"{folder}/note.md"
    old = archive.upload(key, b"# Note\n\nThe first one has a table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert archive.summary(old)["tables"][0]["csv"] == f"tables/{key}/1.csv"
    new = archive.upload(key, b"# Note\n\nThe second one has no table at all.\n")
    assert archive.summary(new)["tables"] == []
    eventually(lambda: True if archive.read(f"tables/{key}/1.csv") is None else None, "end of the old table", 30)


def test_a_new_version_that_is_refused_and_one_that_is_not(archive, folder):
    key = f"{folder}/letter.txt"
    first = archive.upload(key, b"Dear Ada, the patient went home in good condition.\n")
    archive.summary(first)
    archive.upload(key, b"%PDF-1.7 torn")
    refused = archive.rejection(first)
    assert refused["error"] == "BrokenDocument"
    assert archive.summary(first)  # still there, and says of which version it is
    third = archive.upload(key, b"Dear Ada, the patient came back in good condition.\n")
    archive.summary(third)
    eventually(lambda: True if archive.read(f"rejected/{key}.json") is None else None, "end of the refusal", 30)


def test_what_was_read_is_kept_with_its_places(archive, folder):
    document = archive.upload(f"{folder}/note.txt", b"Patient: Ada Lovelace\n\nShe went home in good condition.\n")
    outputs = archive.summary(document)["outputs"]
    boxes, text = (json.loads(gzip.decompress(archive.read(outputs[name]))) for name in ("boxes", "text"))
    check(boxes, "document-boxes")
    check(text, "document-text")
    [value] = boxes["forms"][0]["value"]
    assert text["pages"][0]["lines"][value["line"]][value["start"] : value["end"]] == "Ada Lovelace"


def test_a_deleted_document_takes_along_all_that_was_made_of_it(archive, folder):
    document = archive.upload(f"{folder}/gone.md", b"# Note\n\nIt has a table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    summary = archive.summary(document)
    made = [f"summaries/{document.key}.json", summary["tables"][0]["csv"], summary["outputs"]["boxes"]]
    assert all(archive.read(key) for key in made)
    marker = archive.s3.delete_object(Bucket=archive.inbox, Key=document.key)["VersionId"]
    told = archive.events.wait_for("DocumentDeleted", key=document.key)
    check(told, "document-deleted")
    assert [archive.read(key) for key in made] == [None, None, None]
    archive.s3.delete_object(Bucket=archive.inbox, Key=document.key, VersionId=marker)
    assert archive.summary(document)["document"]["version_id"] == document.version_id


def test_a_tag_takes_the_results_and_leaves_the_document(archive, folder):
    """Of the version that has it: the one before it is left, and a new one is a document as any other."""
    key, body = (
        f"{folder}/tagged.txt",
        b"Patient: Ada Lovelace\n\nThe letter is to be kept, and nothing that was made of it.\n",
    )
    tags = {"TagSet": [{"Key": "millrace-retention", "Value": "delete"}]}
    document = archive.upload(key, body)
    made = [f"summaries/{key}.json", *(copy for copy in archive.summary(document)["outputs"].values() if copy)]
    archive.s3.put_object_tagging(Bucket=archive.inbox, Key=key, Tagging={"TagSet": [{"Key": "ward", "Value": "3"}]})
    archive.s3.put_object_tagging(Bucket=archive.inbox, Key=key, Tagging=tags)
    told = archive.events.wait_for("DocumentDeleted", key=key)
    check(told, "document-deleted")
    assert (told["version_id"], told["reason"]) == (document.version_id, "tag")
    eventually(lambda: not any(archive.read(each) for each in made) or None, f"end of what {key} left", PATIENCE)
    assert archive.s3.get_object(Bucket=archive.inbox, Key=key)["Body"].read() == body
    again = {"detail": {"bucket": {"name": archive.inbox}, "object": {"key": key}, "again": "asked for"}}
    assert archive.run(again)["outcome"] == "superseded"
    assert archive.read(made[0]) is None
    later = archive.upload(key, body + b"It was read again.\n")
    assert archive.summary(later)["summary"]


def test_folders_are_no_documents(archive, folder):
    archive.upload(f"{folder}/", b"")
    document = archive.upload(f"{folder}/after.txt", b"Something to read after the folder was made.\n")
    archive.summary(document)
    assert archive.read(f"rejected/{folder}/.json") is None


def test_by_hand(archive, folder):
    of = archive.upload(f"{folder}/by hand.txt", b"The patient went home in good condition.\n")
    archive.summary(of)
    event = {"detail": {"bucket": {"name": archive.inbox}, "object": {"key": of.key}}}

    def settled() -> Any:
        # The execution that the upload started may still be at its last step.
        return archive.run(event)["outcome"]

    assert settled() == "duplicate"
    event["detail"]["again"] = f"{time.time()}"
    assert archive.run(event)["outcome"] == "summarized"
    assert archive.run(event)["outcome"] == "duplicate"
