"""Prepare: the program's archive and the trials; the day's training jobs are taken here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings, spending
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training import steps
from training.deploying import claims
from training.model import JOBS, SPENDING
from training.tuning import plans, requests


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    training_image: str
    training_role_arn: str
    training_instance_type: str
    training_seconds: int
    daily_training_jobs: int


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{request, trials: [{trial, job, hyperparameters}]}`` out.

    A trial's CreateTrainingJob has ``request`` as its arguments, with TrainingJobName = ``job`` + ``-<RedriveCount>-
    <RetryCount>`` and HyperParameters = ``hyperparameters``. No trials: the version was trained before, and Choose
    finds what it left. What is paid for an attempt of a version is paid once.
    Raises CeilingReached, PipelinePaused (waited for), ClaimLost, ManifestInvalid, ProgramUnusable, WorkGone,
    StorageUnavailable, ConcurrentUpdate (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    claims.check(table, run)
    if plans.chosen(bucket, run) is not None:
        return {"request": {}, "trials": []}
    work, found = steps.work(bucket, run), steps.columns(bucket, run)
    archive = requests.stored(bucket, work, known.training_image)
    trials = plans.trials(work.manifest, run)
    uri, request = f"s3://{bucket.name}/{archive}", requests.request(work, run, bucket.name, known)
    told = [requests.trial(each, work.manifest, found, run, uri) for each in trials]
    state = requests.small({"request": request, "trials": told})
    with spending.held_as("TrainingHeld"), _purse(known) as purse:
        plans.pay(table, purse, run, len(trials))
    count("JobsPlanned", len(trials))
    logger().info("prepared", extra={"model": run.name, "version": run.version, "trials": len(trials)})
    return state


def _purse(known: Settings) -> spending.Purse:
    return spending.open_purse(known.state_table, SPENDING, JOBS, known.daily_training_jobs)
