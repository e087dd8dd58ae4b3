"""One empty local cloud, a lab in it, and switches that go back after each test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud.testing import Cloud, start_cloud
from local.services.sagemaker.training import environment
from tests.local.sagemaker.builders import Lab, allow, switch, until


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """Its programs run under the tests' own Python: none of them needs scikit-learn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.SETTING, sys.executable)
        started = start_cloud(None)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def lab(cloud: Cloud) -> Lab:
    return Lab(cloud)


@pytest.fixture(autouse=True)
def _calm(cloud: Cloud) -> Iterator[None]:
    yield
    for name in ("limits", "events", "calls"):
        switch(cloud, name)


@pytest.fixture
def events(lab: Lab) -> Any:
    """A queue that every event of SageMaker reaches; gives what came of one resource."""
    sqs, bus, name = lab.cloud.client("sqs"), lab.cloud.client("events"), lab.name("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{**allow("sqs:SendMessage", on=arn), "Principal": "*"}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    bus.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    bus.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    came: list[dict[str, Any]] = []

    def look(resource: str, count: int) -> list[dict[str, Any]]:
        def more() -> list[dict[str, Any]]:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            came.extend(json.loads(message["Body"]) for message in answer.get("Messages", ()))
            found = [event for event in came if event["resources"] == [resource]]
            return found if len(found) >= count else []

        found: list[dict[str, Any]] = until(more, f"{count} events of {resource}")
        return found

    yield look
    bus.remove_targets(Rule=name, Ids=["queue"])
    bus.delete_rule(Name=name)
