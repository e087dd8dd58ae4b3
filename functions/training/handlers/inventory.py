"""Inventory: endpoints that no pointer names, and approvals that wait, as of now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training.deploying import approvals, inventories


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    stack_name: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:  # noqa: ARG001 - a schedule says nothing
    """On a schedule. ``{endpoints: [names without a pointer], waiting: [[name, version]]}`` out.

    An endpoint that a run made in the last hours and has not pointed at yet is left out.
    Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable (the next one comes soon).
    """
    known = settings.read(Settings)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    lost, waiting = inventories.lost(bucket, table, known.stack_name), approvals.waiting(table)
    count("EndpointsWithoutPointer", len(lost))
    count("ApprovalsWaiting", len(waiting))
    logger().info("inventory", extra={"endpoints": lost, "waiting": len(waiting)})
    return {"endpoints": lost, "waiting": waiting}
