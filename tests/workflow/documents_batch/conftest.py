"""The documents pipeline alone on a local cloud, whose machine for one document can be put on strings."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.workflow.operator import Operator

Definition = dict[str, Any]
PIPELINE = ROOT / "pipelines" / "documents.yaml"


def scripted(**outcomes: str) -> Definition:
    """A machine that gives each key the outcome whose name the key contains: Broken fails, Slow waits."""

    def ends(outcome: str) -> Definition:
        if outcome == "fail":
            return {"Type": "Fail", "Error": "Broken", "Cause": 'said "Error": "Other"'}
        if outcome == "wait":
            return {"Type": "Wait", "Seconds": 600, "End": True}
        error = {"error": "BrokenDocument"} if outcome == "rejected" else {}
        key = "{% $states.input.detail.object.key %}"
        return {"Type": "Succeed", "Output": {"outcome": outcome, "key": key, **error}}

    choices = [
        {"Condition": f"{{% $contains($states.input.detail.object.key, '{part}') %}}", "Next": part}
        for part in outcomes
    ]
    states = {part: ends(outcome) for part, outcome in outcomes.items()}
    first = {"Type": "Choice", "Choices": choices, "Default": "Done"} if choices else {"Type": "Pass", "Next": "Done"}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Look",
        "States": {"Look": first, **states, "Done": ends("summarized")},
    }


class Batches:
    """Starts batches and looks at what they leave."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.states, self.s3 = cloud.client("stepfunctions"), cloud.client("s3")
        self.inbox, self.summaries = cloud.outputs["InboxBucketName"], cloud.outputs["SummariesBucketName"]
        self.batch_machine = cloud.outputs["SummarizeBatchArn"]
        self.document_machine = cloud.outputs["SummarizeDocumentArn"]

    @contextmanager
    def played_by(self, definition: Definition) -> Iterator[None]:
        """Another machine for one document, under the same name."""
        real = self.states.describe_state_machine(stateMachineArn=self.document_machine)["definition"]
        self._define(json.dumps(definition))
        try:
            yield
        finally:
            self._define(real)

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Waits between two tries take next to no time."""
        states = Operator(self.cloud)
        states.scale_waits(0.001)
        try:
            yield
        finally:
            states.scale_waits(1)

    def _define(self, definition: str) -> None:
        self.states.update_state_machine(stateMachineArn=self.document_machine, definition=definition)

    def upload(self, *keys: str, body: bytes = b"A note.") -> None:
        for key in keys:
            self.s3.put_object(Bucket=self.inbox, Key=key, Body=body)

    def keep(self, key: str, body: bytes) -> str:
        """An object of the summaries bucket, by its address."""
        self.s3.put_object(Bucket=self.summaries, Key=key, Body=body)
        return f"s3://{self.summaries}/{key}"

    def start(self, request: Any, name: str | None = None) -> str:
        name = name or f"batch-{uuid4().hex[:12]}"
        payload = json.dumps(request)
        answer = self.states.start_execution(stateMachineArn=self.batch_machine, name=name, input=payload)
        return str(answer["executionArn"])

    def ended(self, execution: str, seconds: float = 120) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while (found := self.states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < end, f"{execution} has not ended within {seconds} s"
            time.sleep(0.05)
        return dict(found)

    def run(self, request: Any) -> dict[str, Any]:
        """The output of a batch that has to succeed."""
        found = self.ended(self.start(request))
        assert found["status"] == "SUCCEEDED", (found.get("error"), found.get("cause"))
        return dict(json.loads(found["output"]))

    def counts(self, request: Any) -> dict[str, int]:
        """Its counts without zeros."""
        return {name: count for name, count in self.run(request)["counts"].items() if count}

    def lines(self, key: str) -> list[dict[str, str]]:
        body = self.s3.get_object(Bucket=self.summaries, Key=key)["Body"].read().decode()
        return [json.loads(line) for line in body.split("\n") if line]

    def map_run(self, execution: str) -> dict[str, Any]:
        """What DescribeMapRun says of a batch's map; it must have begun."""
        (run,) = self.states.list_map_runs(executionArn=execution)["mapRuns"]
        return dict(self.states.describe_map_run(mapRunArn=run["mapRunArn"]))


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    running = start_cloud(PIPELINE, parameters={"BatchConcurrency": "30"})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def batches(cloud: Cloud) -> Batches:
    return Batches(cloud)


@pytest.fixture
def prefix() -> str:
    """A folder of the test's own."""
    return f"{uuid4().hex[:12]}/"
