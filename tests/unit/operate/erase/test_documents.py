"""What is erased of a document: every version of it, of what was taken out of it and of what was made of them."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from common.table import Table
from documents import keys
from documents.model import Source
from documents.outputs import beside, rejections
from operate.clients import Target
from operate.erase import command
from operate.erase.erasure import Subject
from operate.errors import OperateError

INBOX, SUMMARIES, TABLE = "inbox", "summaries", "state"
KEY, OTHER = 'claims/ä "1".eml', 'claims/ä "1".eml2'
PART = beside.folder(KEY, beside.ATTACHMENTS) + "01 scan.pdf"
INNER = beside.folder(PART, beside.PARTS) + "01.pdf"
SECRET = b"Rosalind owes 42 Euro"
RUN = "arn:aws:states:us-east-1:123456789012:execution:summarize:one"


class Account:
    def __init__(self):
        self.s3, self.sqs, self.dynamodb = (
            boto3.client(name, region_name="us-east-1") for name in ("s3", "sqs", "dynamodb")
        )
        self.stepfunctions = self
        self.running = set()
        self.outputs = {"InboxBucketName": INBOX, "SummariesBucketName": SUMMARIES}
        self.resources = {"StateTable": TABLE}
        for bucket in (INBOX, SUMMARIES):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.table = Table(TABLE, self.dynamodb)

    def describe_execution(self, *, executionArn):  # noqa: N803 - boto3's name
        return {"status": "RUNNING" if executionArn in self.running else "SUCCEEDED"}

    def put(self, bucket, key, body=SECRET, **more):
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, **more)

    def summarise(self, key, *, ours=False):
        """A document twice, and all that the pipeline leaves of it."""
        work = f"{keys.work_prefix(key)}{'0' * 24}"
        for _ in range(2):
            self.put(INBOX, key, Metadata={beside.DIGEST: "x"} if ours else {})
            for name in (keys.summary, keys.searchable, keys.redacted, keys.boxes, keys.text, keys.rejected):
                self.put(SUMMARIES, name(key))
            self.put(SUMMARIES, keys.table(key, 1))
            for name in (keys.answer(work, 0), keys.step(work, "extraction"), keys.completion(work, ["?"])):
                self.put(SUMMARIES, name)
        packet = {"folder": keys.folder(key), "documents": {key: "bill"}}
        self.put(SUMMARIES, keys.packet(keys.folder(key)), json.dumps(packet, ensure_ascii=False).encode())
        self.table.put(f"document#{INBOX}/{key}", {"execution": RUN}, seconds=9000)
        self.table.put(f"analysis#{work}", {"job": "1"}, seconds=9000)

    def batch(self, name, *, ended=True):
        rows = [{"key": KEY}, {"key": OTHER}, {"Input": json.dumps({"key": PART}), "Status": "FAILED"}]
        body = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        for file in ("list.jsonl", "results/1/SUCCEEDED_0.jsonl", "failures.jsonl"):
            self.put(SUMMARIES, keys.batch(name, file), body)
        if ended:
            self.put(SUMMARIES, keys.batch(name, "report.json"), b"{}")

    def versions(self, bucket):
        found = self.s3.list_object_versions(Bucket=bucket)
        return {(one["Key"], one["VersionId"]) for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))}

    def left(self):
        """Keys, in any version, that are of the document or of what was taken out of it, or name it."""
        ours = (KEY, PART, INNER)
        spelled = [json.dumps(key, ensure_ascii=ascii).encode() for key in ours for ascii in (True, False)]
        spelled += [json.dumps(json.dumps({"key": key}))[1:-1].encode() for key in ours]
        mine = tuple(keys.works(key) for key in ours)
        found = set()
        for bucket in (INBOX, SUMMARIES):
            for key, version in self.versions(bucket):
                is_of_it = key in ours or key.startswith(mine) or any(key == name(k) for k in ours for name in RESULTS)
                if is_of_it or any(keys.is_table(k, key) and key.startswith(keys.tables(k)) for k in ours):
                    found.add(key)
                    continue
                try:
                    body = self.s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()
                except ClientError:
                    continue  # a marker
                if any(text in body for text in spelled):
                    found.add(key)
        return found


RESULTS = (keys.summary, keys.searchable, keys.redacted, keys.boxes, keys.text, keys.rejected)


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = Account()
        monkeypatch.setattr(Target, "outputs", lambda _: made.outputs)
        monkeypatch.setattr(Target, "resources", lambda _: made.resources)
        monkeypatch.setattr(Target, "client", lambda _, service: getattr(made, service))
        yield made


@pytest.fixture
def mail(account):
    """A mail with a scan that was split, another document beside it, and a batch over all."""
    account.summarise(KEY)
    account.summarise(PART, ours=True)
    account.summarise(INNER, ours=True)
    account.summarise(OTHER)
    account.batch("one")
    return account


def run(key=KEY, *, yes=True):
    return list(command.command(Target(), Subject(document=key), agreed=lambda: yes))


def test_nothing_of_it_is_left_and_its_neighbours_are(mail):
    theirs = {each for each in mail.versions(INBOX) if each[0] == OTHER}
    assert mail.left()
    told = run()
    assert mail.left() == set()
    assert mail.versions(INBOX) == theirs
    there = {key for key, _ in mail.versions(SUMMARIES)}
    assert {name(OTHER) for name in RESULTS} < there
    assert keys.table(OTHER, 1) in there
    assert any(key.startswith(keys.works(OTHER)) for key in there)
    assert told[-1].startswith("erased: ")
    assert mail.table.get(f"document#{INBOX}/{KEY}") is None
    assert mail.table.get(f"document#{INBOX}/{OTHER}") is not None


def test_lines_of_others_stay_in_lists_and_results_of_batches(mail):
    run()
    for file in ("list.jsonl", "results/1/SUCCEEDED_0.jsonl", "failures.jsonl"):
        body = mail.s3.get_object(Bucket=SUMMARIES, Key=keys.batch("one", file))["Body"].read()
        assert [json.loads(line) for line in body.splitlines()] == [{"key": OTHER}]


def test_a_key_does_not_move_the_terminal(account):
    account.put(INBOX, "a\u202eb.pdf")
    told = run("a\u202eb.pdf")
    assert "\u202e" not in "".join(told)
    assert account.versions(INBOX) == set()


def test_without_a_yes_nothing_changes(mail):
    before = mail.versions(INBOX), mail.versions(SUMMARIES)
    told = run(yes=False)
    assert told[-1] == "nothing is erased without --yes"
    assert "of 3 documents" in told[0]
    assert before == (mail.versions(INBOX), mail.versions(SUMMARIES))


def test_what_somebody_else_has_put_beside_it_stays_and_is_named(mail):
    theirs = beside.folder(KEY, beside.ATTACHMENTS) + "mine.txt"
    mail.put(INBOX, theirs)
    assert any(theirs in line and line.startswith("stays: not touched") for line in run())
    assert theirs in {key for key, _ in mail.versions(INBOX)}


def test_while_an_execution_runs_it_says_so_and_a_later_run_ends_whole(mail):
    mail.running.add(RUN)
    with pytest.raises(OperateError, match="still there"):
        run()
    current = mail.s3.list_objects_v2(Bucket=INBOX)["Contents"]
    assert KEY not in {one["Key"] for one in current}  # the pipeline has heard of it, and sets its mark
    mail.put(SUMMARIES, keys.summary(KEY))  # what the execution wrote after all
    mail.running.clear()
    run()
    assert mail.left() == set()


def test_a_batch_that_has_not_ended_keeps_its_list_until_then(mail):
    mail.batch("two", ended=False)
    with pytest.raises(OperateError):
        run()
    assert mail.left() >= {keys.batch("two", "list.jsonl")}
    mail.put(SUMMARIES, keys.batch("two", "report.json"), b"{}")
    run()
    assert mail.left() == set()


def test_a_second_run_finds_nothing_and_an_unknown_key_is_an_error(mail):
    run()
    mark = keys.deleted(KEY)
    mail.put(SUMMARIES, mark, b"{}")  # the pipeline's, of the deletion
    assert run()[-1] == "erased: nothing was left"
    assert mark in {key for key, _ in mail.versions(SUMMARIES)}
    with pytest.raises(OperateError, match="Nothing is known"):
        run("claims/never.pdf")


class Dies(Exception):
    """The operator's machine went away."""


class Mortal:
    def __init__(self, s3, left):
        self.s3, self.left = s3, left

    def __getattr__(self, name):
        if name in {"delete_objects", "delete_object", "put_object"}:
            self.left -= 1
            if self.left < 0:
                raise Dies
        return getattr(self.s3, name)


@pytest.mark.parametrize("deaths", [0, 3, 6, 10, 14, 17, 18, 19])
def test_a_run_that_was_stopped_anywhere_is_completed_by_its_repeat(mail, deaths):
    whole = mail.s3
    mail.s3 = Mortal(whole, deaths)
    try:
        run()
    except Dies:
        mail.s3 = whole
        run()
    mail.s3 = whole
    assert mail.left() == set()


def test_messages_that_name_it_go_and_the_news_of_its_deletion_stays(mail):
    failure = {"detail": {"input": json.dumps({"detail": {"object": {"key": KEY}}})}}
    other = {"detail": {"input": json.dumps({"detail": {"object": {"key": OTHER}}})}}
    deletion = {"detail": {"object": {"key": KEY}}, "detail-type": "Object Deleted"}
    sent = {"DocumentsFailedQueue": [failure, other], "DocumentsDeadLetters": [failure]}
    for name, bodies in {**sent, "DocumentsDeletionsQueue": [deletion]}.items():
        mail.resources[name] = mail.sqs.create_queue(QueueName=name)["QueueUrl"]
        for body in bodies:
            mail.sqs.send_message(QueueUrl=mail.resources[name], MessageBody=json.dumps(body))
    run()
    left = {name: mail.sqs.receive_message(QueueUrl=url).get("Messages", []) for name, url in queues(mail)}
    bodies = {name: [json.loads(message["Body"]) for message in messages] for name, messages in left.items()}
    assert bodies == {
        "DocumentsFailedQueue": [other],
        "DocumentsDeadLetters": [],
        "DocumentsDeletionsQueue": [deletion],
    }


def queues(account):
    return [(name, url) for name, url in account.resources.items() if name != "StateTable"]


def test_a_refusal_under_the_hash_of_a_long_key_goes_too(account):
    key = "k" * 1020
    account.put(INBOX, key)
    account.put(SUMMARIES, rejections.key(Source(INBOX, key, "", "")))
    assert {found for found, _ in account.versions(SUMMARIES)} != {key}
    run(key)
    assert account.versions(SUMMARIES) == account.versions(INBOX) == set()
