"""One message of the index: what it makes of a document, of one that is gone, of a right that changed."""

from __future__ import annotations

import time

import pytest

from common.table import Table
from knowledge.indexing import below, pointers, vectors
from knowledge.indexing.messages import Message
from knowledge.model import Access
from knowledge.passages import sources
from knowledge.rights import sets
from tests.unit.knowledge.indexing import builders
from tests.unit.knowledge.indexing.builders import KEY, about
from tests.unit.knowledge.indexing.fakes import DOCUMENT, FIRST, NEXT, Index, Titan


def test_a_document_is_indexed_and_a_repeat_pays_nothing(world):
    world.document()
    assert world.take(DOCUMENT) == []
    world.is_right()
    pointer = world.pointer()
    assert pointer.passages == 2
    assert pointer.acl == sets.identifier(Access(groups=frozenset({"staff"})))
    assert sets.read(Table("state"), pointer.acl) == Access(groups=frozenset({"staff"}))
    found = Index.kept[vectors.key(pointer.doc, pointer.version, 1)]
    assert (found.metadata["text"], found.metadata["page"], found.metadata["lines"]) == ("two", 2, "1-1")
    assert len(found.data) == 512
    assert (world.total("DocumentsIndexed"), world.total("PassagesIndexed")) == (1, 2)
    assert world.take(DOCUMENT) == []
    assert sorted(Titan.asked) == ["one", "two"]
    assert world.total("DocumentsIndexed") == 1
    assert world.sent(FIRST) == world.sent(NEXT) == []


def test_the_lag_is_told_by_lane_and_not_of_what_tells_nothing_new(world):
    world.document()
    world.take(Message(document=KEY, since=time.time() - 50))
    [(value, split)] = [(value, split) for name, value, split in world.counted if name == "IndexLagSeconds"]
    assert value >= 50
    assert split == {"lane": "first"}
    world.take(Message(document=KEY), NEXT)
    assert len([name for name, _, _ in world.counted if name == "IndexLagSeconds"]) == 1


def test_the_same_text_is_paid_for_once_whoever_has_it(world):
    world.document()
    world.document("other.pdf", ["two"], ["three"])
    world.take(DOCUMENT)
    world.take(Message(document="other.pdf"))
    assert sorted(Titan.asked) == ["one", "three", "two"]
    world.is_right("other.pdf")


def test_a_new_version_takes_the_place_of_the_old_one(world):
    world.document()
    world.take(DOCUMENT)
    world.document(KEY, ["three"], etag="e2", sequencer="02")
    world.take(DOCUMENT)
    world.is_right()
    assert world.pointer().passages == len(Index.kept) == 1
    assert sorted(Titan.asked) == ["one", "three", "two"]


def test_the_same_uploaded_again_changes_the_place_alone(world):
    world.document()
    world.take(DOCUMENT)
    world.document(KEY, sequencer="02")
    world.take(DOCUMENT)
    assert world.pointer().sequencer == "02"
    assert world.total("DocumentsIndexed") == 1


def test_a_deleted_document_leaves_nothing_but_its_place(world):
    world.document()
    world.take(DOCUMENT)
    world.forget()
    world.take(DOCUMENT)
    assert Index.kept == {}
    pointer = world.pointer()
    assert (pointer.version, pointer.sequencer, pointer.passages, pointer.pending) == (None, "01", 0, ())
    assert world.total("DocumentsRemoved") == 1
    world.take(DOCUMENT)
    assert world.total("DocumentsRemoved") == 1


def test_a_summary_of_an_older_upload_is_not_followed_and_told(world):
    world.document(sequencer="05")
    world.take(DOCUMENT)
    world.document(KEY, ["old"], etag="e0", sequencer="04")
    world.take(DOCUMENT)
    assert world.pointer().passages == 2
    assert ("DocumentsUnread", 1, {"reason": "OlderUpload"}) in world.counted


def test_a_document_without_text_has_no_vectors_and_is_told(world):
    world.document()
    world.take(DOCUMENT)
    body = builders.summary(about(), outputs={"text": None})
    world.bucket("summaries").put(sources.summary(KEY), body)
    world.take(DOCUMENT)
    assert Index.kept == {}
    assert ("DocumentsUnread", 1, {"reason": "NoText"}) in world.counted


def test_a_document_of_no_lines_counts_though_nothing_of_it_is_found(world):
    world.document(KEY, [" "], [])
    world.take(DOCUMENT)
    assert world.pointer().version is not None
    assert (world.pointer().passages, Index.kept) == (0, {})


def test_what_the_model_refuses_is_left_out_and_counted(world):
    Titan.refused = ("one",)
    world.document(KEY, ["one"], ["zero"], ["two"])
    world.take(DOCUMENT)
    world.is_right()
    assert world.pointer().passages == 1
    assert world.total("PassagesWithoutEmbedding") == 2


# Rights


def test_a_right_that_changes_is_written_without_the_model(world):
    world.document()
    world.take(DOCUMENT)
    world.bucket("inbox").put(f"{KEY}.access.json", builders.access("boss"))
    world.take(DOCUMENT)
    world.is_right()
    assert world.pointer().acl == sets.identifier(Access(groups=frozenset({"boss"})))
    assert len(Titan.asked) == 2
    assert (world.total("DocumentsRetagged"), world.total("DocumentsIndexed")) == (1, 1)


def test_what_was_read_of_a_replaced_upload_gets_no_new_readers(world):
    """The names were taken out of a paper, and then everyone was let in: to the paper without the names."""
    world.document(KEY, ["Barnaby Quince"])
    world.bucket("inbox").put(f"{KEY}.access.json", builders.access("boss"))
    world.take(DOCUMENT)
    before = world.pointer()
    world.upload(KEY, "e2")
    world.bucket("inbox").put(f"{KEY}.access.json", builders.access(everyone=True))
    for message in (DOCUMENT, Message(document=KEY, check=True)):
        world.take(message)
        assert world.pointer() == before
        assert {each.metadata["acl"] for each in Index.kept.values()} == {before.acl}
    assert ("DocumentsUnread", 1, {"reason": "Replaced"}) in world.counted
    world.document(KEY, ["somebody"], etag="e2", sequencer="02")
    world.take(DOCUMENT)
    world.is_right()
    assert world.pointer().acl == sets.identifier(Access(everyone=True))
    assert [each.metadata["text"] for each in Index.kept.values()] == ["somebody"]


def test_a_deleted_document_whose_access_file_goes_too_is_not_the_folder_s(world):
    world.document()
    world.document("cases/7/letter.pdf.txt")
    world.bucket("inbox").put(f"{KEY}.access.json", builders.access("boss"))
    world.take(DOCUMENT)
    before = world.pointer()
    world.bucket("inbox").delete(KEY)
    world.bucket("inbox").delete(f"{KEY}.access.json")
    world.take(DOCUMENT)
    assert world.pointer() == before
    world.forget()
    world.take(DOCUMENT)
    assert world.pointer().version is None


def test_a_version_whose_upload_was_replaced_before_it_was_indexed_is_left_to_the_next_one(world):
    world.document()
    world.upload(KEY, "e2")
    world.take(DOCUMENT)
    assert (world.pointer(), Index.kept) == (None, {})
    world.document(KEY, ["three"], etag="e2", sequencer="02")
    world.take(DOCUMENT)
    world.is_right()
    assert len(Index.kept) == 1


def test_a_folder_s_file_sends_a_message_for_each_document_below(world):
    for key in ("a/1.pdf", "a/b/2.pdf", "ab/3.pdf", "4.pdf"):
        world.document(key)
        world.take(Message(document=key))
    world.bucket("inbox").put("a/access.json", builders.access("boss"))
    world.take(Message(access="a/access.json", since=7.0))
    assert world.sent(NEXT) == [Message(document=key, since=7.0) for key in ("a/1.pdf", "a/b/2.pdf")]
    world.take(Message(access="access.json"))
    assert {each.document for each in world.sent(NEXT)} == {"a/1.pdf", "a/b/2.pdf", "ab/3.pdf", "4.pdf"}
    assert world.sent(FIRST) == []
    assert world.total("AccessFilesUnreadable") == 0


def test_a_document_s_own_file_goes_first_and_to_what_came_out_of_it(world):
    keys = ["m.eml", "m.eml.attachments/01 a.pdf", "m.eml.parts/01 b.pdf", "m.eml.pdf"]
    for key in keys:
        world.document(key)
        world.take(Message(document=key))
    world.take(Message(access="m.eml.access.json", since=7.0))
    assert world.sent(FIRST) == [Message(document="m.eml", since=7.0)]
    assert [each.document for each in world.sent(NEXT)] == keys[1:3]


def test_many_documents_go_on_by_a_message_of_their_own(world, monkeypatch):
    monkeypatch.setattr(below, "PORTION", 2)
    for number in range(5):
        world.bucket("knowledge").put(pointers.place(f"a/{number}"), b"{}")
    asked, found = [Message(access="a/access.json", since=7.0)], []
    while asked:
        world.take(asked.pop())
        for each in world.sent(NEXT):
            (asked if each.access else found).append(each)
    assert [each.document for each in found] == [f"a/{number}" for number in range(5)]


@pytest.mark.parametrize("key", ["a/.access.json", "my-access.json"])
def test_what_only_looks_like_an_access_file_is_left_alone(world, key):
    world.bucket("knowledge").put(pointers.place("a/1"), b"{}")
    assert world.take(Message(access=key)) == []
    assert world.sent(FIRST) == world.sent(NEXT) == []


def test_a_file_that_cannot_be_read_lets_nobody_read_and_is_counted(world):
    world.bucket("inbox").put("access.json", b"{no json")
    world.document()
    world.take(Message(access="access.json"))
    assert world.total("AccessFilesUnreadable") == 1
    world.take(DOCUMENT)
    assert world.total("AccessFilesUnreadable") == 2
    assert world.pointer().acl == sets.identifier(Access())
