"""Manifests put, what comes of them waited for, models asked: by AWS's APIs and the stack's outputs alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from local.demo.account import DONE, PATIENCE, Bucket, Client, DemoError, wait
from operate.questions.calls import Answered, Door

T = TypeVar("T")
PAUSE = 0.3
"""Seconds between two looks."""


@dataclass(frozen=True)
class Ended:
    """What came of a manifest. ``output`` of its execution; ``seconds`` from the manifest to there."""

    output: Mapping[str, Any]
    seconds: float

    @property
    def error(self) -> str:
        return str(self.output.get("error", "")) if self.output.get("outcome") == "refused" else ""


class Desk:
    """One stack: its models bucket, its machine, and the door of its models."""

    def __init__(self, client: Client, outputs: Mapping[str, str], door: Door) -> None:
        self.models = Bucket(client, outputs["ModelsBucketName"])
        self._client, self._machine, self._door = client, outputs["TrainModelArn"], door
        self._prefix = outputs["TrainingPrefix"]

    def put(self, name: str, manifest: bytes) -> float:
        """Puts a manifest; when that was."""
        begun = time.monotonic()
        self.models.put(f"manifests/{name}.json", manifest)
        return begun

    def executions(self) -> set[str]:
        """Of the machine, so far."""
        return {entry["executionArn"] for entry in self._executions()}

    def ended(self, name: str, before: set[str], begun: float) -> Ended:
        """Waits until an execution that is not in ``before`` and has the manifest ``name`` is over. Raises DemoError
        where there is none, or where it failed."""

        def look() -> Ended | None:
            for entry in self._executions():
                if entry["executionArn"] in before or entry["status"] not in DONE:
                    continue
                found = self._client("stepfunctions").describe_execution(executionArn=entry["executionArn"])
                if json.loads(found["input"])["manifest"]["key"] != f"manifests/{name}.json":
                    continue
                return Ended(json.loads(found["output"]), time.monotonic() - begun)
            return None

        return self._waited(look, f"end of the manifest {name}")

    def deployed(self, name: str, before: str | None = None) -> str:
        """Waits until a version other than ``before`` serves; which one. Raises DemoError when none comes."""
        return self._waited(
            lambda: found if (found := self.serving(name)) != before else None, f"new version of the model {name}"
        )

    def serving(self, name: str) -> str | None:
        """The version that the pointer names."""
        pointer = self.models.json(f"pointers/{name}.json")
        return None if pointer is None else pointer["version"]

    def report(self, name: str, version: str) -> Any:
        return self.models.json(f"models/{name}/{version}/report.json")

    def jobs(self) -> int:
        """Training jobs of this stack, of any state."""
        pages = self._client("sagemaker").get_paginator("list_training_jobs").paginate(NameContains=self._prefix)
        return sum(len(page["TrainingJobSummaries"]) for page in pages)

    def waiting(self, name: str, before: str | None) -> str:
        """Waits until a version of a model waits for a person: its package says so. Raises DemoError."""

        def look() -> str | None:
            for package in self._packages(name):
                if package["ModelApprovalStatus"] == "PendingManualApproval":
                    return self._version_of(package["ModelPackageArn"])
            return None

        version = self._waited(look, f"version of {name} that waits for a person")
        if version == before:
            raise DemoError(f"{version} of {name} serves and waits for a person.")
        return version

    def ask(self, name: str, columns: Sequence[str], rides: Sequence[Mapping[str, Any]]) -> Answered:
        """POST /models/{name}/predictions, signed."""
        body = json.dumps([{column: ride[column] for column in columns} for ride in rides]).encode()
        return self._door.post_bytes(f"/models/{name}/predictions", body, "application/json")

    def _executions(self) -> Iterator[Any]:
        pages = self._client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=self._machine)
        for page in pages:
            yield from page["executions"]

    def _packages(self, name: str) -> list[Any]:
        """Of a model that was registered once."""
        found = self._client("sagemaker").list_model_packages(ModelPackageGroupName=f"{self._prefix}-{name}")
        return list(found["ModelPackageSummaryList"])

    def _version_of(self, package: str) -> str:
        described = self._client("sagemaker").describe_model_package(ModelPackageName=package)
        return str(described["CustomerMetadataProperties"]["version"])

    def _waited(self, look: Callable[[], T | None], what: str) -> T:
        """Raises DemoError when it never comes, and at once where an execution has failed."""

        def looked() -> T | None:
            for entry in self._executions():
                if entry["status"] in ("FAILED", "TIMED_OUT"):
                    found = self._client("stepfunctions").describe_execution(executionArn=entry["executionArn"])
                    why = f"{found.get('error')}: {found.get('cause')}"
                    raise DemoError(f"An execution failed before there was a {what}; {why[:500]}")
            return look()

        found = wait(looked, PAUSE)
        if found is None:
            raise DemoError(f"There was no {what} within {PATIENCE} s; see the log above.")
        return found


def desk_of(client: Client, url: str, region: str, outputs: Mapping[str, str]) -> Desk:
    """A desk at the local cloud at ``url``. Raises DemoError where its stack trains nothing."""
    from botocore.credentials import Credentials

    if "PredictUrl" not in outputs:
        raise DemoError("The stack trains nothing; leave UseTraining alone, it is true on this machine.")
    return Desk(
        client, outputs, Door(outputs["PredictUrl"], region, Credentials("test", "test"), port=urlsplit(url).port)
    )
