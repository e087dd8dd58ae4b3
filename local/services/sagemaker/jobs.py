"""The calls of training jobs."""

from __future__ import annotations

import contextvars
import re
import threading
from collections.abc import Mapping
from typing import Any, Final

from local.services.sagemaker import pages, store
from local.services.sagemaker.errors import Invalid, NotHere, in_use, limit
from local.services.sagemaker.store import LOCK, Place, Record, Thing, now
from local.services.sagemaker.switches import NOW
from local.services.sagemaker.training import channels
from local.services.sagemaker.training.run import ENDED, enter, run
from local.services.sagemaker.world import client, require_role, split
from local.services.switchboard import Usage

KIND: Final = "training-job"
_IMAGE = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[^\s]+")
USAGE: Final = Usage("jobs", "jobs_refused", "logs_refused")
_DEFAULT_STOP: Final = {"MaxRuntimeInSeconds": 86_400}


def create(members: Mapping[str, Any], place: Place) -> Record:
    """CreateTrainingJob."""
    name = members["TrainingJobName"]
    _check(members)
    require_role(members["RoleArn"], place.arn(KIND, name))
    with LOCK:
        if store.find(place, KIND, name) is not None:
            raise in_use(place.arn(KIND, name))
    _require_channels(members, place)
    job = _job(members, place)
    with LOCK:
        if store.find(place, KIND, name) is not None:
            raise in_use(job.arn)
        running = sum(one.members["TrainingJobStatus"] not in ENDED for one in store.of_kind(place, KIND))
        if running >= NOW.limits.jobs:
            USAGE.count(jobs_refused=1)
            kind = members["ResourceConfig"]["InstanceType"]
            raise limit(f"{kind} for training job usage", NOW.limits.jobs, running)
        store.add(job)
    USAGE.count(jobs=1)
    enter(job, "Starting")
    work = contextvars.Context().run
    threading.Thread(target=work, args=(run, job, _refused), daemon=True, name=f"training {name}").start()
    return {"TrainingJobArn": job.arn}


def _refused() -> None:
    USAGE.count(logs_refused=1)


def _job(members: Mapping[str, Any], place: Place) -> Thing:
    at = now()
    shown = {name: value for name, value in members.items() if name != "Tags"}
    described = {
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        **shown,
        "StoppingCondition": {**_DEFAULT_STOP, **members.get("StoppingCondition", {})},
        "TrainingJobArn": place.arn(KIND, members["TrainingJobName"]),
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [],
        "ModelArtifacts": {"S3ModelArtifacts": ""},
        "CreationTime": at,
        "LastModifiedTime": at,
    }
    request = {**members, "StoppingCondition": described["StoppingCondition"]}
    return Thing(place, KIND, members["TrainingJobName"], described, store.tags_of(members), {"request": request})


def _check(members: Mapping[str, Any]) -> None:
    """What SageMaker refuses beyond its shapes, and what this stand-in cannot run. Raises Invalid, NotHere."""
    for needed in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
        if needed not in members and "ServerlessJobConfig" not in members:
            raise Invalid(f"{needed} is required")
    if "ServerlessJobConfig" in members:
        raise NotHere("serverless training job")
    algorithm, resources = members["AlgorithmSpecification"], members["ResourceConfig"]
    image = algorithm.get("TrainingImage", "")
    if ("AlgorithmName" in algorithm) == bool(image):
        raise Invalid("Provide one of AlgorithmName and TrainingImage")
    if not _IMAGE.fullmatch(image):
        raise Invalid(f"Invalid image URI {image}. Please provide a valid Amazon Elastic Container Registry path.")
    if algorithm["TrainingInputMode"] == "Pipe":
        raise NotHere("input mode Pipe")
    if resources.get("InstanceCount", 1) != 1 or "InstanceGroups" in resources:
        raise NotHere("training job on several instances")
    if "InstanceType" not in resources:
        raise Invalid("InstanceType is required")
    _check_channels(members)
    for one in algorithm.get("MetricDefinitions", ()):
        try:
            re.compile(one["Regex"])
        except re.error as error:
            raise Invalid(f"Invalid regular expression of metric {one['Name']}: {error}") from error
    split(members["OutputDataConfig"]["S3OutputPath"])


def _check_channels(members: Mapping[str, Any]) -> None:
    given = members.get("InputDataConfig", ())
    names = [channel["ChannelName"] for channel in given]
    if len(set(names)) < len(names):
        raise Invalid("Channel names must be unique")
    for channel in given:
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise NotHere("channel from a file system")
        if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise NotHere(f"S3DataType {source['S3DataType']}")
        if channel.get("CompressionType", "None") != "None" or channel.get("InputMode", "File") == "Pipe":
            raise NotHere("compressed channel or input mode Pipe")
        split(source["S3Uri"])


def _require_channels(members: Mapping[str, Any], place: Place) -> None:
    """SageMaker looks, with the job's role, whether each prefix names anything (amazon-sagemaker-examples #2267)."""
    for channel in members.get("InputDataConfig", ()):
        source = channel["DataSource"]["S3DataSource"]
        if source["S3DataType"] == "S3Prefix":
            said = channels.nothing_at(client("s3", members["RoleArn"], place), source, members["RoleArn"])
            if said:
                raise Invalid(said)


def describe(members: Mapping[str, Any], place: Place) -> Record:
    """DescribeTrainingJob."""
    return _found(members, place).described()


def _found(members: Mapping[str, Any], place: Place) -> Thing:
    job = store.find(place, KIND, members["TrainingJobName"])
    if job is None:
        raise Invalid("Requested resource not found.")
    return job


def stop(members: Mapping[str, Any], place: Place) -> Record:
    """StopTrainingJob: SIGTERM, then SIGKILL."""
    job = _found(members, place)
    with LOCK:
        status = job.members["TrainingJobStatus"]
        if status in ENDED:
            raise Invalid(f"The request was rejected because the training job is in status {status}.")
        job.kept["stop"] = True
    if status != "Stopping":
        enter(job, "Stopping", TrainingJobStatus="Stopping")
    return {}


def listed(members: Mapping[str, Any], place: Place) -> Record:
    """ListTrainingJobs."""
    found, more = pages.listed(store.of_kind(place, KIND), members, "TrainingJobStatus", _summary)
    return {"TrainingJobSummaries": found, **more}


def _summary(job: Thing) -> Record:
    names = (
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "LastModifiedTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    )
    members = job.described()
    return {name: members[name] for name in names if name in members}
