"""What one step leaves for the next, and one version of a document."""

from __future__ import annotations

import pytest

from documents import steps
from documents.errors import DocumentGone, KeyTooLong, WorkGone
from documents.keys import check, is_table
from documents.textract import raw_answers
from tests.unit.documents.pipeline_aws import INBOX
from tests.unit.documents.pipeline_builders import enrichment, extraction, keep_steps, source, summary

WORK = "w" * 40


def test_steps_come_back_as_they_were(account):
    keep_steps(WORK, tables=2)
    assert steps.extraction(WORK) == extraction(2)
    assert steps.enrichment(WORK) == enrichment()
    assert steps.summary(WORK) == summary()


def test_a_step_that_is_gone_or_of_other_code_has_a_name(account):
    with pytest.raises(WorkGone, match="redrive"):
        steps.extraction(WORK)
    steps.keep(WORK, "extraction", {"schema": 1, "pages": 1})
    with pytest.raises(WorkGone, match="another version"):
        steps.extraction(WORK)
    steps.keep(WORK, "summary", {**summary().to_json(), "new": 1, "model": {"new": 1}})
    with pytest.raises(WorkGone):
        steps.summary(WORK)


def test_parts_are_read_in_order_and_none_is_missed(account):
    for number in range(3):
        raw_answers.keep(WORK, number, {"Blocks": [number]})
    assert [part["Blocks"] for part in steps.answer_parts(WORK)] == [[0], [1], [2]]
    assert len(list(steps.answer_parts(WORK, 2))) == 2
    with pytest.raises(WorkGone):
        list(steps.answer_parts(WORK, 4))
    with pytest.raises(WorkGone):
        list(steps.answer_parts("x" * 40))


def test_exactly_the_version_that_was_claimed_is_read(account, tmp_path):
    old = account.s3.put_object(Bucket=INBOX, Key="ä +.txt", Body=b"old")
    account.s3.put_object(Bucket=INBOX, Key="ä +.txt", Body=b"new!")
    etag = old["ETag"].strip('"')
    found = steps.download(source("ä +.txt", "05", etag, old["VersionId"]), tmp_path / "a")
    assert ((tmp_path / "a").read_bytes(), found.size) == (b"old", 3)
    with pytest.raises(DocumentGone):  # without its version id it would be another document by now
        steps.download(source("ä +.txt", "05", etag), tmp_path / "b")
    with pytest.raises(DocumentGone):
        steps.head(source("ä +.txt", "05", etag))
    with pytest.raises(DocumentGone):
        steps.download(source("nothing", "05", etag), tmp_path / "c")


def test_at_most_so_many_bytes(account, tmp_path):
    put = account.s3.put_object(Bucket=INBOX, Key="a", Body=b"0123456789")
    steps.download(source("a", "05", put["ETag"].strip('"')), tmp_path / "a", at_most=4)
    assert (tmp_path / "a").read_bytes() == b"0123"


def test_keys_have_room_for_what_is_made_of_them():
    check("k" * 1002)
    with pytest.raises(KeyTooLong):
        check("k" * 1012)
    with pytest.raises(KeyTooLong):
        check("ä" * 510)
    assert is_table("a", "tables/a/12.csv")
    assert not is_table("a", "tables/a/b/1.csv")
    assert not is_table("a", "tables/a/0.csv")
