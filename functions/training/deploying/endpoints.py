"""A serverless endpoint per version and attempt: endpoints have no alias, so that the pointer chooses between them."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from common.table import Table
from services import sagemaker
from training.deploying import claims
from training.errors import EndpointFailed, EndpointPending, SageMakerThrottled, SageMakerUnavailable
from training.manifest import Deploy
from training.steps import Run

FOR_EVER: Final = 10 * 365 * 86_400
LONGEST_SECONDS: Final = 1_800
"""Within which an endpoint has to be in service: a serverless one takes minutes."""
PENDING: Final = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
ENVIRONMENT: Final = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
}
"""As the scikit-learn image reads it where the archive has a folder ``code``."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What the stack has for endpoints."""

    stack: str
    image: str
    role: str
    bucket: str


def patient() -> AbstractContextManager[None]:
    """SageMaker's control plane under the names that the machine waits for."""
    return sagemaker.patient(throttled=SageMakerThrottled, unavailable=SageMakerUnavailable)


def prefix(stack: str) -> str:
    """Of this stack's endpoints; SageMaker's ARNs have small letters only."""
    return f"{stack.lower()}-"


def name_of(stack: str, run: Run) -> str:
    """At most 63 characters (``manifests.sources.MOST_STACK``). A version that comes back gets another one, since the
    endpoint of its first time may be on its way out."""
    return f"{prefix(stack)}{run.name}-{run.version[:8]}-{run.attempt}"


def key(endpoint: str) -> str:
    return f"train#endpoint#{endpoint}"


def deploy(table: Table, placed: Placed, run: Run, deploy: Deploy) -> str:
    """The endpoint's name. Repeated calls find what is there. Raises ClaimLost, EndpointFailed, SageMakerThrottled,
    SageMakerUnavailable, StorageUnavailable."""
    name = name_of(placed.stack, run)
    # Known before it is there: whatever dies, Refuse and the inventory find it.
    claims.note(table, run, endpoint=name)
    item = {"name": run.name, "version": run.version, "made": int(time.time())}
    table.put_if_absent(key(name), item, seconds=FOR_EVER)
    data = f"s3://{placed.bucket}/{run.folder}model.tar.gz"
    with patient():
        sagemaker.ensure_model(name, image=placed.image, data=data, role=placed.role, environment=ENVIRONMENT)
        sagemaker.ensure_config(name, model=name, memory_mb=deploy.memory_mb, max_concurrency=deploy.max_concurrency)
        sagemaker.ensure_endpoint(name, config=name)
    return name


def look(table: Table, name: str) -> None:
    """Raises EndpointPending while it is not in service, EndpointFailed once it will never be.

    InService alone is no success: an update that was rolled back is in service with the configuration before it.
    """
    with patient():
        found = sagemaker.endpoint_state(name)
    if found is None:
        raise EndpointFailed(f"The endpoint {name} is gone: put the manifest again.")
    status, config, reason = found
    if status == "InService" and config == name:
        return
    if status not in PENDING:
        raise EndpointFailed(f"The endpoint {name} is {status} with the configuration {config}. {reason}".rstrip())
    since = made(table, name)
    if since is not None and time.time() - since > LONGEST_SECONDS:
        raise EndpointFailed(f"The endpoint {name} is still {status} after {LONGEST_SECONDS // 60} minutes.")
    raise EndpointPending(f"The endpoint {name} is {status}.")


def made(table: Table, name: str) -> int | None:
    """When this stack asked for the endpoint, in seconds of the epoch; None where it never did."""
    item = table.get(key(name))
    return None if item is None else int(item["made"])


def forget(table: Table, name: str) -> None:
    table.delete(key(name))
