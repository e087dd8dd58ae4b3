"""What is erased of a document that was searched and asked: every copy of its passages, and nobody else's."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from moto import mock_aws

from common.doors import kept, sessions
from common.objects import ABSENT, Bucket, encode
from documents.outputs import beside
from knowledge.answers import documents, turns, work
from knowledge.answers.asked import Ask
from knowledge.answers.judging import Told
from knowledge.indexing import pointers
from knowledge.indexing.messages import Message
from knowledge.indexing.pointers import Pending, Pointer
from knowledge.indexing.reconcile import reconcile
from knowledge.indexing.state import World as IndexWorld
from knowledge.model import Access, Hit, Sentence, plain
from operate.clients import Target
from operate.erase import command, knowledge
from operate.erase.erasure import Erasure, Subject, Tally, together
from operate.errors import OperateError
from operate.knowledge import backfill
from services.s3vectors import Vector
from tests.unit.knowledge.indexing.fakes import Index
from tests.unit.operate.erase.test_documents import INBOX, SUMMARIES, TABLE, Account

KNOWLEDGE, OLD, KEY, OTHER = "knowledge", "old-knowledge", "claims/anna.pdf", "claims/anna.pdf2"
SECRET, FINE = "Rosalind owes 42 Euro", "All is well"
ABOUT_IT, ABOUT_OTHER, ABOUT_BOTH = "1" * 40, "2" * 40, "3" * 40
VERSION, NEWER = "0" * 16, "f" * 16


def hit(key: str) -> Hit:
    return Hit(key, VERSION, 1, 0, SECRET if key == KEY else FINE, 0, 0, 0.5)


def ask(identifier: str) -> Ask:
    return Ask(identifier, "u", "anna", (), "What is owed?", "s", f"2026-11-30T10:00:0{identifier[0]}.000Z")


def told(text, hits):
    return Told([Sentence(text, ())], 0, 0, [], hits)


class World(Account):
    """Two documents, of which each was asked about, and once both together, by one person in one session."""

    def __init__(self):
        super().__init__()
        self.bucket = self.made(KNOWLEDGE)
        self.index = Index("arn:index")
        Index.kept = {}
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        self.resources = {"StateTable": TABLE, "KnowledgeDeadLetters": self.dead, "IndexFirstQueue": "first"}
        self.outputs = {
            "InboxBucketName": INBOX,
            "SummariesBucketName": SUMMARIES,
            "KnowledgeBucketName": KNOWLEDGE,
            "StateTableName": TABLE,
        }
        self.sent: list[str] = []
        for key in (KEY, OTHER):
            self.summarise(key)
            self.indexed(key, Pointer(key, VERSION, "1", 2, "a" * 32), VERSION, 2)
            self.sqs.send_message(QueueUrl=self.dead, MessageBody=Message(document=key).body())
        event = {"source": "x", "detail-type": "DocumentSummarized", "detail": {"source": f"s3://{INBOX}/{KEY}"}}
        self.sqs.send_message(QueueUrl=self.dead, MessageBody=json.dumps(event))
        sessions.begin(self.table, "ask-session#", "u", "s", 900)
        self.asked(ABOUT_IT, KEY)
        self.asked(ABOUT_OTHER, OTHER)
        self.asked(ABOUT_BOTH, KEY, OTHER)

    def made(self, name):
        self.s3.create_bucket(Bucket=name)
        self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return Bucket(name, self.s3)

    def indexed(self, key, pointer, version, passages):
        """The pointer as it is given, and vectors of one version."""
        seen = pointers.read(self.bucket, key)
        assert pointers.move(self.bucket, replace(pointer, etag=seen.etag if seen else ABSENT)) is not None
        text = SECRET if key == KEY else FINE
        self.index.put(
            [Vector(f"{pointer.doc}/{version}/{n}", (0.0,), {"text": text, "acl": "a" * 32}) for n in range(passages)]
        )

    def asked(self, identifier, *keys, answered=True, bucket=None):
        bucket, asked, hits = bucket or self.bucket, ask(identifier), [hit(key) for key in keys]
        self.table.put(f"ask#{identifier}", asked.plain(), seconds=900)
        found = encode({"schema": 1, "ask": asked.plain(), "hits": [plain(each) for each in hits], "turns": []})
        bucket.put(f"{work.place(identifier)}/found.json", found)
        if not answered:
            return
        bucket.put(f"{work.place(identifier)}/completion.json", encode({"hits": [plain(each) for each in hits]}))
        text = " ".join(each.text for each in hits)
        references = [
            {"key": each.key, "version": each.version, "page": 1, "boxes": [], "score": 0.5, "text": each.text}
            for each in hits
        ]
        citation = {"text": text, "span": {"start": 0, "end": 1}, "references": references}
        kept.put(bucket, documents.answered(asked, told(text, hits), [citation], "m", 7, "2026-11-30T10:00:09.000Z"))
        turns.add(self.table, asked, text, hits, 900)

    def work(self, _sqs, queue, keys):
        """The index's worker with a message about each of them."""
        assert queue == "first"
        self.sent += keys
        for key in keys:
            reconcile(self.index_world(), key)

    def index_world(self, owner="worker"):
        return IndexWorld(
            summaries=Bucket(SUMMARIES, self.s3),
            inbox=Bucket(INBOX, self.s3),
            knowledge=self.bucket,
            table=self.table,
            vectors=self.index,
            embed=lambda _texts: iter(()),
            default=Access(),
            owner=owner,
        )

    def holding(self, text, bucket=KNOWLEDGE):
        """Versions of objects, vectors and items in which it stands."""
        found = set()
        for one in self.s3.list_object_versions(Bucket=bucket).get("Versions", ()):
            got = self.s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
            if text in got["Body"].read().decode():
                found.add(one["Key"])
        found |= {key for key, vector in Index.kept.items() if text in vector.metadata["text"]}
        items = self.dynamodb.scan(TableName=TABLE)["Items"]
        return found | {item["pk"]["S"] for item in items if text in json.dumps(item)}

    def session(self):
        return [turn["id"] for turn in sessions.turns(self.table, "ask-session#", "u", "s")]


@pytest.fixture
def world(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        made = World()
        monkeypatch.setattr(Target, "outputs", lambda _: made.outputs)
        monkeypatch.setattr(Target, "resources", lambda _: made.resources)
        monkeypatch.setattr(Target, "client", lambda _, service: getattr(made, service))
        monkeypatch.setattr(backfill, "send", made.work)
        monkeypatch.setattr(knowledge, "PAUSE_SECONDS", 0)
        monkeypatch.setattr(knowledge, "WAIT_SECONDS", 0)
        yield made


def run(*, yes=True, old_bucket=""):
    subject = Subject(document=KEY, old_bucket=old_bucket)
    return list(command.command(Target(), subject, agreed=lambda: yes))


def told_to_run_again(match="1 thing is still there"):
    with pytest.raises(OperateError, match=match):
        run()


def test_no_copy_of_its_passages_is_left_and_others_are(world):
    # Two vectors, two answers, two pieces of work with two files each, and the session.
    assert len(world.holding(SECRET)) == 9
    others = world.holding(FINE) - world.holding(SECRET)
    told = run()
    assert (
        "2 versions of answers that cite it, the work on 2 questions, turns of 1 session, "
        "passages in the index of 1 document" in told
    )
    assert world.holding(SECRET) == set()
    assert world.holding(FINE) >= others
    assert world.sent == [KEY]
    left = world.s3.list_object_versions(Bucket=KNOWLEDGE, Prefix=pointers.PREFIX)
    assert {one["Key"] for one in left["Versions"]} == {pointers.place(OTHER)}
    assert "DeleteMarkers" not in left


def test_who_asked_is_told_that_the_sources_are_gone_and_keeps_the_rest_of_the_session(world):
    run()
    for about in (ABOUT_IT, ABOUT_BOTH):
        answer = kept.get(world.bucket, about)
        assert (answer["state"], answer["reason"]["error"], answer["answer"]) == ("refused", "SourcesGone", None)
        assert (answer["question"], answer["citations"]) == ("What is owed?", [])
    assert kept.get(world.bucket, ABOUT_OTHER)["answer"] == FINE
    assert world.session() == [ABOUT_OTHER]


def test_a_session_goes_when_it_would_have_gone(world):
    before = world.table.get("ask-session#u#s")["expires"]
    run()
    assert world.table.get("ask-session#u#s")["expires"] == before


def test_who_waits_for_an_answer_from_it_gets_one_and_a_late_worker_does_not_replace_it(world):
    waiting, late = (
        "4" * 40,
        documents.answered(ask("4" * 40), told(SECRET, []), [], "m", 1, "2026-11-30T10:00:09.000Z"),
    )
    world.asked(waiting, KEY, answered=False)
    run()
    assert kept.get(world.bucket, waiting)["reason"]["error"] == "SourcesGone"
    assert kept.put(world.bucket, late)["state"] == "refused"


def test_work_of_an_ask_that_nobody_can_read_any_more_leaves_no_answer(world):
    gone = "5" * 40
    world.asked(gone, KEY, answered=False)
    world.table.delete(f"ask#{gone}")
    run()
    assert kept.get(world.bucket, gone) is None


def test_messages_about_it_go_from_the_dead_letters_and_others_stay(world):
    run()
    left = world.sqs.receive_message(QueueUrl=world.dead, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["document"] for message in left] == [OTHER]


def test_the_work_of_a_sync_that_names_it_stays(world):
    """Else a sync that runs would lose it; it holds no text."""
    world.bucket.put("steps/sync-1/portion.json", encode({"entries": [{"key": KEY}]}))
    run()
    assert world.bucket.get("steps/sync-1/portion.json") is not None


def test_without_a_yes_nothing_changes(world):
    before = world.versions(KNOWLEDGE), world.holding(SECRET), world.session()
    run(yes=False)
    assert (world.versions(KNOWLEDGE), world.holding(SECRET), world.session()) == before


def test_while_the_index_has_passages_of_it_that_is_said_and_the_next_run_ends_it(world, monkeypatch):
    monkeypatch.setattr(backfill, "send", lambda _sqs, _queue, keys: world.sent.append(keys))
    told_to_run_again()
    assert pointers.read(world.bucket, KEY) is not None, "else nobody would find the vectors"
    monkeypatch.setattr(backfill, "send", world.work)
    run()
    assert (pointers.read(world.bucket, KEY), world.holding(SECRET)) == (None, set())


def test_vectors_that_a_worker_is_writing_just_now_keep_the_pointer_until_they_are_gone(world, monkeypatch):
    """The worker is in the middle of a newer version: its vectors do not count, and the pointer alone names them."""
    alive = Pending(NEWER, 3, "another", 10**10)
    world.indexed(KEY, Pointer(KEY, VERSION, "1", 2, "a" * 32, pending=(alive,)), NEWER, 3)
    told_to_run_again()
    pointer = pointers.read(world.bucket, KEY)
    assert (pointer.version, pointer.pending) == (None, (alive,))
    # It looks again when it has written, as it always does, and finds that the document is gone.
    reconcile(world.index_world("another"), KEY)
    run()
    assert (pointers.read(world.bucket, KEY), world.holding(SECRET)) == (None, set())


def test_what_was_taken_out_of_it_is_found_when_the_inbox_has_none_of_it_any_more(world, monkeypatch):
    """The run before this one took it out of the inbox, and waited for the index in vain."""
    part, theirs = (
        f"{beside.folder(KEY, beside.ATTACHMENTS)}01.pdf",
        f"{beside.folder(KEY, beside.ATTACHMENTS)}note.pdf",
    )
    world.summarise(part, ours=True)
    world.put(INBOX, theirs)
    for key in (part, theirs):
        world.indexed(key, Pointer(key, VERSION, "1", 2, "a" * 32), VERSION, 2)
    monkeypatch.setattr(backfill, "send", lambda _sqs, _queue, keys: world.sent.append(keys))
    told_to_run_again("2 things are still there")
    assert part not in {key for key, _ in world.versions(INBOX)}
    monkeypatch.setattr(backfill, "send", world.work)
    run()
    assert pointers.read(world.bucket, part) is None
    assert pointers.read(world.bucket, theirs).version == VERSION
    assert {key.partition("/")[0] for key in Index.kept} == {pointers.doc(OTHER), pointers.doc(theirs)}


def test_a_pointer_that_a_worker_writes_while_it_is_looked_at_stays(world, monkeypatch):
    alive = Pending(NEWER, 1, "another", 10**10)
    read = knowledge.Versions.read

    def meanwhile(versions, version):
        body = read(versions, version)
        if version.key == pointers.place(KEY) and json.loads(body)["version"] is None and not world.raced:
            world.raced = True
            world.indexed(KEY, Pointer(KEY, None, "1", pending=(alive,)), NEWER, 1)
        return body

    world.raced = False
    monkeypatch.setattr(knowledge.Versions, "read", meanwhile)
    told_to_run_again()
    assert world.raced
    assert pointers.read(world.bucket, KEY).pending == (alive,)


def test_an_answer_that_was_erased_by_half_is_ended_by_the_next_run(world):
    """A run died between the answer without its text and the version with it."""
    stored = world.bucket.get(kept.key(ABOUT_IT))
    world.bucket.put(kept.key(ABOUT_IT), encode(documents.without_sources(stored.json())))
    run()
    assert world.holding(SECRET) == set()
    assert kept.get(world.bucket, ABOUT_IT)["reason"]["error"] == "SourcesGone"


def test_an_answer_that_somebody_writes_meanwhile_is_never_left_without_one(world, monkeypatch):
    monkeypatch.setattr(Bucket, "put", _lost_for(Bucket.put, kept.key(ABOUT_IT)))
    told_to_run_again()
    assert kept.get(world.bucket, ABOUT_IT)["answer"] == SECRET


def _lost_for(put, lost):
    def instead(bucket, key, body, **more):
        return None if key == lost and more.get("if_match") else put(bucket, key, body, **more)

    return instead


def test_where_knowledge_is_off_what_stayed_of_it_is_named(world):
    del world.outputs["KnowledgeBucketName"]
    assert f"stays: {knowledge.OLD}" in run()
    assert world.holding(SECRET)


@pytest.mark.parametrize("is_on", [True, False])
def test_the_bucket_of_a_pipeline_that_was_switched_off_is_erased_where_it_is_named(world, is_on):
    """Its index is gone, so nobody is waited for, and nobody reads its answers."""
    old = world.made(OLD)
    world.asked("6" * 40, KEY, bucket=old)
    world.asked("7" * 40, OTHER, bucket=old)
    for key in (KEY, OTHER):
        pointers.move(old, Pointer(key, VERSION, "1", 2, "a" * 32, pending=(Pending(NEWER, 3, "dead", 0),)))
    if not is_on:
        del world.outputs["KnowledgeBucketName"]
    run(old_bucket=OLD)
    assert {key for key, _ in world.versions(OLD)} == {
        kept.key("7" * 40), pointers.place(OTHER), f"steps/{'7' * 40}/found.json", f"steps/{'7' * 40}/completion.json",
    }  # fmt: skip
    assert world.holding(SECRET, OLD) - set(Index.kept) == set()
    assert (world.holding(SECRET) == set()) == is_on


def test_what_one_part_cannot_erase_does_not_stop_the_other():
    done: list[str] = []

    def first(tally: Tally) -> None:
        tally.fail("stays")

    def second(tally: Tally) -> None:
        if not tally.failed:
            done.append("gone")
            tally.count("things")

    tally = Tally()
    both = together(Erasure(["a"], ["b"], first), Erasure(["c"], [], second))
    both.act(tally)
    assert (both.found, both.stays, done) == (["a", "c"], ["b"], ["gone"])
    assert (tally.failed, tally.gone) == (["stays"], {"things": 1})
