"""``operate index``, ``why``, ``search`` and ``ask --documents``: what is sent, and what is told."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from knowledge.indexing import pointers
from knowledge.indexing.pointers import Pointer
from knowledge.model import Access
from knowledge.passages import sources
from knowledge.rights import sets
from operate import cli
from operate.clients import Target
from operate.errors import OperateError
from operate.knowledge import asks, backfill, why
from operate.questions import command as questions
from operate.questions.calls import Answered
from tests.unit.knowledge.indexing import builders

INBOX, SUMMARIES, KNOWLEDGE, TABLE = "inbox", "summaries", "knowledge", "state"
KEY = "cases/7/letter.pdf"
INDEX = "arn:aws:s3vectors:us-east-1:123456789012:bucket/b/index/i"
NOBODY = Access()


class Vectors:
    """Vectors that are there, by key."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def get_vectors(self, **request: Any) -> dict[str, Any]:
        found = [key for key in request["keys"] if key in self.keys]
        return {"vectors": [{"key": key, "data": {"float32": [1.0]}, "metadata": {}} for key in found]}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        s3, dynamodb, sqs = (boto3.client(name) for name in ("s3", "dynamodb", "sqs"))
        for bucket in (INBOX, SUMMARIES, KNOWLEDGE):
            s3.create_bucket(Bucket=bucket)
        dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        url = sqs.create_queue(QueueName="next")["QueueUrl"]
        outputs = {
            "InboxBucketName": INBOX,
            "SummariesBucketName": SUMMARIES,
            "KnowledgeBucketName": KNOWLEDGE,
            "StateTableName": TABLE,
            "IndexNextQueueUrl": url,
            "VectorIndexArn": INDEX,
        }
        clients = {"s3": s3, "dynamodb": dynamodb, "sqs": sqs, "s3vectors": Vectors()}
        monkeypatch.setattr(Target, "client", lambda _self, name: clients[name])
        monkeypatch.setattr(Target, "outputs", lambda _self: outputs)
        monkeypatch.setattr(Target, "parameters", lambda _self: {"DailyAskCalls": "10", "DailyEmbeddedTokens": "10"})
        yield clients, url


def read(cloud: Any, key: str, *lines: str) -> str:
    """A document as the pipeline documents leaves it; its version."""
    s3, about = cloud[0]["s3"], builders.about(key)
    s3.put_object(Bucket=SUMMARIES, Key=f"text/{key}.json.gz", Body=builders.text(about, lines))
    s3.put_object(Bucket=SUMMARIES, Key=f"summaries/{key}.json", Body=builders.summary(about))
    from common.objects import Bucket

    found = sources.read(Bucket(SUMMARIES, s3), key)
    assert found is not None
    return found.document.version


def indexed(
    cloud: Any, key: str, version: str | None, access: Access = NOBODY, passages: int = 1, index: str = INDEX
) -> None:
    from common.objects import Bucket
    from common.table import Table

    clients, _ = cloud
    acl = sets.keep(Table(TABLE, clients["dynamodb"]), access)
    pointer = Pointer(key, version, "01", passages if version else 0, acl, "2026-11-30T08:00:00Z", index=index)
    assert pointers.move(Bucket(KNOWLEDGE, clients["s3"]), pointer) is not None
    if version:
        clients["s3vectors"].keys |= {f"{pointer.doc}/{version}/{n}" for n in range(passages)}


def allow(cloud: Any, path: str, **readers: Any) -> None:
    cloud[0]["s3"].put_object(Bucket=INBOX, Key=path, Body=builders.access(**readers))


def sent(cloud: Any) -> list[dict[str, Any]]:
    clients, url = cloud
    found: list[dict[str, Any]] = []
    while messages := clients["sqs"].receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


# The index


def test_all_that_was_read_and_what_left_vectors_is_sent_and_what_lacks_is_priced(cloud):
    version = read(cloud, "a.md", "x" * 399)
    indexed(cloud, "a.md", version)
    read(cloud, "b.md", "y" * 4_000_000)
    indexed(cloud, "gone.md", "0" * 16)
    lines = list(backfill.command(Target(), backfill.Wish((), yes=True)))
    assert lines[0] == "3 documents: 1 to be indexed, 1 gone, 1 there, 0 without a text"
    assert "about 1,000,000 tokens, 0.02 US dollars" in lines[2]
    assert sorted(message["document"] for message in sent(cloud)) == ["a.md", "b.md", "gone.md"]


def test_what_an_index_had_that_is_gone_is_lacking_and_told(cloud):
    version = read(cloud, "a.md", "text")
    indexed(cloud, "a.md", version, index=INDEX.replace("/b/", "/before/"))
    lines = list(backfill.command(Target(), backfill.Wish((), yes=True)))
    assert lines[0] == "1 document: 1 to be indexed, 0 gone, 0 there, 0 without a text"
    assert lines[1].startswith("1 of these were in an index that is gone")
    assert [message["document"] for message in sent(cloud)] == ["a.md"]


def test_without_a_yes_nothing_is_sent(cloud, monkeypatch):
    read(cloud, "a.md", "text")
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert list(backfill.command(Target(), backfill.Wish(())))[-1] == "nothing was sent"
    assert sent(cloud) == []


def test_a_check_says_so_in_every_message(cloud):
    for number in range(23):
        read(cloud, f"a/{number}.md", "text")
    read(cloud, "b.md", "text")
    list(backfill.command(Target(), backfill.Wish((), "a/", check=True, yes=True)))
    found = sent(cloud)
    assert len(found) == 23
    assert all(message["check"] is True for message in found)


def test_a_key_that_nobody_knows_is_an_error_and_nothing_is_sent(cloud):
    read(cloud, "a.md", "text")
    with pytest.raises(OperateError, match=r"'b\.md' has no summary"):
        list(backfill.command(Target(), backfill.Wish(("a.md", "b.md"), yes=True)))
    assert sent(cloud) == []


@pytest.mark.parametrize("words", [["index"], ["index", "a.md", "--all"], ["index", "--prefix", "a/", "--all"]])
def test_what_is_indexed_has_to_be_said(words, capsys):
    assert cli.main(words) == 1
    assert "one of the three" in capsys.readouterr().err


# Why


def told(cloud: Any, user: str = "", *groups: str, key: str = KEY) -> list[str]:
    return list(why.command(Target(), key, why.Asker(user, groups) if user else None))


def test_who_may_read_what_is_indexed_finds_it(cloud):
    indexed(cloud, KEY, read(cloud, KEY, "Anna's letter."), Access(groups=frozenset({"hr"})))
    allow(cloud, "cases/access.json", **{"groups": ["hr"]})  # noqa: PIE804 - as JSON has it
    lines = told(cloud, "anna", "hr")
    assert "rights: cases/access.json: groups: hr" in lines
    assert lines[-1].startswith("found: by anna")


def test_who_may_not_is_told_so_sign_by_sign(cloud):
    indexed(cloud, KEY, read(cloud, KEY, "text"), Access(groups=frozenset({"sale"})))
    allow(cloud, f"{KEY}.access.json", groups=["sale"])
    assert told(cloud, "anna", "sales")[-2:] == ["not found by anna:", "- anna is not among its readers"]


def test_what_the_index_has_not_taken_in_is_told(cloud):
    indexed(cloud, KEY, read(cloud, KEY, "text"))
    allow(cloud, "access.json", groups=["hr"])
    assert "has not taken in what the access file says" in told(cloud, "anna", "hr")[-1]


def test_an_older_version_lost_passages_and_no_summary_are_told(cloud):
    version = read(cloud, KEY, "text")
    indexed(cloud, KEY, "0" * 16)
    assert any("older version, and is" in line for line in told(cloud))
    other = "cases/8.md"
    indexed(cloud, other, read(cloud, other, "text"), passages=3)
    cloud[0]["s3vectors"].keys.clear()
    assert "3 of its passages are not in the index" in told(cloud, key=other)[-1]
    assert "it has no summary" in told(cloud, key="nobody.md")[-1]
    assert version != "0" * 16


def test_an_upload_that_was_not_read_yet_is_told(cloud):
    s3 = cloud[0]["s3"]
    tag = s3.put_object(Bucket=INBOX, Key=KEY, Body=b"as it was read")["ETag"].strip('"')
    about = builders.about(KEY, tag)
    s3.put_object(Bucket=SUMMARIES, Key=f"text/{KEY}.json.gz", Body=builders.text(about, ["text"]))
    s3.put_object(Bucket=SUMMARIES, Key=f"summaries/{KEY}.json", Body=builders.summary(about))
    assert why.REPLACED not in told(cloud)
    s3.put_object(Bucket=INBOX, Key=KEY, Body=b"as it is now")
    assert why.REPLACED in told(cloud)
    s3.delete_object(Bucket=INBOX, Key=KEY)
    s3.put_object(Bucket=INBOX, Key=f"{KEY}.txt", Body=b"as it was read")
    assert why.REPLACED in told(cloud)


def test_an_access_file_that_cannot_be_read_is_named(cloud):
    indexed(cloud, KEY, read(cloud, KEY, "text"))
    cloud[0]["s3"].put_object(Bucket=INBOX, Key="access.json", Body=b"{")
    lines = told(cloud, "anna")
    assert any(line.startswith("rights: access.json: nobody: An access file is JSON") for line in lines)
    assert lines[-1] == "- anna is not among its readers"


# The door


class Doors:
    """Answers in order; requests are kept."""

    def __init__(self, *found: Answered) -> None:
        self.found = list(found)
        self.sent: list[tuple[str, str, Any]] = []

    def send(self, method: str, path: str, body: Any = None) -> Answered:
        self.sent.append((method, path, body))
        return self.found.pop(0)


def test_a_search_is_told_by_its_documents(monkeypatch):
    hit = {"key": KEY, "page": 3, "score": 0.5, "text": "Anna's\nletter " + "x" * 400}
    doors = Doors(Answered(200, {"hits": [hit]}))
    monkeypatch.setattr(asks, "door_of", lambda _target, _token: doors)
    lines = list(asks.search(Target(), asks.Search("anna", 5, {"folder": "cases/", "type": ""})))
    assert doors.sent == [("POST", "/search", {"query": "anna", "top": 5, "filters": {"folder": "cases/"}})]
    assert lines[0] == f"1. {KEY}, page 3 (0.50)"
    assert len(lines[1]) < 310


PAGE = {
    "key": KEY,
    "version": "0123456789abcdef",
    "page": 3,
    "pages": 7,
    "media_type": "application/pdf",
    "inline": True,
    "url": "https://bucket.s3/key#page=3",
    "expires": "2026-11-20T08:35:00Z",
    "lines": None,
    "cut": False,
}


def test_a_page_is_opened_by_its_key_whatever_signs_it_has(monkeypatch):
    doors = Doors(Answered(200, PAGE))
    monkeypatch.setattr(asks, "door_of", lambda _target, _token: doors)
    lines = list(asks.opened(Target(), asks.Page("a b/ü&c+.pdf", 3, "0123456789abcdef")))
    path = "/documents?key=a%20b%2F%C3%BC%26c%2B.pdf&page=3&version=0123456789abcdef"
    assert doors.sent == [("GET", path, None)]
    assert lines == [
        f"{KEY}, page 3 of 7, version 0123456789abcdef",
        "application/pdf, until 2026-11-20T08:35:00Z, for whoever holds this address:",
        "https://bucket.s3/key#page=3",
    ]


def test_a_page_without_a_picture_is_told_and_obeys_no_terminal(monkeypatch):
    page = {**PAGE, "lines": ["The \x1b[31mnotice\x1b[0m period", "is fourteen weeks."], "cut": True}
    monkeypatch.setattr(asks, "door_of", lambda _target, _token: Doors(Answered(200, page)))
    lines = list(asks.opened(Target(), asks.Page(KEY, 3)))
    assert "\x1b" not in "".join(lines)
    assert (lines[2], lines[3][:3]) == ("is fourteen weeks.", "...")


def test_a_page_that_is_not_opened_says_what_the_door_said(monkeypatch):
    said = {"error": "NotFound", "message": "There is no such page, or you may not read it."}
    monkeypatch.setattr(asks, "door_of", lambda _target, _token: Doors(Answered(404, said)))
    with pytest.raises(OperateError, match="404 NotFound: There is no such page"):
        asks.opened(Target(), asks.Page(KEY))


def test_a_question_to_the_documents_is_told_with_its_sources(monkeypatch):
    reference = {"key": KEY, "page": 3}
    answer = {
        "state": "answered",
        "answer": "Fourteen weeks.",
        "citations": [{"references": [reference, reference]}],
        "tokens": 445,
        "model": "nova",
        "session_id": "s",
    }
    doors = Doors(Answered(202, {"id": "a"}), Answered(200, {"state": "running"}), Answered(200, answer))
    monkeypatch.setattr(asks, "door_of", lambda _target, _token: doors)
    monkeypatch.setattr(questions.time, "sleep", lambda _: None)
    lines = list(asks.ask(Target(), questions.Wish("how long?", session="t")))
    assert doors.sent[0] == ("POST", "/ask", {"question": "how long?", "session_id": "t"})
    assert doors.sent[-1][:2] == ("GET", "/ask/a")
    assert (lines[0], lines.count(f"Source: {KEY}, page 3")) == ("Fourteen weeks.", 1)
    assert lines[-1] == "Ask on with --documents --session s"


def test_what_is_refused_is_told_with_its_sentence(monkeypatch):
    doors = Doors(Answered(429, {"error": "TooManyRequests", "message": "Ask again in 5 s."}))
    monkeypatch.setattr(asks, "door_of", lambda _target, _token: doors)
    with pytest.raises(OperateError, match="429 TooManyRequests: Ask again in 5 s"):
        list(asks.search(Target(), asks.Search("x")))


def test_a_database_is_of_the_lake(capsys):
    assert cli.main(["ask", "x", "--documents", "--database", "lake"]) == 1
    assert "--database is of the lake" in capsys.readouterr().err
