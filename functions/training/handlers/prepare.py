"""Prepare: the program's archive and the trials; the day's training jobs are taken here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings, spending
from common.objects import Bucket
from common.observability import Context, logger, observed
from common.table import Table
from training import steps
from training.deploying import claims, plans, requests
from training.model import JOBS, SPENDING


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
    Raises CeilingReached, PipelinePaused (waited for), ClaimLost, ProgramUnusable, WorkGone, StorageUnavailable,
    ConcurrentUpdate (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    claims.check(table, run)
    work = steps.work(bucket, run)
    if plans.chosen(bucket, run) is not None:
        return {"request": {}, "trials": []}
    archive = requests.archive(bucket, work)
    trials = plans.trials(work.manifest, run)
    with spending.held_as("TrainingHeld"), _purse(known) as purse:
        plans.pay(table, purse, run, len(trials))
    request = requests.request(work, run, bucket.name, known)
    said = [
        {
            "trial": each.number,
            "job": each.job,
            "hyperparameters": requests.hyperparameters(bucket, work, run, archive, each),
        }
        for each in trials
    ]
    logger().info("prepared", extra={"model": run.name, "version": run.version, "trials": len(trials)})
    return {"request": request, "trials": said}


def _purse(known: Settings) -> spending.Purse:
    return spending.open_purse(known.state_table, SPENDING, JOBS, known.daily_training_jobs)
