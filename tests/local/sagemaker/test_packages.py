"""Model packages of the local SageMaker, and the functions' own calls against it, over a whole cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from common import aws
from common.errors import ServiceUnavailable
from services import sagemaker as calls
from tests.local.sagemaker.builders import IMAGE, Lab, archive, until

CODE = "def model_fn(d): return 1\ndef input_fn(b, c): return b\ndef predict_fn(b, m): return b\n"
CODE += "def output_fn(p, a): return p\n"


@pytest.fixture
def functions(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """``services.sagemaker`` against this cloud, as the account's root user."""
    clients: dict[str, Any] = {}
    monkeypatch.setattr(aws, "client", lambda name: clients.setdefault(name, lab.cloud.client(name)))


def package(lab: Lab, group: str, **more: Any) -> dict[str, Any]:
    data = lab.put(f"models/{group}.tar.gz", archive({"code/inference.py": CODE}))
    return {
        "ModelPackageGroupName": group,
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": data}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        **more,
    }


def group(lab: Lab) -> str:
    name = lab.name("group")
    lab.sagemaker.create_model_package_group(ModelPackageGroupName=name)
    return name


def invalid(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return str(caught.value.response["Error"]["Message"])


def test_versions_are_numbered_and_wait_for_approval(lab: Lab) -> None:
    name = group(lab)
    first = lab.sagemaker.create_model_package(**package(lab, name))["ModelPackageArn"]
    second = lab.sagemaker.create_model_package(**package(lab, name, ModelApprovalStatus="Approved"))["ModelPackageArn"]
    assert [arn.rpartition("/")[2] for arn in (first, second)] == ["1", "2"]
    found = lab.sagemaker.describe_model_package(ModelPackageName=first)
    assert (found["ModelApprovalStatus"], found["ModelPackageVersion"]) == ("PendingManualApproval", 1)
    listed = lab.sagemaker.list_model_packages(ModelPackageGroupName=name, ModelApprovalStatus="Approved")
    assert [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]] == [second]


def test_a_token_makes_one_package_however_often_it_comes(lab: Lab) -> None:
    name = group(lab)
    request = package(lab, name, ClientToken="0" * 32)
    arns = {lab.sagemaker.create_model_package(**request)["ModelPackageArn"] for _ in range(3)}
    assert len(arns) == 1
    with pytest.raises(ClientError, match="ConflictException"):
        lab.sagemaker.create_model_package(**{**request, "ModelPackageDescription": "another"})
    other = lab.sagemaker.create_model_package(**{**request, "ClientToken": "1" * 32})["ModelPackageArn"]
    assert other not in arns


def test_what_is_not_there_and_what_is_there_already(lab: Lab) -> None:
    name = group(lab)
    assert "already exists" in invalid(lab.sagemaker.create_model_package_group, ModelPackageGroupName=name)
    assert "does not exist" in invalid(lab.sagemaker.create_model_package, **package(lab, "no-such-group"))
    assert "does not exist" in invalid(lab.sagemaker.describe_model_package, ModelPackageName=f"{name}/7")
    without = {**package(lab, name)}
    without.pop("InferenceSpecification")
    assert "InferenceSpecification is required" in invalid(lab.sagemaker.create_model_package, **without)
    with pytest.raises(ClientError, match="less than or equal to 36"):
        lab.blind.create_model_package(**package(lab, name, ClientToken="0" * 37))


def test_a_decision_is_an_event(lab: Lab) -> None:
    sqs, bus, rule = lab.cloud.client("sqs"), lab.cloud.client("events"), lab.name("decided")
    url = sqs.create_queue(QueueName=rule)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    name = group(lab)
    pattern = {"detail-type": ["SageMaker Model Package State Change"], "detail": {"ModelPackageGroupName": [name]}}
    bus.put_rule(Name=rule, EventPattern=json.dumps({"source": ["aws.sagemaker"], **pattern}))
    bus.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    made = lab.sagemaker.create_model_package(**package(lab, name))["ModelPackageArn"]
    lab.sagemaker.update_model_package(ModelPackageArn=made, ModelApprovalStatus="Approved", ApprovalDescription="good")
    came: list[dict[str, Any]] = []

    def look() -> bool:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", ())
        came.extend(json.loads(message["Body"])["detail"] for message in found)
        return len(came) == 2

    until(look, "two events")
    said = sorted((one["ModelApprovalStatus"], one["ModelPackageArn"]) for one in came)
    assert said == [("Approved", made), ("PendingManualApproval", made)]


def test_a_model_of_a_package_needs_its_approval(lab: Lab) -> None:
    name = group(lab)
    made = lab.sagemaker.create_model_package(**package(lab, name))["ModelPackageArn"]
    request = {
        "ModelName": lab.name("model"),
        "ExecutionRoleArn": lab.role,
        "PrimaryContainer": {"ModelPackageName": made},
    }
    assert "PendingManualApproval, not Approved" in invalid(lab.sagemaker.create_model, **request)
    lab.sagemaker.update_model_package(ModelPackageArn=made, ModelApprovalStatus="Approved")
    assert lab.sagemaker.create_model(**request)["ModelArn"].endswith(request["ModelName"])


def test_tags_of_what_was_made(lab: Lab) -> None:
    name = lab.name("tagged")
    tags = [{"Key": "team", "Value": "bikes"}]
    arn = lab.sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=tags)["ModelPackageGroupArn"]
    lab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "more", "Value": "1"}])
    lab.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team", "none"])
    assert lab.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "more", "Value": "1"}]


@pytest.mark.usefixtures("functions")
def test_what_functions_call_may_be_repeated(lab: Lab) -> None:
    name = lab.name("app-bikes")
    data = lab.put(f"models/{name}.tar.gz", archive({"code/inference.py": CODE}))
    for _ in range(2):
        calls.ensure_group(name)
        arn = calls.create_package(
            name,
            token="0" * 32,
            image=IMAGE,
            data=data,
            approval="PendingManualApproval",
            description=name,
            metadata={"version": "0"},
        )
        calls.set_approval(arn, "Approved")
        calls.ensure_model(
            name, image=IMAGE, data=data, role=lab.role, environment={"SAGEMAKER_PROGRAM": "inference.py"}
        )
        calls.ensure_config(name, model=name, memory_mb=2048, max_concurrency=5)
        calls.ensure_endpoint(name, config=name)
    assert calls.approval_of(arn) == "Approved"
    until(lambda: (calls.endpoint_state(name) or ("",))[0] == "InService", "the endpoint")
    assert calls.endpoint_state(name) == ("InService", name, "")
    assert calls.list_endpoints(name[:-2]) == [name]
    for _ in range(2):
        calls.delete_endpoint(name)
    assert calls.endpoint_state(name) is None
    for absent in (lab.sagemaker.describe_model, lab.sagemaker.describe_endpoint_config):
        key = "ModelName" if absent == lab.sagemaker.describe_model else "EndpointConfigName"
        assert "Could not find" in invalid(absent, **{key: name})


@pytest.mark.usefixtures("functions")
def test_an_endpoint_that_is_being_made_is_deleted_later(lab: Lab) -> None:
    name = lab.name("app-slow")
    data = lab.put(f"models/{name}.tar.gz", archive({"code/inference.py": "import time\ntime.sleep(600)"}))
    calls.ensure_model(name, image=IMAGE, data=data, role=lab.role, environment={})
    calls.ensure_config(name, model=name, memory_mb=1024, max_concurrency=1)
    calls.ensure_endpoint(name, config=name)
    with pytest.raises(ServiceUnavailable, match="is Creating"), calls.patient():
        calls.delete_endpoint(name)
    assert lab.sagemaker.describe_model(ModelName=name)["ModelName"] == name
