"""Register: an accepted model -> a package of its group in SageMaker's registry, and the files that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from common.table import Table
from training import steps
from training.deploying import claims, registration


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    stack_name: str
    training_image: str
    training_approval: str
    """``manual``: a person approves every model. ``manifest``: where its manifest asks for one."""


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{package: <ARN>, approve: true | false}`` out: whether a person has to.

    A repeated call finds the same package (ClientToken is the version).
    Raises ClaimLost, WorkGone, SageMakerThrottled, SageMakerUnavailable, StorageUnavailable, ConcurrentUpdate (try
    again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    claims.check(table, run)
    work = steps.work(bucket, run)
    waits = known.training_approval == "manual" or work.manifest.approval == "manual"
    package = registration.register(bucket, table, run, waits, known.stack_name, known.training_image)
    logger().info("registered", extra={"model": run.name, "version": run.version, "package": package.arn})
    return {"package": package.arn, "approve": package.waits}
