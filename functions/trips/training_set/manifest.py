"""manifest.json, which says what the sets are; a SageMaker manifest file per set; and the event about them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from common.objects import encode
from trips.recipe.model import Recipe
from trips.training_set.parts import Made
from trips.training_set.request import Request

SCHEMA = 2
EVENT_SOURCE = "millrace.trips"
EVENT_SCHEMA = 1


def of(sets: dict[str, Made], counts: dict[str, int], request: Request, recipe: Recipe, bucket: str) -> dict[str, Any]:
    """The document. Its folder is named by what the files hold and mean; a row that came once more is another count,
    not another set."""
    meaning = {
        "schema": SCHEMA,
        "month": request.month,
        "seed": request.seed,
        "balance": request.balance,
        "test": request.test,
        "validation": request.validation,
        "label": recipe.columns[recipe.label].output,
        "positive": recipe.label_value,
        "columns": [{"name": name, "type": kind} for name, kind in recipe.outputs],
    }
    hashes = {name: [part.sha256 for part in made.parts] for name, made in sets.items()}
    content = hashlib.sha256(encode(meaning | {"parts": hashes})).hexdigest()[:16]
    folder = f"training/month={request.month}/seed={request.seed}-{content}"
    listed = {name: _listed(f"{folder}/{name}", made) for name, made in sets.items()}
    return meaning | {
        "rows": counts,
        "files": listed,
        "channels": [_channel(bucket, name, entry["manifest"]) for name, entry in listed.items()],
        "manifest": f"{folder}/manifest.json",
    }


def _listed(place: str, made: Made) -> dict[str, Any]:
    parts = [
        {"key": f"{place}/{part.path.name}", "rows": part.rows, "bytes": part.bytes, "sha256": part.sha256}
        for part in made.parts
    ]
    return {"rows": made.rows, "positives": made.positives, "manifest": f"{place}.manifest", "parts": parts}


def _channel(bucket: str, name: str, key: str) -> dict[str, Any]:
    """As CreateTrainingJob's InputDataConfig names a manifest file (S3DataSource), in the spelling of a manifest."""
    where = f"s3://{bucket}/{key}"
    source = {"S3DataType": "ManifestFile", "S3Uri": where, "S3DataDistributionType": "FullyReplicated"}
    return {"channelName": name, "s3DataSource": source}


def for_sagemaker(bucket: str, listed: dict[str, Any]) -> bytes:
    """SageMaker's manifest file of a set (botocore, S3DataSource.S3Uri): a prefix, then what follows it in each key."""
    prefix = listed["manifest"].removesuffix(".manifest") + "/"
    keys = [part["key"].removeprefix(prefix) for part in listed["parts"]]
    return json.dumps([{"prefix": f"s3://{bucket}/{prefix}"}, *keys]).encode()


def event(bucket: str, document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Type and detail of the event about a manifest that is in ``bucket``; the same for the same manifest."""
    return "TrainingSetBuilt", {
        "schema": EVENT_SCHEMA,
        "manifest": {"bucket": bucket, "key": document["manifest"]},
        "month": document["month"],
        "seed": document["seed"],
        "rows": {name: entry["rows"] for name, entry in document["files"].items()},
    }
