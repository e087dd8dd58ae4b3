"""What is erased of a document that was searched and asked: every copy of its passages, and nobody else's."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from common.doors import kept, sessions
from common.objects import Bucket, encode
from knowledge.answers import documents, turns, work
from knowledge.answers.asked import Ask
from knowledge.indexing import pointers
from knowledge.indexing.pointers import Pointer
from knowledge.model import Hit, plain
from operate.clients import Target
from operate.erase import command, passages
from operate.erase.erasure import Subject
from operate.errors import OperateError
from operate.knowledge import backfill
from tests.unit.operate.erase.test_documents import INBOX, SUMMARIES, TABLE, Account

KNOWLEDGE, KEY, OTHER = "knowledge", "claims/anna.pdf", "claims/anna.pdf2"
SECRET = "Rosalind owes 42 Euro"
ABOUT_IT, ABOUT_OTHER = "1" * 40, "2" * 40


def hit(key: str) -> Hit:
    return Hit(key, "0" * 16, 1, 0, SECRET if key == KEY else "All is well", 0, 0, 0.5)


class World(Account):
    """Both documents asked about by one person, in one session."""

    def __init__(self):
        super().__init__()
        self.s3.create_bucket(Bucket=KNOWLEDGE)
        self.s3.put_bucket_versioning(Bucket=KNOWLEDGE, VersioningConfiguration={"Status": "Enabled"})
        self.bucket = Bucket(KNOWLEDGE, self.s3)
        self.sent: list[str] = []
        self.outputs = {
            "InboxBucketName": INBOX,
            "SummariesBucketName": SUMMARIES,
            "KnowledgeBucketName": KNOWLEDGE,
            "StateTableName": TABLE,
        }
        for key, ask in ((KEY, ABOUT_IT), (OTHER, ABOUT_OTHER)):
            self.summarise(key)
            self.asked(key, ask)

    def asked(self, key, identifier):
        ask = Ask(identifier, "u", "anna", (), "What is owed?", "s", f"2026-11-30T10:00:0{identifier[0]}.000Z")
        found = hit(key)
        reference = {"key": key, "version": found.version, "page": 1, "boxes": [], "score": 0.5, "text": found.text}
        citation = {"text": found.text, "span": {"start": 0, "end": 1}, "references": [reference]}
        kept.put(self.bucket, documents.answered(ask, found.text, [citation], [], "m", 7, "2026-11-30T10:00:09.000Z"))
        self.bucket.put(f"{work.place(identifier)}/found.json", encode({"hits": [plain(found)], "turns": []}))
        self.bucket.put(f"{work.place(identifier)}/completion.json", encode({"hits": [plain(found)]}))
        sessions.begin(self.table, "ask-session#", "u", "s", 900)
        turns.add(self.table, ask, found.text, [found], 900)
        pointers.move(self.bucket, Pointer(key, "0" * 16, "1", 1, "a" * 32))

    def index(self, target, keys):
        """What the worker does with a message about a document that is gone."""
        self.sent += keys
        for key in keys:
            pointers.move(self.bucket, Pointer(key, None, "1", etag=pointers.read(self.bucket, key).etag))

    def answer(self, identifier):
        return kept.get(self.bucket, identifier)

    def holding(self, text):
        """Versions of objects, and items, in which it stands."""
        found = set()
        for one in self.s3.list_object_versions(Bucket=KNOWLEDGE).get("Versions", ()):
            got = self.s3.get_object(Bucket=KNOWLEDGE, Key=one["Key"], VersionId=one["VersionId"])
            if text in got["Body"].read().decode():
                found.add(one["Key"])
        items = self.dynamodb.scan(TableName=TABLE)["Items"]
        return found | {item["pk"]["S"] for item in items if text in json.dumps(item)}


@pytest.fixture
def world(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = World()
        monkeypatch.setattr(Target, "outputs", lambda _: made.outputs)
        monkeypatch.setattr(Target, "resources", lambda _: {"StateTable": TABLE})
        monkeypatch.setattr(Target, "client", lambda _, service: getattr(made, service))
        monkeypatch.setattr(backfill, "send", made.index)
        monkeypatch.setattr(passages, "PAUSE_SECONDS", 0)
        yield made


def run(*, yes=True):
    return list(command.command(Target(), Subject(document=KEY), agreed=lambda: yes))


def test_no_copy_of_its_passages_is_left_and_others_are(world):
    assert len(world.holding(SECRET)) == 4
    others = world.holding("All is well")
    told = run()
    assert (
        "1 version of answers that cite them, the work on 1 question, turns of 1 session, "
        "passages in the index of 1 document" in told
    )
    assert world.holding(SECRET) == set()
    assert world.holding("All is well") == others
    assert world.sent == [KEY]
    assert {one["Key"] for one in world.s3.list_object_versions(Bucket=KNOWLEDGE, Prefix="knowledge/")["Versions"]} == {
        pointers.place(OTHER)
    }


def test_who_asked_is_told_that_the_sources_are_gone_and_does_not_wait_for_ever(world):
    run()
    assert world.answer(ABOUT_IT)["reason"]["error"] == "SourcesGone"
    assert world.answer(ABOUT_OTHER)["answer"] == "All is well"
    assert [turn["id"] for turn in sessions.turns(world.table, "ask-session#", "u", "s")] == [ABOUT_OTHER]


def test_without_a_yes_nothing_changes(world):
    before = world.versions(KNOWLEDGE), world.holding(SECRET)
    run(yes=False)
    assert (world.versions(KNOWLEDGE), world.holding(SECRET)) == before


def test_while_the_index_has_passages_of_it_that_is_said_and_the_next_run_ends_it(world, monkeypatch):
    monkeypatch.setattr(passages, "WAIT_SECONDS", 0)
    monkeypatch.setattr(backfill, "send", lambda _target, keys: world.sent.append(keys))
    with pytest.raises(OperateError, match="1 thing is still there"):
        run()
    assert pointers.read(world.bucket, KEY) is not None, "else nobody would find the vectors"
    monkeypatch.setattr(backfill, "send", world.index)
    run()
    assert pointers.read(world.bucket, KEY) is None


def test_where_knowledge_is_off_what_stayed_of_it_is_named(world):
    del world.outputs["KnowledgeBucketName"]
    assert f"stays: {passages.OFF}" in run()
