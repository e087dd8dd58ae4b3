"""The calls of model package groups and of the packages in them.

A group's versions are numbered from 1, and a number is never given twice. ClientToken makes CreateModelPackage
idempotent: the same token and members answer with the same package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from local.services.errors import ServiceError
from local.services.sagemaker import pages, store
from local.services.sagemaker.errors import Invalid, NotHere
from local.services.sagemaker.store import LOCK, Place, Record, Thing, now
from local.services.sagemaker.world import tell

GROUP: Final = "model-package-group"
PACKAGE: Final = "model-package"
EVENT: Final = "SageMaker Model Package State Change"
PENDING: Final = "PendingManualApproval"
#: Of an event; the whole specification would not be in it (SageMaker Developer Guide, "Model package state change").
_TOLD: Final = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "CustomerMetadataProperties",
)
_SUMMARY: Final = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
)
_CHANGED: Final = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)


def create_group(members: Mapping[str, Any], place: Place) -> Record:
    """CreateModelPackageGroup."""
    name = members["ModelPackageGroupName"]
    made = Thing(
        place,
        GROUP,
        name,
        {
            **{key: value for key, value in members.items() if key != "Tags"},
            "ModelPackageGroupArn": place.arn(GROUP, name),
            "CreationTime": now(),
            "CreatedBy": {},
            "ModelPackageGroupStatus": "Completed",
        },
        store.tags_of(members),
        {"last": 0},
    )
    with LOCK:
        if store.find(place, GROUP, name) is not None:
            raise Invalid(f"Model Package Group already exists: {made.arn}")
        store.add(made)
    return {"ModelPackageGroupArn": made.arn}


def describe_group(members: Mapping[str, Any], place: Place) -> Record:
    """DescribeModelPackageGroup."""
    return _group(members["ModelPackageGroupName"], place).described()


def _group(named: str, place: Place) -> Thing:
    found = store.find(place, GROUP, named.rpartition("/")[2])
    if found is None:
        raise Invalid(f"ModelPackageGroup {place.arn(GROUP, named.rpartition('/')[2])} does not exist.")
    return found


def create(members: Mapping[str, Any], place: Place) -> Record:
    """CreateModelPackage: the next version of its group."""
    if "ModelPackageName" in members or "ModelPackageGroupName" not in members:
        raise NotHere("model package outside of a group")
    if not members.get("InferenceSpecification", {}).get("Containers"):
        raise Invalid("InferenceSpecification is required to create a versioned model package")
    asked = {name: value for name, value in members.items() if name != "ClientToken"}
    with LOCK:
        group = _group(members["ModelPackageGroupName"], place)
        made = _before(group, members.get("ClientToken"), asked)
        if made is not None:
            return {"ModelPackageArn": made.arn}
        made = _package(asked, group, place)
        made.kept |= {"token": members.get("ClientToken"), "asked": asked}
        store.add(made)
    _tell(made)
    return {"ModelPackageArn": made.arn}


def _before(group: Thing, token: str | None, asked: Record) -> Thing | None:
    """What this token made before. Raises ConflictException where it was asked for something else."""
    for one in _versions(group) if token else ():
        if one.kept["token"] == token:
            if one.kept["asked"] != asked:
                raise ServiceError("ConflictException", f"ClientToken {token} was used with other parameters")
            return one
    return None


def _package(asked: Record, group: Thing, place: Place) -> Thing:
    group.kept["last"] = version = group.kept["last"] + 1
    name = f"{group.name}/{version}"
    at = now()
    described = {
        **{key: value for key, value in asked.items() if key != "Tags"},
        "ModelPackageName": group.name,
        "ModelPackageGroupName": group.name,
        "ModelPackageVersion": version,
        "ModelPackageArn": place.arn(PACKAGE, name),
        "CreationTime": at,
        "LastModifiedTime": at,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "ModelApprovalStatus": asked.get("ModelApprovalStatus", PENDING),
        "CertifyForMarketplace": False,
    }
    return Thing(place, PACKAGE, name, described, store.tags_of(asked))


def _versions(group: Thing) -> list[Thing]:
    return [one for one in store.of_kind(group.place, PACKAGE) if one.name.rpartition("/")[0] == group.name]


def find(named: str, place: Place) -> Thing:
    """A version, by its ARN or ``<group>/<number>``. Raises Invalid."""
    arn = named if named.startswith("arn:") else place.arn(PACKAGE, named)
    found = store.by_arn(arn)
    if found is None or found.kind != PACKAGE:
        raise Invalid(f"ModelPackage {arn} does not exist.")
    return found


def describe(members: Mapping[str, Any], place: Place) -> Record:
    """DescribeModelPackage."""
    return find(members["ModelPackageName"], place).described()


def update(members: Mapping[str, Any], place: Place) -> Record:
    """UpdateModelPackage: mostly its approval, of which there is an event each time."""
    package = find(members["ModelPackageArn"], place)
    with LOCK:
        package.members |= {name: members[name] for name in _CHANGED if name in members}
        properties = {
            **package.members.get("CustomerMetadataProperties", {}),
            **members.get("CustomerMetadataProperties", {}),
        }
        for name in members.get("CustomerMetadataPropertiesToRemove", ()):
            properties.pop(name, None)
        package.members |= {"CustomerMetadataProperties": properties} if properties else {}
        package.members["LastModifiedTime"] = now()
    _tell(package)
    return {"ModelPackageArn": package.arn}


def _tell(package: Thing) -> None:
    members = package.described()
    told = Thing(package.place, PACKAGE, package.name, {name: members[name] for name in _TOLD if name in members})
    told.tags = package.tags
    tell(EVENT, told)


def listed(members: Mapping[str, Any], place: Place) -> Record:
    """ListModelPackages; those of a group, as there are no others here."""
    group = members.get("ModelPackageGroupName")
    found = _versions(_group(group, place)) if group else []
    if not group and members.get("ModelPackageType") in ("Versioned", "Both"):
        found = store.of_kind(place, PACKAGE)
    wanted = {**members, "StatusEquals": members.get("ModelApprovalStatus")}
    page, more = pages.listed(found, wanted, "ModelApprovalStatus", _summary)
    return {"ModelPackageSummaryList": page, **more}


def _summary(package: Thing) -> Record:
    members = package.described()
    return {name: members[name] for name in _SUMMARY if name in members}
