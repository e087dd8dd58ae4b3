"""From an alarm to the calls: the same verdicts as the metrics, where each call lies, and no text unasked."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from llm.logs import log_events
from llm.refusals import judge as detector
from operate import cli
from operate.clients import Target
from operate.errors import OperateError
from operate.models import judge
from tests.unit.llm import builders

BUCKET, OWN, OUTPUTS = "model-logs", "own", "outputs"
NOW = datetime(2026, 11, 20, 10, 5, tzinfo=UTC).timestamp()
REFUSED = "I'm sorry, but I can't help with that request."
SECRET = "My neighbour's name is Rosalind."
HOME = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2026/11/20"


class Account:
    def __init__(self):
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.bedrock = boto3.client("bedrock", region_name="us-east-1")
        for name in (BUCKET, OWN, OUTPUTS):
            self.s3.create_bucket(Bucket=name)
        self.outputs = {"ModelLogsUri": f"s3://{BUCKET}/AWSLogs/"}
        self.parameters = {}

    def put(self, *records, hour="09", name="20261120T093015123Z_0123456789abcdef", root=""):
        key = f"{root}{HOME}/{hour}/{name}.json.gz"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=builders.log(*records))
        return key

    def put_events(self, *records, at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC)):
        """As LlmTakeEvents stores a delivery."""
        lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
        key, body = log_events.Delivery(tuple(lines), "bedrock/calls", at).stored()
        self.s3.put_object(Bucket=OWN, Key=key, Body=body)
        return key

    def reads_a_group(self, **more):
        self.outputs["ModelEventsUri"] = f"s3://{OWN}/events/"
        self.parameters = {"ExistingModelLogGroupName": "bedrock/calls", **more}


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        made = Account()
        monkeypatch.setattr(Target, "outputs", lambda _: made.outputs)
        monkeypatch.setattr(Target, "parameters", lambda _: made.parameters)
        monkeypatch.setattr(Target, "client", lambda _, service: getattr(made, service))
        yield made


def run(since=3600, now=NOW, **wanted):
    return list(judge.command(Target(), since, judge.Wanted(**wanted), now))


def call(request_id, answered=builders.ANSWERED, **changes):
    return builders.converse(SECRET, answered, request_id=request_id, **changes)


def ids(lines):
    """Request ids of the listed calls, in order."""
    return [line.split()[1] for line in lines[1 : lines.index("")]]


def test_refused_calls_with_their_place_and_why(account):
    key = account.put(call("one"), call("two", REFUSED), b"", call("three"), call("four", REFUSED))
    lines = run(outcome="refused")
    assert ids(lines) == ["two", "four"]
    verdict = detector(REFUSED, "end_turn", SECRET)
    time, _, model, outcome, score, reason, cue, place = lines[1].split()
    assert (time, model, outcome) == ("2026-11-20T09:30:15Z", builders.CLAUDE, "refused")
    assert (score, reason, cue, place) == (f"{verdict.score:.2f}", "policy", verdict.cue, f"{key}:2")
    assert lines[2].endswith(f"{key}:4"), "of lines that are not empty"
    assert "4 calls judged: 2 answered, 2 refused" in lines[-1] or "2 refused, 2 answered" in lines[-1]


def test_the_line_is_where_the_record_lies(account):
    """What it names is what a person finds there with zcat, grep and sed."""
    key = account.put(call("one"), b"", b"{half", call("two", REFUSED))
    place = run(outcome="refused")[1].split()[-1]
    named, _, number = place.rpartition(":")
    assert named == key
    body = gzip.decompress(account.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    lines = [line for line in body.splitlines() if line]
    assert json.loads(lines[int(number) - 1])["requestId"] == "two"


@pytest.mark.parametrize("outcome", ["", "refused", "answered", "undetermined"])
def test_no_text_without_asking(account, outcome):
    account.put(call("one", f"{REFUSED} {SECRET}"), call("two"), call("three", "Boil " + SECRET))
    assert "Rosalind" not in "\n".join(run(outcome=outcome))
    assert f"    prompt: {SECRET}" in run(outcome="refused", text=True)


def test_texts_do_not_move_the_terminal(account):
    account.put(call("one\x1b[2J", "I can't help with that.\x1b]0;gone\x07\u202e\nNever."))
    lines = run(text=True)
    assert not any(judge._UNPRINTABLE.search(line) for line in lines)
    assert [line for line in lines if line.startswith("    completion: ")][-1] == "    completion: Never."


def test_only_the_hours_and_calls_that_were_asked_for(account):
    account.put(call("old", timestamp="2026-11-20T08:10:00Z"), hour="08")
    early = call("early", timestamp="2026-11-20T09:04:59Z")
    account.put(early, call("late", timestamp="2026-11-20T09:05:00Z"))
    account.put(call("last", timestamp="2026-11-20T10:01:00Z"), hour="10")
    assert ids(run()) == ["late", "last"]
    assert ids(run(since=7200)) == ["old", "early", "late", "last"]


def test_a_day_that_turns_is_two_folders(account):
    midnight = datetime(2026, 11, 21, 0, 10, tzinfo=UTC).timestamp()
    account.put(call("one", timestamp="2026-11-20T23:50:00Z"), hour="23")
    assert ids(run(now=midnight)) == ["one"]


def test_bodies_and_markers_beside_the_log_are_no_logs(account):
    body = f"{HOME}/09/data/one_output.json.gz"
    answer = builders.converse(SECRET, REFUSED)["output"]["outputBodyJson"]
    account.s3.put_object(Bucket=BUCKET, Key=body, Body=gzip.compress(json.dumps(answer).encode()))
    account.s3.put_object(Bucket=BUCKET, Key=f"{HOME}/09/amazon-bedrock-logs-permission-check", Body=b"")
    account.put(call("one", output={"outputBodyS3Path": f"s3://{BUCKET}/{body}"}))
    lines = run(outcome="refused")
    assert ids(lines) == ["one"]
    assert f"1 log objects in s3://{BUCKET}" in lines[-1]


def test_a_bucket_of_theirs_has_a_prefix(account):
    account.outputs = {"ModelLogsUri": f"s3://{BUCKET}/bedrock/AWSLogs/"}
    account.put(call("one"), root="bedrock/")
    assert ids(run()) == ["one"]


def test_a_model_by_a_part_of_its_id(account):
    account.put(call("one"), call("two", modelId="us.amazon.nova-lite-v1:0"))
    assert ids(run(model="Nova")) == ["two"]


def test_an_application_by_the_name_that_its_calls_give(account):
    """From the alarm of one application, on the list of Apps or not, to its calls."""
    account.parameters = {"AppKey": "team"}
    account.put(call("one", requestMetadata={"team": "shop"}), call("two", requestMetadata={"app": "shop"}), call("3"))
    assert ids(run(app="shop")) == ["one"]
    assert ids(run()) == ["one", "two", "3"]


def test_a_profile_has_the_name_that_the_stack_gives_it(account):
    arn = f"arn:aws:bedrock:us-east-1:{builders.ACCOUNT}:application-inference-profile/abc123"
    account.parameters = {"ModelProfiles": "abc123=anthropic.claude-sonnet-4"}
    account.put(call("one", modelId=arn), call("two", modelId="amazon.nova-lite-v1:0"))
    assert ids(run(model="claude-sonnet-4")) == ["one"]
    assert run()[1].split()[2] == "anthropic.claude-sonnet-4/abc123"
    assert run()[2].split()[2] == "amazon.nova-lite-v1:0"


def test_the_stacks_own_calls_are_no_traffic(account):
    def by(role):
        return {"identity": {"arn": f"arn:aws:sts::{builders.ACCOUNT}:assumed-role/{role}/session"}}

    ours = ("millrace-Llm-1A2B3C4D-LlmCanaryRole-5E6F", "millrace-LlmEvaluateRole-5E6F")
    theirs = ("other-LlmCanaryRole-5E6F", "millrace-Chat-ChatRole-5E6F", "LlmCanaryRole-5E6F")
    account.put(*(call(role, REFUSED, **by(role)) for role in (*ours, *theirs)))
    lines = run(outcome="refused")
    assert ids(lines) == list(theirs)
    assert "      2 without a verdict: SkippedSelf (docs/llm.md)" in lines


# Other places where calls are kept


def test_log_events_are_read_where_the_stack_keeps_them(account):
    account.reads_a_group()
    account.put(call("in-the-bucket", REFUSED))
    key = account.put_events(call("one"), call("two", REFUSED))
    lines = run(outcome="refused")
    assert ids(lines) == ["two"]
    assert lines[1].endswith(f"{key}:2")
    assert f"1 deliveries of log events in s3://{OWN}, 2 calls judged" in "\n".join(lines)
    assert "note: not read: the bucket of logs, since the log group bedrock/calls is read in its place" in lines[-1]


def test_a_delivery_of_the_hour_before_may_hold_the_call(account):
    account.reads_a_group()
    late = call("late", timestamp="2026-11-20T10:01:00Z")
    account.put_events(late, at=datetime(2026, 11, 20, 8, 59, tzinfo=UTC))
    assert ids(run()) == ["late"]


def test_a_call_in_bucket_and_log_group_is_listed_once_and_told(account):
    account.reads_a_group(UseLogsBucketToo="true")
    account.put(call("both", REFUSED), call("bucket", REFUSED))
    account.put_events(call("both", REFUSED), call("group", REFUSED))
    lines = run()
    assert ids(lines) == ["both", "bucket", "group"]
    assert any(line.startswith("note: 1 call in bucket and log group, counted twice") for line in lines)
    assert "3 refused" in "\n".join(lines)


def test_a_stack_that_cannot_say_where_its_events_are_is_told(account):
    account.reads_a_group()
    del account.outputs["ModelEventsUri"]
    assert any("not read: log events of bedrock/calls" in line and "deploy" in line for line in run())


def test_events_that_are_forgotten_are_told(account):
    account.reads_a_group()
    assert any("forgotten" in line for line in run(since=20 * 86_400))
    assert not any("forgotten" in line for line in run(since=86_400))


def test_outputs_of_batch_inference_are_read_with_their_model(account, monkeypatch):
    account.parameters = {"ExistingBatchBucketName": OUTPUTS, "ExistingBatchPrefix": "jobs/"}
    asked = []

    def job(jobIdentifier):  # noqa: N803 - as botocore has it
        asked.append(jobIdentifier)
        return {"modelId": "us.amazon.nova-lite-v1:0"}

    monkeypatch.setattr(account.bedrock, "get_model_invocation_job", job)
    record = call("x", REFUSED)
    line = {
        "recordId": "R1",
        "modelInput": record["input"]["inputBodyJson"],
        "modelOutput": record["output"]["outputBodyJson"],
    }
    account.s3.put_object(Bucket=OUTPUTS, Key="jobs/abcdefghijkl/in.jsonl.out", Body=json.dumps(line).encode())
    account.s3.put_object(Bucket=OUTPUTS, Key="jobs/abcdefghijkl/manifest.json.out", Body=b"{}")
    account.s3.put_object(Bucket=OUTPUTS, Key="else/abcdefghijkl/in.jsonl.out", Body=json.dumps(line).encode())
    lines = run(outcome="refused", now=datetime.now(UTC).timestamp())
    assert ids(lines) == ["abcdefghijkl/R1"]
    model, place = lines[1].split()[2], lines[1].split()[-1]
    assert (model, place) == ("us.amazon.nova-lite-v1:0", "jobs/abcdefghijkl/in.jsonl.out:1")
    assert asked == ["abcdefghijkl"]
    assert ids(run(since=60, now=datetime.now(UTC).timestamp() - 7200)) == [], "not of that time"


def test_a_job_that_may_not_be_looked_at_has_no_models_name(account, monkeypatch):
    account.parameters = {"ExistingBatchBucketName": OUTPUTS}

    def refused(**_):
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetModelInvocationJob")

    monkeypatch.setattr(account.bedrock, "get_model_invocation_job", refused)
    record = call("x", REFUSED)
    line = {"recordId": "R1", "modelInput": {}, "modelOutput": record["output"]["outputBodyJson"]}
    account.s3.put_object(Bucket=OUTPUTS, Key="abcdefghijkl/in.jsonl.out", Body=json.dumps(line).encode())
    assert run(now=datetime.now(UTC).timestamp())[1].split()[2] == "batch"


def test_calls_that_are_kept_nowhere_are_told(account):
    account.parameters = {"UseCompletionsStream": "true"}
    assert "note: not read: calls of the completions stream, which are kept nowhere" in run()


def test_what_is_over_is_counted(account):
    account.put(*[call(f"r{number}", REFUSED) for number in range(7)])
    lines = run(most=3)
    assert ids(lines) == ["r0", "r1", "r2"]
    assert "4 more are like these; list them with --most 7" in lines


def test_a_request_twice_in_an_object_is_one_call_as_in_the_metrics(account):
    account.put(call("one"), call("one"))
    assert ids(run()) == ["one"]


def test_what_has_no_verdict_has_its_reason(account):
    account.put(call("one"), builders.failed(), b"{")
    lines = run()
    assert "      1 without a verdict: SkippedError (docs/llm.md)" in lines
    assert "      1 without a verdict: SkippedMalformed (docs/llm.md)" in lines


def test_a_broken_object_is_told_and_read_as_far_as_it_goes(account):
    key = account.put(*[call(f"r{number}", "Word. " * number) for number in range(300)])
    whole = account.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    account.s3.put_object(Bucket=BUCKET, Key=key, Body=whole[: len(whole) // 2])
    lines = run()
    assert 0 < len(ids(lines)) < 300
    assert lines[-1] == f"note: {key} is truncated: what is in front of it was read"


def test_nothing_there_says_where_to_look(account):
    assert "bedrock-logging" in run()[-1]


def test_a_busy_store_is_one_sentence(account, monkeypatch):
    account.put(call("one"))

    def busy(**_):
        from botocore.exceptions import EndpointConnectionError

        raise EndpointConnectionError(endpoint_url="https://s3")

    monkeypatch.setattr(account.s3, "get_object", busy)
    with pytest.raises(OperateError, match="again"):
        run()


@pytest.mark.parametrize(("span", "seconds"), [("30m", 1800), ("1h", 3600), ("2d", 172_800)])
def test_how_far_back_is_a_number_and_a_unit(span, seconds):
    assert cli._span(span) == seconds


@pytest.mark.parametrize("span", ["", "h", "0h", "1", "1w", "-1h", "456d", "1.5h"])
def test_other_spans_are_refused(span, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["judge", "--since", span])
    assert end.value.code == 2
