"""The way from the state machine to Synthesize and back, in memory: asks on the lanes' queues, tokens, answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.unit.narration.fake_aws import FakeAws

QUEUES = {"first": "https://sqs.test/1/lane-first", "next": "https://sqs.test/1/lane-next"}
ENVIRONMENT = {
    "SPEECH_FIRST_QUEUE": QUEUES["first"],
    "SPEECH_NEXT_QUEUE": QUEUES["next"],
    "SPEECH_WORKERS": "12",
    "STATE_TABLE": "state",
    "DAILY_CHARACTERS": "5000000",
}
AT = "2026-11-20T08:30:00.123Z"
Handler = Callable[[dict[str, Any]], Any]


def body(work: dict[str, Any], token: str, **changes: Any) -> dict[str, Any]:
    """An ask as the state machine sends it."""
    return {"schema": 1, "work": work, "token": token, "asked_at": AT, "handed": 0, **changes}


def record(ask: dict[str, Any] | str, lane: str = "next", number: int = 1) -> dict[str, Any]:
    """A message of a lane, as Lambda hands it over."""
    return {
        "messageId": f"m{number}",
        "body": ask if isinstance(ask, str) else json.dumps(ask),
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:lane-{lane}",
        "attributes": {"ApproximateReceiveCount": "1"},
    }


def event(ask: dict[str, Any] | str, lane: str = "next") -> dict[str, Any]:
    return {"Records": [record(ask, lane)]}


def works(planned: dict[str, Any]) -> list[dict[str, Any]]:
    """What Plan's result asks for, a piece of work per range."""
    shared = {name: planned[name] for name in ("edition", "article", "version")}
    return [{**span, **shared} for span in planned["ranges"]]


class NotAnswered(Exception):
    """The message comes back: nobody has answered its token."""


def speak(aws: FakeAws, arguments: dict[str, Any], handler: Handler) -> Any:
    """A task behind a queue: the answer to its token, whoever gives it; errors under the name that they were given.

    What is sent again is received again at once. Raises NotAnswered, and what kills the worker.
    """
    lane = arguments["QueueUrl"].rpartition("-")[2].lower()
    ask = json.dumps(arguments["MessageBody"])
    token = arguments["MessageBody"]["token"]
    aws.tokens.setdefault(token, None)
    while aws.tokens[token] is None:
        before = len(aws.sent)
        if handler(event(ask, lane))["batchItemFailures"]:
            raise NotAnswered
        if aws.tokens[token] is None:
            assert len(aws.sent) == before + 1, "neither answered nor sent again"
            ask = aws.sent[-1]["MessageBody"]
    kind, value, *cause = aws.tokens[token]
    if kind == "failure":
        raise type(value, (Exception,), {})(*cause)
    return json.loads(value)


def speak_all(aws: FakeAws, planned: dict[str, Any], handler: Handler) -> list[Any]:
    """The answers for every range of Plan's result."""
    return [
        speak(aws, {"QueueUrl": "lane-next", "MessageBody": body(work, f"{work['edition']}-{number}")}, handler)
        for number, work in enumerate(works(planned))
    ]
