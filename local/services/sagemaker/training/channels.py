"""Objects of S3 into a job's folder, read with the job's role.

S3DataSource (API reference): ``S3Prefix`` takes every object whose key begins so; ``ManifestFile`` names a JSON
``[{"prefix": "s3://bucket/folder/"}, "a.csv", ...]``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from local.services.sagemaker.world import split

_FAILED = "ClientError: Data download failed:"


class JobError(Exception):
    """Why the job fails: the FailureReason of DescribeTrainingJob."""


class Found(NamedTuple):
    """An object, and where it goes below its channel's folder."""

    bucket: str
    key: str
    place: str


def download(s3: Any, channel: Mapping[str, Any], folder: Path, role: str) -> int:
    """Fill the channel's folder; how many objects that were. Raises JobError in SageMaker's words."""
    from botocore.exceptions import ClientError

    source = channel["DataSource"]["S3DataSource"]
    try:
        found = list(_manifest(s3, source) if source["S3DataType"] == "ManifestFile" else _prefix(s3, source))
    except ClientError as error:
        more = f" Error message from S3: {_said(error)}"
        raise JobError(f"{_FAILED}{_nothing(source, role, s3, more)}") from error
    if not found:
        raise JobError(f"{_FAILED}{_nothing(source, role, s3)}")
    for each in found:
        _fetch(s3, each, folder)
    return len(found)


def _prefix(s3: Any, source: Mapping[str, Any]) -> Iterator[Found]:
    bucket, prefix = split(source["S3Uri"])
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", ()):
            if not item["Key"].endswith("/"):
                yield Found(bucket, item["Key"], _below(item["Key"], prefix))


def _below(key: str, prefix: str) -> str:
    """An object's path in the channel: below the folder that the prefix names, or the folder that it stands in."""
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]


def _manifest(s3: Any, source: Mapping[str, Any]) -> Iterator[Found]:
    bucket, key = split(source["S3Uri"])
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        first, *names = json.loads(body)
        holder, base = split(first["prefix"])
    except (ValueError, KeyError, TypeError) as error:
        raise JobError(f"{_FAILED}Manifest file {source['S3Uri']} is not valid JSON of a manifest file") from error
    for name in names:
        yield Found(holder, f"{base}{name}", str(name))


def _fetch(s3: Any, found: Found, folder: Path) -> None:
    from botocore.exceptions import ClientError

    where = f"s3://{found.bucket}/{found.key}"
    path = folder / found.place
    if not path.resolve().is_relative_to(folder.resolve()):
        raise JobError(f"{_FAILED}{where} leaves the folder of its channel")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            shutil.copyfileobj(s3.get_object(Bucket=found.bucket, Key=found.key)["Body"], out)
    except ClientError as error:
        raise JobError(f"{_FAILED}Unable to download object {where} ({_said(error)})") from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise JobError(
            f"{_FAILED}Failed to download data. Cannot download {where}, a previously "
            "downloaded file/folder clashes with it. Please check your s3 objects and ensure that there is no object "
            "that is both a folder as well as a file."
        ) from error


def _said(error: Any) -> str:
    told = error.response["Error"]
    return f"{told['Code']}: {told.get('Message', '')}"


def nothing_at(s3: Any, source: Mapping[str, Any], role: str) -> str:
    """Why a prefix gives a job nothing, in SageMaker's words; nothing where it has an object."""
    from botocore.exceptions import ClientError

    bucket, prefix = split(source["S3Uri"])
    try:
        there = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents")
    except ClientError as error:
        return _nothing(source, role, s3, f" Error message from S3: {_said(error)}")
    return "" if there else _nothing(source, role, s3)


def _nothing(source: Mapping[str, Any], role: str, s3: Any, more: str = "") -> str:
    bucket, _ = split(source["S3Uri"])
    return (
        f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that the '
        f"bucket exists in the selected region ({s3.meta.region_name}), that objects exist under that S3 "
        f'prefix, and that the role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".{more}'
    )
