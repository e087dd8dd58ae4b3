"""Queues that tests put behind the application's own doors: its events on the bus, its alarms on the topic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from tests.e2e.stacks import Stack
from tests.e2e.waiting import DEADLINE, eventually

SOURCE = "millrace.narration"


class Mailbox:
    """Everything that arrived in a queue, as parsed JSON in the order of arrival."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self._url = sqs, url
        self.letters: list[dict[str, Any]] = []

    def collect(self) -> list[dict[str, Any]]:
        """Take what has arrived since; all letters so far."""
        while True:
            received = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
            for message in received:
                self.letters.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            if not received:
                return self.letters

    def wait_for(self, what: str, wanted: Any, deadline: float = DEADLINE) -> dict[str, Any]:
        """The first letter for which ``wanted(letter)`` is true."""
        return eventually(lambda: next(filter(wanted, self.collect()), None), what, deadline)

    def wait_for_alarm(self, name: str, deadline: float) -> dict[str, Any]:
        """The letter with which an alarm goes off; another tells when it is over."""

        def rings(letter: Mapping[str, Any]) -> bool:
            return (letter.get("AlarmName"), letter.get("NewStateValue")) == (name, "ALARM")

        return self.wait_for(f"word of {name}", rings, deadline)


class Events:
    """The application's events, as any subscriber of the bus gets them."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    def wait_for(self, kind: str, **members: Any) -> dict[str, Any]:
        """The detail of the first event of that type whose detail has these members."""

        def fits(event: Mapping[str, Any]) -> bool:
            return event["detail-type"] == kind and members.items() <= event["detail"].items()

        detail: dict[str, Any] = self._box.wait_for(f"{kind} with {members}", fits)["detail"]
        return detail

    def seen(self, **members: Any) -> list[tuple[str, dict[str, Any]]]:
        """Type and detail of the events that have come so far and have these members."""
        found = [(event["detail-type"], event["detail"]) for event in self._box.collect()]
        return [(kind, detail) for kind, detail in found if members.items() <= detail.items()]


@contextmanager
def listening(stack: Stack, source: str = SOURCE) -> Iterator[Events]:
    """Listens to one of the application's pipelines on the default bus."""
    events = stack.client("events")
    rule = f"e2e-{uuid4().hex[:12]}"
    arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    with _queue(stack, "events.amazonaws.com", arn) as (url, queue_arn):
        events.put_targets(Rule=rule, Targets=[{"Id": "test", "Arn": queue_arn}])
        try:
            yield Events(Mailbox(stack.client("sqs"), url))
        finally:
            events.remove_targets(Rule=rule, Ids=["test"])
            events.delete_rule(Name=rule)


@contextmanager
def subscribed(stack: Stack, topic_arn: str) -> Iterator[Mailbox]:
    """A queue subscribed to a topic; letters are the published messages themselves."""
    sns = stack.client("sns")
    with _queue(stack, "sns.amazonaws.com", topic_arn) as (url, queue_arn):
        subscription = sns.subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=queue_arn,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        try:
            yield Mailbox(stack.client("sqs"), url)
        finally:
            sns.unsubscribe(SubscriptionArn=subscription)


@contextmanager
def _queue(stack: Stack, service: str, source_arn: str) -> Iterator[tuple[str, str]]:
    """A queue into which ``service`` may send for ``source_arn``: its address and ARN."""
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName=f"e2e-{uuid4().hex[:12]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    try:
        yield url, arn
    finally:
        sqs.delete_queue(QueueUrl=url)
