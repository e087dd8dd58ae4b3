"""Retire: the endpoint that nobody is sent to any more is deleted; the run is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training import steps
from training.deploying import claims, retirement


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``outcome`` (of Point: deployed | overtaken) and ``retire`` in; ``{outcome, name,
    version, retired: <endpoint>}`` out. An endpoint that a pointer names stays.

    Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    retired = retirement.retire(bucket, table, run.name, event["retire"]["endpoint"])
    retirement.earlier(bucket, table, run)
    claims.end(table, run.version, run.execution, event["outcome"])
    count("EndpointsRetired", int(bool(retired)))
    logger().info("retired", extra={"model": run.name, "version": run.version, "endpoint": retired})
    return {"outcome": event["outcome"], "name": run.name, "version": run.version, "retired": retired}
