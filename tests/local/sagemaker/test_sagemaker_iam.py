"""Who may do what with SageMaker: each call asks for its action, on its resource, and for the role that it gives."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import iam
from local.services.sagemaker import access
from tests.local.sagemaker.builders import ACCOUNT, IMAGE, REGION, Lab, allow, archive, as_role, role, until

ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:"


def passing(lab: Lab, to: str = "sagemaker.amazonaws.com") -> dict[str, Any]:
    return {**allow("iam:PassRole", on=lab.role), "Condition": {"StringEquals": {"iam:PassedToService": to}}}


def denied(lab: Lab, statements: list[dict[str, Any]], call: str, request: dict[str, Any]) -> str:
    client = as_role(lab.cloud, "sagemaker", role(lab.cloud, *statements))
    with pytest.raises(ClientError) as caught:
        getattr(client, call)(**request)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException", caught.value
    return str(caught.value.response["Error"]["Message"])


def model_request(lab: Lab) -> dict[str, Any]:
    name = lab.name("model")
    data = lab.put(f"models/{name}.tar.gz", archive({"code/inference.py": "def model_fn(d): return 1\n"}))
    container = {"Image": IMAGE, "ModelDataUrl": data}
    return {"ModelName": name, "ExecutionRoleArn": lab.role, "PrimaryContainer": container}


def test_a_role_is_passed_by_who_may_pass_it_to_sagemaker(lab: Lab) -> None:
    for call, action, request in (
        ("create_training_job", "CreateTrainingJob", lab.request("print(1)")),
        ("create_model", "CreateModel", model_request(lab)),
    ):
        right = allow(f"sagemaker:{action}")
        for others in ([], [passing(lab, "lambda.amazonaws.com")]):
            said = denied(lab, [right, *others], call, request)
            assert "iam:PassRole on resource: " + lab.role in said
        getattr(as_role(lab.cloud, "sagemaker", role(lab.cloud, right, passing(lab))), call)(**request)


def test_tags_need_a_right_of_their_own(lab: Lab) -> None:
    request = {**model_request(lab), "Tags": [{"Key": "team", "Value": "bikes"}]}
    rights = [allow("sagemaker:CreateModel"), passing(lab)]
    assert "sagemaker:AddTags on resource" in denied(lab, rights, "create_model", request)


def test_each_call_asks_for_its_action_on_its_resource(lab: Lab) -> None:
    """A role that may do everything but the one action, then one that may do it to something else."""
    job = lab.run("print(1)")["TrainingJobName"]
    model = model_request(lab)
    lab.sagemaker.create_model(**model)
    config, name = lab.name("config"), lab.name("group")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model["ModelName"],
        "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
    }
    lab.sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    group = lab.sagemaker.create_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupArn"]
    endpoint = {"EndpointName": "none", "EndpointConfigName": config}
    containers = {"Containers": [model["PrimaryContainer"]]}
    version = {"ModelPackageGroupName": name, "InferenceSpecification": containers}
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("describe_training_job", {"TrainingJobName": job}, f"training-job/{job}"),
        ("stop_training_job", {"TrainingJobName": job}, f"training-job/{job}"),
        ("describe_model", {"ModelName": model["ModelName"]}, f"model/{model['ModelName']}"),
        ("delete_model", {"ModelName": model["ModelName"]}, f"model/{model['ModelName']}"),
        (
            "create_endpoint_config",
            {"EndpointConfigName": "other", "ProductionVariants": [variant]},
            "endpoint-config/other",
        ),
        ("describe_endpoint_config", {"EndpointConfigName": config}, f"endpoint-config/{config}"),
        ("delete_endpoint_config", {"EndpointConfigName": config}, f"endpoint-config/{config}"),
        ("create_endpoint", endpoint, "endpoint/none"),
        ("update_endpoint", endpoint, "endpoint/none"),
        ("describe_endpoint", {"EndpointName": "none"}, "endpoint/none"),
        ("delete_endpoint", {"EndpointName": "none"}, "endpoint/none"),
        ("create_model_package_group", {"ModelPackageGroupName": "other"}, "model-package-group/other"),
        ("describe_model_package_group", {"ModelPackageGroupName": name}, f"model-package-group/{name}"),
        ("create_model_package", version, f"model-package-group/{name}"),
        ("describe_model_package", {"ModelPackageName": f"{ARN}model-package/{name}/1"}, f"model-package/{name}/1"),
        (
            "update_model_package",
            {"ModelPackageArn": f"{ARN}model-package/{name}/1", "ModelApprovalStatus": "Approved"},
            f"model-package/{name}/1",
        ),
        ("add_tags", {"ResourceArn": group, "Tags": []}, f"model-package-group/{name}"),
        ("list_tags", {"ResourceArn": group}, f"model-package-group/{name}"),
    ]
    for call, request, resource in cases:
        action = "sagemaker:" + "".join(word.capitalize() for word in call.split("_"))
        everything_else = [allow("*"), {"Effect": "Deny", "Action": action, "Resource": f"{ARN}{resource}"}]
        said = denied(lab, everything_else, call, request)
        assert f"{action} on resource: {ARN}{resource}" in said, call
        elsewhere = [allow(action, on=f"{ARN}elsewhere/*"), passing(lab)]
        assert f"{action} on resource" in denied(lab, elsewhere, call, request), call


@pytest.mark.parametrize("call", ["list_training_jobs", "list_endpoints", "list_model_packages"])
def test_lists_have_no_resource(lab: Lab, call: str) -> None:
    action = "sagemaker:" + "".join(word.capitalize() for word in call.split("_"))
    assert f"perform: {action}" in denied(lab, [allow("s3:*")], call, {})
    getattr(as_role(lab.cloud, "sagemaker", role(lab.cloud, allow(action))), call)()


def test_an_endpoint_is_asked_by_who_may(lab: Lab) -> None:
    runtime = as_role(lab.cloud, "sagemaker-runtime", role(lab.cloud, allow("s3:*")))
    with pytest.raises(ClientError, match=f"sagemaker:InvokeEndpoint on resource: {ARN}endpoint/millrace-x"):
        runtime.invoke_endpoint(EndpointName="millrace-x", Body=b"{}")


def test_a_model_reads_its_archive_with_its_role(lab: Lab) -> None:
    """At CreateModel, and again when the endpoint starts."""
    request = model_request(lab)
    blind = {**request, "ExecutionRoleArn": role(lab.cloud, allow("logs:*"))}
    with pytest.raises(ClientError, match="Could not access model data"):
        lab.sagemaker.create_model(**blind)
    acting = role(lab.cloud, allow("s3:GetObject"))
    lab.sagemaker.create_model(**{**request, "ExecutionRoleArn": acting})
    lab.cloud.client("iam").delete_role_policy(RoleName=acting.rpartition("/")[2], PolicyName="p")
    name = lab.name("endpoint")
    variant = {"VariantName": "A", "ModelName": request["ModelName"]}
    variant["ServerlessConfig"] = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    lab.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    lab.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    failed = until(lambda: _failed(lab, name), "the failure")
    assert "AccessDenied" in failed["FailureReason"]


def _failed(lab: Lab, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] = lab.sagemaker.describe_endpoint(EndpointName=name)
    return found if found["EndpointStatus"] == "Failed" else None


def test_resources_of_what_is_no_json_are_all() -> None:
    assert access.resources("/", "SageMaker.CreateModel", b"nonsense", REGION, ACCOUNT) == [("*", {})]
    assert list(access.also("SageMaker.CreateModel", b"[]", REGION, ACCOUNT)) == []


def test_the_action_is_that_of_the_target() -> None:
    call = iam.Call(
        service="sagemaker",
        method="POST",
        path="/",
        raw_path="/",
        query={},
        headers={"x-amz-target": "SageMaker.CreateTrainingJob"},
        raw_headers=(),
        body=b'{"TrainingJobName": "My-Job"}',
        region=REGION,
        access_key="test",
    )
    assert iam.action_of(call) == "sagemaker:CreateTrainingJob"
    assert iam.resources_of(call, ACCOUNT) == [(f"{ARN}training-job/my-job", {})]
