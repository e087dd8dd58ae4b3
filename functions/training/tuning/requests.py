"""What SageMaker is asked for: the program's archive in the bucket, and the arguments of CreateTrainingJob."""

from __future__ import annotations

import json
from typing import Final, Protocol

from common.objects import Bucket
from training.errors import ManifestInvalid, ProgramUnusable
from training.manifest import Manifest
from training.manifests import sources
from training.manifests.columns import Found
from training.manifests.works import Work
from training.model import Json
from training.programs import archive, plan
from training.steps import Run
from training.tuning.plans import Trial

METRICS: Final = ("roc_auc", "pr_auc", "accuracy", "log_loss")
LEAST_GB, SPARE_GB, TIMES = 10, 5, 3
"""Of the job's volume: the data, and so often as much for what the program makes of it."""
MOST_STATE = 200_000
"""Bytes of the machine's 262,144."""


class Site(Protocol):
    """What the stack has for jobs."""

    @property
    def training_image(self) -> str: ...
    @property
    def training_role_arn(self) -> str: ...
    @property
    def training_instance_type(self) -> str: ...
    @property
    def training_seconds(self) -> int: ...


def stored(bucket: Bucket, work: Work, image: str) -> str:
    """Puts the program's archive where jobs find it; its key. Raises ProgramUnusable, StorageUnavailable."""
    program = work.manifest.program
    if program.version and not image.rpartition(":")[2].startswith(program.version):
        raise ProgramUnusable(
            f"program.version is {program.version}, and jobs run under {image.rpartition('/')[2]}: leave it out, or "
            "deploy with another TrainingImageTag."
        )
    own = sources.own(program)
    if archive.digest(program.kind, own, program.entry_point) != work.program:
        raise ProgramUnusable("The program has changed since the manifest was read: put the manifest again.")
    key = f"programs/{work.program}.tar.gz"
    if bucket.head(key) is None:
        body = archive.build(program.kind, own, program.entry_point)
        bucket.put_if_absent(key, body, content_type="application/gzip")
    return key


def request(work: Work, run: Run, bucket: str, site: Site) -> Json:
    """The arguments of every trial's job, but for its name and its hyperparameters."""
    jobs_channels = [name for name in work.channels if name != "test" or work.manifest.program.kind == "script"]
    size = sum(entry.size for name in jobs_channels for entry in work.listing[name])
    return {
        "AlgorithmSpecification": {
            "TrainingImage": site.training_image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": name, "Regex": f"metric {name}=([-+0-9.eE]+)"} for name in METRICS],
        },
        "RoleArn": site.training_role_arn,
        "InputDataConfig": [_channel(work, name) for name in jobs_channels],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/steps/{run.version}/jobs/"},  # the machine adds the key
        "ResourceConfig": {
            "InstanceType": site.training_instance_type,
            "InstanceCount": 1,
            "VolumeSizeInGB": max(LEAST_GB, SPARE_GB + TIMES * -(-size // 10**9)),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": site.training_seconds},
    }


def _channel(work: Work, name: str) -> Json:
    channel = work.channels[name]
    source = {
        "S3DataType": channel.data_type,
        "S3Uri": f"s3://{channel.bucket}/{channel.prefix}",
        "S3DataDistributionType": channel.distribution,
    }
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def trial(one: Trial, manifest: Manifest, found: Found, run: Run, archive_uri: str) -> Json:
    """Raises ManifestInvalid where a job cannot be told so much."""
    told = plan.Plan(
        name=run.name,
        version=run.version,
        target=manifest.target,
        columns=found.columns,
        positive=found.positive,
        negative=found.negative,
        metric=manifest.metric,
        seed=manifest.tuning.seed,
        entry_point=manifest.program.entry_point if manifest.program.kind == "script" else "",
        ignored=manifest.ignored,
    )
    ours = {
        "sagemaker_program": archive.entry_point(manifest.program.kind),
        "sagemaker_submit_directory": archive_uri,
    }
    values = {**manifest.hyperparameters, **one.values}
    return {"trial": one.number, "job": one.job, "hyperparameters": ours | plan.written(told, values)}


def small(state: Json) -> Json:
    """Raises ManifestInvalid where the machine's state would not hold it."""
    if len(json.dumps(state)) > MOST_STATE:
        raise ManifestInvalid("The manifest has too many columns and trials for one run: fewer of either.")
    return state
