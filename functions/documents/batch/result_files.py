"""The map's result files in S3, as Step Functions' ResultWriter leaves them: a row per document, one in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.objects import Bucket
from documents.batch import outcomes
from documents.errors import BatchIncomplete


def rows(bucket: Bucket, results: dict[str, Any] | None, path: Path) -> Iterator[outcomes.Row]:
    """Outputs of children that succeeded, records of those that did not; ``path``: room for one file at a time.

    ``results``: the map's ``{MapRunArn, ResultWriterDetails}``, None where there was nothing to do.
    Raises BatchIncomplete without the map's own list of its files, or without one of them.
    """
    for status, key in _files(bucket, results):
        read = outcomes.of_output if status == "SUCCEEDED" else outcomes.of_execution
        with fetched(bucket, key, path).open(encoding="utf-8", newline="\n") as lines:
            yield from (read(json.loads(line)) for line in lines if line.strip())


def fetched(bucket: Bucket, key: str, path: Path) -> Path:
    """One of the batch's own files. Raises BatchIncomplete where it is gone."""
    if bucket.download(key, path) is None:
        raise BatchIncomplete(f"s3://{bucket.name}/{key} is gone; start the batch again.")
    return path


def _files(bucket: Bucket, results: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Status and key of each result file."""
    if results is None:
        return
    place = results["ResultWriterDetails"]["Key"]
    manifest = bucket.get(place)
    if manifest is None:
        raise BatchIncomplete(f"The map's manifest s3://{bucket.name}/{place} is gone; start the batch again.")
    for status, files in manifest.json()["ResultFiles"].items():
        yield from ((status, file["Key"]) for file in files)
