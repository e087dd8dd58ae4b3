"""What is erased of calls of models: their records and bodies, and no other; and no call counts a second time."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import asdict
from datetime import UTC, date, datetime

import boto3
import pytest
from moto import mock_aws

from common.table import Table
from llm.logs import log_events
from llm.logs.claims import Claims
from llm.paid import pair_batches
from operate.clients import Target
from operate.erase import command
from operate.erase.erasure import Subject, Wish
from operate.errors import OperateError
from tests.unit.llm import builders

LOGS, OWN, OUTPUTS, TABLE = "model-logs", "own", "outputs", "state"
HOME = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2026/11/20"
SECRET = "My neighbour's name is Rosalind."
DAY = date(2026, 11, 20)


class Account:
    def __init__(self):
        for name in ("s3", "sqs", "dynamodb", "logs"):
            setattr(self, name, boto3.client(name, region_name="us-east-1"))
        for bucket in (LOGS, OWN, OUTPUTS):
            self.s3.create_bucket(Bucket=bucket)
        self.outputs = {"ModelLogsUri": f"s3://{LOGS}/AWSLogs/", "ModelEventsUri": f"s3://{OWN}/events/"}
        self.parameters = {"AppKey": "app", "ExistingBatchBucketName": OUTPUTS}
        self.resources = {"StateTable": TABLE, "ModelLogsBucket": OWN}
        self.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.claims = Claims(Table(TABLE, self.dynamodb))

    def put(self, *records, hour="09", name="a", bucket=LOGS, key="", body=None):
        key = key or f"{HOME}/{hour}/{name}.json.gz"
        tag = self.s3.put_object(Bucket=bucket, Key=key, Body=builders.log(*records) if body is None else body)["ETag"]
        return key, tag

    def ids(self, key, bucket=LOGS):
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return [json.loads(line)["requestId"] for line in gzip.decompress(body).splitlines()]

    def there(self, bucket=LOGS):
        return {one["Key"] for one in self.s3.list_objects_v2(Bucket=bucket).get("Contents", ())}


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = Account()
        monkeypatch.setattr(Target, "outputs", lambda _: made.outputs)
        monkeypatch.setattr(Target, "parameters", lambda _: made.parameters)
        monkeypatch.setattr(Target, "resources", lambda _: made.resources)
        monkeypatch.setattr(Target, "client", lambda _, service: getattr(made, service))
        yield made


def run(*requests, yes=True, **wish):
    return list(command.command(Target(), Subject(calls=Wish(frozenset(requests), **wish)), agreed=lambda: yes))


def call(request_id, app="", **changes):
    metadata = {"requestMetadata": {"app": app}} if app else {}
    return builders.converse(SECRET, request_id=request_id, **metadata, **changes)


@pytest.mark.parametrize("day", [None, DAY])
def test_a_wish_that_names_no_call_is_not_all_of_them(account, day):
    key, _ = account.put(call("one"), call("two"))
    with pytest.raises(OperateError, match="Name the calls"):
        run(day=day)
    assert account.ids(key) == ["one", "two"]


def test_records_of_the_requests_go_and_all_others_stay_as_they_are(account):
    key, _ = account.put(call("one"), call("two"), call("three"))
    whole, tag = account.put(call("four"), name="b")
    told = run("one", "three")
    assert account.ids(key) == ["two"]
    assert account.s3.head_object(Bucket=LOGS, Key=whole)["ETag"] == tag
    assert told[0] == "2 records in 1 object, 0 bodies beside them"
    assert told[-1] == "erased: 2 records"


def test_an_object_without_any_other_record_is_deleted(account):
    key, _ = account.put(call("one"))
    run("one")
    assert key not in account.there()


def test_bodies_beside_the_log_go_with_their_record(account):
    body = f"{HOME}/09/data/one_output.json.gz"
    account.put(key=body, body=b"{}")
    record = call("one")
    record["output"] = {"outputBodyS3Path": f"s3://{LOGS}/{body}"}
    key, _ = account.put(record, call("two"))
    run("one")
    assert account.there() == {key}


def test_a_body_elsewhere_is_named_and_never_deleted(account):
    """A record is written by whoever may write logs: it cannot make an operator delete what it names."""
    account.put(key="settings.json", body=b"{}")
    record = call("one")
    record["output"] = {"outputBodyS3Path": f"s3://{LOGS}/settings.json"}
    account.put(record, call("two"))
    with pytest.raises(OperateError):
        run("one")
    assert "settings.json" in account.there()


def test_what_is_written_again_is_not_measured_again(account):
    key, tag = account.put(call("one"), call("two"))
    claim = account.claims.take(LOGS, key, tag)
    account.claims.finish(claim)
    run("one")
    after = account.s3.head_object(Bucket=LOGS, Key=key)["ETag"]
    assert after != tag
    assert account.claims.take(LOGS, key, after) is None


def test_what_nobody_has_measured_yet_is_measured_as_it_is_then(account):
    key, _ = account.put(call("one"), call("two"))
    run("one")
    after = account.s3.head_object(Bucket=LOGS, Key=key)["ETag"]
    assert account.claims.take(LOGS, key, after) is not None


def test_an_object_that_is_being_measured_is_left_until_then(account):
    key, tag = account.put(call("one"), call("two"))
    claim = account.claims.take(LOGS, key, tag)
    with pytest.raises(OperateError):
        run("one")
    assert account.ids(key) == ["one", "two"]
    account.claims.finish(claim)
    run("one")
    assert account.ids(key) == ["two"]


def test_calls_of_an_application_on_a_day(account):
    late = call("late", "help", timestamp="2026-11-20T23:59:59Z")
    next_day = f"{HOME.removesuffix('20')}21/00/a.json.gz"
    account.put(late, call("other-day", "help", timestamp="2026-11-21T00:00:01Z"), key=next_day)
    key, _ = account.put(call("one", "help"), call("two", "shop"), call("none"))
    run(app="help", day=DAY)
    assert account.ids(key) == ["two", "none"]
    assert account.ids(next_day) == ["other-day"]


def test_an_application_needs_the_key_that_names_it(account):
    account.parameters["AppKey"] = ""
    with pytest.raises(OperateError, match="no AppKey"):
        run(app="help", day=DAY)


def test_all_objects_below_a_prefix_on_a_day(account):
    kept = f"{HOME.removesuffix('20')}21/00/a.json.gz"
    account.put(call("one"))
    account.put(key=f"{HOME}/09/data/one_output.json.gz", body=b"{}")
    account.put(call("two"), key=kept)
    run(prefix=f"AWSLogs/{builders.ACCOUNT}/", day=DAY)
    assert account.there() == {kept}


@pytest.mark.parametrize("prefix", ["settings/", "AWSLog", "x/AWSLogs/"])
def test_a_prefix_that_is_not_of_the_logs_is_refused(account, prefix):
    with pytest.raises(OperateError, match="begins with AWSLogs/"):
        run(prefix=prefix, day=DAY)


def test_deliveries_of_log_events_and_outputs_of_batches(account):
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    records = tuple(json.dumps(call(name)).encode() for name in ("one", "two"))
    delivered, body = log_events.Delivery(records, "group", at).stored()
    account.put(key=delivered, body=body, bucket=OWN)
    output = "jobs/abcdefghij12/input.jsonl.out"
    rows = [{"recordId": name, "modelInput": {"x": SECRET}, "modelOutput": {}} for name in ("r1", "r2")]
    account.put(key=output, body="\n".join(map(json.dumps, rows)).encode(), bucket=OUTPUTS)
    run("one", "abcdefghij12/r1")
    assert account.ids(delivered, OWN) == ["two"]
    left = account.s3.get_object(Bucket=OUTPUTS, Key=output)["Body"].read()
    assert [json.loads(line)["recordId"] for line in left.splitlines()] == ["r2"]


def test_pairs_that_wait_to_be_measured(account):
    body = pair_batches.dump([builders.pair(request_id=name) for name in ("one", "two")])
    account.put(key="pairs/2026/11/20/x.json", body=body, bucket=OWN)
    run("one")
    left = pair_batches.load(account.s3.get_object(Bucket=OWN, Key="pairs/2026/11/20/x.json")["Body"].read())
    assert [asdict(pair)["request_id"] for pair in left] == ["two"]


def test_pairs_of_an_application_are_those_of_its_calls(account):
    """A pair has the name of an application with metrics of its own, and else "other"."""
    account.put(call("one", "help"), call("two", "shop"))
    body = pair_batches.dump([builders.pair(request_id=name, app="other") for name in ("one", "two")])
    account.put(key="pairs/2026/11/20/x.json", body=body, bucket=OWN)
    run(app="help", day=DAY)
    left = pair_batches.load(account.s3.get_object(Bucket=OWN, Key="pairs/2026/11/20/x.json")["Body"].read())
    assert [pair.request_id for pair in left] == ["two"]


def dead_letter(*records):
    events = [{"id": str(n), "timestamp": 0, "message": json.dumps(one)} for n, one in enumerate(records)]
    delivery = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": events}
    data = base64.b64encode(gzip.compress(json.dumps(delivery).encode())).decode()
    return json.dumps(
        {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {"awslogs": {"data": data}}}
    )


def test_deliveries_among_the_dead_letters_lose_the_records_and_keep_the_others(account):
    url = account.sqs.create_queue(QueueName="LlmDeadLetters")["QueueUrl"]
    account.resources["LlmDeadLetters"] = url
    for body in (dead_letter(call("one")), dead_letter(call("one"), call("two")), '{"KinesisBatchInfo": {}}'):
        account.sqs.send_message(QueueUrl=url, MessageBody=body)
    run("one")
    left = account.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(message["Body"]) for message in left]
    assert len(bodies) == 2
    (payload,) = [body["requestPayload"] for body in bodies if "requestPayload" in body]
    delivery = log_events.from_event(payload)
    assert [json.loads(record)["requestId"] for record in delivery.records] == ["two"]


def test_a_log_group_cannot_be_cut_and_that_is_said(account):
    account.parameters["ExistingModelLogGroupName"] = "bedrock/calls"
    account.logs.create_log_group(logGroupName="bedrock/calls")
    account.logs.put_retention_policy(logGroupName="bedrock/calls", retentionInDays=30)
    told = run("one")
    assert any("log group bedrock/calls keeps them for 30 days" in line for line in told)


@pytest.mark.parametrize(
    "body", [gzip.compress(b'{"requestId":"one"}', mtime=0)[:-6], b"\x1f\x8bnothing"], ids=["cut", "garbage"]
)
def test_a_damaged_object_is_never_written_again(account, body):
    key, tag = account.put(key=f"{HOME}/09/a.json.gz", body=body)
    with pytest.raises(OperateError):
        run("one")
    assert account.s3.head_object(Bucket=LOGS, Key=key)["ETag"] == tag


def test_arrays_printed_records_and_lines_that_are_none_stay_whole(account):
    printed = json.dumps(call("two"), indent=2)
    text = f"{json.dumps([call('one'), call('three')])}\n{printed}\nno record\n{json.dumps(call('one'))}"
    key, _ = account.put(key=f"{HOME}/09/a.json", body=text.encode())
    run("one")
    left = account.s3.get_object(Bucket=LOGS, Key=key)["Body"].read().decode()
    assert left == f"{json.dumps(call('three'), separators=(',', ':'))}\n{printed}\nno record\n"


def test_without_a_yes_nothing_changes_and_a_repeat_finds_nothing(account):
    key, tag = account.put(call("one"), call("two"))
    assert run("one", yes=False)[-1] == "nothing is erased without --yes"
    assert account.s3.head_object(Bucket=LOGS, Key=key)["ETag"] == tag
    run("one")
    assert run("one")[-1] == "erased: nothing was left"


def test_old_versions_of_a_log_go_too(account):
    account.s3.put_bucket_versioning(Bucket=LOGS, VersioningConfiguration={"Status": "Enabled"})
    key, _ = account.put(call("one"), call("two"))
    run("one")
    assert len(account.s3.list_object_versions(Bucket=LOGS)["Versions"]) == 1
    assert account.ids(key) == ["two"]
