"""SageMaker's registry and endpoints: what may be repeated is, what is gone is fine, and troubles have names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from common import aws
from common.errors import TransientError
from services import sagemaker

ARN = "arn:aws:sagemaker:us-east-1:123456789012:"
ROLE = "arn:aws:iam::123456789012:role/models"


class Busy(TransientError):
    """Asked to slow down."""


class Away(TransientError):
    """Not to be reached just now."""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """botocore's own check of every request and answer; all that was announced must have been asked."""
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    monkeypatch.setattr(aws, "client", lambda _service: client)
    with Stubber(client) as made:
        yield made
        made.assert_no_pending_responses()


def invalid(stub: Stubber, call: str, said: str) -> None:
    stub.add_client_error(call, "ValidationException", said)


MADE = [
    (
        lambda: sagemaker.ensure_group("bikes"),
        "create_model_package_group",
        "describe_model_package_group",
        {"ModelPackageGroupArn": f"{ARN}model-package-group/bikes"},
    ),
    (
        lambda: sagemaker.ensure_model("m", image="i", data="s3://b/k", role=ROLE, environment={"A": "b"}),
        "create_model",
        "describe_model",
        {"ModelArn": f"{ARN}model/m"},
    ),
    (
        lambda: sagemaker.ensure_config("c", model="m", memory_mb=2048, max_concurrency=5),
        "create_endpoint_config",
        "describe_endpoint_config",
        {"EndpointConfigArn": f"{ARN}endpoint-config/c"},
    ),
    (
        lambda: sagemaker.ensure_endpoint("e", config="c"),
        "create_endpoint",
        "describe_endpoint",
        {"EndpointArn": f"{ARN}endpoint/e"},
    ),
]


@pytest.mark.parametrize(("call", "create", "describe", "answer"), MADE, ids=[row[1] for row in MADE])
class TestEnsure:
    def test_it_is_made(self, stub: Stubber, call: Any, create: str, describe: str, answer: dict[str, str]) -> None:
        stub.add_response(create, answer)
        call()

    def test_what_is_there_is_fine(
        self, stub: Stubber, monkeypatch: pytest.MonkeyPatch, call: Any, create: str, describe: str, answer: Any
    ) -> None:
        invalid(stub, create, "Cannot create already existing thing")
        monkeypatch.setattr(aws.client("sagemaker"), describe, lambda **_: {})
        call()

    def test_a_refusal_of_what_is_not_there_stays(
        self, stub: Stubber, call: Any, create: str, describe: str, answer: Any
    ) -> None:
        invalid(stub, create, "MemorySizeInMB is wrong")
        invalid(stub, describe, "Could not find it")
        with pytest.raises(ClientError, match="MemorySizeInMB is wrong"):
            call()

    def test_a_quota_is_no_sign_of_being_there(
        self, stub: Stubber, call: Any, create: str, describe: str, answer: Any
    ) -> None:
        stub.add_client_error(create, "ResourceLimitExceeded", "too many")
        with pytest.raises(ClientError, match="ResourceLimitExceeded"):
            call()


def test_a_package_is_registered_under_its_token(stub: Stubber) -> None:
    stub.add_response(
        "create_model_package",
        {"ModelPackageArn": f"{ARN}model-package/bikes/1"},
        {
            "ModelPackageGroupName": "bikes",
            "ModelPackageDescription": "bikes 0123",
            "ClientToken": "0" * 32,
            "ModelApprovalStatus": "PendingManualApproval",
            "CustomerMetadataProperties": {"version": "0123"},
            "InferenceSpecification": {
                "Containers": [{"Image": "i", "ModelDataUrl": "s3://b/model.tar.gz"}],
                "SupportedContentTypes": ANY,
                "SupportedResponseMIMETypes": ["application/json"],
            },
        },
    )
    arn = sagemaker.create_package(
        "bikes",
        token="0" * 32,
        image="i",
        data="s3://b/model.tar.gz",
        approval="PendingManualApproval",
        description="bikes 0123",
        metadata={"version": "0123"},
    )
    assert arn == f"{ARN}model-package/bikes/1"


ENDPOINT = {"EndpointName": "e", "EndpointArn": f"{ARN}endpoint/e", "CreationTime": 1, "LastModifiedTime": 1}


def test_the_state_of_an_endpoint(stub: Stubber) -> None:
    found = {**ENDPOINT, "EndpointStatus": "InService", "EndpointConfigName": "old", "FailureReason": "rolled back"}
    stub.add_response("describe_endpoint", found)
    assert sagemaker.endpoint_state("e") == ("InService", "old", "rolled back")
    invalid(stub, "describe_endpoint", 'Could not find endpoint "e".')
    assert sagemaker.endpoint_state("e") is None
    invalid(stub, "describe_endpoint", "Something else")
    with pytest.raises(ClientError):
        sagemaker.endpoint_state("e")


def test_deleting_goes_on_where_it_was_left(stub: Stubber) -> None:
    invalid(stub, "delete_endpoint", 'Could not find endpoint "e".')
    stub.add_response("delete_endpoint_config", {})
    invalid(stub, "delete_model", 'Could not find model "e".')
    sagemaker.delete_endpoint("e")


def test_an_endpoint_in_progress_is_deleted_later(stub: Stubber) -> None:
    invalid(stub, "delete_endpoint", 'Cannot update in-progress endpoint "e".')
    stub.add_response("describe_endpoint", {**ENDPOINT, "EndpointStatus": "Creating"})
    with pytest.raises(Away, match="e is Creating"), sagemaker.patient(unavailable=Away):
        sagemaker.delete_endpoint("e")


def test_one_that_is_being_deleted_needs_nothing_more(stub: Stubber) -> None:
    invalid(stub, "delete_endpoint", 'Cannot update in-progress endpoint "e".')
    stub.add_response("describe_endpoint", {**ENDPOINT, "EndpointStatus": "Deleting"})
    stub.add_response("delete_endpoint_config", {})
    stub.add_response("delete_model", {})
    sagemaker.delete_endpoint("e")


def test_a_refusal_to_delete_what_serves_stays(stub: Stubber) -> None:
    invalid(stub, "delete_endpoint", "No.")
    stub.add_response("describe_endpoint", {**ENDPOINT, "EndpointStatus": "InService"})
    with pytest.raises(ClientError):
        sagemaker.delete_endpoint("e")


def test_endpoints_of_a_prefix(stub: Stubber) -> None:
    names = ["app-a", "my-app-b", "app-c"]
    summaries = [{**ENDPOINT, "EndpointName": name, "EndpointStatus": "Failed"} for name in names]
    stub.add_response("list_endpoints", {"Endpoints": summaries[:2], "NextToken": "n"}, {"NameContains": "app-"})
    stub.add_response("list_endpoints", {"Endpoints": summaries[2:]}, {"NameContains": "app-", "NextToken": "n"})
    assert sagemaker.list_endpoints("app-") == ["app-a", "app-c"]


def test_approval_is_what_the_registry_says_now(stub: Stubber) -> None:
    arn = f"{ARN}model-package/bikes/1"
    stub.add_response(
        "update_model_package", {"ModelPackageArn": arn}, {"ModelPackageArn": arn, "ModelApprovalStatus": "Rejected"}
    )
    sagemaker.set_approval(arn, "Rejected")
    found = {
        "ModelPackageName": "bikes",
        "ModelPackageArn": arn,
        "CreationTime": 1,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": "Rejected",
    }
    stub.add_response("describe_model_package", found, {"ModelPackageName": arn})
    assert sagemaker.approval_of(arn) == "Rejected"


@pytest.mark.parametrize(
    ("code", "status", "named"), [("ThrottlingException", 400, Busy), ("InternalFailure", 500, Away)]
)
def test_what_may_pass_later_is_named_so(stub: Stubber, code: str, status: int, named: type[TransientError]) -> None:
    stub.add_client_error("describe_endpoint", code, http_status_code=status)
    with pytest.raises(named, match=code), sagemaker.patient(throttled=Busy, unavailable=Away):
        sagemaker.endpoint_state("e")
