"""Evaluate: the rows of the test channel -> the new model's probabilities, and the live one's on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from training import steps
from training.tuning import scoring


@dataclass(frozen=True)
class Settings:
    models_bucket: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{live: <version that serves> | null, tested: <rows>}`` out.

    Raises ChannelUnreadable, ModelMissing, WorkGone, StorageUnavailable (try again).
    """
    bucket, run = Bucket(settings.read(Settings).models_bucket), steps.Run.of(event)
    scored = scoring.score(bucket, run, steps.work(bucket, run), steps.columns(bucket, run))
    steps.put_packed(bucket, run.version, steps.SCORES, scored.to_json())
    count("TestRowsLeftOut", scored.left_out)
    logger().info("evaluated", extra={"model": run.name, "version": run.version, "live": scored.live_version})
    return {"live": scored.live_version, "tested": len(scored.labels)}
