"""What an operator reads while a redrive lasts and when it is over; dead letters that go where they were going."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import boto3
import moto
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from operate.clients import Target
from operate.errors import OperateError
from operate.redrive import dead_letters, pipelines

FUNCTION = "millrace-Redrive-1"
REGION = "us-east-1"
ACCOUNT = "123456789012"


class Cloud:
    """moto's queues, and a Lambda whose requests and answers are checked against botocore's model."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.functions = boto3.client("lambda", region_name=REGION)
        self.kinesis = boto3.client("kinesis", region_name=REGION)
        self.letters = self._queue("LlmDeadLetters")
        self.failed = self._queue("DocumentsFailedQueue")
        arn = self._arn(self.letters)
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        self.source = self._queue("ModelLogsQueue", RedrivePolicy=policy, VisibilityTimeout="0")
        self.outputs: dict[str, str] = {}

    def _queue(self, name: str, **attributes: str) -> str:
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def _arn(self, url: str) -> str:
        return str(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])

    def bodies(self, url: str) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "t")
    with moto.mock_aws():
        found = Cloud()
        clients = {"sqs": found.sqs, "lambda": found.functions, "kinesis": found.kinesis}
        monkeypatch.setattr(Target, "client", lambda _self, service: clients[service])
        monkeypatch.setattr(Target, "outputs", lambda _self: found.outputs)
        yield found


def answer(payload: Any, **more: Any) -> dict[str, Any]:
    body = json.dumps(payload).encode()
    return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body)), **more}


def result(started: int = 0, running: int = 0, *refused: dict[str, Any]) -> dict[str, Any]:
    return answer({"started": started, "running": running, "refused": list(refused)})


def wish(most: int) -> dict[str, Any]:
    return {"FunctionName": FUNCTION, "Payload": json.dumps({"most": most}).encode()}


class TestExecutions:
    @pytest.fixture(autouse=True)
    def documents(self, cloud):
        cloud.outputs |= {"DocumentsRedriveFailedName": FUNCTION, "DocumentsFailedQueueUrl": cloud.failed}

    def lines(self, most: int = 1000) -> list[str]:
        return list(pipelines.command(Target(), "documents", most))

    def test_it_goes_on_until_nothing_comes_and_tells_how_far_it_is(self, cloud):
        with Stubber(cloud.functions) as stub:
            for found in (result(50), result(7, 2), result()):
                stub.add_response("invoke", found, wish(50))
            assert self.lines() == [
                "50 started again, 0 run or are done already",
                "7 started again, 2 run or are done already",
                "nothing is left",
            ]
            stub.assert_no_pending_responses()

    def test_no_more_are_taken_than_were_asked_for(self, cloud):
        with Stubber(cloud.functions) as stub:
            stub.add_response("invoke", result(5), wish(5))
            self.lines(5)
            stub.assert_no_pending_responses()

    def test_what_stays_is_told_by_reason(self, cloud):
        for number in range(4):
            cloud.sqs.send_message(QueueUrl=cloud.failed, MessageBody=str(number))
        refused = [{"execution": f"arn:{number}", "reason": "closed"} for number in range(2)]
        refused.append({"execution": None, "reason": "no event"})
        with Stubber(cloud.functions) as stub:
            stub.add_response("invoke", result(1, 0, *refused), wish(50))
            stub.add_response("invoke", result(), wish(50))
            lines = self.lines()
        assert lines[:3] == [
            "stays in the queue: arn:0: closed",
            "stays in the queue: arn:1: closed",
            "stays in the queue: a message: no event",
        ]
        assert lines[-4:-2] == ["left: 4", "     2  closed"]
        assert "     1  not looked at yet" in lines[-1]

    def test_a_function_that_fails_says_its_own_sentence(self, cloud):
        error = {"errorType": "MissingSetting", "errorMessage": "Set FAILED_QUEUE in template.yaml."}
        with Stubber(cloud.functions) as stub:
            stub.add_response("invoke", answer(error, FunctionError="Unhandled"), wish(50))
            with pytest.raises(OperateError, match="MissingSetting: Set FAILED_QUEUE"):
                self.lines()


@pytest.mark.parametrize(("pipeline", "sentence"), [("images", "no pipeline 'images'"), ("trips", "resend --failed")])
def test_a_pipeline_without_anything_to_redrive_is_one_sentence(cloud, pipeline, sentence):
    with pytest.raises(OperateError, match=sentence):
        list(pipelines.command(Target(), pipeline, 10))


class TestDeadLetters:
    @pytest.fixture(autouse=True)
    def llm(self, cloud):
        cloud.outputs["LlmDeadLettersUrl"] = cloud.letters

    def letter(self, cloud: Cloud, body: Any, **attributes: str) -> None:
        said = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        text = body if isinstance(body, str) else json.dumps(body)
        cloud.sqs.send_message(QueueUrl=cloud.letters, MessageBody=text, MessageAttributes=said)

    def lines(self, most: int = 100) -> list[str]:
        return list(pipelines.command(Target(), "llm", most))

    def test_what_a_queue_gave_up_goes_back_to_it_with_its_attributes(self, cloud):
        attribute = {"trace": {"DataType": "String", "StringValue": "7"}}
        cloud.sqs.send_message(QueueUrl=cloud.source, MessageBody="a log", MessageAttributes=attribute)
        for _ in range(2):
            cloud.sqs.receive_message(QueueUrl=cloud.source)
        assert dead_letters.depth(Target(), cloud.letters) == 1
        lines = self.lines()
        assert lines[0] == "1 dead letter sent on, 0 stay"
        assert lines[-1] == "nothing is left"
        (back,) = cloud.sqs.receive_message(QueueUrl=cloud.source, MessageAttributeNames=["All"])["Messages"]
        assert (back["Body"], back["MessageAttributes"]["trace"]["StringValue"]) == ("a log", "7")
        assert dead_letters.depth(Target(), cloud.letters) == 0

    def test_an_event_that_a_function_never_took_is_given_to_it_again(self, cloud):
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Canary:live"
        self.letter(cloud, {"requestContext": {"functionArn": arn}, "requestPayload": {"round": 1}})
        given = {"FunctionName": arn, "InvocationType": "Event", "Payload": b'{"round": 1}'}
        with Stubber(cloud.functions) as stub:
            stub.add_response("invoke", {"StatusCode": 202}, given)
            assert "     1  to Canary:live" in self.lines()
            stub.assert_no_pending_responses()
        assert dead_letters.depth(Target(), cloud.letters) == 0

    def test_what_a_rule_could_not_deliver_goes_to_its_target(self, cloud):
        self.letter(cloud, {"detail": 1}, TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:ModelLogsQueue", RULE_ARN="x")
        self.lines()
        assert cloud.bodies(cloud.source) == ['{"detail": 1}']

    def test_records_of_a_stream_are_put_on_it_again(self, cloud):
        cloud.kinesis.create_stream(StreamName="completions", ShardCount=1)
        described = cloud.kinesis.describe_stream(StreamName="completions")["StreamDescription"]
        put = [
            cloud.kinesis.put_record(StreamName="completions", Data=data, PartitionKey="k")["SequenceNumber"]
            for data in (b"before", b"one", b"two", b"after")
        ]
        batch = {
            "shardId": described["Shards"][0]["ShardId"],
            "startSequenceNumber": put[1],
            "endSequenceNumber": put[2],
            "batchSize": 2,
            "streamArn": described["StreamARN"],
        }
        self.letter(cloud, {"KinesisBatchInfo": batch})
        self.lines()
        assert self.records(cloud, batch) == [b"before", b"one", b"two", b"after", b"one", b"two"]

    def test_records_that_the_stream_has_no_more_stay_by_name(self, cloud):
        cloud.kinesis.create_stream(StreamName="completions", ShardCount=1)
        described = cloud.kinesis.describe_stream(StreamName="completions")["StreamDescription"]
        number = cloud.kinesis.put_record(StreamName="completions", Data=b"x", PartitionKey="k")["SequenceNumber"]
        batch = {
            "shardId": described["Shards"][0]["ShardId"],
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "batchSize": 9,
            "streamArn": described["StreamARN"],
        }
        self.letter(cloud, {"KinesisBatchInfo": batch})
        assert self.lines()[-1] == "     1  dead letter: the stream has its records no more"
        assert dead_letters.depth(Target(), cloud.letters) == 1

    def test_what_was_not_looked_at_is_left(self, cloud):
        for number in range(5):
            self.letter(cloud, str(number), TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:ModelLogsQueue")
        lines = self.lines(2)
        assert lines[-2] == "left: 3"
        assert lines[-1].startswith("     3  not looked at yet")

    def test_what_a_run_before_has_out_of_sight_is_left(self, cloud):
        self.letter(cloud, "x", TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:Gone")
        assert self.lines()[-2] == "left: 1"
        lines = self.lines()
        assert lines[0] == "left: 1"
        assert "seen again within five minutes" in lines[1]

    @pytest.mark.parametrize(
        "body",
        [
            {"requestPayload": 1, "requestContext": {}},
            {"requestPayload": 1, "requestContext": {"functionArn": 7}},
            {"KinesisBatchInfo": {"shardId": "s"}},
            {"KinesisBatchInfo": None},
        ],
    )
    def test_what_is_of_no_known_form_stays_and_holds_up_no_other(self, cloud, body):
        self.letter(cloud, body)
        self.letter(cloud, "x", TARGET_ARN="nowhere")
        self.letter(cloud, "y", TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:ModelLogsQueue")
        assert self.lines()[-2:] == [
            "left: 2",
            "     2  dead letter: it does not say where it was going as AWS says it; send it there by hand",
        ]
        assert cloud.bodies(cloud.source) == ["y"]

    def test_what_cannot_be_sent_stays_and_holds_up_no_other(self, cloud):
        self.letter(cloud, "x", TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:Gone")
        self.letter(cloud, "y", TARGET_ARN=f"arn:aws:sqs:{REGION}:{ACCOUNT}:ModelLogsQueue")
        lines = self.lines()
        assert lines[0] == "1 dead letter sent on, 1 stay"
        assert "left: 1" in lines
        assert cloud.bodies(cloud.source) == ["y"]

    def records(self, cloud: Cloud, batch: dict[str, Any]) -> list[bytes]:
        where = SimpleNamespace(**batch)
        start = cloud.kinesis.get_shard_iterator(
            StreamName="completions", ShardId=where.shardId, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return [record["Data"] for record in cloud.kinesis.get_records(ShardIterator=start)["Records"]]
