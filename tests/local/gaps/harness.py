"""Clients for a running server, and builders for the few resources that the gap tests share."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "123456789012"
# Seconds until something that does not come counts as failed: long, because a busy machine is slow, not wrong.
PATIENCE = 120.0


class Cloud:
    """Clients and small builders for one running server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[str, Any] = {}
        self._made: list[Any] = []

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client; as root unless the credentials of a role are given."""
        if not credentials and service in self._clients:
            return self._clients[service]
        keys = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = Config(
            retries={"total_max_attempts": 1},
            inject_host_prefix=False,
            s3={"addressing_style": "path"},
            proxies={},
            max_pool_connections=32,
        )
        client = boto3.Session().client(service, endpoint_url=self.url, region_name=REGION, config=config, **keys)
        self._made.append(client)
        if not credentials:
            self._clients[service] = client
        return client

    def close(self) -> None:
        """Close the connections of every client."""
        for client in self._made:
            client.close()

    def name(self, prefix: str) -> str:
        return f"{prefix}-{uuid.uuid4().hex[:10]}"

    def role(self, *statements: dict[str, Any], service: str = "states.amazonaws.com") -> str:
        """The ARN of a new role that any service and the account may assume, with exactly these
        statements.
        """
        name, iam = self.name("role"), self.client("iam")
        principal = {"Service": service, "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return arn

    def revoke(self, role: str) -> None:
        """Take from a role of ``role`` what its statements allow."""
        self.client("iam").delete_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyName="p")

    def as_role(self, service: str, role: str) -> Any:
        """A client that signs with ``role``."""
        answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.client(
            service,
            aws_access_key_id=answer["AccessKeyId"],
            aws_secret_access_key=answer["SecretAccessKey"],
            aws_session_token=answer["SessionToken"],
        )

    def machine(self, definition: dict[str, Any], role: str | None = None, **more: Any) -> str:
        """The ARN of a new state machine; JSONata unless the definition says otherwise."""
        document = {"QueryLanguage": "JSONata", **definition}
        answer = self.client("stepfunctions").create_state_machine(
            name=self.name("machine"),
            definition=json.dumps(document),
            roleArn=role or self.role(allow("*", "*")),
            **more,
        )
        return answer["stateMachineArn"]

    def run(self, machine: str, payload: Any = None, seconds: float = PATIENCE) -> dict[str, Any]:
        """What DescribeExecution says of a new execution once it has ended."""
        sfn = self.client("stepfunctions")
        arn = sfn.start_execution(stateMachineArn=machine, input=json.dumps(payload or {}))["executionArn"]
        return self.ended(arn, seconds)

    def ended(self, execution: str, seconds: float = PATIENCE) -> dict[str, Any]:
        sfn = self.client("stepfunctions")
        return until(
            lambda: found if (found := sfn.describe_execution(executionArn=execution))["status"] != "RUNNING" else None,
            seconds,
        )

    def queue(self, **attributes: str) -> tuple[str, str]:
        """URL and ARN of a new queue that every service may send to."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=self.name("queue"), Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        if "Policy" not in attributes:
            anyone = {**allow("sqs:SendMessage", arn), "Principal": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url, arn

    def received(self, url: str, count: int = 1, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """At least ``count`` messages of a queue, each deleted; fails when they do not come."""
        sqs, found = self.client("sqs"), []
        end = time.monotonic() + seconds
        while len(found) < count:
            assert time.monotonic() < end, f"{len(found)} of {count} messages came"
            answer = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            for message in answer.get("Messages", []):
                found.append(message)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def function(self, code: str, **more: Any) -> str:
        """The ARN of a new Python function whose module ``app`` is ``code``."""
        settings = {
            "FunctionName": self.name("function"),
            "Runtime": "python3.13",
            "Handler": "app.handler",
            "Role": self.role(service="lambda.amazonaws.com"),
            "Code": {"ZipFile": archive(code)},
            "Timeout": 10,
        }
        return self.client("lambda").create_function(**{**settings, **more})["FunctionArn"]

    def invoke(self, function: str, payload: Any, kind: str = "RequestResponse") -> tuple[int, bytes]:
        """Status and answer of one Invoke call; ``payload`` is JSON, or bytes as they are to be sent."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        answer = self.client("lambda").invoke(FunctionName=function, InvocationType=kind, Payload=body)
        return answer["StatusCode"], answer["Payload"].read()

    def stack(self, resources: dict[str, Any], **outputs: Any) -> dict[str, str]:
        """The outputs of a new stack; fails with its events when it does not come up."""
        cfn, name = self.client("cloudformation"), self.name("stack")
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        cfn.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
        stack = until(
            lambda: (
                found
                if not (found := cfn.describe_stacks(StackName=name)["Stacks"][0])["StackStatus"].endswith(
                    "IN_PROGRESS"
                )
                else None
            ),
            20,
        )
        events = cfn.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [e.get("ResourceStatusReason") for e in events if "FAILED" in e["ResourceStatus"]]
        assert stack["StackStatus"] == "CREATE_COMPLETE", reasons
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])} | {"StackName": name}


def archive(code: str = "") -> bytes:
    """A function's package with this module ``app``."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as z:
        z.writestr("app.py", code)
    return written.getvalue()


def allow(action: str, resource: str) -> dict[str, Any]:
    """A policy statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def until(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first truthy result of ``look``; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came within {seconds} s"
        time.sleep(0.05)
    return found
