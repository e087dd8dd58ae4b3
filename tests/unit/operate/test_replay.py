"""What ``operate replay narration`` asks of NarrationPlan, and what it sends."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.executions import digest
from narration.model import Pointer
from narration.publishing import keys, pointers
from operate import cli
from operate.clients import Target
from operate.replay import articles
from operate.replay.asking import Unfinished
from operate.spending import accounts

PRICE = {"characters": 10, "requested": 30, "voice": "Vicki", "engine": "neural", "fallback": None, "same": False}
OUTPUTS = {"AudioBucketName": "audio", "NarrationPlanName": "plan", "ArticlesTopicArn": "articles"}


class Plan:
    """NarrationPlan, as Lambda answers for it. ``says``: by the voice that is asked for."""

    def __init__(self) -> None:
        self.says: dict[str | None, dict[str, Any]] = {}
        self.failed = False

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        asked = json.loads(json.loads(Payload)["estimate"])
        answer = {"Payload": io.BytesIO(json.dumps(self.says.get(asked.get("voice"), PRICE)).encode())}
        return answer | ({"FunctionError": "Unhandled"} if self.failed else {})


class Topic:
    def __init__(self) -> None:
        self.sent: list[str] = []

    def publish(self, TopicArn: str, Message: str) -> None:  # noqa: N803
        self.sent.append(Message)


@pytest.fixture
def stack(monkeypatch):
    """The clients of a stack in which the article ``a`` is published."""
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        clients = {"s3": boto3.client("s3", region_name="us-east-1"), "lambda": Plan(), "sns": Topic()}
        clients["s3"].create_bucket(Bucket="audio")
        monkeypatch.setattr(Target, "client", lambda _self, service: clients[service])
        monkeypatch.setattr(Target, "output", lambda _self, name, _instead: OUTPUTS[name])
        monkeypatch.setattr(accounts, "show", lambda *_: iter(()))
        publish(clients["s3"], json.dumps({"id": "a", "version": 1}))
        yield clients


def publish(s3: Any, message: str) -> None:
    """Keeps it as NarrationStart does, and points at it."""
    key = keys.message(digest(message.encode()))
    s3.put_object(Bucket="audio", Key=key, Body=message.encode())
    pointer = Pointer("a", 1, "published", "e" * 64, key)
    s3.put_object(Bucket="audio", Key=keys.pointer("a"), Body=pointers.dump(pointer))


def replay(**wish: Any) -> list[str]:
    """Nothing comes back from a topic that only listens: what was sent has not ended."""
    said = []
    with pytest.raises(Unfinished) if wish.pop("unfinished", True) else nullcontext():
        for line in articles.command(Target(), articles.Wish(("a",), yes=True, seconds=0, **wish)):
            said.append(line)
    return said


@pytest.mark.parametrize("wish", [{}, {"voice": "Daniel"}])
def test_sent_twice_before_it_is_published_it_is_one_message(stack, wish):
    """NarrationStart names the execution after the bytes."""
    assert "1 sent" in replay(**wish)
    assert "1 sent" in replay(**wish)
    first, second = stack["sns"].sent
    assert first == second


@pytest.mark.parametrize("wish", [{}, {"voice": "Daniel"}])
def test_once_it_is_published_it_is_not_sent_again(stack, wish):
    replay(**wish)
    publish(stack["s3"], stack["sns"].sent[0])
    stack["lambda"].says = {wish.get("voice"): PRICE | {"same": True}}
    assert replay(**wish, unfinished=False) == ["1 published, 1 of them speak so already, 0 to send"]
    assert len(stack["sns"].sent) == 1


def test_without_a_voice_it_is_sent_where_parameters_or_rules_are_others_by_now(stack):
    replay()
    publish(stack["s3"], stack["sns"].sent[0])
    assert "1 published, 0 of them speak so already, 1 to send" in replay()
    assert len(set(stack["sns"].sent)) == 2


def test_what_plan_refuses_is_said_and_not_sent(stack):
    stack["lambda"].says = {"Nobody": {"refused": "UnknownVoice", "sentence": "Polly has no voice 'Nobody' here."}}
    said = replay(voice="Nobody")
    assert said[0] == "a cannot be sent: UnknownVoice: Polly has no voice 'Nobody' here."
    assert said[-1] == "0 worked, 1 failed, 0 left: 1 not sent"
    assert stack["sns"].sent == []


def test_what_plan_refuses_is_a_failure_of_the_command(stack, capsys):
    stack["lambda"].says = {"Nobody": {"refused": "UnknownVoice", "sentence": "Polly has no voice 'Nobody' here."}}
    assert cli.main(["replay", "narration", "a", "--voice", "Nobody", "--yes"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "0 worked, 1 failed, 0 left: 1 not sent"
    assert said.err.startswith("error: 1 failed. Mend what is said above")


def test_who_stops_at_the_question_has_sent_nothing(stack, capsys, monkeypatch):
    def interrupted(_question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert cli.main(["replay", "narration", "a"]) == 130
    assert "nothing was done" in capsys.readouterr().err
    assert stack["sns"].sent == []


def test_a_plan_that_breaks_is_said_and_nothing_is_sent(stack):
    stack["lambda"].says = {None: {"errorType": "ClientError", "errorMessage": "AccessDenied"}}
    stack["lambda"].failed = True
    assert replay()[0] == "a cannot be sent: ClientError: AccessDenied"
    assert stack["sns"].sent == []
