"""EndpointDeploy: a serverless endpoint of its own for an approved model; nothing for one that a function serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from common.table import Table
from training import steps
from training.deploying import claims, endpoints


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    stack_name: str
    training_image: str
    training_role_arn: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{endpoint: <name>}`` out, empty where there is nothing to wait for.

    A repeated call finds what is there. Raises ClaimLost, EndpointFailed, WorkGone, SageMakerThrottled,
    SageMakerUnavailable, StorageUnavailable (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    claims.check(table, run)
    work = steps.work(bucket, run)
    if work.manifest.deploy.kind != "serverless":
        return {"endpoint": ""}
    placed = endpoints.Placed(known.stack_name, known.training_image, known.training_role_arn, bucket.name)
    name = endpoints.deploy(table, placed, run, work.manifest.deploy)
    logger().info("endpoint asked for", extra={"model": run.name, "version": run.version, "endpoint": name})
    return {"endpoint": name}
