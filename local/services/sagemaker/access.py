"""What a request must be allowed to do, and on what.

Resources as the service authorization reference has them ("Amazon SageMaker"), names in lower case as in AWS's ARNs.
Who gives a role away needs iam:PassRole for it, with ``iam:PassedToService``; who gives tags needs sagemaker:AddTags.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from local.services.sagemaker.store import Place

SERVICE: Final = "sagemaker.amazonaws.com"
#: Operation -> kind of its resource and the member that names it.
_OWN: Final = {
    "CreateTrainingJob": ("training-job", "TrainingJobName"),
    "DescribeTrainingJob": ("training-job", "TrainingJobName"),
    "StopTrainingJob": ("training-job", "TrainingJobName"),
    "CreateModel": ("model", "ModelName"),
    "DescribeModel": ("model", "ModelName"),
    "DeleteModel": ("model", "ModelName"),
    "CreateEndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "DescribeEndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "DeleteEndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "CreateEndpoint": ("endpoint", "EndpointName"),
    "UpdateEndpoint": ("endpoint", "EndpointName"),
    "DescribeEndpoint": ("endpoint", "EndpointName"),
    "DeleteEndpoint": ("endpoint", "EndpointName"),
    "CreateModelPackageGroup": ("model-package-group", "ModelPackageGroupName"),
    "DescribeModelPackageGroup": ("model-package-group", "ModelPackageGroupName"),
    "CreateModelPackage": ("model-package-group", "ModelPackageGroupName"),
    "DescribeModelPackage": ("model-package", "ModelPackageName"),
    "UpdateModelPackage": ("model-package", "ModelPackageArn"),
    "AddTags": ("", "ResourceArn"),
    "ListTags": ("", "ResourceArn"),
    "DeleteTags": ("", "ResourceArn"),
}
_ROLES: Final = ("RoleArn", "ExecutionRoleArn")


def resources(path: str, target: str, body: bytes, region: str, account: str) -> list[tuple[str, dict[str, str]]]:
    """The resources of a request, with condition keys of the service; ``*`` where it names none."""
    place = Place(account, region)
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "endpoints" and len(parts) > 1:
        return [(place.arn("endpoint", parts[1]), {})]
    operation = target.rpartition(".")[2]
    members = _members(body)
    found: list[tuple[str, dict[str, str]]] = [(_named(operation, members, place), {})]
    if operation in ("CreateEndpoint", "UpdateEndpoint"):  # both are asked of the configuration too
        found.append((place.arn("endpoint-config", str(members.get("EndpointConfigName", ""))), {}))
    if operation == "CreateModelPackage":  # of the group, and of the version that is to come
        group = str(members.get("ModelPackageGroupName", "")).rpartition("/")[2]
        found.append((place.arn("model-package", f"{group}/1"), {}))
    return found


def also(target: str, body: bytes, region: str, account: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Actions beside the one that the call is named after."""
    operation = target.rpartition(".")[2]
    if not operation.startswith(("Create", "Update")):
        return
    members = _members(body)
    if members.get("Tags"):
        yield "sagemaker:AddTags", _named(operation, members, Place(account, region)), {}
    for name in _ROLES:
        if isinstance(members.get(name), str):
            yield "iam:PassRole", members[name], {"iam:passedtoservice": SERVICE}


def _named(operation: str, members: Mapping[str, Any], place: Place) -> str:
    kind, member = _OWN.get(operation, ("", ""))
    name = members.get(member)
    if not isinstance(name, str):
        return "*"
    return name.lower() if name.startswith("arn:") else place.arn(kind, name)


def _members(body: bytes) -> dict[str, Any]:
    """Of a request; none of what is no JSON object, which the engine refuses."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
