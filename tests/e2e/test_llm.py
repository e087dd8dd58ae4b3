"""Model quality from a log object, or a record of the stream, to metrics and to the alarm that wakes somebody.

On the local cloud the pipeline is deployed by itself, with periods of a minute; with MILLRACE_E2E=aws the deployed
stack is used as it is, and only what does not wait for its alarms is tested. Records are written as Bedrock writes
them: only a real account's own log would be more real.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.cloud.testing import ROOT, start_cloud
from tests.e2e import mail, stacks
from tests.e2e.waiting import eventually
from tests.unit.llm import builders

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
PARAMETERS = {
    "UseCompletionsStream": "true",
    "AlarmPeriod": "60",
    "AlarmTopicArn": TOPIC,
    "Apps": "shop,help",
    "CanaryModel": "us.amazon.nova-lite-v1:0",
    "RefusalFloorPercent": "1",
}
PATIENCE = 600.0 if stacks.wants_aws() else 60.0
"""Seconds; on AWS a new metric may take minutes to be seen."""

LOCAL_ONLY = pytest.mark.skipif(stacks.wants_aws(), reason="a deployed stack's alarms belong to its owner")
REFUSED = "I'm sorry, but I can't help with that request."


class Quality:
    """A stack of the pipeline, and what one test may know of it. Each test has models of its own, as metrics stay."""

    def __init__(self, stack: stacks.Stack) -> None:
        self.stack = stack
        self.bucket = stack.outputs["ModelLogsBucketName"]
        self.service = f"{stack.name}-llm"

    def deliver(self, *records: dict[str, Any], key: str = "") -> str:
        """Puts a log object as Bedrock does; its key."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%S}000Z_{uuid.uuid4().hex[:16]}"
        folder = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/{now:%Y/%m/%d/%H}"
        key = key or f"{folder}/{name}.json.gz"
        self.stack.client("s3").put_object(Bucket=self.bucket, Key=key, Body=builders.log(*records))
        return key

    def metric(self, name: str, model: str = "", stat: str = "Sum", **dimensions: str) -> float | None:
        """The statistic over the last hours; None where there is no value."""
        split = {"service": self.service, **({"ModelFamily": model} if model else {}), **dimensions}
        now = datetime.now(UTC)
        answer = self.stack.client("cloudwatch").get_metric_statistics(
            Namespace="Millrace/LLM",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in split.items()],
            StartTime=now - timedelta(hours=3),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=[stat],
        )
        values = [point[stat] for point in answer["Datapoints"]]
        return sum(values) if values else None

    def wait_for(self, name: str, value: float, model: str, **dimensions: str) -> None:
        def reached() -> bool | None:
            return (self.metric(name, model, **dimensions) or 0) >= value or None

        eventually(reached, f"{name} of {value:g} for {model}", PATIENCE)
        assert self.metric(name, model, **dimensions) == value

    def state(self, alarm: str) -> str:
        name = self.stack.physical_id(alarm)
        (found,) = self.stack.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found["StateValue"])


@pytest.fixture(scope="module")
def quality() -> Iterator[Quality]:
    if stacks.wants_aws():
        yield Quality(stacks.deployed())
        return
    cloud = start_cloud(ROOT / "pipelines" / "llm.yaml", parameters=PARAMETERS, stack="llm")
    try:
        cloud.client("sns").create_topic(Name="alarms")
        yield Quality(stacks.local(cloud))
    finally:
        assert cloud.stop() == 0


@pytest.fixture(scope="module", autouse=True)
def alarms(request: pytest.FixtureRequest) -> Iterator[mail.Mailbox | None]:
    """What the pipeline's alarms send, from before the first of them goes off."""
    if stacks.wants_aws():
        yield None
        return
    stack = request.getfixturevalue("quality").stack
    with mail.subscribed(stack, TOPIC) as box:
        poison(stack)
        yield box


def poison(stack: stacks.Stack) -> None:
    """A message that is no event, in a queue that is less patient than the template's: it takes half a minute."""
    sqs = stack.client("sqs")
    queue, dead = (stack.outputs[name] for name in ("ModelLogsQueueUrl", "LlmDeadLettersUrl"))
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="no event")


@pytest.fixture
def model() -> str:
    """A model that no other test knows."""
    return f"e2e-{uuid.uuid4().hex[:12]}"


def calls(model: str, number: int, *, ago: float = 0, answered: str = "", **changes: Any) -> list[dict[str, Any]]:
    """Calls of a model, all in one minute that is ``ago`` minutes past."""
    at = (datetime.now(UTC) - timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        builders.converse(
            f"How do I prune rose number {index}?",
            answered or f"Cut rose number {index} back to an outward bud in late winter.",
            request_id=uuid.uuid4().hex,
            modelId=f"anthropic.{model}-v1:0",
            timestamp=at,
            **changes,
        )
        for index in range(number)
    ]


def family(model: str) -> str:
    return f"anthropic.{model}"


def test_what_models_answer_becomes_metrics(quality, model):
    shop = {"requestMetadata": {"app": "shop"}}
    unread = [*calls(model, 2, output={}, errorCode="ThrottlingException"), *calls(model, 1, output={})]
    quality.deliver(*calls(model, 5, **shop), *calls(model, 3), *unread)
    name = family(model)
    quality.wait_for("PairsEvaluated", 8, name)
    quality.wait_for("RecordsRead", 11, name)
    assert quality.metric("PairsEvaluated", name, Operation="Converse") == 8
    assert quality.metric("SkippedError", name) == 2
    assert quality.metric("InputTokens", name) == 99
    assert quality.metric("PairsEvaluated", App="shop") >= 5
    for paid in ("PromptCompletionSimilarity", "SentimentPositive", "ToxicityCompletion"):
        eventually(lambda paid=paid: quality.metric(paid, name, "SampleCount"), f"{paid} of {name}", PATIENCE)
        assert quality.metric(paid, name, "SampleCount") == 8


def test_the_same_object_counts_once_whatever_happens(quality, model):
    records = calls(model, 4)
    key = quality.deliver(*records)
    quality.wait_for("PairsEvaluated", 4, family(model))
    quality.deliver(*records, key=key)  # another delivery of the same bytes
    quality.deliver(*calls(f"{model}-after", 1))
    quality.wait_for("PairsEvaluated", 1, family(f"{model}-after"))
    assert quality.metric("PairsEvaluated", family(model)) == 4


def test_bedrocks_other_objects_are_left_alone(quality, model):
    folder = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs"
    s3 = quality.stack.client("s3")
    s3.put_object(Bucket=quality.bucket, Key=f"{folder}/amazon-bedrock-logs-permission-check", Body=b"")
    s3.put_object(Bucket=quality.bucket, Key=builders.body_key(), Body=gzip.compress(b"{}"))
    quality.deliver(*calls(model, 1))
    quality.wait_for("PairsEvaluated", 1, family(model))
    eventually(lambda: (quality.metric("ObjectsBeside") or 0) >= 2 or None, "two objects beside the logs", PATIENCE)


def test_bodies_beside_the_log_are_read(quality, model):
    body = builders.converse()["output"]["outputBodyJson"]
    key = builders.body_key(uuid.uuid4().hex)
    quality.stack.client("s3").put_object(Bucket=quality.bucket, Key=key, Body=gzip.compress(json.dumps(body).encode()))
    (record,) = calls(model, 1)
    record["output"] = {"outputContentType": "application/json", "outputBodyS3Path": f"s3://{quality.bucket}/{key}"}
    quality.deliver(record)
    quality.wait_for("PairsEvaluated", 1, family(model))


def test_what_a_provider_says_of_its_answers_comes_before_their_text(quality, model):
    """Declared refusals without a word beside masked and blocked answers and images: each under its own name. What was
    blocked counts as not got, with what was refused; what was masked does not."""
    pii = {"sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "action": "ANONYMIZED"}]}}
    topic = {"topicPolicy": {"topics": [{"name": "Investing", "action": "BLOCKED"}]}}
    stopped = calls(model, 6, stop="guardrail_intervened")
    for number, one in enumerate(stopped):
        trace = {"guardrail": {"outputAssessments": {"g": [pii if number < 4 else topic]}}}
        one["output"]["outputBodyJson"]["trace"] = trace
    image = [{"image": {"format": "png", "source": {}}}]
    declined = calls(model, 3, stop="refusal", content=[])
    quality.deliver(*stopped, *declined, *calls(model, 2, content=image), *calls(model, 3))
    name = family(model)
    quality.wait_for("PairsEvaluated", 12, name)
    counts = {
        "RefusalCount": 5,
        "RefusalPolicy": 3,
        "RefusalsDeclared": 3,
        "GuardrailMasked": 4,
        "GuardrailBlocked": 2,
        "GuardrailInterventions": 2,
        "GuardrailTopicPolicy": 2,
        "SkippedMedia": 2,
    }
    for metric, value in counts.items():
        quality.wait_for(metric, value, name)


def test_pairs_of_the_stream_are_the_same(quality, model):
    if "CompletionsStreamName" not in quality.stack.outputs:
        stacks.lacks("the stack has no completions stream (UseCompletionsStream)")
    records = [
        {"request_id": uuid.uuid4().hex, "timestamp": time.time(), "model_id": model, "prompt": "Hello", "app": "help"}
        | {"completion": f"Good morning, what can I do for you today, guest number {index}?"}
        for index in range(6)
    ]
    texts = [json.dumps(record).encode() for record in [*records, records[0]]] + [b"no record at all"]
    answer = quality.stack.client("kinesis").put_records(
        StreamName=quality.stack.outputs["CompletionsStreamName"],
        Records=[{"Data": text, "PartitionKey": "one"} for text in texts],
    )
    assert answer["FailedRecordCount"] == 0
    quality.wait_for("PairsEvaluated", 6, model)
    assert quality.metric("SkippedDuplicate", model) == 1
    assert quality.metric("PairsEvaluated", model, Operation="Stream") == 6


@contextmanager
def off_before(quality: Quality, alarm: str) -> Iterator[None]:
    """An alarm that is on says nothing more."""
    quality.stack.client("cloudwatch").set_alarm_state(
        AlarmName=quality.stack.physical_id(alarm), StateValue="OK", StateReason="A test begins."
    )
    yield


@LOCAL_ONLY
def test_a_burst_of_refusals_wakes_somebody_and_says_what_to_do(quality, model, alarms):
    with off_before(quality, "LlmRefusalsAlarm"):
        for ago in range(5):
            quality.deliver(*calls(model, 35, ago=ago, answered=REFUSED), *calls(model, 10, ago=ago))
    name = quality.stack.physical_id("LlmRefusalsAlarm")
    letter = alarms.wait_for_alarm(name, PATIENCE)
    assert "system prompt" in letter["AlarmDescription"]
    assert "docs/llm.md" in letter["AlarmDescription"]
    assert quality.state("LlmRefusalsAlarm") == "ALARM"
    quality.wait_for("RefusalCount", 175, family(model))


@LOCAL_ONLY
def test_a_few_refusals_on_a_quiet_day_wake_nobody(quality, model):
    """Below the number of pairs that a ratio needs to say something; asked of the alarm's own expression."""
    (alarm,) = quality.stack.client("cloudwatch").describe_alarms(
        AlarmNames=[quality.stack.physical_id("LlmRefusalsAlarm")]
    )["MetricAlarms"]
    expression = next(one["Expression"] for one in alarm["Metrics"] if one["Id"] == "share")
    for pairs, refused, expected in ((5, 5, 0), (40, 20, 50)):
        assert value_of(quality, expression, pairs=pairs, refused=refused) == expected


def value_of(quality: Quality, expression: str, **sums: float) -> float:
    """An alarm's expression over metrics that hold these sums."""
    namespace = f"E2E/{uuid.uuid4().hex[:8]}"
    cloudwatch, now = quality.stack.client("cloudwatch"), datetime.now(UTC)
    at = now.replace(second=0, microsecond=0) - timedelta(minutes=2)
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": name, "Timestamp": at, "Value": value} for name, value in sums.items()],
    )
    queries: list[dict[str, Any]] = [
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Metric": {"Namespace": namespace, "MetricName": name}, "Period": 60, "Stat": "Sum"},
        }
        for name in sums
    ]

    def value() -> float | None:
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[*queries, {"Id": "result", "Expression": expression}],
            StartTime=at,
            EndTime=at + timedelta(minutes=1),
        )
        found = answer["MetricDataResults"][0]["Values"]
        return found[0] if found else None

    return eventually(value, "value of the expression", PATIENCE)


@LOCAL_ONLY
def test_a_toxic_answer_wakes_somebody(quality, model, alarms):
    with off_before(quality, "LlmToxicityAlarm"):
        words = "You are a stupid worthless idiot and I will kill you, you moron."
        quality.deliver(*calls(model, 60, answered=words), *calls(model, 20))
    name = quality.stack.physical_id("LlmToxicityAlarm")
    letter = alarms.wait_for_alarm(name, PATIENCE)
    assert "guardrail" in letter["AlarmDescription"]


@LOCAL_ONLY
def test_logs_that_come_late_wake_somebody(quality, model, alarms):
    """Forty minutes: none of the alarms over what was answered sees them."""
    now = datetime.now(UTC)
    with off_before(quality, "LlmLagAlarm"):
        for ago in (0, 5):  # two periods; the younger by the pipeline, the one before as it would have written it
            if ago:
                put_lag(quality, now - timedelta(minutes=ago))
            else:
                quality.deliver(*calls(model, 600, ago=40))
    name = quality.stack.physical_id("LlmLagAlarm")
    letter = alarms.wait_for_alarm(name, PATIENCE)
    assert "quality alarms see nothing" in letter["AlarmDescription"]


def put_lag(quality: Quality, at: datetime) -> None:
    datum = {
        "MetricName": "IngestLagSeconds",
        "Dimensions": [{"Name": "service", "Value": quality.service}],
        "Timestamp": at,
        "Values": [2400.0],
        "Counts": [5000.0],
    }
    quality.stack.client("cloudwatch").put_metric_data(Namespace="Millrace/LLM", MetricData=[datum])


@LOCAL_ONLY
def test_logs_without_texts_are_noticed(quality, model, alarms):
    with off_before(quality, "LlmCoverageAlarm"):
        for ago in range(5):
            quality.deliver(*[{**one, **without_texts()} for one in calls(model, 400, ago=ago)])
    name = quality.stack.physical_id("LlmCoverageAlarm")
    letter = alarms.wait_for_alarm(name, PATIENCE)
    assert "texts are not delivered" in letter["AlarmDescription"]


def without_texts() -> dict[str, Any]:
    return {"input": {"inputTokenCount": 11}, "output": {"outputTokenCount": 17}}


@LOCAL_ONLY
def test_answers_that_miss_the_point_wake_somebody(quality, alarms):
    """The metric is put as the module writes it: the local encoder compares letters and would find some likeness."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    with off_before(quality, "LlmSimilarityAlarm"):
        for ago in range(5):
            quality.stack.client("cloudwatch").put_metric_data(
                Namespace="Millrace/LLM",
                MetricData=[
                    {
                        "MetricName": "SimilarityAnswered",
                        "Dimensions": [{"Name": "service", "Value": quality.service}],
                        "Timestamp": now - timedelta(minutes=ago),
                        "Values": [0.01, 0.6],
                        "Counts": [400, 600],
                    }
                ],
            )
    name = quality.stack.physical_id("LlmSimilarityAlarm")
    letter = alarms.wait_for_alarm(name, PATIENCE)
    assert "retrieval that finds nothing" in letter["AlarmDescription"]


@LOCAL_ONLY
def test_a_canary_hears_its_model_and_keeps_a_baseline(quality):
    name = quality.stack.physical_id("LlmCanary")
    for _ in range(2):
        answer = quality.stack.client("lambda").invoke(FunctionName=f"{name}:live")
        assert "FunctionError" not in answer
        counts = json.loads(answer["Payload"].read())
        assert (counts["CanaryHeard"], counts["CanaryFailed"], counts["CanaryChanged"]) == (20, 0, 0)
    eventually(lambda: quality.metric("CanaryHeard"), "the canary's metrics", PATIENCE)
    assert quality.metric("CanarySimilarity", stat="SampleCount")


@LOCAL_ONLY
def test_an_application_has_an_alarm_of_its_own(quality, model):
    """Its burst is a small part of all that is asked."""
    for ago in range(5):
        help_ = {"requestMetadata": {"app": "help"}}
        quality.deliver(*calls(model, 25, ago=ago, answered=REFUSED, **help_))
    cloudwatch = quality.stack.client("cloudwatch")

    def ringing() -> list[str] | None:
        found = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
        texts = [one.get("AlarmDescription", "") for one in found]
        return [text for text in texts if text.startswith("Application help:") and "system prompt" in text] or None

    (_,) = eventually(ringing, "the alarm of an application", PATIENCE)


@LOCAL_ONLY
def test_a_message_that_cannot_be_read_ends_in_the_dead_letters(quality, alarms):
    name = quality.stack.physical_id("LlmDeadLettersAlarm")
    letter = alarms.wait_for_alarm(name, 120.0)
    assert "make redrive PIPELINE=llm" in letter["AlarmDescription"]
