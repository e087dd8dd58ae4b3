"""Choose: what the training jobs came to -> the best of them, its files unpacked below models/<name>/<version>/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, measure, observed
from training import steps
from training.tuning import choosing


@dataclass(frozen=True)
class Settings:
    models_bucket: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``jobs`` in, one of each trial: ``{trial, job, status, model, metrics, seconds}`` of one
    that ended (TrainingJobStatus, ModelArtifacts.S3ModelArtifacts, FinalMetricDataList, BillableTimeInSeconds), or
    ``{trial, error, cause}`` (of the error that was caught).

    ``{trial, model: "models/<name>/<version>/"}`` out. What was chosen once stays, whatever a repeat is given.
    Raises JobsFailed, ModelMissing, MetricMissing, ExportDiffers, ProgramUnusable, ProgramFailed, ChannelUnreadable
    (rows changed meanwhile), WorkGone, StorageUnavailable, ConcurrentUpdate (try again).
    """
    bucket, run = Bucket(settings.read(Settings).models_bucket), steps.Run.of(event)
    jobs = choosing.read(event.get("jobs", []))
    if jobs and choosing.heard_first(bucket, run, jobs):
        count("JobsFailed", sum(job.failed for job in jobs))
        measure("TrainingSeconds", "Seconds", sum(job.seconds for job in jobs))
    work, found = steps.work(bucket, run), steps.columns(bucket, run)
    chosen = choosing.choose(bucket, run, work, found, jobs)
    count("ModelsTrained", int(chosen.fresh))
    logger().info("chosen", extra={"model": run.name, "version": run.version, "trial": chosen.trial})
    return {"trial": chosen.trial, "model": chosen.place}
