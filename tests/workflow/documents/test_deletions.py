"""A document that is deleted takes along what was made of it: real events, real roles, running executions."""

from __future__ import annotations

import gzip
import json

from tests.e2e.schemas import check
from tests.e2e.waiting import eventually
from tests.workflow.documents import papers
from tests.workflow.documents.test_versions import claimed

LATE = "F" * 18
"""A place above all that the desk gives to versions."""


def kept(desk, version, name):
    body = desk.read(f"{name}/{version.key}.json.gz")
    found = json.loads(gzip.decompress(body))
    check(found, f"document-{name}")
    return found


def test_places_and_text_are_there_with_the_summary(desk):
    version = desk.upload(papers.scan())
    assert desk.run(version).outcome == "summarized"
    summary, boxes, text = desk.summary(version), kept(desk, version, "boxes"), kept(desk, version, "text")
    assert len(boxes["forms"]) == len(summary["forms"]) > 0
    assert boxes["document"] == text["document"] == summary["document"]
    lines = text["pages"][0]["lines"]
    said = [lines[line][start:end] for line, start, end, *_ in boxes["pages"][0]["words"]]
    assert " ".join(said).split() == " ".join(lines).split()
    assert all(form["key"] and form["value"] for form in boxes["forms"])


def test_from_the_bucket_to_the_sweep_and_back(desk, bus):
    """S3 tells of the deletion by itself; then the marker goes, and the document is there again."""
    events, rule = desk.cloud.client("events"), desk.cloud.physical_id("DocumentsDeletedRule")
    s3 = desk.cloud.client("s3")
    version = desk.upload(papers.note_with_tables(2))
    assert desk.run(version).outcome == "summarized"
    assert desk.results(version) == version.made(tables=2)
    events.enable_rule(Name=rule)
    try:
        marker = s3.delete_object(Bucket=desk.inbox, Key=version.key)["VersionId"]
        told = bus.wait_for("DocumentDeleted", key=version.key)
        check(told, "document-deleted")
        assert (told["version_id"], told["reason"]) == (marker, "deleted")
        eventually(lambda: not (desk.results(version) or desk.work_of(version)) or None, "everything gone")
        s3.delete_object(Bucket=desk.inbox, Key=version.key, VersionId=marker)
        eventually(lambda: desk.results(version) == version.made(tables=2) or None, "the document is back")
        assert desk.summary(version)["document"]["version_id"] == version.version_id
    finally:
        events.disable_rule(Name=rule)


def test_work_that_is_under_way_leaves_nothing(desk):
    version = desk.upload(papers.note_with_tables(1))
    state = claimed(desk, version)
    for function in ("DocumentsInspect", "DocumentsTransform", "DocumentsEnrich"):
        state = desk.invoke(function, state)
    state |= desk.asked("DocumentsSummarize", "SummariesNextQueue", state)
    marker = desk.cloud.client("s3").delete_object(Bucket=desk.inbox, Key=version.key)["VersionId"]
    desk.gone(version, "Delete Marker Created", marker, LATE)
    assert desk.invoke("DocumentsWrite", state)["outcome"] == "superseded"
    error = {"Error": "BrokenDocument", "Cause": "It is torn."}
    event = {**{name: state[name] for name in ("document", "work")}, "error": error, "at": "2026-11-20T10:00:00Z"}
    assert desk.invoke("DocumentsReject", event)["outcome"] == "superseded"
    assert desk.results(version) == set()
    assert desk.work_of(version) == []
    assert desk.run(version).outcome == "superseded"


def test_a_version_that_was_deleted_for_good_gives_way_to_the_one_before_it(desk):
    old = desk.upload(papers.note_with_tables(3))
    new = desk.upload(papers.note_with_tables(1), old.key)
    assert desk.run(old).outcome == "summarized"
    assert desk.run(new).outcome == "summarized"
    desk.cloud.client("s3").delete_object(Bucket=desk.inbox, Key=new.key, VersionId=new.version_id)
    desk.gone(new, "Permanently Deleted", new.version_id, LATE)
    eventually(lambda: desk.results(old) == old.made(tables=3) or None, "the older version's results")
    assert desk.summary(old)["document"]["version_id"] == old.version_id


def test_a_tag_takes_the_results_alone(desk):
    version = desk.upload(papers.note())
    assert desk.run(version).outcome == "summarized"
    tags = {"TagSet": [{"Key": "millrace-retention", "Value": "delete"}]}
    desk.cloud.client("s3").put_object_tagging(
        Bucket=desk.inbox, Key=version.key, VersionId=version.version_id, Tagging=tags
    )
    about = {"key": version.key, "etag": version.etag, "version-id": version.version_id}
    event = {
        "id": "tag", "detail-type": "Object Tags Added", "time": "2026-11-20T10:00:00Z",
        "detail": {"bucket": {"name": desk.inbox}, "object": about},
    }  # fmt: skip
    message = {"messageId": "tag", "body": json.dumps(event)}
    assert desk.invoke("DocumentsDelete", {"Records": [message]}) == {"batchItemFailures": []}
    assert desk.results(version) == set()
    assert desk.run(desk.by_hand(version.key, again="all the same")).outcome == "superseded"
