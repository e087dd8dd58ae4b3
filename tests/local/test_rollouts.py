"""A new version gets its calls by steps, and gives them back when an alarm rings: an alias under CodeDeploy."""

from __future__ import annotations

import json
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.cloud.settings import ACCOUNT_ID
from local.cloud.testing import Cloud, start_cloud
from local.gaps.codedeploy.rollouts import steps
from tests.e2e.waiting import eventually
from tests.local.gaps.cloudformation.faults.builders import alarm, allowing, resource

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
QUARTER = 900


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    found = start_cloud(None)
    yield found
    found.stop()


def beside(cloud: Cloud, what: str, **body: Any) -> None:
    """Uses the side door of the local CloudWatch: its clock, by which a deployment waits, and values by that clock."""
    url, content = f"{cloud.url}/_local/cloudwatch/{what}", json.dumps(body).encode()
    asked = urllib.request.Request(url, content, method="POST")  # noqa: S310
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=30).close()


def role(*actions: str) -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "codedeploy.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
    }
    rights = {"PolicyName": "p", "PolicyDocument": allowing(Action=list(actions), Resource="*")}
    return resource(
        "AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]}, Policies=[rights]
    )


RIGHTS = ("lambda:GetAlias", "lambda:UpdateAlias", "cloudwatch:DescribeAlarms")


def application(answer: int, metric: str, rights: tuple[str, ...] = RIGHTS) -> dict[str, Any]:
    """A function that answers a number, whose alias goes over by ``Rollout``, watched by an alarm on ``metric``."""
    preference = {
        "Enabled": {"Fn::FindInMap": ["Rollouts", {"Ref": "Rollout"}, "Gradual"]},
        "Type": {"Ref": "Rollout"},
        "Role": {"Fn::GetAtt": ["Mover", "Arn"]},
        "Alarms": [{"Ref": "Failing"}],
    }
    function = resource(
        "AWS::Serverless::Function",
        Runtime="python3.13",
        Handler="index.handler",
        AutoPublishAlias="live",
        InlineCode=f"def handler(event, context): return {answer}",
        DeploymentPreference=preference,
    )
    ways = ("AllAtOnce", "Canary10Percent15Minutes")
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Rollout": {"Type": "String", "Default": "AllAtOnce", "AllowedValues": list(ways)}},
        "Mappings": {"Rollouts": {way: {"Gradual": "false" if way == "AllAtOnce" else "true"} for way in ways}},
        "Resources": {
            "Answer": function,
            "Mover": role(*rights),
            "Failing": alarm(MetricName=metric, TreatMissingData="notBreaching"),
        },
        "Outputs": {"Function": {"Value": {"Ref": "Answer"}}},
    }


@dataclass
class Stack:
    """One stack of ``application``, by itself or nested in another."""

    cloud: Cloud
    name: str
    nested: bool

    def body(self, made: dict[str, Any]) -> str:
        if not self.nested:
            return json.dumps(made)
        s3, bucket = self.cloud.client("s3"), f"{self.name}-templates"
        s3.create_bucket(Bucket=bucket)
        key = f"{zlib.crc32(json.dumps(made).encode())}.json"
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(made).encode())
        inner = resource(
            "AWS::Serverless::Application",
            Location=f"https://s3.amazonaws.com/{bucket}/{key}",
            Parameters={"Rollout": {"Ref": "Rollout"}},
        )
        outputs = {"Function": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Function"]}}}
        kept = {name: made[name] for name in ("Transform", "Parameters")}
        return json.dumps({**kept, "Resources": {"Inner": inner}, "Outputs": outputs})

    def create(self, made: dict[str, Any], rollout: str = "Canary10Percent15Minutes") -> None:
        self.cloud.client("cloudformation").create_stack(**self._request(made, rollout))
        assert self.ended() == "CREATE_COMPLETE"

    def update(self, made: dict[str, Any], rollout: str = "Canary10Percent15Minutes") -> None:
        """Begins it; the calls go over meanwhile."""
        self.cloud.client("cloudformation").update_stack(**self._request(made, rollout))

    def _request(self, made: dict[str, Any], rollout: str) -> dict[str, Any]:
        given = [{"ParameterKey": "Rollout", "ParameterValue": rollout}]
        body = self.body(made)
        return {"StackName": self.name, "TemplateBody": body, "Parameters": given, "Capabilities": CAPABILITIES}

    def status(self) -> str:
        stack = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return str(stack["StackStatus"])

    def ended(self) -> str:
        return eventually(lambda: found if not (found := self.status()).endswith("_IN_PROGRESS") else None, "the stack")

    def function(self) -> str:
        stack = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        (found,) = [each["OutputValue"] for each in stack["Outputs"]]
        return str(found)

    def alias(self) -> tuple[str, dict[str, float]]:
        """The version of the alias, and the shares of others."""
        found = self.cloud.client("lambda").get_alias(FunctionName=self.function(), Name="live")
        return found["FunctionVersion"], found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def resources(self) -> list[dict[str, Any]]:
        """Of the stack, and of the one that is nested in it."""
        cloudformation = self.cloud.client("cloudformation")
        own = cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        inner = [each["PhysicalResourceId"] for each in own if each["ResourceType"] == "AWS::CloudFormation::Stack"]
        return own + [
            each for name in inner for each in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        ]

    def reasons(self) -> str:
        events = self.cloud.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        return "\n".join(each.get("ResourceStatusReason", "") for each in events)


@pytest.fixture(params=[False, True], ids=["root", "nested"])
def stack(cloud: Cloud, request: pytest.FixtureRequest) -> Stack:
    return Stack(cloud, f"rollout-{zlib.crc32(request.node.name.encode())}", request.param)


def test_the_new_version_gets_a_tenth_and_then_everything(cloud: Cloud, stack: Stack) -> None:
    stack.create(application(1, stack.name))
    before, shares = stack.alias()
    assert shares == {}
    stack.update(application(2, stack.name))
    eventually(lambda: stack.alias()[1] or None, "shares")
    version, ((after, share),) = stack.alias()[0], stack.alias()[1].items()
    assert (version, share) == (before, 0.1)
    assert after != before
    assert stack.status() == "UPDATE_IN_PROGRESS"
    beside(cloud, "clock", forward=QUARTER)
    assert stack.ended() == "UPDATE_COMPLETE"
    assert stack.alias() == (after, {})


def test_an_alarm_sends_it_back(cloud: Cloud, stack: Stack) -> None:
    stack.create(application(1, stack.name))
    before = stack.alias()
    stack.update(application(2, stack.name))
    eventually(lambda: stack.alias()[1] or None, "shares")
    beside(cloud, "points", points=[{"namespace": "N", "metric": stack.name, "value": 5}])
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert "One or more alarms have been activated" in stack.reasons()
    assert stack.alias() == before


def test_without_the_right_to_move_the_alias_it_stays(cloud: Cloud, stack: Stack) -> None:
    few = ("lambda:GetAlias", "cloudwatch:DescribeAlarms")
    stack.create(application(1, stack.name, few))
    before = stack.alias()
    stack.update(application(2, stack.name, few))
    assert stack.ended() == "UPDATE_ROLLBACK_COMPLETE"
    assert "is not authorized to perform: lambda:UpdateAlias" in stack.reasons()
    assert stack.alias() == before


def test_all_at_once_needs_no_deployment(cloud: Cloud, stack: Stack) -> None:
    stack.create(application(1, stack.name), "AllAtOnce")
    before, _ = stack.alias()
    stack.update(application(2, stack.name), "AllAtOnce")
    assert stack.ended() == "UPDATE_COMPLETE"
    after, shares = stack.alias()
    assert after != before
    assert shares == {}
    assert not [each for each in stack.resources() if each["ResourceType"].startswith("AWS::CodeDeploy::")]


def test_calls_of_an_alias_go_to_the_version_that_has_the_share(cloud: Cloud) -> None:
    stack, functions = Stack(cloud, "rollout-shares", nested=False), cloud.client("lambda")
    stack.create(application(1, stack.name), "AllAtOnce")
    old, _ = stack.alias()
    stack.update(application(2, stack.name), "AllAtOnce")
    stack.ended()
    new, _ = stack.alias()
    alias = functions.get_alias(FunctionName=stack.function(), Name="live")
    for share, answer in ((0.0, b"2"), (1.0, b"1")):
        weights = {"AdditionalVersionWeights": {old: share}}
        functions.update_alias(FunctionName=stack.function(), Name="live", RoutingConfig=weights)
        called = functions.invoke(FunctionName=alias["AliasArn"])
        assert called["Payload"].read() == answer
        assert called["ExecutedVersion"] == (old if share else new)
        described = functions.get_function_configuration(FunctionName=stack.function(), Qualifier="live")
        assert described["Version"] == new


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AllAtOnce", []),
        ("Canary10Percent15Minutes", [(0.1, 900.0)]),
        ("Linear10PercentEvery1Minute", [(share / 10, 60.0) for share in range(1, 10)]),
    ],
)
def test_the_steps_of_what_codedeploy_brings_with_it(name: str, expected: list[tuple[float, float]]) -> None:
    assert steps(f"CodeDeployDefault.Lambda{name}") == expected


def test_another_configuration_is_refused() -> None:
    with pytest.raises(ValueError, match="does not have the deployment configuration Mine"):
        steps("Mine")
