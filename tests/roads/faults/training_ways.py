"""Work for the functions of training: manifests that become models, wait for a person, or are refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.faults.account import Account
from tests.e2e.waiting import eventually
from tests.workflow.training.desk import Desk
from training.deploying import approvals, claims

PATIENCE = 240
PARAMETERS = {"UseTraining": "true"}
FOLDER = "riders"
SERVICE, LOOKED = "training", "EndpointsWithoutPointer"
Done = Callable[[], bool]


def make(account: Account) -> None:
    """Rows to learn from."""
    Desk(account.cloud).put_rows(FOLDER)


def train(account: Account, **more: Any) -> Done:
    """A model of a name of its own; it is there once the last step has ended its claim."""
    desk, name = Desk(account.cloud), _name()
    desk.put(f"manifests/{name}.json", json.dumps(desk.manifest(name, FOLDER, **more)).encode())
    return lambda: _served(desk, name)


def endpoint(account: Account) -> Done:
    return train(account, deploy={"kind": "serverless", "memory_mb": 1024})


def asked(account: Account) -> Done:
    """A person is asked; nobody answers, and the run goes on to wait."""
    desk, name = Desk(account.cloud), _name()
    desk.put(f"manifests/{name}.json", json.dumps(desk.manifest(name, FOLDER, approval="manual")).encode())
    return lambda: _waits(desk, name)


def decided(account: Account) -> Done:
    """A person approves in SageMaker's registry."""
    desk, name = Desk(account.cloud), _name()
    desk.put(f"manifests/{name}.json", json.dumps(desk.manifest(name, FOLDER, approval="manual")).encode())
    eventually(lambda: _waits(desk, name) or None, f"{name} waits for a person", PATIENCE)
    sagemaker, group = account.cloud.client("sagemaker"), f"{account.cloud.outputs['TrainingPrefix']}-{name}"
    (package,) = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    sagemaker.update_model_package(ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Approved")
    return lambda: _served(desk, name)


def refused(account: Account) -> Done:
    desk, name = Desk(account.cloud), _name()
    desk.put(f"manifests/{name}.json", json.dumps(desk.manifest(name, FOLDER, target="income")).encode())
    prefix = f"rejected/{name}/"
    s3 = account.cloud.client("s3")
    return lambda: bool(s3.list_objects_v2(Bucket=desk.bucket, Prefix=prefix).get("Contents"))


def inventory(account: Account) -> Done:
    """As the schedule calls it: asynchronously, and one try more."""
    before = _looks(account)
    name = account.cloud.physical_id("TrainingInventory")
    account.cloud.client("lambda").invoke(FunctionName=f"{name}:live", InvocationType="Event", Payload=b"{}")
    return lambda: _looks(account) > before


def _name() -> str:
    return f"m{uuid.uuid4().hex[:12]}"


def _served(desk: Desk, name: str) -> bool:
    version = desk.serving(name)
    claim = desk.table().get(claims.key(version)) if version else None
    return claim is not None and claim["state"] == claims.ENDED


def _waits(desk: Desk, name: str) -> bool:
    return name in {each for each, _ in approvals.waiting(desk.table())}


def _looks(account: Account) -> float:
    """How often the inventory has counted, also where it counted nothing."""
    now = datetime.now(UTC)
    points = account.cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Millrace/Training",
        MetricName=LOOKED,
        Dimensions=[{"Name": "service", "Value": f"{account.cloud.stack}-{SERVICE}"}],
        StartTime=now - timedelta(hours=3),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["SampleCount"],
    )["Datapoints"]
    return float(sum(point["SampleCount"] for point in points))
