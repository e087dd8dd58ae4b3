"""What documents has read comes into the index and goes out of it; who may read it is what the access files say."""

from __future__ import annotations

from tests.e2e.waiting import eventually
from tests.workflow.knowledge import shelf
from tests.workflow.knowledge.desk import Desk

KEY = "ann/papers/letter.md"


def test_a_document_is_found_replaced_and_forgotten(desk: Desk):
    desk.shelf.put(KEY, "The windmill of Altenfurt has five sails.")
    first = desk.shelf.indexed(KEY)
    assert "five sails" in desk.finds(desk.ann, "windmill of Altenfurt", KEY)
    desk.shelf.put(KEY, "The windmill of Altenfurt has seven sails.")
    second = desk.shelf.indexed(KEY)
    assert first["version"] != second["version"]
    assert "seven sails" in desk.finds(desk.ann, "windmill of Altenfurt", KEY)
    assert all(f"/{second['version']}/" in key for key in desk.shelf.vectors(KEY))
    desk.shelf.delete(KEY)
    desk.shelf.gone(KEY)
    assert desk.shelf.vectors(KEY) == []
    assert desk.finds(desk.ann, "windmill of Altenfurt", KEY) == ""


def test_the_same_event_again_changes_nothing(desk: Desk):
    desk.shelf.put(KEY, "The tide tables of Morrow Sound are printed in March.")
    before = desk.shelf.indexed(KEY)
    paid = desk.spent("embedded-tokens")
    desk.shelf.tell("DocumentSummarized", KEY)
    desk.shelf.put("ann/papers/other.md", "Another letter about nothing.")
    desk.shelf.indexed("ann/papers/other.md")
    assert desk.shelf.pointer(KEY) == before
    desk.shelf.put(KEY, "The tide tables of Morrow Sound are printed in March.")  # the same text, uploaded again
    assert desk.shelf.indexed(KEY)["version"] != ""
    assert len(desk.shelf.vectors(KEY)) == 1
    assert desk.spent("embedded-tokens") - paid < 20, "what was embedded once is kept"


def test_an_access_file_counts_at_once_and_the_index_follows(desk: Desk):
    query, key = "gardens of Altenfurt", "ann/shared/plan.md"
    desk.shelf.put(key, "The gardens of Altenfurt open at nine.")
    before = desk.shelf.indexed(key)
    assert desk.finds(desk.ann, query, key)
    assert desk.finds(desk.bob, query, key) == ""
    desk.shelf.allow("ann/shared/access.json", users=[desk.bob.arn])
    assert desk.finds(desk.ann, query, key) == "", "before the index has heard of it"
    eventually(lambda: desk.finds(desk.bob, query, key) or None, "what bob may read now")
    after = desk.shelf.pointer(key)
    assert after is not None
    assert (after["version"], after["acl"] == before["acl"]) == (before["version"], False)
    desk.shelf.allow(f"{key}.access.json", everyone=True, denied_users=[desk.bob.arn])
    eventually(lambda: desk.finds(desk.eve, query, key) or None, "what everyone may read now")
    assert desk.finds(desk.bob, query, key) == "", "denied beats allowed"
    desk.shelf.allow(f"{key}.access.json", users=[desk.ann.arn])
    assert desk.finds(desk.eve, query, key) == ""


def test_an_access_file_that_cannot_be_read_lets_nobody_read(desk: Desk):
    query, key = "bakery of Altenfurt", "ann/odd/plan.md"
    desk.shelf.put(key, "The bakery of Altenfurt opens at five.")
    desk.shelf.indexed(key)
    assert desk.finds(desk.ann, query, key)
    desk.shelf.s3.put_object(Bucket=shelf.INBOX, Key="ann/odd/access.json", Body=b'{"users": "ann"')
    assert desk.finds(desk.ann, query, key) == ""
    desk.shelf.forget("ann/odd/access.json")
    eventually(lambda: desk.finds(desk.ann, query, key) or None, "what ann may read again")
