"""What the training jobs came to -> the best of them, and its files where a version's files lie."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.objects import Bucket, encode
from training import steps
from training.errors import (
    ChannelUnreadable,
    ExportDiffers,
    JobsFailed,
    MetricMissing,
    ModelMissing,
    ProgramFailed,
    ProgramUnusable,
    RefusedManifest,
)
from training.manifests import data
from training.manifests.columns import Found
from training.manifests.works import Work
from training.model import SCHEMA, Json, Metric
from training.steps import Run
from training.tuning import files, kept, plans

MOST_REASON = 1_024
"""Characters that SageMaker gives."""
SHOWN = 400
"""Characters of a job's reason that are told."""
NAMED: dict[str, type[RefusedManifest]] = {
    each.__name__: each for each in (ExportDiffers, ProgramUnusable, ProgramFailed, ModelMissing)
}
"""Errors that a program names itself, at the head of its failure (``programs.job``)."""


@dataclass(frozen=True, slots=True)
class Job:
    """One trial's end. ``status``: of the job that ended, empty where there is an ``error``. ``model``: URI of its
    archive. ``seconds``: that are billed."""

    trial: int
    job: str = ""
    status: str = ""
    model: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: int = 0
    error: str = ""
    reason: str = ""

    @property
    def failed(self) -> bool:
        """A job that was stopped leaves half a model, so it has failed, too."""
        return self.status != "Completed"


@dataclass(frozen=True, slots=True)
class Choice:
    """``place``: where the version's files lie. ``fresh``: whether this call chose."""

    trial: int
    place: str
    fresh: bool


def read(said: Sequence[Mapping[str, Any]]) -> list[Job]:
    """The machine's ``jobs``."""
    return [_failed(each) if each.get("error") else _ended(each) for each in said]


def _ended(said: Mapping[str, Any]) -> Job:
    metrics = {
        each["MetricName"]: float(each["Value"])
        for each in said.get("metrics") or []
        if math.isfinite(float(each["Value"]))
    }
    status = str(said.get("status", ""))
    reason = "" if status == "Completed" else f"The job is {status or 'gone'}."
    return Job(
        trial=int(said["trial"]),
        job=str(said.get("job", "")),
        status=status,
        model=str(said.get("model") or ""),
        metrics=metrics,
        seconds=int(said.get("seconds") or 0),
        reason=reason,
    )


def _failed(said: Mapping[str, Any]) -> Job:
    """The cause of a job that failed is its description, or a piece of that which begins with its FailureReason."""
    cause = str(said.get("cause") or "")
    try:
        told, _ = json.JSONDecoder().raw_decode(cause)
    except ValueError:
        told = cause
    whole = told if isinstance(told, dict) else {"FailureReason": told}
    return Job(
        trial=int(said["trial"]),
        job=str(whole.get("TrainingJobName", "")),
        seconds=int(whole.get("BillableTimeInSeconds") or 0),
        error=str(said["error"]),
        reason=str(whole.get("FailureReason") or cause)[:MOST_REASON],
    )


def heard_first(bucket: Bucket, run: Run, jobs: Sequence[Job]) -> bool:
    """Whether nobody was told of these jobs before: Choose runs again after whatever failed behind it.

    Who dies right after this counts nothing; that is less than a bill that is doubled. Raises StorageUnavailable.
    """
    which = [[job.trial, job.job, job.status, job.error, job.reason] for job in jobs]
    digest = hashlib.sha256(json.dumps(which).encode()).hexdigest()[:16]
    mark = steps.key(run.version, f"heard/{run.attempt}-{digest}.json")
    return bucket.put_if_absent(mark, encode({"schema": SCHEMA, "jobs": len(jobs)}))


def choose(bucket: Bucket, run: Run, work: Work, found: Found, jobs: Sequence[Job]) -> Choice:
    """Raises JobsFailed, ModelMissing, MetricMissing, ExportDiffers, ProgramUnusable, ProgramFailed, ChannelUnreadable,
    WorkGone, StorageUnavailable, ConcurrentUpdate."""
    chosen, fresh = kept.read(bucket, run), False
    if chosen is None:
        best = _best(jobs, work.manifest.metric, work.manifest.maximize)
        key, etag = files.archive_of(bucket, best.model)
        files.check(bucket, run, work, key, etag)
        _unchanged(work)
        values = plans.values_of(work.manifest)[best.trial]
        told = [_told(each) for each in jobs]
        chosen, fresh = kept.keep(bucket, run, kept.Chosen(best.trial, best.job, key, etag, values, told))
    files.unpack(bucket, run, work, found, chosen)
    return Choice(chosen.trial, run.folder, fresh)


def _unchanged(work: Work) -> None:
    """Jobs copy what lies in a channel when they start: rows that came or went since would be another version.

    Raises ChannelUnreadable, StorageUnavailable.
    """
    for name, channel in work.channels.items():
        if tuple(data.listed(channel)) != work.listing[name]:
            raise ChannelUnreadable(
                f"The objects of the channel {name} have changed while the model was trained: put the manifest again."
            )


def _best(jobs: Sequence[Job], metric: Metric, maximize: bool) -> Job:
    ended = [job for job in jobs if not job.failed]
    if not ended:
        raise _named(jobs)
    measured = [job for job in ended if metric in job.metrics]
    if not measured:
        raise MetricMissing(
            f"No job printed {metric}: the program has to print lines like 'metric {metric}=0.73' on its standard "
            "output, at last once."
        )
    with_model = [job for job in measured if job.model]
    if not with_model:
        raise ModelMissing("No job left a model: the program has to write it into SM_MODEL_DIR.")
    sign = -1 if maximize else 1
    return min(with_model, key=lambda job: (sign * job.metrics[metric], job.trial))


def _named(jobs: Sequence[Job]) -> RefusedManifest:
    """One reason where all jobs had the same that the program names itself."""
    reasons = sorted({job.reason[:SHOWN] for job in jobs})
    found = {name for job in jobs for name in re.findall(r"\b([A-Z][A-Za-z]+): ", job.reason) if name in NAMED}
    error = NAMED[found.pop()] if len(found) == 1 and len(reasons) == 1 else JobsFailed
    shown = " / ".join(reasons[:3]) or "There was no job."
    return error(f"None of {len(jobs)} training jobs ended well: {shown}")


def _told(job: Job) -> Json:
    return {
        "trial": job.trial,
        "job": job.job,
        "status": job.status or job.error,
        "metrics": job.metrics,
        "seconds": job.seconds,
        **({"reason": job.reason[:SHOWN]} if job.failed else {}),
    }
