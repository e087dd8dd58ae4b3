"""The calls of SageMaker: its control plane, and InvokeEndpoint of what was created here or is the summariser's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.cloud.http import Request, Response, as_json
from local.services.errors import ServiceError
from local.services.sagemaker import endpoints, jobs, models, packages, summariser, switches, tags
from local.services.sagemaker.errors import MODEL, NotHere
from local.services.sagemaker.runtime import ERRORS, NAME
from local.services.sagemaker.store import Place, Record
from local.services.sagemaker.summariser import SWITCHES

__all__ = ["ERRORS", "SWITCHES", "control", "handle"]

_TYPE: Final = "application/x-amz-json-1.1"
_TARGET: Final = "SageMaker."

Call = Callable[[Mapping[str, Any], Place], Record]
CALLS: Final[Mapping[str, Call]] = {
    "CreateTrainingJob": jobs.create,
    "DescribeTrainingJob": jobs.describe,
    "StopTrainingJob": jobs.stop,
    "ListTrainingJobs": jobs.listed,
    "CreateModel": models.create_model,
    "DescribeModel": models.describe_model,
    "DeleteModel": models.delete_model,
    "CreateEndpointConfig": models.create_config,
    "DescribeEndpointConfig": models.describe_config,
    "DeleteEndpointConfig": models.delete_config,
    "CreateEndpoint": endpoints.create,
    "UpdateEndpoint": endpoints.update,
    "DescribeEndpoint": endpoints.describe,
    "DeleteEndpoint": endpoints.delete,
    "ListEndpoints": endpoints.listed,
    "CreateModelPackageGroup": packages.create_group,
    "DescribeModelPackageGroup": packages.describe_group,
    "CreateModelPackage": packages.create,
    "DescribeModelPackage": packages.describe,
    "UpdateModelPackage": packages.update,
    "ListModelPackages": packages.listed,
    "AddTags": tags.add,
    "ListTags": tags.listed,
    "DeleteTags": tags.delete,
}
control = SWITCHES.control


def handle(request: Request) -> Response:
    """Answer one call; signature and permissions were checked before."""
    target = request.headers.get("x-amz-target", "")
    if not target.startswith(_TARGET):
        return summariser.handle(request)
    headers = {"content-type": _TYPE, "x-millrace-engine": NAME}
    try:
        return as_json(200, _answer(target.removeprefix(_TARGET), request), headers)
    except ServiceError as error:
        return error.response(headers)


def _answer(operation: str, request: Request) -> Record:
    call = CALLS.get(operation)
    if call is None:
        raise NotHere(f"operation {operation}")
    switches.NOW.strike(operation)
    return call(MODEL.read(operation, request.body), Place(request.account, request.region))
