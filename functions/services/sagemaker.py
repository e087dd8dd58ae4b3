"""SageMaker's registry and endpoints: packages of a group, a model with its endpoint made and deleted, each repeatable.

Training jobs are the state machine's. A model, its configuration and its endpoint have one name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from common import aws
from common.errors import ServiceUnavailable, TransientError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

VARIANT: Final = "AllTraffic"
"""What SageMaker's own tools call the only variant."""
FORMS: Final = ("text/csv", "application/json", "application/jsonlines")
_ADVICE: Final = "Its control plane takes few requests per second in an account."


class _InProgress(Exception):
    """The endpoint is on its way to another state, and SageMaker takes no other wish until it is there."""


@contextmanager
def patient(
    throttled: type[TransientError] = ServiceUnavailable, unavailable: type[TransientError] = ServiceUnavailable
) -> Iterator[None]:
    """``common.aws.patient`` for the calls below; ``unavailable`` also where an endpoint is still in progress."""
    try:
        with aws.patient("SageMaker", advice=_ADVICE, throttled=throttled, unavailable=unavailable):
            yield
    except _InProgress as error:
        raise unavailable(str(error)) from error


def _client() -> Any:
    return aws.client("sagemaker")


def _is_invalid(error: ClientError) -> bool:
    return aws.code_of(error) == "ValidationException"


def _is_absent(error: ClientError) -> bool:
    """SageMaker has no error of its own for this: ValidationException, and a sentence."""
    said = str(error.response.get("Error", {}).get("Message", "")).lower()
    return _is_invalid(error) and ("could not find" in said or "does not exist" in said)


def _ensure(create: Callable[[], object], describe: Callable[[], object]) -> None:
    """Make something unless it is there, which ValidationException may mean, or anything else."""
    from botocore.exceptions import ClientError

    try:
        create()
    except ClientError as error:
        if not _is_invalid(error):
            raise
        try:
            describe()
        except ClientError as absent:
            if _is_absent(absent):
                raise error from None
            raise


def ensure_group(name: str) -> None:
    """The model package group of this name is there."""
    client = _client()
    _ensure(
        lambda: client.create_model_package_group(ModelPackageGroupName=name),
        lambda: client.describe_model_package_group(ModelPackageGroupName=name),
    )


def create_package(
    group: str, *, token: str, image: str, data: str, approval: str, description: str, metadata: Mapping[str, str]
) -> str:
    """The ARN of a version of the group; the same ``token`` (at most 36 letters, digits, hyphens) and members answer
    with the same. ``data``: s3://.../model.tar.gz. ``approval``: Approved, Rejected or PendingManualApproval.
    """
    answer = _client().create_model_package(
        ModelPackageGroupName=group,
        ModelPackageDescription=description,
        ClientToken=token,
        ModelApprovalStatus=approval,
        CustomerMetadataProperties=dict(metadata),
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": data}],
            "SupportedContentTypes": list(FORMS),
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )
    return str(answer["ModelPackageArn"])


def set_approval(arn: str, state: str) -> None:
    """Approved, Rejected or PendingManualApproval; an event of it goes out, also where it was so before."""
    _client().update_model_package(ModelPackageArn=arn, ModelApprovalStatus=state)


def approval_of(arn: str) -> str:
    """What the registry says of the package now."""
    return str(_client().describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"])


def ensure_model(name: str, *, image: str, data: str, role: str, environment: Mapping[str, str]) -> None:
    """A model of this name is there: ``image`` with ``data`` unpacked, acting with ``role``."""
    client = _client()
    container = {"Image": image, "ModelDataUrl": data, "Environment": dict(environment)}
    _ensure(
        lambda: client.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container),
        lambda: client.describe_model(ModelName=name),
    )


def ensure_config(name: str, *, model: str, memory_mb: int, max_concurrency: int) -> None:
    """A serverless configuration of this name is there. ``memory_mb``: 1,024 to 6,144 in whole GB."""
    client = _client()
    size = {"MemorySizeInMB": memory_mb, "MaxConcurrency": max_concurrency}
    variant = {"VariantName": VARIANT, "ModelName": model, "ServerlessConfig": size}
    _ensure(
        lambda: client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant]),
        lambda: client.describe_endpoint_config(EndpointConfigName=name),
    )


def ensure_endpoint(name: str, *, config: str) -> None:
    """An endpoint of this name is there; whether it serves, and what, ``endpoint_state`` says."""
    client = _client()
    _ensure(
        lambda: client.create_endpoint(EndpointName=name, EndpointConfigName=config),
        lambda: client.describe_endpoint(EndpointName=name),
    )


def endpoint_state(name: str) -> tuple[str, str, str] | None:
    """Its status, its configuration, and why it failed (or was rolled back); None where it is not there."""
    from botocore.exceptions import ClientError

    try:
        found = _client().describe_endpoint(EndpointName=name)
    except ClientError as error:
        if _is_absent(error):
            return None
        raise
    return str(found["EndpointStatus"]), str(found.get("EndpointConfigName", "")), str(found.get("FailureReason", ""))


def delete_endpoint(name: str) -> None:
    """Endpoint, configuration and model of this name are gone; what was not there is fine. Raises what ``patient``
    calls ``unavailable`` while the endpoint is in progress: nothing else of it was deleted then.
    """
    client = _client()
    _delete_endpoint(client, name)
    _gone(lambda: client.delete_endpoint_config(EndpointConfigName=name))
    _gone(lambda: client.delete_model(ModelName=name))


def _delete_endpoint(client: Any, name: str) -> None:
    from botocore.exceptions import ClientError

    try:
        _gone(lambda: client.delete_endpoint(EndpointName=name))
    except ClientError as error:
        state = endpoint_state(name) if _is_invalid(error) else None
        if state is None or state[0] in ("InService", "Failed", "OutOfService"):
            raise
        if state[0] != "Deleting":
            raise _InProgress(f"The endpoint {name} is {state[0]}, and cannot be deleted yet.") from error


def _gone(delete: Callable[[], object]) -> None:
    from botocore.exceptions import ClientError

    try:
        delete()
    except ClientError as error:
        if not _is_absent(error):
            raise


def list_endpoints(prefix: str) -> list[str]:
    """The names of all endpoints that begin so, in any state."""
    pages = _client().get_paginator("list_endpoints").paginate(NameContains=prefix)
    names = [str(one["EndpointName"]) for page in pages for one in page["Endpoints"]]
    return [name for name in names if name.startswith(prefix)]
