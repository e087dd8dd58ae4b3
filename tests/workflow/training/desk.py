"""Manifests put as people put them, followed to their end; and what a test may do to the stack."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from common.table import Table
from local.cloud.testing import Cloud
from tests.e2e.waiting import eventually
from tests.workflow.training import rows

PATIENCE = 900.0
"""Seconds until what does not come counts as lost. Only a failing test ever waits so long."""
CHANNELS = {"train": (900, 1), "validation": (300, 2), "test": (600, 3)}
"""Rows and seed of each."""


@dataclass(frozen=True)
class Run:
    """One execution: how it ended, and the states it came through."""

    arn: str
    status: str
    output: dict[str, Any]
    error: str
    cause: str
    states: list[str]

    @property
    def version(self) -> str:
        return str(self.output["version"])


class Desk:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.machine, self.bucket = cloud.outputs["TrainModelArn"], cloud.outputs["ModelsBucketName"]

    # What is put

    def put_rows(self, folder: str, *, shuffled: Sequence[str] = (), seed: int = 0) -> None:
        """The three channels below ``datasets/<folder>/``."""
        for channel, (count, own) in CHANNELS.items():
            body = rows.table(count, seed + own, shuffled=channel in shuffled)
            self.put(f"datasets/{folder}/{channel}/rows.csv", body)

    def put(self, key: str, body: bytes) -> dict[str, Any]:
        return dict(self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body))

    def manifest(self, name: str, folder: str = "riders", **more: Any) -> dict[str, Any]:
        channels = [
            {
                "channelName": channel,
                "s3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/datasets/{folder}/{channel}/"},
            }
            for channel in CHANNELS
        ]
        return {
            "schema": 1,
            "name": name,
            "channels": channels,
            "program": "tabular",
            "target": rows.HEADER[-1],
            "positive": rows.POSITIVE,
            "hyperparameters": {"max_iter": 30},
            **more,
        }

    def start(self, manifest: dict[str, Any], key: str = "") -> str:
        """Puts it; the ARN of the execution that comes of it."""
        key = key or f"manifests/{manifest['name']}.json"
        put = self.put(key, json.dumps(manifest).encode())
        wanted = {"key": key, "version_id": put["VersionId"]}
        return eventually(lambda: self._of(wanted), f"execution of {key}", PATIENCE)

    def _of(self, wanted: dict[str, str]) -> str | None:
        states = self.cloud.client("stepfunctions")
        for page in states.get_paginator("list_executions").paginate(stateMachineArn=self.machine):
            for each in page["executions"]:
                found = json.loads(states.describe_execution(executionArn=each["executionArn"])["input"])["manifest"]
                if wanted.items() <= found.items():
                    return str(each["executionArn"])
        return None

    # What comes of it

    def ended(self, arn: str) -> Run:
        states = self.cloud.client("stepfunctions")

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = states.describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        found = eventually(look, f"end of {arn}, which is at {self.states(arn)[-1:]}", PATIENCE)
        output = json.loads(found.get("output") or "{}")
        return Run(arn, found["status"], output, found.get("error", ""), found.get("cause", ""), self.states(arn))

    def trained(self, manifest: dict[str, Any]) -> Run:
        return self.ended(self.start(manifest))

    def at(self, arn: str, state: str) -> None:
        """Waits until the execution has come to a state."""
        eventually(lambda: state in self.states(arn) or None, f"{state} of {arn}", PATIENCE)

    def states(self, arn: str) -> list[str]:
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events(arn)
            if "stateEnteredEventDetails" in event
        ]

    def events(self, arn: str) -> list[dict[str, Any]]:
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def read(self, key: str) -> dict[str, Any] | None:
        s3 = self.cloud.client("s3")
        if not s3.list_objects_v2(Bucket=self.bucket, Prefix=key).get("Contents"):
            return None
        return dict(json.loads(s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()))

    def serving(self, name: str) -> str | None:
        """The version that the pointer names."""
        return (self.read(f"pointers/{name}.json") or {}).get("version")

    def rejected(self, run: Run) -> dict[str, Any]:
        found = self.read(run.output["rejected"])
        assert found is not None
        return found

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """Training jobs of a model, the newest first."""
        jobs = self.cloud.client("sagemaker").list_training_jobs(NameContains=f"-{name}-", MaxResults=100)
        return list(jobs["TrainingJobSummaries"])

    def endpoints(self, name: str) -> list[str]:
        found = self.cloud.client("sagemaker").list_endpoints(NameContains=f"-{name}-", MaxResults=100)["Endpoints"]
        return [str(each["EndpointName"]) for each in found if each["EndpointStatus"] != "Deleting"]

    def packages(self, name: str) -> list[str]:
        """ARNs of what is registered of a model."""
        group = f"{self.cloud.outputs['TrainingPrefix']}-{name}"
        found = self.cloud.client("sagemaker").list_model_packages(ModelPackageGroupName=group)
        return [str(each["ModelPackageArn"]) for each in found["ModelPackageSummaryList"]]

    def spent(self) -> int:
        """Training jobs of today's account."""
        items = self.cloud.client("dynamodb").scan(TableName=self.cloud.outputs["StateTableName"])["Items"]
        marked = [item for item in items if item["pk"]["S"].startswith("spending#training#training-jobs#")]
        return sum(int(item["spent"]["N"]) for item in marked if "spent" in item)

    # The stack

    def scale_waits(self, scale: float) -> None:
        self._local("POST", "/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": scale})

    def sagemaker_answers(self, error: str, operation: str, times: int) -> None:
        self._local("POST", "/_local/sagemaker/calls", {"error": error, "operation": operation, "times": times})

    def jobs_at_once(self, most: int) -> None:
        self._local("POST", "/_local/sagemaker/limits", {"jobs": most})

    def all_is_well(self) -> None:
        for switch in ("calls", "limits"):
            self._local("DELETE", f"/_local/sagemaker/{switch}", None)

    @contextmanager
    def forbidden(self, role: str, *actions: str, resource: str = "*") -> Iterator[None]:
        """A role may not do this; a denial outweighs whatever its policies allow."""
        roles, name = self.cloud.client("iam"), self.cloud.physical_id(role)
        statement = {"Effect": "Deny", "Action": list(actions), "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        roles.put_role_policy(RoleName=name, PolicyName="forbidden", PolicyDocument=policy)
        try:
            yield
        finally:
            roles.delete_role_policy(RoleName=name, PolicyName="forbidden")

    @contextmanager
    def acting_as(self, role: str) -> Iterator[Callable[[str], Any]]:
        """Clients that sign with a role, which trusts the account for as long."""
        roles, name = self.cloud.client("iam"), self.cloud.physical_id(role)
        found = roles.get_role(RoleName=name)["Role"]
        trust = found["AssumeRolePolicyDocument"]
        ours = {"Effect": "Allow", "Principal": {"AWS": found["Arn"].split(":")[4]}, "Action": "sts:AssumeRole"}
        both = {**trust, "Statement": [*trust["Statement"], ours]}
        roles.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(both))
        try:
            answer = self.cloud.client("sts").assume_role(RoleArn=found["Arn"], RoleSessionName="test")
            yield partial(self._signed, answer["Credentials"])
        finally:
            roles.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))

    def _signed(self, keys: dict[str, str], service: str) -> Any:
        session: Any = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        config = Config(proxies={}, retries={"total_max_attempts": 1}, inject_host_prefix=False)
        return session.client(service, endpoint_url=self.cloud.url, region_name=self.cloud.region, config=config)

    def invoke(self, function: str, event: Any) -> Any:
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def failed(self, arn: str) -> None:
        """Waits until the failed execution is in the failed queue; it stays there."""
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["TrainingFailedQueueUrl"]

        def look() -> bool | None:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return any(arn in message["Body"] for message in answer.get("Messages", [])) or None

        eventually(look, f"{arn} in the failed queue", PATIENCE)

    def redriven(self, arn: str) -> Run:
        """The execution that RedriveFailed starts after a failed one."""
        self.failed(arn)
        assert self.invoke("TrainingRedriveFailed", {})["started"] == 1
        head, _, attempt = arn.rpartition("-")
        return self.ended(f"{head}-{int(attempt) + 1}")

    def dead_letters(self) -> list[str]:
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["TrainingDeadLettersUrl"]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def table(self) -> Table:
        return Table(self.cloud.outputs["StateTableName"], self.cloud.client("dynamodb"))

    def _local(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of our own cloud
            self.cloud.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)
