"""Validate: every row once -> columns, classes, counts and cautions, or the name of what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from training import steps
from training.manifests import checks


@dataclass(frozen=True)
class Settings:
    models_bucket: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{rows: {train, validation?, test}, cautions: <how many>}`` out.

    Raises ChannelUnreadable, ClassEmpty, LabelLeak, ColumnConstant, TargetMissing, TooFewRows, ProgramUnusable,
    ManifestInvalid, WorkGone, StorageUnavailable (try again).
    """
    bucket, run = Bucket(settings.read(Settings).models_bucket), steps.Run.of(event)
    work = steps.work(bucket, run)
    found = checks.check(work)
    steps.put(bucket, run.version, steps.COLUMNS, found.to_json())
    count("RowsLookedAt", sum(found.rows.values()))
    logger().info("validated", extra={"model": run.name, "version": run.version, "rows": found.rows})
    return {"rows": found.rows, "cautions": len(found.cautions)}
