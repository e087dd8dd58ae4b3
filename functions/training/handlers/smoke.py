"""Smoke: twenty stored rows through what will serve -> it answers as the job did, or the model goes no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from training import steps
from training.deploying import smoking


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    predict_name: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{smoked: <rows>}`` out, 0 where nothing serves (``deploy`` none).

    Raises SmokeFailed, WorkGone, StorageUnavailable, ServiceUnavailable (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    rows = smoking.smoke(Bucket(known.models_bucket), run, event["deploy"], event["endpoint"], known.predict_name)
    logger().info("smoked", extra={"model": run.name, "version": run.version, "rows": rows})
    return {"smoked": rows}
