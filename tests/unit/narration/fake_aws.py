"""The AWS that the narration handlers see, in memory, with a hook around every call.

Fakes, not mocks: S3 keeps objects and compares conditions, Step Functions refuses names as AWS does, Polly bills by
the character. ``Hook`` is told before and after each call and may raise or do something else in between, which is
how crashes, duplicates and other articles' steps come between any two calls of a handler.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

Hook = Callable[[str], None]


def refusal(code: str, status: int, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


@dataclass
class FakeObject:
    body: bytes
    etag: str
    metadata: dict[str, str]


@dataclass
class FakeAws:
    """All services of one account. ``hook`` is called with ``<when> <service>.<operation>``."""

    hook: Hook = lambda _: None
    objects: dict[str, FakeObject] = field(default_factory=dict)
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    billed: int = 0
    spoken: list[tuple[str, str]] = field(default_factory=list)
    """Output format and text of every request that Polly billed, in order."""
    polly_error: ClientError | None = None
    lexicons: list[tuple[str, str]] = field(default_factory=list)
    """Name and content of every lexicon that was put, in order."""
    applied: list[list[str]] = field(default_factory=list)
    """The lexicons of every request for speech."""
    lexicon_error: ClientError | None = None
    tokens: dict[str, Any] = field(default_factory=dict)
    """Task tokens: None while somebody waits, then ("success", output) or ("failure", error, cause)."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What was sent to queues."""
    counters: dict[str, int] = field(default_factory=dict)
    """Counters of the table, by key."""
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Other items of the table, by key, as DynamoDB writes them."""

    def client(self, service: str, **_: Any) -> _Client:
        return _Client(self, service)


class _Client:
    def __init__(self, aws: FakeAws, service: str) -> None:
        self._aws = aws
        self._service = service

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        does = getattr(self, f"_{self._service}_{operation}", None)
        if does is None:
            raise AttributeError(f"The fake has no {self._service}.{operation}")

        def call(**arguments: Any) -> Any:
            self._aws.hook(f"before {self._service}.{operation}")
            answer = does(**arguments)
            self._aws.hook(f"after {self._service}.{operation}")
            return answer

        return call

    def get_paginator(self, operation: str) -> _Paginator:
        return _Paginator(getattr(self, operation))

    # S3

    def _s3_get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        found = self._aws.objects.get(Key)
        if found is None:
            raise refusal("NoSuchKey", 404, "GetObject")
        return self._described(found) | {"Body": io.BytesIO(found.body)}

    def _s3_head_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        found = self._aws.objects.get(Key)
        if found is None:
            raise refusal("404", 404, "HeadObject")
        return self._described(found)

    @staticmethod
    def _described(found: FakeObject) -> dict[str, Any]:
        return {"ETag": found.etag, "Metadata": dict(found.metadata), "ContentLength": len(found.body)}

    def _s3_put_object(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: Any,  # noqa: N803
        Metadata: dict[str, str] | None = None,  # noqa: N803
        IfMatch: str | None = None,  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        found = self._aws.objects.get(Key)
        if IfMatch is not None and found is None:
            raise refusal("NoSuchKey", 404, "PutObject")
        if (IfNoneMatch is not None and found is not None) or (IfMatch and found and found.etag != IfMatch):
            raise refusal("PreconditionFailed", 412, "PutObject")
        body = Body if isinstance(Body, bytes) else Body.read()
        # Entity tags here also count the metadata, which is stricter for the code under test than S3's.
        etag = hashlib.md5(body + json.dumps(Metadata or {}).encode(), usedforsecurity=False).hexdigest()
        self._aws.objects[Key] = FakeObject(body, f'"{etag}"', dict(Metadata or {}))
        return {"ETag": f'"{etag}"'}

    def _s3_delete_object(self, Bucket: str, Key: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: N803
        found = self._aws.objects.get(Key)
        if IfMatch and found and found.etag != IfMatch:
            raise refusal("PreconditionFailed", 412, "DeleteObject")
        self._aws.objects.pop(Key, None)
        return {}

    def _s3_list_objects_v2(self, Bucket: str, Prefix: str) -> dict[str, Any]:  # noqa: N803
        there = [(key, found) for key, found in sorted(self._aws.objects.items()) if key.startswith(Prefix)]
        return {"Contents": [{"Key": key, "ETag": found.etag, "Size": len(found.body)} for key, found in there]}

    # Step Functions

    def _stepfunctions_start_execution(self, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        found = self._aws.executions.get(arn)
        if found is not None and not (found["status"] == "RUNNING" and found["input"] == input):
            raise refusal("ExecutionAlreadyExists", 400, "StartExecution")
        self._aws.executions.setdefault(arn, {"status": "RUNNING", "input": input, "name": name})
        return {"executionArn": arn}

    def _stepfunctions_describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return self._aws.executions[executionArn]

    def _answer(self, token: str, operation: str, answer: Any) -> dict[str, Any]:
        if self._aws.tokens.get(token, answer) is not None:
            raise refusal("TaskDoesNotExist", 400, operation)
        self._aws.tokens[token] = answer
        return {}

    def _stepfunctions_send_task_heartbeat(self, taskToken: str) -> dict[str, Any]:  # noqa: N803
        if self._aws.tokens.get(taskToken, "gone") is not None:
            raise refusal("TaskDoesNotExist", 400, "SendTaskHeartbeat")
        return {}

    def _stepfunctions_send_task_success(self, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        return self._answer(taskToken, "SendTaskSuccess", ("success", output))

    def _stepfunctions_send_task_failure(self, taskToken: str, error: str, cause: str) -> dict[str, Any]:  # noqa: N803
        return self._answer(taskToken, "SendTaskFailure", ("failure", error, cause))

    # SQS, DynamoDB

    def _sqs_send_message(self, **message: Any) -> dict[str, Any]:
        self._aws.sent.append(message)
        return {"MessageId": str(len(self._aws.sent))}

    def _dynamodb_update_item(self, **arguments: Any) -> dict[str, Any]:
        """Of ``Table.take``: adds to a counter unless that would pass the room that there is."""
        key, values = arguments["Key"]["pk"]["S"], arguments["ExpressionAttributeValues"]
        held, room = self._aws.counters.get(key, 0), values.get(":room", {"N": "inf"})["N"]
        if held > float(room):
            raise refusal("ConditionalCheckFailedException", 400, "UpdateItem")
        self._aws.counters[key] = held + int(values[":amount"]["N"])
        counter = arguments["ExpressionAttributeNames"]["#counter"]
        return {"Attributes": {counter: {"N": str(self._aws.counters[key])}}}

    def _dynamodb_get_item(self, **arguments: Any) -> dict[str, Any]:
        """A counter of a day's account, or an item that a test has put there as it is."""
        key = arguments["Key"]["pk"]["S"]
        if key in self._aws.items:
            return {"Item": self._aws.items[key]}
        if key not in self._aws.counters:
            return {}
        return {"Item": {"spent": {"N": str(self._aws.counters[key])}, "expires": {"N": "4102444800"}}}

    # EventBridge, Polly

    def _events_put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self._aws.events += [{**entry, "Detail": json.loads(entry["Detail"])} for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{}]}

    def _polly_describe_voices(self, **_: Any) -> dict[str, Any]:
        return {
            "Voices": [
                {"Id": "Daniel", "LanguageCode": "de-DE", "SupportedEngines": ["neural"]},
                {"Id": "Joanna", "LanguageCode": "en-US", "SupportedEngines": ["neural", "standard"]},
                {"Id": "Vicki", "LanguageCode": "de-DE", "SupportedEngines": ["neural", "standard"]},
            ]
        }

    def _polly_put_lexicon(self, Name: str, Content: str) -> dict[str, Any]:  # noqa: N803
        if self._aws.lexicon_error is not None:
            raise self._aws.lexicon_error
        self._aws.lexicons.append((Name, Content))
        return {}

    def _polly_synthesize_speech(
        self,
        Text: str,  # noqa: N803
        OutputFormat: str,  # noqa: N803
        SpeechMarkTypes: list[str] | None = None,  # noqa: N803
        LexiconNames: list[str] | None = None,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        if self._aws.polly_error is not None:
            raise self._aws.polly_error
        if (OutputFormat == "json") != bool(SpeechMarkTypes):
            raise refusal("MarksNotSupportedForFormatException", 400, "SynthesizeSpeech")
        self._aws.billed += len(Text)
        self._aws.applied.append(LexiconNames or [])
        self._aws.spoken.append((OutputFormat, Text))
        said = Text.removeprefix("<speak>").removesuffix("</speak>")
        marks = [{"time": 0, "type": kind, "start": 7, "end": 7, "value": said} for kind in SpeechMarkTypes or ()]
        body = "".join(json.dumps(mark) + "\n" for mark in marks) if marks else Text
        return {"AudioStream": io.BytesIO(body.encode()), "RequestCharacters": len(Text)}


class _Paginator:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def paginate(self, **arguments: Any) -> list[Any]:
        return [self._call(**arguments)]
