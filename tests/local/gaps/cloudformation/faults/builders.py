"""Resources and templates of the tests of this folder, and the stacks made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.local.gaps.harness import Cloud, until

Template = dict[str, Any]
QUEUE = "AWS::SQS::Queue"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
REF_NOTHING = {"Ref": "Nothing"}
NEVER = {"Fn::Equals": ["a", "b"]}


def resource(kind: str = QUEUE, more: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties, **(more or {})}


def template(*, sections: dict[str, Any] | None = None, **resources: Any) -> Template:
    return {"Resources": resources or {"Queue": resource()}, **(sections or {})}


def role(document: Any, **more: Any) -> dict[str, Any]:
    policy = {"PolicyName": "p", "PolicyDocument": document}
    return resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=[policy], **more)


def allowing(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def table(keys: list[str], attributes: list[str], **more: Any) -> dict[str, Any]:
    return resource(
        "AWS::DynamoDB::Table",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        **{"BillingMode": "PAY_PER_REQUEST", **more},
    )


def function(**more: Any) -> dict[str, Any]:
    return resource(
        "AWS::Lambda::Function",
        **{
            "Code": {"ZipFile": "def handler(e, c): return 1"},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": "arn:aws:iam::123456789012:role/r",
            **more,
        },
    )


def alarm(**more: Any) -> dict[str, Any]:
    return resource(
        "AWS::CloudWatch::Alarm",
        **{
            "Namespace": "N",
            "MetricName": "M",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            **more,
        },
    )


def unresolved(block: str, *names: str) -> str:
    return (
        f"Template format error: Unresolved resource dependencies [{', '.join(names)}] in the {block} block of the"
        " template"
    )


@dataclass(frozen=True)
class Made:
    """What became of a stack or change set."""

    status: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def found(self) -> list[tuple[str, str]]:
        return [(error["ValidationPath"], error["ValidationStatusReason"]) for error in self.errors]

    def reasons(self, logical_id: str) -> list[str]:
        return [
            event.get("ResourceStatusReason", "")
            for event in self.events
            if event["LogicalResourceId"] == logical_id and event["ResourceStatus"].endswith("FAILED")
        ]


class Stacks:
    """Calls CloudFormation of the running server."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.client = cloud.client("cloudformation")
        self.name = cloud.name("refused")

    def create(self, body: Template, **more: Any) -> Made:
        self.client.create_stack(**self._request(body), **more)
        return self._ended()

    def update(self, body: Template) -> Made:
        self.client.update_stack(**self._request(body))
        return self._ended()

    def change_set(self, body: Template, kind: str = "CREATE") -> Made:
        self.client.create_change_set(**self._request(body), ChangeSetName="c", ChangeSetType=kind)
        made = self.client.describe_change_set(StackName=self.name, ChangeSetName="c")
        events = self.client.describe_events(ChangeSetName=made["ChangeSetId"])["OperationEvents"]
        return Made(made["Status"], _errors(events), [made])

    def stored(self, body: Template) -> str:
        """The address of a nested template."""
        bucket = self.cloud.name("nested").lower()
        self.cloud.client("s3").create_bucket(Bucket=bucket)
        self.cloud.client("s3").put_object(Bucket=bucket, Key="t.json", Body=json.dumps(body).encode())
        return f"https://s3.amazonaws.com/{bucket}/t.json"

    def nesting(self, body: Template, **parameters: Any) -> dict[str, Any]:
        more = {"Parameters": parameters} if parameters else {}
        return resource("AWS::CloudFormation::Stack", TemplateURL=self.stored(body), **more)

    def _request(self, body: Template) -> dict[str, Any]:
        capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
        return {"StackName": self.name, "TemplateBody": json.dumps(body), "Capabilities": capabilities}

    def _ended(self) -> Made:
        def look() -> str | None:
            status = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            return None if status.endswith("IN_PROGRESS") else str(status)

        status = until(look, 20)
        operations = self.client.describe_events(StackName=self.name)["OperationEvents"]
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return Made(status, _errors(operations), events)


def _errors(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["EventType"] == "VALIDATION_ERROR"]


def table_of(faults: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("fault", faults, ids=list(faults))
