"""What an operator reads of a document and of who may find it, and what a search prints."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.objects import Bucket
from common.table import Table
from knowledge.indexing import pointers
from knowledge.indexing.pointers import Pointer
from knowledge.model import Access
from knowledge.passages import sources
from knowledge.rights import files, sets
from operate.cli import main
from operate.clients import Target
from operate.knowledge import asks, why
from operate.questions.calls import Answered
from tests.unit.knowledge.indexing import builders

KEY = builders.KEY
ANN = why.Asker("ann")
OF_ANN, OF_BEN = Access(users=frozenset({"ann"})), Access(users=frozenset({"ben"}))


class World:
    """A document that was read and indexed, as ann may read it."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {
            name: boto3.client(name, region_name="us-east-1") for name in ("s3", "dynamodb")
        }
        self.clients["s3vectors"] = self
        for name in ("inbox", "summaries", "knowledge"):
            self.clients["s3"].create_bucket(Bucket=name)
        self.clients["dynamodb"].create_table(
            TableName="state",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.inbox, self.summaries, self.knowledge = (
            Bucket(name, self.clients["s3"]) for name in ("inbox", "summaries", "knowledge")
        )
        self.table = Table("state", self.clients["dynamodb"])
        self.parameters = {"DefaultReaders": ""}
        about = builders.about()
        self.summaries.put(sources.text(KEY), builders.text(about, ["The notice period is a year."]))
        self.summaries.put(sources.summary(KEY), builders.summary(about))
        self.access(OF_ANN)
        self.indexed(OF_ANN)

    def access(self, access: Access | None, path: str = f"{KEY}.access.json") -> None:
        if access is None:
            self.inbox.delete(path)
        else:
            self.inbox.put(path, json.dumps(files.plain(access)).encode())

    def indexed(self, access: Access, index: str = "arn:index") -> None:
        """Its passages carry this set."""
        read = sources.read(self.summaries, KEY)
        assert read is not None
        before = pointers.read(self.knowledge, KEY) or Pointer(KEY)
        acl = sets.keep(self.table, access)
        pointers.move(self.knowledge, Pointer(KEY, read.document.version, "01", 1, acl, index=index, etag=before.etag))

    def get_vectors(self, **asked: Any) -> dict[str, Any]:
        return {"vectors": [{"key": key, "data": {"float32": [1.0]}, "metadata": {}} for key in asked["keys"]]}


OUTPUTS = {
    "InboxBucketName": "inbox",
    "SummariesBucketName": "summaries",
    "KnowledgeBucketName": "knowledge",
    "StateTableName": "state",
    "VectorIndexArn": "arn:index",
}


@pytest.fixture
def world(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = World()
        monkeypatch.setattr(Target, "client", lambda _self, name: made.clients[name])
        monkeypatch.setattr(Target, "outputs", lambda _self: OUTPUTS)
        monkeypatch.setattr(Target, "parameters", lambda _self: made.parameters)
        yield made


def told(asker: why.Asker | None = ANN) -> tuple[str, list[str]]:
    """The verdict, and the reasons behind it."""
    lines = list(why.command(Target(), KEY, asker))
    place = next(number for number, line in enumerate(lines) if line.startswith(("found", "not found")))
    return lines[place], lines[place + 1 :]


def test_who_may_read_what_is_indexed_finds_it(world):
    assert told()[0].startswith("found: by ann")
    assert told(None)[0].startswith("found: by whoever may read it")
    assert told(why.Asker("ben")) == ("not found by ben:", ["- ben is not among its readers"])


def test_passages_of_an_index_that_is_gone_are_no_finding(world):
    world.indexed(OF_ANN, index="arn:before")
    verdict, reasons = told()
    assert verdict == "not found by ann:"
    assert "an index that is gone" in reasons[0]


def test_a_right_that_the_passages_do_not_carry_yet_is_no_finding(world):
    """Another document has the same readers, so the table knows their set already."""
    world.access(OF_BEN)
    sets.keep(world.table, OF_BEN)
    verdict, reasons = told(why.Asker("ben"))
    assert verdict == "not found by ben:"
    assert ["still carry other readers" in reason for reason in reasons] == [True]
    world.indexed(OF_BEN)
    assert told(why.Asker("ben"))[0].startswith("found")


def test_other_default_readers_are_not_found_before_the_index_has_looked(world):
    world.access(None)
    world.parameters["DefaultReaders"] = "user:ann"
    world.indexed(Access())
    assert "still carry other readers" in told()[1][0]


@pytest.mark.parametrize("asker", [None, ANN])
def test_what_nobody_may_read_is_not_said_to_be_found(world, asker):
    world.access(None)
    world.indexed(Access())
    assert told(asker)[1][0] == "- nobody may read it: it has no access file, and DefaultReaders is empty"
    world.access(Access())
    assert told(asker)[1][0] == f"- nobody may read it: {KEY}.access.json names nobody"


@pytest.mark.parametrize("asker", [None, ANN])
def test_an_access_file_that_cannot_be_read_is_the_reason(world, asker):
    world.inbox.put("access.json", b'{"schema": 1, "evryone": true}')
    world.access(None)
    world.indexed(Access())
    assert told(asker)[1][0] == "- nobody may read it until access.json is mended"


def test_what_a_document_says_does_not_move_the_terminal(monkeypatch):
    class Door:
        def send(self, *_: Any) -> Answered:
            hit = {"key": "a\u202eb.pdf", "page": 1, "score": 0.5, "text": "\x1b]0;owned\x07 says"}
            return Answered(200, {"hits": [hit]})

    monkeypatch.setattr(asks, "door_of", lambda *_: Door())
    lines = "".join(asks.search(Target(), asks.Search("x")))
    assert "owned" in lines
    assert not {"\x1b", "\x07", "\u202e"} & set(lines)


ROLE = "arn:aws:iam::123456789012:role/team/Readers"
SESSION = "arn:aws:sts::123456789012:assumed-role/Readers/anna"
RIGHT = "arn:aws:iam::123456789012:role/Readers"


@pytest.mark.parametrize("name", [ROLE, SESSION])
@pytest.mark.parametrize("member", ["users", "denied_users"])
def test_a_role_with_a_path_or_a_session_is_said_to_be_nobody(world, name, member):
    world.access(Access(everyone=True, **{member: frozenset({name})}))
    warned = [line for line in why.command(Target(), KEY, None) if line.startswith("warning")]
    assert warned == [f"warning: {name} is nobody: write {RIGHT}"]


def test_other_names_are_not_warned_of(world):
    """The path of a user is a part of its ARN."""
    world.access(Access(users=frozenset({RIGHT, "arn:aws:iam::123456789012:user/team/ann", "ann/role/x"})))
    assert not [line for line in why.command(Target(), KEY, None) if line.startswith("warning")]
    assert [line for line in why.command(Target(), KEY, why.Asker(ROLE)) if line.startswith("warning")]


def test_groups_are_named_one_by_one_with_whatever_is_in_them(world, capsys):
    world.access(Access(groups=frozenset({"hr, board"})))
    world.indexed(Access(groups=frozenset({"hr, board"})))
    main(["why", KEY, "--as", "ann", "--group", "sales", "--group", "hr, board"])
    assert "found: by ann" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["why", KEY, "--as", "ann", "--groups", "hr, board"])
