"""The handlers run one by one: articles brought just before the step that a test wants to watch."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from local.cloud.testing import Cloud
from local.samples import narration, tokens
from local.samples.requests import asks
from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import Newsroom, Sent
from tests.e2e.narration.stories import Story

State = dict[str, Any]


class Steps:
    """Calls functions of the stack directly, as the state machine and the event sources do."""

    def __init__(self, cloud: Cloud, newsroom: Newsroom) -> None:
        self.cloud = cloud
        self.newsroom = newsroom

    def call(self, function: str, event: Any) -> str:
        """Everything that an invocation said: its answer or error, and the end of its log."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event), LogType="Tail"
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        return f"{answer['Payload'].read().decode()}\n{log}"

    def result(self, function: str, event: Any) -> Any:
        """The answer of an invocation that must succeed."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def cold(self, function: str) -> None:
        """The next call of a function starts a process that remembers nothing."""
        functions, name = self.cloud.client("lambda"), self.cloud.physical_id(function)
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "COLD": uuid4().hex}}
        )

    def hurried(self, function: str, seconds: int) -> Callable[[], None]:
        """Gives a function another timeout; call what comes back to give it its own again."""
        functions, name = self.cloud.client("lambda"), self.cloud.physical_id(function)
        own = functions.get_function_configuration(FunctionName=name)["Timeout"]
        functions.update_function_configuration(FunctionName=name, Timeout=seconds)
        return lambda: functions.update_function_configuration(FunctionName=name, Timeout=own)

    # What the functions get

    def keep(self, message: dict[str, Any]) -> State:
        """A message under inbox/, as Start leaves it: the input of Plan."""
        sent = Sent(json.dumps(message))
        self.newsroom.upload(sent.kept_as, sent.body.encode())
        return {"message": sent.kept_as}

    def planned(self, message: dict[str, Any]) -> State:
        state: State = self.result("NarrationPlan", self.keep(message))
        return state

    def spoken(self, message: dict[str, Any]) -> State:
        state = self.planned(message)
        for one in self.asked(state):
            assert self.result("NarrationSynthesize", one) == {"batchItemFailures": []}
        return state

    def asked(self, planned: State) -> list[State]:
        """A message of the lane for each range of Plan's result; for the answer to each somebody waits."""
        queue = self.cloud.physical_id("SpeechNextQueue").rpartition("/")[2]
        return [
            asks.asked(work, tokens.fresh(self.cloud.client)[0], queue, at=asks.AT) for work in narration.works(planned)
        ]

    def merged(self, message: dict[str, Any]) -> State:
        state: State = self.result("NarrationMerge", self.spoken(message))
        return state

    def published(self, message: dict[str, Any]) -> State:
        state = self.merged(message)
        self.result("NarrationPublish", state)
        return state

    def with_sound(self, story: Story) -> dict[str, Any]:
        """An article with a sound that is there."""
        key = f"sounds/{story.id}.wav"
        self.newsroom.upload(key, sound.beep(0.1))
        return story.says("Heard with a sound is", {"kind": "sound", "sound": key})


def batch(*bodies: str) -> State:
    """What Lambda hands over from a queue."""
    record = {
        "receiptHandle": "none",
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
        "awsRegion": "us-east-1",
    }
    return {"Records": [{**record, "messageId": str(number), "body": body} for number, body in enumerate(bodies)]}
