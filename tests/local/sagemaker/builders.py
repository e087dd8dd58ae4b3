"""Roles, archives and requests for the local SageMaker, over a whole local cloud."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import subprocess
import tarfile
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3
from botocore.config import Config

from local.cloud.testing import Cloud

ACCOUNT, REGION = "123456789012", "us-east-1"
IMAGE = f"683313688378.dkr.ecr.{REGION}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
PATIENCE = 120.0
"""Seconds until something that does not come counts as failed: long, because a busy machine is slow, not wrong."""


def allow(*actions: str, on: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


JOB_RIGHTS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "logs:*")


def role(cloud: Cloud, *statements: dict[str, Any], service: str = "sagemaker.amazonaws.com") -> str:
    """The ARN of a new role that the service and the account may assume."""
    iam, name = cloud.client("iam"), f"role-{uuid.uuid4().hex[:10]}"
    principal = {"Service": service, "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    return arn


def as_role(cloud: Cloud, service: str, arn: str) -> Any:
    """A client that signs with the role."""
    keys = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.session.Session().client(
        service,
        endpoint_url=cloud.url,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


def archive(files: Mapping[str, str]) -> bytes:
    """A tar.gz of texts by their paths."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as opened:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            opened.addfile(info, io.BytesIO(text.encode()))
    return made.getvalue()


def until(look: Callable[[], Any], what: str = "it") -> Any:
    """What ``look`` finds first that is true."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)
    return found


def running(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has waited for does not."""
    command = ["ps", "-o", "state=", "-p", str(process)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()[:1] not in ("", "Z")


class Lab:
    """A bucket with rows in two channels, a role that may use it, and the calls of training jobs."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.sagemaker, self.s3 = cloud.client("sagemaker"), cloud.client("s3")
        #: Sends what breaks the model's constraints too.
        self.blind = boto3.session.Session().client(
            "sagemaker",
            endpoint_url=cloud.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}, parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        self.bucket = f"lab-{uuid.uuid4().hex[:10]}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.put("in/train/a.csv", "x,y\n1,0\n2,1\n")
        self.put("in/validation/b.csv", "x,y\n3,1\n")
        self.role = role(cloud, allow(*JOB_RIGHTS))

    def put(self, key: str, body: str | bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def name(self, prefix: str = "job") -> str:
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    def request(
        self,
        program: str,
        *,
        name: str = "",
        seconds: int = 600,
        channels: Iterable[str] = ("train",),
        parameters: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """CreateTrainingJob's members for a program, given as the text of train.py."""
        source = self.put(f"code/{uuid.uuid4().hex}.tar.gz", archive({"train.py": program, **(files or {})}))
        return {
            "TrainingJobName": name or self.name(),
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "roc_auc", "Regex": "metric roc_auc=([-+0-9.eE]+)"}],
            },
            "HyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": source,
                **(parameters or {}),
            },
            "InputDataConfig": [self.channel(name) for name in channels],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
            **more,
        }

    def channel(self, name: str, uri: str = "", kind: str = "S3Prefix") -> dict[str, Any]:
        source = {
            "S3DataType": kind,
            "S3Uri": uri or f"s3://{self.bucket}/in/{name}/",
            "S3DataDistributionType": "FullyReplicated",
        }
        return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}

    def described(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_training_job(TrainingJobName=name)
        return found

    def ended(self, name: str) -> dict[str, Any]:
        """The job once it has ended."""

        def look() -> dict[str, Any] | None:
            found = self.described(name)
            return found if found["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

        found: dict[str, Any] = until(look, f"the end of {name}")
        return found

    def in_status(self, name: str, secondary: str) -> None:
        """Wait for a job to be made and to come to a secondary status."""

        def look() -> bool:
            made = self.sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
            return bool(made) and self.described(name)["SecondaryStatus"] == secondary

        until(look, f"{secondary} of {name}")

    def run(self, program: str, **more: Any) -> dict[str, Any]:
        """The end of a new job."""
        request = self.request(program, **more)
        self.sagemaker.create_training_job(**request)
        return self.ended(request["TrainingJobName"])

    def files(self, uri: str) -> dict[str, bytes]:
        """What an archive in S3 holds."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as opened:
            members = [member for member in opened.getmembers() if member.isfile()]
            return {member.name: opened.extractfile(member).read() for member in members}  # type: ignore[union-attr]

    def log(self, name: str) -> list[str]:
        """What the job's log holds."""
        logs, group = self.cloud.client("logs"), "/aws/sagemaker/TrainingJobs"
        lines: list[str] = []
        for stream in logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]:
            pages = logs.get_paginator("filter_log_events")
            for page in pages.paginate(logGroupName=group, logStreamNames=[stream["logStreamName"]]):
                lines += [event["message"] for event in page["events"]]
        return lines


def switch(cloud: Cloud, name: str, **wish: Any) -> None:
    """Set a switch of the local SageMaker; with no wish, end it."""
    host = http.client.HTTPConnection(cloud.url.removeprefix("http://"), timeout=PATIENCE)
    with contextlib.closing(host):
        body = json.dumps(wish) if wish else None
        host.request("POST" if wish else "DELETE", f"/_local/sagemaker/{name}", body)
        answer = host.getresponse()
        assert answer.status == 200, answer.read()
