"""Endpoints that nobody is sent to any more, and models that are taken out of service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from common.objects import Bucket
from common.table import Table
from services import sagemaker
from training.deploying import claims, endpoints
from training.model import Pointer
from training.serving import pointers
from training.steps import Run


def retire(bucket: Bucket, table: Table, name: str, endpoint: str) -> str:
    """Deletes the endpoint, its configuration and its model, unless the pointer names it; the endpoint, or nothing.

    Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable.
    """
    pointer = pointers.read(bucket, name)
    if not endpoint or (pointer is not None and pointer.version is not None and pointer.endpoint == endpoint):
        return ""
    with endpoints.patient():
        sagemaker.delete_endpoint(endpoint)
    endpoints.forget(table, endpoint)
    return endpoint


def earlier(bucket: Bucket, table: Table, run: Run) -> None:
    """Endpoints that earlier attempts at the version have made go, unless the pointer names one: each attempt has its
    own, and nobody else would delete that of one that died. Raises as ``retire`` does."""
    claim = table.get(claims.key(run.version)) or {}
    head, _, number = str(claim.get("endpoint", "")).rpartition("-")
    for attempt in range(1, int(number) if number.isdigit() else 1):
        retire(bucket, table, run.name, f"{head}-{attempt}")


def withdraw(bucket: Bucket, name: str) -> Pointer | None:
    """Nothing serves under this name any more, and no run that began before now points at anything.

    The pointer before, None where nothing served; its endpoint is the caller's to delete, by his own rights. Raises
    ConcurrentUpdate (try again), StorageUnavailable.
    """
    before = pointers.read(bucket, name)
    if before is None or before.version is None:
        return None
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    order = max(claims.order(now, 0), before.order)
    pointers.move(
        bucket,
        before,
        replace(before, version=None, endpoint="", previous=before.version, moved_at=now, order=order),
    )
    return before
