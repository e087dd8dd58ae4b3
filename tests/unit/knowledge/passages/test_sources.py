"""What is read of the summaries bucket: what is there, what is gone, and what is no text though it is there."""

from __future__ import annotations

import gzip
import json
from typing import Any

import boto3
import pytest

from common.objects import Bucket
from documents import keys
from documents.model import (
    DocumentType,
    Enrichment,
    Extraction,
    Inspection,
    Layout,
    Line,
    ModelUse,
    Source,
    Summary,
)
from documents.outputs import deletions, kept, summary_document, versioned_writes
from knowledge.passages import sources
from tests.unit.knowledge.indexing import builders
from tests.unit.knowledge.indexing.builders import KEY, about

ENGLISH = "The boiler of the house was inspected by the engineer and it is not in order, so this is to be mended."


@pytest.fixture(name="bucket")
def _bucket(account: None) -> Bucket:
    boto3.client("s3").create_bucket(Bucket="summaries")
    return Bucket("summaries")


def put(bucket: Bucket, document: dict[str, Any] | None = None, *pages: list[str], **more: Any) -> None:
    document = document or about()
    bucket.put(sources.text(KEY), builders.text(document, *(pages or [[ENGLISH], ["two"]])))
    bucket.put(sources.summary(KEY), builders.summary(document, **more))


def read(bucket: Bucket, before: sources.Read | None = None) -> sources.Read:
    found = sources.read(bucket, KEY, before)
    assert found is not None
    return found


def test_the_places_are_those_of_the_pipeline_that_writes_them():
    assert (sources.summary(KEY), sources.text(KEY), sources.boxes(KEY)) == (
        keys.summary(KEY),
        keys.text(KEY),
        keys.boxes(KEY),
    )


def test_a_document_with_its_pages(bucket):
    date = {"kind": "date", "value": "2024-03-12", "name": "invoice_date"}
    put(bucket, type={"name": "invoice"}, fields=[date])
    found = read(bucket)
    assert found.pages == ((1, (ENGLISH,)), (2, ("two",)))
    assert found.unread == ""
    assert (found.document.type, found.document.language, found.document.sequencer) == ("invoice", "en", "01")
    assert found.document.date == 19_794
    assert len(found.document.version) == 16


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ([{"kind": "date", "value": "1970-01-02", "name": "date_of_birth"}], None),
        ([{"kind": "date", "value": "1970-01-02", "name": "due_date"}], None),
        ([{"kind": "date", "value": "1970-01-02", "name": None}], None),
        ([{"kind": "date", "value": None, "name": "pay_date"}], None),
        ([{"kind": "date", "value": "soon", "name": "pay_date"}], None),
        ([{"kind": "amount", "value": "1970-01-02", "name": "pay_date"}], None),
        ([{"kind": "date", "value": "1969-12-31", "name": "pay_date"}], -1),
    ],
)
def test_the_day_that_it_is_about_or_that_of_its_summary(bucket, fields, days):
    put(bucket, fields=fields)
    found = read(bucket)
    assert found.document.date == (int(found.written // 86_400) if days is None else days)


def test_the_same_text_is_the_same_version(bucket):
    put(bucket)
    first = read(bucket).document.version
    put(bucket, about(sequencer="02", version_id="v"))
    assert read(bucket).document.version == first
    for change in (
        lambda: put(bucket, about(etag="e2")),
        lambda: put(bucket, None, ["another"]),
        lambda: put(bucket, type={"name": "bill"}),
    ):
        change()
        assert read(bucket).document.version != first


def test_what_has_not_changed_is_not_read_again(bucket):
    put(bucket)
    first = read(bucket)
    assert read(bucket, first) is first
    put(bucket, None, ["another"])
    assert read(bucket, first).pages == ((1, ("another",)),)


def test_what_is_not_there_is_gone(bucket):
    assert sources.read(bucket, KEY) is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"schema": 2}, "OtherSchema"),
        ({"outputs": {"searchable": None, "redacted": None}}, "NoText"),
        ({"outputs": None}, "NoText"),
        ({"parts": [{"type": "letter", "pages": [1, 2], "key": f"{KEY}.parts/01 letter.pdf"}]}, "InParts"),
    ],
)
def test_what_has_no_passages_says_why(bucket, more, why):
    put(bucket, **more)
    found = read(bucket)
    assert (found.unread, found.pages) == (why, ())


def test_a_text_of_another_version_is_waited_for(bucket):
    put(bucket)
    bucket.put(sources.text(KEY), builders.text(about(etag="e2", sequencer="02"), ["new"]))
    assert read(bucket).unread == "TextNotYet"
    bucket.delete(sources.text(KEY))
    assert read(bucket).unread == "TextNotYet"


def test_what_a_deletion_covers_is_gone(bucket):
    put(bucket, about(sequencer="05"))
    deletions.mark_all(bucket, KEY, "04")
    assert read(bucket).unread == ""
    deletions.mark_all(bucket, KEY, "05")
    assert sources.read(bucket, KEY) is None


def test_a_version_that_is_deleted_among_others_is_gone(bucket):
    put(bucket, about(version_id="v7"))
    deletions.mark_version(bucket, KEY, "v6", None)
    assert read(bucket).unread == ""
    deletions.mark_version(bucket, KEY, "v7", None)
    assert sources.read(bucket, KEY) is None


def test_what_the_pipeline_writes_is_what_is_read(bucket, tmp_path):
    """The real writer's bytes: text/<key> with its lines over pages."""

    source = Source("inbox", KEY, "e1", "01")
    inspection = Inspection("text/plain", 3, "text")
    extraction = Extraction(3, (Line(1, "one"), Line(3, "three"), Line(3, "four")))
    outputs = kept.put(bucket, source, inspection, extraction, Layout(()), tmp_path)
    enriched, summed = Enrichment(DocumentType("letter", 1.0)), Summary((), ModelUse("m", "end"))
    document = summary_document.build(source, inspection, extraction, enriched, summed, outputs)
    versioned_writes.put(bucket, keys.summary(KEY), versioned_writes.encode(document), source)
    found = read(bucket)
    assert found.pages == ((1, ("one",)), (2, ()), (3, ("three", "four")))
    assert json.loads(gzip.decompress(bucket.get(sources.text(KEY)).body))["pages"][2]["first"] == 1
