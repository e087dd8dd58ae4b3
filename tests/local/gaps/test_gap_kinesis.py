"""Lambda reads a Kinesis stream as on AWS: what fails ends somewhere, and what is behind it goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gaps.awslambda.kinesis_source import Batch, Delivery, failure_of
from tests.local.gaps.harness import Cloud, allow, until

READ = ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"]

READER = """
import base64, json, time, urllib.request
import boto3
def handler(event, context):
    numbers = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]
    texts = [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
    print("BATCH", json.dumps(texts))
    if "raise" in texts:
        raise ValueError("on purpose")
    if "slow" in texts:
        time.sleep(4)
    failed = [number for number, text in zip(numbers, texts) if text == "report"]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
"""


def record(text: str, number: int = 1, at: float = 1000.0) -> dict[str, Any]:
    return {"kinesis": {"sequenceNumber": str(number), "data": text, "approximateArrivalTimestamp": at}}


class Function:
    """A function that raises over one record and reports another, and remembers what it was given."""

    def __init__(self, raises: set[str], reports: set[str]) -> None:
        self.raises, self.reports = raises, reports
        self.calls: list[list[str]] = []
        self.given_up: list[tuple[list[str], str, int]] = []
        self.pauses: list[float] = []

    def attempt(self, records: list[dict[str, Any]]) -> tuple[int, bool] | None:
        texts = [one["kinesis"]["data"] for one in records]
        self.calls.append(texts)
        if self.raises & set(texts):
            return 0, True
        failed = [texts.index(text) for text in self.reports & set(texts)]
        return (min(failed), False) if failed else None

    def give_up(self, batch: Batch, condition: str) -> None:
        self.given_up.append(([one["kinesis"]["data"] for one in batch.records], condition, batch.tries))

    def deliver(self, *texts: str, alive: int = 99, now: float = 1000.0, **mapping: Any) -> bool:
        left = iter(range(alive))
        delivery = Delivery(
            mapping,
            self.attempt,
            self.give_up,
            goes_on=lambda: next(left, None) is not None,
            sleep=self.pauses.append,
            clock=lambda: now,
        )
        return delivery.run([record(text, number, 1000.0 + number) for number, text in enumerate(texts)])


class TestDelivery:
    def test_success_is_one_call(self) -> None:
        function = Function(set(), set())
        assert function.deliver("a", "b")
        assert (function.calls, function.given_up, function.pauses) == ([["a", "b"]], [], [])

    def test_halves_until_the_bad_record_is_alone(self) -> None:
        function = Function({"bad"}, set())
        assert function.deliver("a", "b", "bad", "c", BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
        assert function.calls == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["bad"], ["c"]]
        assert function.given_up == [(["bad"], "RetryAttemptsExhausted", 4)]
        assert len(function.pauses) == 1

    def test_without_halving_the_whole_batch_is_given_up(self) -> None:
        function = Function({"bad"}, set())
        assert function.deliver("a", "bad", MaximumRetryAttempts=2)
        assert function.calls == [["a", "bad"]] * 3
        assert function.given_up == [(["a", "bad"], "RetryAttemptsExhausted", 3)]
        assert function.pauses == sorted(function.pauses)

    def test_a_report_goes_on_at_its_record(self) -> None:
        function = Function(set(), {"bad"})
        assert function.deliver("a", "bad", "c", BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
        assert function.calls[:2] == [["a", "bad", "c"], ["bad", "c"]]
        assert [texts for texts, *_ in function.given_up] == [["bad", "c"]]

    def test_no_retries_at_all(self) -> None:
        function = Function({"bad"}, set())
        assert function.deliver("bad", MaximumRetryAttempts=0)
        assert (len(function.calls), len(function.given_up)) == (1, 1)

    def test_for_ever_means_until_the_mapping_goes(self) -> None:
        function = Function({"bad"}, set())
        assert not function.deliver("bad", alive=7, MaximumRetryAttempts=-1)
        assert (len(function.calls), function.given_up) == (7, [])

    def test_old_records_are_given_up_untried(self) -> None:
        function = Function(set(), set())
        assert function.deliver("old", "older", "young", now=1062.0, MaximumRecordAgeInSeconds=60)
        assert function.calls == [["young"]]
        assert function.given_up == [(["old", "older"], "MaxRecordAgeExceeded", 0)]

    def test_a_record_of_which_nothing_is_left_is_no_call(self) -> None:
        function = Function(set(), set())
        assert function.deliver("old", now=9999.0, MaximumRecordAgeInSeconds=60)
        assert function.calls == []


class TestAnswers:
    RECORDS = (record("a", 10), record("b", 11))

    @pytest.mark.parametrize(
        ("result", "expected"),
        [
            ({"body": None}, None),
            ({"body": '{"batchItemFailures": []}'}, None),
            ({"body": {"batchItemFailures": [{"itemIdentifier": "11"}]}}, (1, False)),
            ({"body": {"batchItemFailures": [{"itemIdentifier": "11"}, {"itemIdentifier": "10"}]}}, (0, False)),
            ({"body": {"batchItemFailures": [{"itemIdentifier": "12"}]}}, (0, False)),
            ({"body": {"batchItemFailures": [{"itemIdentifier": ""}]}}, (0, False)),
            ({"error": True, "body": {}}, (0, True)),
            ({"throttle": True}, (0, False)),
        ],
        ids=str,
    )
    def test_what_an_answer_says(self, result: dict[str, Any], expected: Any) -> None:
        assert failure_of(result, list(self.RECORDS), reports=True) == expected

    def test_reports_count_only_where_they_were_asked_for(self) -> None:
        answer = {"body": {"batchItemFailures": [{"itemIdentifier": "11"}]}}
        assert failure_of(answer, list(self.RECORDS), reports=False) is None


class TestSource:
    def stream(self, cloud: Cloud) -> tuple[str, str]:
        kinesis, name = cloud.client("kinesis"), cloud.name("stream")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        arn = until(
            lambda: (
                found["StreamARN"]
                if (found := kinesis.describe_stream(StreamName=name)["StreamDescription"])["StreamStatus"] == "ACTIVE"
                else None
            )
        )
        return name, arn

    def reader(self, cloud: Cloud, stream: str, dead: str = "", **mapping: Any) -> tuple[str, str]:
        statements = [allow(action, stream) for action in READ]
        if dead:
            statements.append(allow("sqs:SendMessage", dead))
        role = cloud.role(*statements, allow("logs:*", "*"), service="lambda.amazonaws.com")
        function = cloud.function(READER, Role=role)
        more = {"DestinationConfig": {"OnFailure": {"Destination": dead}}} if dead else {}
        found = cloud.client("lambda").create_event_source_mapping(
            FunctionName=function, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", **more, **mapping
        )
        return function, found["UUID"]

    def put(self, cloud: Cloud, name: str, *texts: str) -> list[str]:
        records = [{"Data": text.encode(), "PartitionKey": "one"} for text in texts]
        answer = cloud.client("kinesis").put_records(StreamName=name, Records=records)
        return [one["SequenceNumber"] for one in answer["Records"]]

    def batches(self, cloud: Cloud, function: str) -> list[list[str]]:
        logs, group = cloud.client("logs"), f"/aws/lambda/{function.split(':')[6]}"
        try:
            found = logs.filter_log_events(logGroupName=group, filterPattern="BATCH")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(event["message"].partition("BATCH ")[2]) for event in found if "BATCH " in event["message"]]

    def test_one_bad_record_costs_no_other(self, cloud: Cloud) -> None:
        (name, stream), (dead_url, dead) = self.stream(cloud), cloud.queue()
        numbers = self.put(cloud, name, "a", "b", "raise", "c")
        function, _ = self.reader(cloud, stream, dead, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
        letter = json.loads(cloud.received(dead_url)[0]["Body"])
        info = letter["KinesisBatchInfo"]
        assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == (numbers[2],) * 2 + (1,)
        assert (info["streamArn"], info["shardId"]) == (stream, "shardId-000000000000")
        assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
        self.put(cloud, name, "later")
        until(lambda: ["later"] in self.batches(cloud, function), 20)
        assert ["c"] in self.batches(cloud, function)

    def test_a_reported_record_is_tried_again_and_given_up(self, cloud: Cloud) -> None:
        (name, stream), (dead_url, dead) = self.stream(cloud), cloud.queue()
        numbers = self.put(cloud, name, "a", "report", "c")
        function, _ = self.reader(
            cloud, stream, dead, MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        info = json.loads(cloud.received(dead_url)[0]["Body"])["KinesisBatchInfo"]
        assert (info["startSequenceNumber"], info["endSequenceNumber"]) == (numbers[1], numbers[2])
        assert not info["startSequenceNumber"].startswith("0"), "a client can ask for the records that were given up"
        assert self.batches(cloud, function)[:2] == [["a", "report", "c"], ["report", "c"]]

    def test_the_role_must_be_allowed_to_read_the_stream(self, cloud: Cloud) -> None:
        name, stream = self.stream(cloud)
        function, mapping = self.reader(cloud, stream)
        client = cloud.client("lambda")
        cloud.revoke(client.get_function_configuration(FunctionName=function)["Role"])
        self.put(cloud, name, "a")
        until(lambda: "FAILED" in client.get_event_source_mapping(UUID=mapping)["LastProcessingResult"], 20)
        assert self.batches(cloud, function) == []
        client.delete_event_source_mapping(UUID=mapping)

    def test_a_slow_function_delays_no_queue(self, cloud: Cloud) -> None:
        name, stream = self.stream(cloud)
        self.put(cloud, name, "slow")
        function, _ = self.reader(cloud, stream)
        until(lambda: ["slow"] in self.batches(cloud, function) or self.ages(cloud, function), 20)
        (url, queue), (_, _) = cloud.queue(), cloud.queue()
        actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        role = cloud.role(*(allow(action, queue) for action in actions), service="lambda.amazonaws.com")
        consumer = cloud.function("def handler(event, context):\n    print('SEEN')\n", Role=role, Timeout=5)
        cloud.client("lambda").create_event_source_mapping(FunctionName=consumer, EventSourceArn=queue)
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="m")
        logs = cloud.client("logs")

        def seen() -> bool:
            try:
                group = f"/aws/lambda/{consumer.split(':')[6]}"
                return bool(logs.filter_log_events(logGroupName=group, filterPattern="SEEN")["events"])
            except logs.exceptions.ResourceNotFoundException:
                return False

        until(seen, 20)
        assert ["slow"] not in self.batches(cloud, function), "the queue was served while the stream's reader slept"

    def ages(self, cloud: Cloud, function: str) -> list[Any]:
        dimensions = [{"Name": "FunctionName", "Value": function.split(":")[6]}]
        found = cloud.client("cloudwatch").list_metrics(
            Namespace="AWS/Lambda", MetricName="IteratorAge", Dimensions=dimensions
        )
        return list(found["Metrics"])
