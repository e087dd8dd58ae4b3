"""All that one identity has asked goes; what others asked stays."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.doors import identity
from operate.clients import Target
from operate.erase import command
from operate.erase.erasure import Subject
from operate.errors import OperateError

BUCKET, TABLE, QUEUE = "answers", "state", "failed"
ISSUER = "https://login.example.org"
ANNA, BEN = identity.token_id(ISSUER, "anna"), identity.token_id(ISSUER, "ben")
ROLE = identity.signer_id("arn:aws:iam::123456789012:role/analyst")


class States:
    """Executions that run, by name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def get_paginator(self, name: str) -> States:
        assert name == "list_executions"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        assert request["statusFilter"] == "RUNNING"
        return [{"executions": [{"name": name, "executionArn": f"arn:{name}"} for name in self.names]}]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        s3, dynamodb, sqs = (boto3.client(name) for name in ("s3", "dynamodb", "sqs"))
        s3.create_bucket(Bucket=BUCKET)
        dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        states = States()
        outputs = {"AnswersBucketName": BUCKET, "StateTableName": TABLE}
        clients = {"s3": s3, "dynamodb": dynamodb, "sqs": sqs, "stepfunctions": states}
        monkeypatch.setattr(Target, "client", lambda _self, name: clients[name])
        monkeypatch.setattr(Target, "outputs", lambda _self: outputs)
        monkeypatch.setattr(Target, "parameters", lambda _self: {"TokenIssuer": ISSUER})
        monkeypatch.setattr(
            Target, "resources", lambda _self: {"QuestionsFailedQueue": url, "AnswerQuestion": "arn:machine"}
        )
        yield s3, dynamodb, sqs, url, states


def asked(cloud, user: str, question: str, *, rows: str = "") -> None:
    """A question as the pipeline leaves it."""
    s3, dynamodb, sqs, url, _ = cloud
    items = {f"question#{question}": user, f"question-repeat#{question[::-1]}": user}
    for name, owner in items.items():
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": name}, "user": {"S": owner}})
    for name in (f"question-key#{user}#{question}", f"question-session#{user}#{question}"):
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": name}})
    answer = {"id": question, "rows": {"bucket": BUCKET, "key": rows} if rows else None}
    s3.put_object(Bucket=BUCKET, Key=f"answers/{question}.json", Body=json.dumps(answer).encode())
    work = [f"steps/{question}/tables.json", f"steps/{question}/attempts/0.json"]
    for key in [*work, *([rows, f"{rows}.metadata"] if rows else [])]:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"detail": {"input": json.dumps({"id": question})}}))


def keys(cloud) -> set[str]:
    return {entry["Key"] for entry in cloud[0].list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def items(cloud) -> set[str]:
    return {item["pk"]["S"] for item in cloud[1].scan(TableName=TABLE)["Items"]}


def erase(asker: str, *, agreed: bool = True) -> list[str]:
    return list(command.command(Target(), Subject(asker=asker), agreed=lambda: agreed))


def test_what_one_has_asked_goes_and_what_others_asked_stays(cloud):
    asked(cloud, ANNA, "a" * 40, rows="results/1.csv")
    asked(cloud, ANNA, "b" * 40)
    asked(cloud, BEN, "c" * 40, rows="results/2.csv")
    lines = erase("anna")
    assert lines[0].startswith("2 questions")
    assert {key for key in keys(cloud) if "c" * 40 not in key} == {"results/2.csv", "results/2.csv.metadata"}
    assert len([key for key in keys(cloud) if "c" * 40 in key]) == 3
    assert len(items(cloud)) == 4
    assert all("c" * 40 in name for name in items(cloud))
    left = cloud[2].receive_message(QueueUrl=cloud[3], MaxNumberOfMessages=10).get("Messages", [])
    assert ["c" * 40 in message["Body"] for message in left] == [True]


def test_what_one_has_asked_the_documents_goes_too(cloud, monkeypatch):
    """Where both can be asked, and where the documents alone can."""
    asked(cloud, ANNA, "a" * 40, rows="results/1.csv")
    s3, dynamodb, sqs, _, _ = cloud
    s3.create_bucket(Bucket="knowledge")
    url = sqs.create_queue(QueueName="first")["QueueUrl"]
    resources = {**Target().resources(), "AnswerFromDocuments": "arn:machine", "ComposeFirstQueue": url}
    monkeypatch.setattr(Target, "resources", lambda _self: resources)
    outputs = {**Target().outputs(), "KnowledgeBucketName": "knowledge"}
    monkeypatch.setattr(Target, "outputs", lambda _self: outputs)
    for number in range(2):
        for user, ask in ((ANNA, "d" * 40), (BEN, "e" * 40)):
            of = {f"ask#{ask}": user, f"ask-repeat#{ask[::-1]}": user, f"vote#{ask}#{user}": user}
            items_of = {**of, f"ask-key#{user}#1": "", f"ask-session#{user}#1": ""}
            for name, owner in items_of.items():
                member = {"user": {"S": owner}} if owner else {}
                dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": name}, **member})
            for key in (f"answers/{ask}.json", f"steps/{ask}/found.json"):
                s3.put_object(Bucket="knowledge", Key=key, Body=json.dumps({"id": ask}).encode())
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"id": ask}))
        lines = erase("anna")
        assert "1 questions to the documents with their answers and their work" in lines
        kept = {entry["Key"] for entry in s3.list_objects_v2(Bucket="knowledge")["Contents"]}
        assert kept == {f"answers/{'e' * 40}.json", f"steps/{'e' * 40}/found.json"}
        assert len(items(cloud)) == 5
        assert all("e" * 40 in name or BEN in name or ("e" * 40)[::-1] in name for name in items(cloud))
        left = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        assert {message["Body"] for message in left} == {json.dumps({"id": "e" * 40})}
        for message in left:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        outputs.pop("AnswersBucketName", None)
        assert keys(cloud) == set(), number


def test_what_stays_of_one_desk_does_not_keep_the_items_of_the_other(cloud, monkeypatch):
    asked(cloud, ANNA, "a" * 40)
    cloud[0].create_bucket(Bucket="knowledge")
    for name in ("ask", "vote"):
        cloud[1].put_item(TableName=TABLE, Item={"pk": {"S": f"{name}#{'d' * 40}"}, "user": {"S": ANNA}})
    resources = {**Target().resources(), "AnswerQuestion": "", "AnswerFromDocuments": "arn:machine"}
    monkeypatch.setattr(Target, "resources", lambda _self: resources)
    outputs = {**Target().outputs(), "KnowledgeBucketName": "knowledge"}
    monkeypatch.setattr(Target, "outputs", lambda _self: outputs)
    cloud[4].names.append(f"ask-{'d' * 40}")
    with pytest.raises(OperateError, match="1 thing is still there"):
        erase("anna")
    assert items(cloud) == {f"ask#{'d' * 40}", f"vote#{'d' * 40}"}


def test_what_was_asked_a_pipeline_that_was_switched_off_goes_where_its_bucket_is_named(cloud, monkeypatch):
    s3, dynamodb, *_ = cloud
    s3.create_bucket(Bucket="old")
    for user, ask in ((ANNA, "d" * 40), (BEN, "e" * 40)):
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": f"ask#{ask}"}, "user": {"S": user}})
        s3.put_object(Bucket="old", Key=f"answers/{ask}.json", Body=json.dumps({"id": ask}).encode())
    monkeypatch.setattr(Target, "outputs", lambda _self: {"StateTableName": TABLE})
    monkeypatch.setattr(Target, "resources", lambda _self: {})
    with pytest.raises(OperateError, match="--knowledge-bucket"):
        erase("anna")
    assert len(items(cloud)) == 2
    list(command.command(Target(), Subject(asker="anna", old_bucket="old"), agreed=lambda: True))
    assert items(cloud) == {f"ask#{'e' * 40}"}
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="old")["Contents"]] == [f"answers/{'e' * 40}.json"]


def test_a_stack_that_nobody_can_ask_is_told(cloud, monkeypatch):
    monkeypatch.setattr(Target, "outputs", lambda _self: {"StateTableName": TABLE})
    with pytest.raises(OperateError, match="UseKnowledge=true"):
        erase("anna")


def test_a_signer_is_found_by_the_arn(cloud):
    asked(cloud, ROLE, "d" * 40)
    erase("arn:aws:iam::123456789012:role/analyst")
    assert (keys(cloud), items(cloud)) == (set(), set())


def test_without_a_yes_nothing_goes(cloud):
    asked(cloud, ANNA, "a" * 40, rows="results/1.csv")
    before = keys(cloud), items(cloud)
    assert erase("anna", agreed=False)[-1] == "nothing is erased without --yes"
    assert (keys(cloud), items(cloud)) == before


def test_what_runs_still_is_named_and_its_items_stay_for_the_next_run(cloud):
    asked(cloud, ANNA, "a" * 40)
    cloud[4].names = [f"question-{'a' * 40}-1", f"question-{'e' * 40}-1"]
    with pytest.raises(OperateError, match="1 thing is still there"):
        erase("anna")
    assert items(cloud), "else nobody would find the rest again"
    cloud[4].names = []
    erase("anna")
    assert (keys(cloud), items(cloud)) == (set(), set())


def test_it_may_be_run_again(cloud):
    asked(cloud, ANNA, "a" * 40)
    erase("anna")
    assert erase("anna")[-1] == "erased: nothing was left"
