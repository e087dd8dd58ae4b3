"""What waits in a failed queue is started again, and leaves the queue only when it runs."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from common import aws, redrive
from common.errors import MissingSetting
from documents.handlers import redrive_failed as documents
from knowledge.handlers import redrive_failed as knowledge
from narration.handlers import redrive_failed as narration
from tests.unit.narration.fake_aws import FakeAws

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:narrate"
EXECUTION = MACHINE.replace(":stateMachine:", ":execution:")
WORK = "0123456789abcdef0123456789abcdef01234567"


def failed(name: str, message: str = "inbox/1.json") -> dict[str, Any]:
    """EventBridge's event for an execution that failed (Step Functions guide, "Execution status change events")."""
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": f"{EXECUTION}:{name}",
            "stateMachineArn": MACHINE,
            "name": name,
            "status": "FAILED",
            "input": json.dumps({"message": message}),
            "error": "SpeechUnavailable",
        },
    }


class Patient:
    """moto's SQS without the waiting: a short poll may miss messages on AWS, and moto would really wait."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs

    def receive_message(self, *, WaitTimeSeconds: int, **arguments: Any) -> Any:  # noqa: N803
        assert 1 <= WaitTimeSeconds <= 20
        return self.sqs.receive_message(**arguments)

    def __getattr__(self, operation: str) -> Any:
        return getattr(self.sqs, operation)


class Room:
    """A queue on moto, executions in memory."""

    def __init__(self, fake: FakeAws, queue: str) -> None:
        self.fake, self.queue = fake, queue
        self.sqs = boto3.client("sqs")

    def send(self, *events: dict[str, Any]) -> None:
        for event in events:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(event))
            detail = event["detail"]
            self.fake.executions[detail["executionArn"]] = {"status": detail["status"], "input": detail["input"]}

    def invoke(self, handler: Any = narration.handler, **event: Any) -> dict[str, Any]:
        context: Any = SimpleNamespace(
            function_name="redrive", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="1"
        )
        return dict(handler(event, context))

    def left(self) -> int:
        """Messages in the queue, those in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def running(self) -> set[str]:
        prefix = len(EXECUTION) + 1
        return {arn[prefix:] for arn, found in self.fake.executions.items() if found["status"] == "RUNNING"}


@pytest.fixture
def room(account: None, metrics: None, monkeypatch: pytest.MonkeyPatch) -> Room:
    made = aws.client
    fake = FakeAws()
    queue = boto3.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    monkeypatch.setenv("FAILED_QUEUE", queue)
    clients = {"stepfunctions": fake.client("stepfunctions"), "sqs": Patient(made("sqs"))}
    monkeypatch.setattr(aws, "client", clients.__getitem__)
    return Room(fake, queue)


def test_it_is_started_under_the_next_name_with_its_own_input(room):
    room.send(failed(f"narrate-{WORK}-1", "inbox/7.json"))
    assert room.invoke() == {"started": 1, "running": 0, "refused": []}
    assert room.running() == {f"narrate-{WORK}-2"}
    assert json.loads(room.fake.executions[f"{EXECUTION}:narrate-{WORK}-2"]["input"]) == {"message": "inbox/7.json"}
    assert room.left() == 0


def test_what_a_person_confirmed_for_one_sync_is_not_confirmed_for_a_later_one(room):
    """Days later other documents may have vanished: so the machine asks once more."""
    sync, ask = failed("daily-sync"), failed(f"ask-{WORK}-1", "kept")
    sync["detail"]["input"] = json.dumps({"confirm": 100})
    room.send(sync, ask)
    assert room.invoke(knowledge.handler)["started"] == 2
    given = [json.loads(found["input"]) for found in room.fake.executions.values() if found["status"] == "RUNNING"]
    assert sorted(given, key=str) == sorted([{}, {"message": "kept"}], key=str)


def test_more_than_one_batch(room):
    room.send(*(failed(f"narrate-{number:040x}-1") for number in range(23)))
    assert room.invoke()["started"] == 23
    assert room.left() == 0


def test_as_many_as_were_asked_for(room):
    room.send(*(failed(f"narrate-{number:040x}-1") for number in range(5)))
    assert room.invoke(most=3)["started"] == 3
    assert room.left() == 2


def test_an_empty_queue(room):
    assert room.invoke() == {"started": 0, "running": 0, "refused": []}


def test_the_same_failure_twice_is_one_execution(room):
    """SQS delivers at least once, and EventBridge does too."""
    room.send(failed(f"narrate-{WORK}-1"), failed(f"narrate-{WORK}-1"))
    result = room.invoke()
    assert result["started"] + result["running"] == 2
    assert room.running() == {f"narrate-{WORK}-2"}
    assert room.left() == 0


def test_what_runs_already_under_other_input_is_left_alone(room):
    room.send(failed(f"narrate-{WORK}-1"))
    room.fake.executions[f"{EXECUTION}:narrate-{WORK}-2"] = {"status": "RUNNING", "input": "{}"}
    assert room.invoke() == {"started": 0, "running": 1, "refused": []}
    assert room.left() == 0


def test_what_fails_again_at_once_waits_for_the_next_call(room, monkeypatch):
    """Its own failure comes back into the queue while the call lasts, and must not take the places of others."""
    poison, good = "0" * 40, "1" * 40
    begin = room.fake.client("stepfunctions").start_execution

    def start(**asked: Any) -> Any:
        answer = begin(**asked)
        if poison in asked["name"]:
            room.send(failed(asked["name"]))
        return answer

    states = SimpleNamespace(
        start_execution=start, describe_execution=room.fake.client("stepfunctions").describe_execution
    )
    others = aws.client
    monkeypatch.setattr(aws, "client", lambda name: states if name == "stepfunctions" else others(name))
    room.send(failed(f"narrate-{poison}-1"), failed(f"narrate-{good}-1"))
    result = room.invoke()
    assert (result["started"], room.running()) == (2, {f"narrate-{good}-2"})
    (refused,) = result["refused"]
    assert refused["execution"].endswith(f"narrate-{poison}-2")
    assert "failed again (SpeechUnavailable)" in refused["reason"]
    assert room.left() == 1


def test_an_execution_with_a_name_of_somebodys_own(room):
    """An operator may have started it by hand; its successor has a name that a second redrive finds again."""
    room.send(failed("try-it-out"))
    assert room.invoke()["started"] == 1
    (name,) = room.running()
    assert redrive.NAME.fullmatch(name)["kind"] == "redrive"


def test_one_that_cannot_be_started_stays_and_the_others_go_on(room):
    exhausted = f"narrate-{WORK}-99"
    room.send(failed(exhausted), failed(f"narrate-{'f' * 40}-1"))
    result = room.invoke()
    assert (result["started"], result["running"]) == (1, 0)
    (refused,) = result["refused"]
    assert refused["execution"] == f"{EXECUTION}:{exhausted}"
    assert "has failed 99 times" in refused["reason"]
    assert room.left() == 1


@pytest.mark.parametrize("odd", [{}, {"detail": None}, {"detail": {**failed("x")["detail"], "input": None}}])
def test_what_is_no_failure_event_stays_and_the_others_go_on(room, odd):
    room.sqs.send_message(QueueUrl=room.queue, MessageBody=json.dumps(odd))
    room.send(failed(f"narrate-{WORK}-1"))
    answer = room.invoke()
    assert answer["started"] == 1
    assert [one["execution"] for one in answer["refused"]] == [None]
    assert "by hand" in answer["refused"][0]["reason"]


def test_what_was_started_is_counted(room, capsys):
    room.send(failed(f"narrate-{WORK}-1"))
    room.invoke()
    (blob,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert blob["ExecutionsRedriven"] == [1]
    assert blob["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Millrace/Redrive"


@pytest.mark.parametrize("handler", [narration.handler, documents.handler])
def test_each_pipeline_redrives_its_own_queue(room, monkeypatch, handler):
    room.send(failed(f"narrate-{WORK}-1"))
    assert room.invoke(handler)["started"] == 1
    monkeypatch.delenv("FAILED_QUEUE")
    with pytest.raises(MissingSetting, match="FAILED_QUEUE"):
        room.invoke(handler)
