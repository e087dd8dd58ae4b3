"""Valid templates in AWS's own style are taken by both roads: `local up`, and CreateStack of what `sam package` makes.

A false refusal is worse than a missing one: who meets it changes a template that was right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud.deploying.deploy import Deployment, deploy, outputs
from local.cloud.deploying.package import package
from local.cloud.settings import Settings
from local.cloud.testing import Cloud, start_cloud
from tests.e2e.waiting import eventually

FOLDER = Path(__file__).parent / "templates"
TEMPLATES = {path.parent.name: path for path in sorted(FOLDER.glob("*/template.*"))}
#: What some of them expect in the account.
PARAMETERS = {"/millrace-test/key": "k", "/millrace-test/size": "small"}
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    found = start_cloud(None)
    for name, value in PARAMETERS.items():
        found.client("ssm").put_parameter(Name=name, Value=value, Type="String")
    yield found
    found.stop()


def by_up(cloud: Cloud, name: str, temp: Path) -> str:
    """What `local up` does once its cloud has started. The name of the stack."""
    settings = Settings(port=int(cloud.url.rpartition(":")[2]), region=cloud.region, temp=temp)
    deploy(settings, Deployment(TEMPLATES[name], f"{name}-up"), lambda _: None)
    return f"{name}-up"


def by_create(cloud: Cloud, name: str, temp: Path) -> str:
    """The calls of a person with `sam package` and the AWS CLI. The name of the stack."""
    s3, bucket, stack = cloud.client("s3"), f"{name}-artefacts", f"{name}-create"
    s3.create_bucket(Bucket=bucket)

    def put(key: str, content: bytes) -> str:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
        return f"s3://{bucket}/{key}"

    (temp / "packaged.json").write_text(json.dumps(package(TEMPLATES[name], put)))
    cloudformation = cloud.client("cloudformation")
    body = (temp / "packaged.json").read_text()
    cloudformation.validate_template(TemplateBody=body)
    cloudformation.create_stack(StackName=stack, TemplateBody=body, Capabilities=CAPABILITIES)
    ended(cloud, stack, "CREATE_COMPLETE")
    return stack


ROADS = {"up": by_up, "create": by_create}


def ended(cloud: Cloud, stack: str, expected: str) -> None:
    cloudformation = cloud.client("cloudformation")

    def look() -> str | None:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else str(status)

    status = eventually(look, f"end of {stack}")
    events = cloudformation.describe_events(StackName=stack)["OperationEvents"]
    assert status == expected, [event for event in events if "FAILED" in json.dumps(event, default=str)]


@pytest.fixture(params=ROADS)
def made(request: pytest.FixtureRequest, cloud: Cloud, tmp_path: Path) -> Any:
    """Makes a stack of a template by one of the roads."""
    return lambda name: ROADS[request.param](cloud, name, tmp_path)


def test_a_custom_resource(cloud: Cloud, made: Any) -> None:
    stack = made("custom")
    assert outputs(cloud.url, stack)["Word"] == "c" * 8
    cloudformation = cloud.client("cloudformation")
    changed = [{"ParameterKey": "Length", "ParameterValue": "4"}]
    cloudformation.update_stack(
        StackName=stack, UsePreviousTemplate=True, Parameters=changed, Capabilities=CAPABILITIES
    )
    ended(cloud, stack, "UPDATE_COMPLETE")
    assert outputs(cloud.url, stack)["Word"] == "u" * 4
    arn = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack)
    ended(cloud, arn, "DELETE_COMPLETE")


def test_an_http_api_with_tokens(cloud: Cloud, made: Any) -> None:
    api = outputs(cloud.url, made("http"))["Url"].split("/")[2].partition(".")[0]
    routes = cloud.client("apigatewayv2").get_routes(ApiId=api)["Items"]
    kinds = {route["RouteKey"]: route["AuthorizationType"] for route in routes}
    assert kinds == {"GET /items": "JWT", "GET /items/{id}": "JWT", "GET /health": "NONE"}


def test_a_machine_with_substitutions(cloud: Cloud, made: Any) -> None:
    client = cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=outputs(cloud.url, made("machine"))["Machine"], input='{"number": 21}')

    def look() -> dict[str, Any] | None:
        found = client.describe_execution(executionArn=arn["executionArn"])
        return found if found["status"] != "RUNNING" else None

    found = eventually(look, "end of the execution")
    assert found["status"] == "SUCCEEDED", found


def test_events_permissions_and_alarms(cloud: Cloud, made: Any) -> None:
    found = outputs(cloud.url, made("events"))
    variables = cloud.client("lambda").get_function_configuration(FunctionName=found["Handle"])["Environment"]
    assert variables["Variables"] == {
        "TABLE": found["Setting"],
        "PARTS": "a,dev,c",
        "FIRST": "first",
        "SMALL": "yes",
    }


def test_a_network_in_json_with_tabs(cloud: Cloud, made: Any) -> None:
    assert outputs(cloud.url, made("network"))["Second"] == "10.20.1.0/24"


def test_gradual_deployments(cloud: Cloud, made: Any) -> None:
    alias = outputs(cloud.url, made("gradual"))["AtOnce"]
    assert cloud.client("lambda").invoke(FunctionName=alias)["Payload"].read() == b"1"


def test_each_template_is_walked() -> None:
    assert set(TEMPLATES) == {"custom", "events", "gradual", "http", "machine", "network"}
