"""One stack through AWS's APIs alone: its buckets, functions and machines, by the names that its templates give."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from local.cloud import stacks
from local.cloud.clients import client
from local.cloud.deploying.deploy import outputs
from local.samples.fill import filled

EVENTS = Path(__file__).resolve().parents[2] / "events"
PATIENCE = 120
"""Seconds until something that has not come counts as lost."""
T = TypeVar("T")


class SeedError(Exception):
    """The samples' needs could not be put where they belong; the message says which and why."""


@dataclass
class Stack:
    """The stack `name` at `url`. One thread each: boto3 makes clients in one thread only."""

    name: str
    url: str
    region: str
    outputs: dict[str, str] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.outputs = self.outputs or outputs(self.url, self.name, self.region)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = client(service, self.url, self.region)
        return self._clients[service]

    def physical_id(self, logical_id: str) -> str:
        return stacks.physical_id(self.client("cloudformation"), self.name, logical_id)

    def sample(self, place: str) -> Any:
        """events/`place`.json, filled in for this stack."""
        return json.loads(filled((EVENTS / f"{place}.json").read_bytes(), self.name, self.url, self.region))

    def invoke(self, logical_id: str, event: Any) -> Any:
        """The function's answer. Raises SeedError where it failed."""
        payload = json.dumps(event).encode()
        answer = self.client("lambda").invoke(FunctionName=self.physical_id(logical_id), Payload=payload)
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise SeedError(f"{logical_id} failed: {result.get('errorMessage', result)}")
        return result

    def run(self, machine: str, name: str, event: Any) -> str | None:
        """Starts an execution and waits for its end; its ARN, or None where one of that name was there before.

        Raises SeedError where it does not succeed.
        """
        states = self.client("stepfunctions")
        try:
            arn = str(
                states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(event))["executionArn"]
            )
        except states.exceptions.ExecutionAlreadyExists:
            return None
        ended = self.ended(arn)
        if ended["status"] != "SUCCEEDED":
            raise SeedError(f"The execution {name} ended as {ended['status']}: {ended.get('cause') or 'no cause'}")
        return arn

    def ended(self, execution: str) -> dict[str, Any]:
        """What Step Functions says of an execution once it is over."""
        states = self.client("stepfunctions")

        def look() -> dict[str, Any] | None:
            found = states.describe_execution(executionArn=execution)
            return dict(found) if found["status"] != "RUNNING" else None

        return wait(look, f"the end of {execution.rpartition(':')[2]}")

    def put(self, output: str, key: str, body: bytes, content_type: str = "application/octet-stream") -> bool:
        """Puts an object into the bucket that an output names; False where one is there already."""
        s3, bucket = self.client("s3"), self.outputs[output]
        if any(True for _ in self.keys(output, key, exactly=True)):
            return False
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)
        return True

    def keys(self, output: str, prefix: str, *, exactly: bool = False) -> Iterator[str]:
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.outputs[output], Prefix=prefix)
        yield from (e["Key"] for page in pages for e in page.get("Contents", []) if not exactly or e["Key"] == prefix)

    def get(self, output: str, key: str) -> bytes:
        return bytes(self.client("s3").get_object(Bucket=self.outputs[output], Key=key)["Body"].read())


def wait(look: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
    """The first answer that is not None. Raises SeedError after so many seconds."""
    end = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > end:
            raise SeedError(f"Waited {seconds} s for {what}, which has not come.")
        time.sleep(0.1)
    return found
