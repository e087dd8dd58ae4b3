"""What knowledge has of a document or of an asker goes; what others have stays."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.doors import identity
from knowledge.indexing import pointers
from operate.clients import Target
from operate.erase import knowledge
from operate.erase.erasure import Erasure, Tally, together

BUCKET, TABLE, INDEX = "knowledge", "state", "arn:aws:s3vectors:us-east-1:123456789012:bucket/b/index/i"
ANNA, BEN = identity.token_id("", "anna"), identity.token_id("", "ben")
PAPER, OTHER = "cases/paper.pdf", "cases/other.pdf"


class Vectors:
    """Keys of vectors, listed two at a time."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def get_paginator(self, name: str) -> Vectors:
        assert name == "list_vectors"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        assert request == {"indexArn": INDEX}
        return [{"vectors": [{"key": key} for key in self.keys[at : at + 2]]} for at in range(0, len(self.keys), 2)]

    def delete_vectors(self, **request: Any) -> None:
        self.keys = [key for key in self.keys if key not in request["keys"]]


class States:
    def __init__(self) -> None:
        self.names: list[str] = []

    def get_paginator(self, _name: str) -> States:
        return self

    def paginate(self, **_request: Any) -> list[dict[str, Any]]:
        return [{"executions": [{"name": name, "executionArn": f"arn:{name}"} for name in self.names]}]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        s3, dynamodb, sqs = (boto3.client(name) for name in ("s3", "dynamodb", "sqs"))
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        url = sqs.create_queue(QueueName="next")["QueueUrl"]
        vectors, states = Vectors(), States()
        outputs = {"KnowledgeBucketName": BUCKET, "StateTableName": TABLE, "VectorIndexArn": INDEX}
        clients = {"s3": s3, "dynamodb": dynamodb, "sqs": sqs, "stepfunctions": states, "s3vectors": vectors}
        monkeypatch.setattr(Target, "client", lambda _self, name: clients[name])
        monkeypatch.setattr(Target, "outputs", lambda _self: outputs)
        monkeypatch.setattr(
            Target, "resources", lambda _self: {"IndexNextQueue": url, "AnswerFromDocuments": "arn:machine"}
        )
        yield clients, url


def asked(cloud: Any, user: str, ask: str, key: str) -> None:
    """A question as the pipeline leaves it, answered from the document ``key``."""
    clients, _ = cloud
    put = clients["dynamodb"].put_item
    put(TableName=TABLE, Item={"pk": {"S": f"ask#{ask}"}, "user": {"S": user}})
    put(TableName=TABLE, Item={"pk": {"S": f"vote#{ask}#{user}"}, "user": {"S": user}})
    turn = {"M": {"sources": {"L": [{"M": {"key": {"S": key}}}]}}}
    put(TableName=TABLE, Item={"pk": {"S": f"ask-session#{user}#{ask}"}, "turns": {"L": [turn]}})
    answer = {"id": ask, "citations": [{"references": [{"key": key, "text": "a passage"}]}]}
    clients["s3"].put_object(Bucket=BUCKET, Key=f"answers/{ask}.json", Body=json.dumps(answer).encode())
    found = {"hits": [{"key": key, "text": "a passage"}]}
    clients["s3"].put_object(Bucket=BUCKET, Key=f"steps/{ask}/found.json", Body=json.dumps(found).encode())


def indexed(cloud: Any, key: str) -> None:
    clients, url = cloud
    for version in ("0" * 16, "1" * 16):
        clients["s3"].put_object(Bucket=BUCKET, Key=pointers.place(key), Body=b"{}")
        clients["s3vectors"].keys += [f"{pointers.doc(key)}/{version}/{n}" for n in range(3)]
    clients["sqs"].send_message(QueueUrl=url, MessageBody=json.dumps({"schema": 1, "document": key}))


def left(cloud: Any) -> set[str]:
    found = cloud[0]["s3"].list_object_versions(Bucket=BUCKET)
    return {one["Key"] for kind in ("Versions", "DeleteMarkers") for one in found.get(kind, ())}


def items(cloud: Any) -> set[str]:
    return {item["pk"]["S"] for item in cloud[0]["dynamodb"].scan(TableName=TABLE)["Items"]}


def test_of_a_document_nothing_is_left_and_of_others_all(cloud):
    for key, ask, user in ((PAPER, "a" * 40, ANNA), (OTHER, "b" * 40, BEN)):
        indexed(cloud, key)
        asked(cloud, user, ask, key)
    tally = Tally()
    erasure = knowledge.of_document(Target(), [PAPER])
    assert erasure.found[0].startswith("6 vectors in the index, 2 versions of its pointer; 2 versions of answers")
    erasure.act(tally)
    assert tally.failed == []
    assert left(cloud) == {pointers.place(OTHER), f"answers/{'b' * 40}.json", f"steps/{'b' * 40}/found.json"}
    assert {key.partition("/")[0] for key in cloud[0]["s3vectors"].keys} == {pointers.doc(OTHER)}
    assert f"ask-session#{ANNA}#{'a' * 40}" not in items(cloud)
    assert f"ask-session#{BEN}#{'b' * 40}" in items(cloud)
    assert f"ask#{'a' * 40}" in items(cloud), "that somebody asked is no part of the document"
    messages = cloud[0]["sqs"].receive_message(QueueUrl=cloud[1], MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["document"] for message in messages] == [OTHER]


def test_of_an_asker_nothing_is_left_and_of_others_all(cloud):
    asked(cloud, ANNA, "a" * 40, PAPER)
    asked(cloud, BEN, "b" * 40, PAPER)
    tally = Tally()
    knowledge.of_asker(Target(), ANNA).act(tally)
    assert tally.failed == []
    assert left(cloud) == {f"answers/{'b' * 40}.json", f"steps/{'b' * 40}/found.json"}
    assert items(cloud) == {f"ask#{'b' * 40}", f"vote#{'b' * 40}#{BEN}", f"ask-session#{BEN}#{'b' * 40}"}


def test_while_an_execution_runs_what_says_where_the_rest_is_stays(cloud):
    asked(cloud, ANNA, "a" * 40, PAPER)
    cloud[0]["stepfunctions"].names.append(f"ask-{'a' * 40}-1")
    tally = Tally()
    knowledge.of_asker(Target(), ANNA).act(tally)
    assert len(tally.failed) == 1
    assert f"ask#{'a' * 40}" in items(cloud)
    cloud[0]["stepfunctions"].names.clear()
    again = Tally()
    knowledge.of_asker(Target(), ANNA).act(again)
    assert (again.failed, items(cloud)) == ([], set())


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
