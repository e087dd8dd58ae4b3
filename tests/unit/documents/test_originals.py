"""One version of a document in the inbox."""

from __future__ import annotations

import pytest

from documents.errors import DocumentGone
from documents.intake import originals
from tests.unit.documents.pipeline_aws import INBOX
from tests.unit.documents.pipeline_builders import source


def test_exactly_the_version_that_was_claimed_is_read(account, tmp_path):
    old = account.s3.put_object(Bucket=INBOX, Key="ä +.txt", Body=b"old")
    account.s3.put_object(Bucket=INBOX, Key="ä +.txt", Body=b"new!")
    etag = old["ETag"].strip('"')
    found = originals.download(source("ä +.txt", "05", etag, old["VersionId"]), tmp_path / "a")
    assert ((tmp_path / "a").read_bytes(), found.size) == (b"old", 3)
    with pytest.raises(DocumentGone):  # without its version id it would be another document by now
        originals.download(source("ä +.txt", "05", etag), tmp_path / "b")
    with pytest.raises(DocumentGone):
        originals.head(source("ä +.txt", "05", etag))
    with pytest.raises(DocumentGone):
        originals.download(source("nothing", "05", etag), tmp_path / "c")


def test_at_most_so_many_bytes(account, tmp_path):
    put = account.s3.put_object(Bucket=INBOX, Key="a", Body=b"0123456789")
    originals.download(source("a", "05", put["ETag"].strip('"')), tmp_path / "a", at_most=4)
    assert (tmp_path / "a").read_bytes() == b"0123"
