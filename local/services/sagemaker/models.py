"""The calls of models and endpoint configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from local.services.sagemaker import packages, store
from local.services.sagemaker.errors import Invalid, NotHere, exists, missing
from local.services.sagemaker.store import LOCK, Place, Record, Thing, now
from local.services.sagemaker.world import client, require_role, split, tell

MODEL: Final = "model"
CONFIG: Final = "endpoint-config"
_WORDS: Final = {MODEL: "model", CONFIG: "endpoint configuration"}
_WHOLE_GB: Final = 1_024


def create_model(members: Mapping[str, Any], place: Place) -> Record:
    """CreateModel: of one container, whose archive the role can read."""
    if "ExecutionRoleArn" not in members:
        raise Invalid("ExecutionRoleArn is required to access the model's data")
    name = members["ModelName"]
    require_role(members["ExecutionRoleArn"], place.arn(MODEL, name))
    container = _container(members, place)
    _require_data(container, members["ExecutionRoleArn"], place)
    described = {
        "EnableNetworkIsolation": False,
        **{key: value for key, value in members.items() if key != "Tags"},
        "ModelArn": place.arn(MODEL, name),
        "CreationTime": now(),
    }
    made = Thing(place, MODEL, name, described, store.tags_of(members), {"container": container})
    _add(made)
    tell("SageMaker Model State Change", made)
    return {"ModelArn": made.arn}


def _container(members: Mapping[str, Any], place: Place) -> Record:
    """The one container, with image, archive and environment of its package where it names one."""
    given = members.get("Containers", [])
    if "PrimaryContainer" in members and given:
        raise Invalid("Provide one of PrimaryContainer and Containers")
    containers = [members["PrimaryContainer"]] if "PrimaryContainer" in members else given
    if not containers:
        raise Invalid("A model needs a container: PrimaryContainer or Containers is missing")
    container: Record = dict(containers[0])
    if len(containers) > 1 or container.get("Mode") == "MultiModel":
        raise NotHere("model of several containers, or of many models")
    if "ModelPackageName" in container:
        container |= _of_package(container, place)
    if "ModelDataSource" in container or "ModelDataUrl" not in container:
        raise NotHere("model without ModelDataUrl")
    if "Image" not in container:
        raise Invalid("Image is required for a container without ModelPackageName")
    return container


def _of_package(container: Record, place: Place) -> Record:
    if "Image" in container or "ModelDataUrl" in container:
        raise Invalid("ModelPackageName takes the place of Image and ModelDataUrl")
    package = packages.find(container["ModelPackageName"], place).described()
    if package["ModelApprovalStatus"] != "Approved":
        raise Invalid(f"ModelPackage {package['ModelPackageArn']} is {package['ModelApprovalStatus']}, not Approved.")
    found = package["InferenceSpecification"]["Containers"][0]
    environment = {**found.get("Environment", {}), **container.get("Environment", {})}
    return {**{name: found[name] for name in ("Image", "ModelDataUrl") if name in found}, "Environment": environment}


def _require_data(container: Record, role: str, place: Place) -> None:
    """SageMaker looks, with the model's role, whether the archive can be read."""
    from botocore.exceptions import ClientError

    bucket, key = split(container["ModelDataUrl"])
    try:
        client("s3", role, place).head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        raise Invalid(
            f"Could not access model data at {container['ModelDataUrl']}. Please ensure that the role {role} exists "
            "and that its trust relationship policy allows the action sts:AssumeRole for the service principal "
            "sagemaker.amazonaws.com. Also ensure that the role has s3:GetObject permissions and that the object is "
            f"located in {place.region}."
        ) from error


def _add(made: Thing) -> None:
    with LOCK:
        if store.find(made.place, made.kind, made.name) is not None:
            raise exists(_WORDS[made.kind], made.arn)
        store.add(made)


def find(kind: str, name: str, place: Place) -> Thing:
    """A model or a configuration. Raises Invalid."""
    found = store.find(place, kind, name)
    if found is None:
        raise missing(_WORDS[kind], place.arn(kind, name))
    return found


def describe_model(members: Mapping[str, Any], place: Place) -> Record:
    """DescribeModel."""
    return find(MODEL, members["ModelName"], place).described()


def delete_model(members: Mapping[str, Any], place: Place) -> Record:
    """DeleteModel; what serves it goes on."""
    store.remove(find(MODEL, members["ModelName"], place))
    return {}


def create_config(members: Mapping[str, Any], place: Place) -> Record:
    """CreateEndpointConfig: of one variant, serverless or with instances."""
    for other in ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants"):
        if other in members:
            raise NotHere(f"{other} of an endpoint")
    if members.get("DataCaptureConfig", {}).get("EnableCapture"):
        raise NotHere("DataCaptureConfig of an endpoint")
    names = [variant["VariantName"] for variant in members["ProductionVariants"]]
    if len(set(names)) < len(names):
        raise Invalid("Variant names must be unique")
    for variant in members["ProductionVariants"]:
        _check_variant(variant, place)
    if len(names) > 1:
        if any("ServerlessConfig" in variant for variant in members["ProductionVariants"]):
            raise Invalid("A serverless endpoint has one production variant")
        raise NotHere("endpoint of several variants")
    name = members["EndpointConfigName"]
    described = {
        **{key: value for key, value in members.items() if key != "Tags"},
        "ProductionVariants": [{"InitialVariantWeight": 1.0, **one} for one in members["ProductionVariants"]],
        "EndpointConfigArn": place.arn(CONFIG, name),
        "CreationTime": now(),
    }
    made = Thing(place, CONFIG, name, described, store.tags_of(members))
    _add(made)
    tell("SageMaker Endpoint Config State Change", made)
    return {"EndpointConfigArn": made.arn}


def _check_variant(variant: Mapping[str, Any], place: Place) -> None:
    serverless = variant.get("ServerlessConfig")
    if "ModelName" not in variant:
        raise NotHere("variant without ModelName")
    if serverless is not None and ("InstanceType" in variant or "InitialInstanceCount" in variant):
        raise Invalid("A variant has ServerlessConfig, or InstanceType and InitialInstanceCount")
    if serverless is None and not ("InstanceType" in variant and "InitialInstanceCount" in variant):
        raise Invalid("A variant needs InstanceType and InitialInstanceCount, or ServerlessConfig")
    if serverless is not None and serverless["MemorySizeInMB"] % _WHOLE_GB:
        raise Invalid(f"MemorySizeInMB {serverless['MemorySizeInMB']} is not one of 1024, 2048, 3072, 4096, 5120, 6144")
    if serverless is not None and serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        raise Invalid("ProvisionedConcurrency must be at most MaxConcurrency")
    find(MODEL, variant["ModelName"], place)


def describe_config(members: Mapping[str, Any], place: Place) -> Record:
    """DescribeEndpointConfig."""
    return find(CONFIG, members["EndpointConfigName"], place).described()


def delete_config(members: Mapping[str, Any], place: Place) -> Record:
    """DeleteEndpointConfig; an endpoint that has it goes on."""
    store.remove(find(CONFIG, members["EndpointConfigName"], place))
    return {}
