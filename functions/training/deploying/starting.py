"""An event -> the pieces of work that it asks for, each the input of one execution."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common import executions
from common.objects import Bucket
from common.table import Table
from training.errors import NotAnEvent
from training.manifests import parser, sources
from training.model import Json

PREFIX = "manifests/"
ENDING = ".json"
TRIPS, BUILT = "trips", "TrainingSetBuilt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``work``: the same for the same manifest and training set, whatever brings it."""

    work: str
    payload: Json


def wanted(bucket: Bucket, table: Table, said: Mapping[str, Any]) -> list[Wanted]:
    """Raises NotAnEvent, StorageUnavailable."""
    detail = said.get("detail")
    if not isinstance(detail, Mapping) or not isinstance(said.get("time"), str):
        raise NotAnEvent("A message of the start queue is no event of EventBridge.")
    try:
        if said.get("source") == "aws.s3":
            return _put(bucket, detail, said["time"])
        if said.get("source") == "millrace.trips" and said.get("detail-type") == BUILT:
            place = {"bucket": detail["manifest"]["bucket"], "key": detail["manifest"]["key"]}
            sources.built(table, TRIPS, place, said["time"])
            return list(_built(bucket, place, said["time"]))
    except (KeyError, TypeError) as error:
        raise NotAnEvent(f"An event of {said.get('source')} lacks a member ({error}).") from error
    raise NotAnEvent(f"Nothing is trained on {said.get('detail-type')} of {said.get('source')}.")


def _put(bucket: Bucket, detail: Mapping[str, Any], at: str) -> list[Wanted]:
    key, found = detail["object"]["key"], detail["object"]
    if detail["bucket"]["name"] != bucket.name or not is_manifest(key):
        return []
    version_id = found.get("version-id")
    manifest = {"bucket": bucket.name, "key": key, **({"version_id": version_id} if version_id else {})}
    work = executions.digest(bucket.name.encode(), key.encode(), str(version_id or found.get("etag", at)).encode())
    return [Wanted(work, {"manifest": manifest, "at": at})]


def _built(bucket: Bucket, place: Mapping[str, str], at: str) -> Iterator[Wanted]:
    """One for each manifest that asks for this dataset."""
    for listed in bucket.objects(PREFIX):
        if not is_manifest(listed.key):
            continue
        stored = bucket.get(listed.key, at_most=parser.MOST_BYTES)
        if stored is None or not _asks_for(stored.body, TRIPS):
            continue
        work = executions.digest(
            bucket.name.encode(),
            listed.key.encode(),
            stored.etag.encode(),
            place["bucket"].encode(),
            place["key"].encode(),
        )
        yield Wanted(work, {"manifest": {"bucket": bucket.name, "key": listed.key}, "dataset": dict(place), "at": at})


def is_manifest(key: str) -> bool:
    return key.startswith(PREFIX) and key.endswith(ENDING)


def _asks_for(body: bytes, dataset: str) -> bool:
    """A manifest that cannot be read was refused when it was put."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("dataset") == dataset
