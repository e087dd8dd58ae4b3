"""Keys of what is made of a document."""

from __future__ import annotations

import pytest

from documents.errors import KeyTooLong
from documents.keys import check, is_no_document, is_table


def test_keys_have_room_for_what_is_made_of_them():
    check("k" * 1002)
    with pytest.raises(KeyTooLong):
        check("k" * 1012)
    with pytest.raises(KeyTooLong):
        check("ä" * 510)
    assert is_table("a", "tables/a/12.csv")
    assert not is_table("a", "tables/a/b/1.csv")
    assert not is_table("a", "tables/a/0.csv")


@pytest.mark.parametrize(
    "key", ["", "a/", "packet.json", "a/packet.json", "access.json", "a/access.json", "a.access.json"]
)
def test_these_are_no_documents(key):
    assert is_no_document(key)


@pytest.mark.parametrize(
    "key", ["my-packet.json", "myaccess.json", "a/access.json.pdf", "a/Access.json", "a.access.jsonl"]
)
def test_these_are_documents(key):
    assert not is_no_document(key)
