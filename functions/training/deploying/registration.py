"""A version in SageMaker's registry: one package of the model's group, and who decides about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.objects import Bucket
from common.table import Table
from services import sagemaker
from training import steps
from training.deploying import approvals, endpoints
from training.deploying.approvals import APPROVED, REFUSED, Said
from training.errors import NotAnEvent
from training.steps import Run

FOR_EVER: Final = 10 * 365 * 86_400
CHANGED: Final = "SageMaker Model Package State Change"
STATUSES: Final = {APPROVED: "Approved", REFUSED: "Rejected"}
PENDING: Final = "PendingManualApproval"
REGISTRY: Final = "SageMaker's registry"


@dataclass(frozen=True, slots=True)
class Package:
    """``waits``: whether a person has to decide."""

    arn: str
    waits: bool


def group_of(stack: str, name: str) -> str:
    return f"{endpoints.prefix(stack)}{name}"


def by_version(name: str, version: str) -> str:
    return f"approval#package#{name}#{version}"


def by_arn(arn: str) -> str:
    return f"approval#package#{arn}"


def register(bucket: Bucket, table: Table, run: Run, waits: bool, stack: str, image: str) -> Package:
    """``waits``: whether a person has to decide.

    Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable.
    """
    seen = table.get(by_version(run.name, run.version))
    status = PENDING if waits else STATUSES[APPROVED]
    arn = seen["arn"] if seen else _created(bucket, run, stack, image, status)
    table.put(by_arn(arn), {"name": run.name, "version": run.version}, seconds=FOR_EVER)
    table.put(by_version(run.name, run.version), {"arn": arn, "at": run.at}, seconds=FOR_EVER)
    if seen and seen["at"] != run.at:
        # The version comes back; what was said of it the last time does not count.
        with endpoints.patient():
            sagemaker.set_approval(arn, status)
    if not waits:
        approvals.allow(table, run, arn)
    return Package(arn, waits)


def _created(bucket: Bucket, run: Run, stack: str, image: str, status: str) -> str:
    group = group_of(stack, run.name)
    with endpoints.patient():
        sagemaker.ensure_group(group)
        return sagemaker.create_package(
            group,
            token=run.version,
            image=image,
            data=f"s3://{bucket.name}/{run.folder}model.tar.gz",
            approval=status,
            description=f"{run.name} {run.version}",
            metadata={"version": run.version, "report": f"s3://{bucket.name}/{steps.key(run.version, steps.REPORT)}"},
        )


def decision_of(table: Table, event: Mapping[str, Any]) -> Said | None:
    """What an event, or an operator, says of which version; None where it is about nothing of ours, or says nothing.

    Raises NotAnEvent, SageMakerThrottled, SageMakerUnavailable, StorageUnavailable.
    """
    if event.get("detail-type") == CHANGED:
        return _of_registry(table, event["detail"])
    decision = event.get("decision")
    if decision not in STATUSES or not all(isinstance(event.get(name), str) for name in ("name", "version", "by")):
        raise NotAnEvent("Invoke it with name, version, by and decision: approved or refused.")
    item = table.get(by_version(event["name"], event["version"])) or {}
    return Said(event["name"], event["version"], decision, event["by"], item.get("arn", ""))


def _of_registry(table: Table, detail: Mapping[str, Any]) -> Said | None:
    """Events come doubled and late; what the registry says now is what counts."""
    arn = str(detail.get("ModelPackageArn", ""))
    item = table.get(by_arn(arn))
    if item is None:
        return None
    return standing(item["name"], item["version"], arn)


def standing(name: str, version: str, arn: str) -> Said | None:
    """What the registry says now; None where it says nothing yet. Raises SageMakerThrottled, SageMakerUnavailable."""
    with endpoints.patient():
        status = sagemaker.approval_of(arn)
    decision = next((each for each, said in STATUSES.items() if said == status), None)
    return None if decision is None else Said(name, version, decision, REGISTRY, arn, registered=True)


def tell(said: Said) -> None:
    """An operator's decision, for the registry. Raises SageMakerThrottled, SageMakerUnavailable."""
    with endpoints.patient():
        sagemaker.set_approval(said.package, STATUSES[said.decision])
