"""A publisher and its listeners: sends article messages and looks at what came of them, through AWS APIs only."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from common.executions import digest
from tests.e2e.mail import Events
from tests.e2e.stacks import Stack
from tests.e2e.waiting import DEADLINE, eventually

NAMESPACE = "Millrace/Narration"
TOGETHER = 10
"""Messages in one PublishBatch, and in one batch of the queue."""

_TEXTS = {"timeline.json", "chapters.vtt", "captions.vtt"}
PUBLIC_KEYS = {"latest.json", "full.mp3", *_TEXTS}
"""Stable keys of a public article, below its folder."""
PREMIUM_KEYS = {"latest.json", "teaser.mp3", *_TEXTS, "members/full.mp3", *(f"members/{name}" for name in _TEXTS)}
"""Stable keys of a premium article."""


@dataclass(frozen=True)
class Sent:
    """A message on its way. The application names its execution after the message's bytes (docs/events.md)."""

    body: str

    @property
    def work(self) -> str:
        return digest(self.body.encode())

    @property
    def kept_as(self) -> str:
        return f"inbox/{self.work}.json"


@dataclass(frozen=True)
class Run:
    """An execution that has ended."""

    arn: str
    status: str
    output: dict[str, Any]
    error: str | None
    cause: str | None


@dataclass(frozen=True)
class Fetched:
    """An object of the audio bucket."""

    body: bytes
    headers: Mapping[str, Any]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Bill:
    """What was spoken meanwhile: new fragments, and where Polly counts, its requests and characters (else None)."""

    fragments: set[str] = field(default_factory=set)
    requests: int | None = None
    characters: int | None = None

    @property
    def empty(self) -> bool:
        return not (self.fragments or self.requests or self.characters)


class Newsroom:
    """The application as its users see it: a topic, a bucket, a state machine, events and metrics."""

    def __init__(self, stack: Stack, events: Events) -> None:
        self.stack = stack
        self.events = events
        self.bucket = stack.outputs["AudioBucketName"]
        self.machine = stack.outputs["NarrateArticleArn"]
        self._opened = datetime.now(UTC)

    # Publishing

    def publish(self, message: Mapping[str, Any] | str) -> Sent:
        """Sends a message (a string as it is) to the articles topic."""
        return self.publish_together([message])[0]

    def publish_together(self, messages: Sequence[Mapping[str, Any] | str]) -> list[Sent]:
        """Sends up to ten messages in one request; they reach the queue together."""
        assert len(messages) <= TOGETHER
        sent = [Sent(one if isinstance(one, str) else json.dumps(one)) for one in messages]
        answer = self.stack.client("sns").publish_batch(
            TopicArn=self.stack.outputs["ArticlesTopicArn"],
            PublishBatchRequestEntries=[{"Id": str(n), "Message": one.body} for n, one in enumerate(sent)],
        )
        assert not answer.get("Failed")
        return sent

    def finish(self, sent: Sent, attempt: int = 1, deadline: float = DEADLINE) -> Run:
        """Waits until the message's execution has ended, however it ended."""
        return self.wait(self.execution_arn(sent, attempt), deadline)

    def wait(self, arn: str, deadline: float = DEADLINE) -> Run:
        """Waits until an execution has begun and ended."""
        return eventually(lambda: self.ended(arn), f"end of {arn}", deadline)

    def narrate(self, message: Mapping[str, Any] | str) -> Run:
        """Publishes a message and waits for its execution, which must succeed."""
        run = self.finish(self.publish(message))
        assert run.status == "SUCCEEDED", f"{run.error}: {run.cause}"
        return run

    def execution_arn(self, sent: Sent, attempt: int = 1) -> str:
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:narrate-{sent.work}-{attempt}"

    def describe(self, arn: str) -> dict[str, Any] | None:
        states = self.stack.client("stepfunctions")
        try:
            found: dict[str, Any] = states.describe_execution(executionArn=arn)
        except states.exceptions.ExecutionDoesNotExist:
            return None
        return found

    def ended(self, arn: str) -> Run | None:
        """An execution's end, None as long as it has not come."""
        found = self.describe(arn)
        if found is None or found["status"] == "RUNNING":
            return None
        output = json.loads(found.get("output") or "{}")
        return Run(arn, found["status"], output, found.get("error"), found.get("cause"))

    def history(self, arn: str) -> list[dict[str, Any]]:
        """All events of an execution, oldest first."""
        pages = self.stack.client("stepfunctions").get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=arn) for event in page["events"]]

    def states(self, arn: str) -> list[str]:
        """Names of the states that an execution entered, in order."""
        events = self.history(arn)
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    # What is there

    def fetch(self, key: str) -> Fetched | None:
        s3 = self.stack.client("s3")
        try:
            answer = s3.get_object(Bucket=self.bucket, Key=key)
        except s3.exceptions.NoSuchKey:
            return None
        return Fetched(answer["Body"].read(), answer)

    def read(self, key: str) -> Fetched:
        """An object that must be there."""
        found = self.fetch(key)
        assert found is not None, f"{key} is not there"
        return found

    def upload(self, key: str, body: bytes) -> None:
        self.stack.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def delete(self, *keys: str) -> None:
        for key in keys:
            self.stack.client("s3").delete_object(Bucket=self.bucket, Key=key)

    def objects(self, prefix: str) -> dict[str, str]:
        """Keys below a prefix, each with its entity tag."""
        pages = self.stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}

    def pointer(self, article: str) -> dict[str, Any] | None:
        found = self.fetch(home(article) + "latest.json")
        return found.json() if found else None

    def stable(self, article: str) -> set[str]:
        """The names of an article's objects, without its editions'."""
        here = home(article)
        return {key.removeprefix(here) for key in self.objects(here) if "/editions/" not in key}

    def plan(self, edition: str) -> Any:
        """The plan document of an edition: fragments with their SSML."""
        return self.read(f"plans/{edition}.json").json()

    # What was counted

    @contextmanager
    def billed(self) -> Iterator[Bill]:
        """Fills in, at the end of the block, what was spoken during it."""
        bill = Bill()
        fragments, usage = self._fragments(), self.stack.usage and self.stack.usage()
        yield bill
        bill.fragments = self._fragments() - fragments
        if self.stack.usage and usage:
            now = self.stack.usage()
            bill.requests = now.requests - usage.requests
            bill.characters = now.characters - usage.characters

    def _fragments(self) -> set[str]:
        return {key[len("fragments/") : -len(".mp3")] for key in self.objects("fragments/") if key.endswith(".mp3")}

    def counted(self, metric: str) -> float:
        """The sum of a metric of the application since this newsroom was opened."""
        data = self.stack.client("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[{"Name": "service", "Value": f"{self.stack.name}-narration"}],
            StartTime=self._opened - timedelta(minutes=2),
            EndTime=datetime.now(UTC) + timedelta(minutes=2),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in data))

    def taken_as_duplicate(self, sent: Sent) -> bool | None:
        """True once Start has said that a message's work was done before; None as long as it has not."""
        lines = (
            self.stack.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.stack.physical_id("NarrationLogs"), startTime=int((time.time() - 900) * 1000))
        )
        for page in lines:
            for event in page["events"]:
                if sent.kept_as in event["message"] and '"duplicate":true' in event["message"].replace(" ", ""):
                    return True
        return None


def home(article: str) -> str:
    """The folder of an article; its id is percent-encoded whole (docs/events.md)."""
    return f"articles/{quote(article, safe='')}/"
