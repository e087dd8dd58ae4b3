"""A model that serves, one that waits for a person, manifests that nobody has heard of, and a failed execution."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from local.cloud import stacks
from local.samples import quiet
from local.samples.stack import Stack, wait

SERVING, WAITING = "samples", "samples-waiting"
NEW, AGAIN, AMBITIOUS = "samples-new", "samples-again", "samples-ambitious"
"""Manifests that are put without the pipeline's hearing of them: the first is of a model of its own, the second says
what that of the serving model says, the third asks for more than there is to learn."""
COLUMNS = {"hour": "number", "member": "category"}
TARGET = "returns"
RUNS = {"ServingModel": SERVING, "WaitingModel": WAITING}
"""What samples call a model's run -> its name."""
NAMES = {f"{run}{what}" for run in RUNS for what in ("Version", "Execution", "Order", "At", "Package")}


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("ModelsBucketName", f"manifests/{AMBITIOUS}.json", exactly=True))


def seed(stack: Stack) -> list[str]:
    """Puts everything there; what it put where."""
    bucket = stack.outputs["ModelsBucketName"]
    for channel, rows in (("train", 600), ("test", 300)):
        stack.put("ModelsBucketName", f"datasets/samples/{channel}.csv", _rows(rows, channel), "text/csv")
    for name, more in ((SERVING, {}), (WAITING, {"approval": "manual"})):
        _put(stack, name, manifest(bucket, name, **more))
    wait(lambda: next(stack.keys("ModelsBucketName", f"pointers/{SERVING}.json"), None), f"{SERVING}, which serves")
    wait(lambda: _is_waiting(stack) or None, f"{WAITING}, which waits for a person")
    for name, document in (
        (NEW, manifest(bucket, NEW)),
        (AGAIN, manifest(bucket, SERVING)),
        (AMBITIOUS, manifest(bucket, AMBITIOUS, gate={"at_least": 0.999})),
    ):
        quiet.upload(stack, "TrainingStart", partial(_put, stack, name, document))
    event = {"manifest": {"bucket": bucket, "key": f"manifests/{AGAIN}.json"}, "at": "2026-11-20T08:30:00Z"}
    queue = stack.outputs["TrainingFailedQueueUrl"]
    quiet.failed_execution(stack, stack.outputs["TrainModelArn"], queue, event)
    return [
        f"training: s3://{bucket}/pointers/{SERVING}.json, a model that serves; {WAITING} waits for a person",
        f"training: s3://{bucket}/manifests/, manifests that nobody has heard of",
        f"training: {queue}, one aborted execution",
    ]


def manifest(bucket: str, name: str, **more: Any) -> dict[str, Any]:
    """A small model of the samples' rows. ``more``: members in the place of its own."""
    return {
        "schema": 1,
        "name": name,
        "program": "tabular",
        "target": TARGET,
        "positive": "yes",
        "channels": [
            {
                "channelName": channel,
                "s3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/datasets/samples/{channel}.csv"},
            }
            for channel in ("train", "test")
        ],
        "columns": [{"name": column, "type": kind} for column, kind in COLUMNS.items()],
        "hyperparameters": {"max_iter": 20},
        "gate": {"at_least": 0.6},
        **more,
    }


def values(client: Callable[[str], Any], stack: str, bucket: str) -> dict[str, str]:
    """What samples name of both runs: those that the table has of them, and the package that is registered."""
    table = stacks.physical_id(client("cloudformation"), stack, "StateTable")
    found: dict[str, str] = {}
    for run, name in RUNS.items():
        version = _version(client("s3"), bucket, name)
        claim = _item(client("dynamodb"), table, f"train#{version}")
        package = _item(client("dynamodb"), table, f"approval#package#{name}#{version}")
        told = {"Version": version, "Package": package.get("arn", "")}
        told |= {what: claim.get(what.lower(), "") for what in ("Execution", "Order", "At")}
        found |= {f"{run}{what}": value for what, value in told.items() if value}
    return found


def _version(s3: Any, bucket: str, name: str) -> str:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"models/{name}/", Delimiter="/")
    folders = [entry["Prefix"] for entry in listed.get("CommonPrefixes", [])]
    return folders[0].split("/")[2] if folders else ""


def _item(dynamodb: Any, table: str, key: str) -> dict[str, str]:
    found = dynamodb.get_item(TableName=table, Key={"pk": {"S": key}}).get("Item", {})
    return {name: str(value["S"]) for name, value in found.items() if "S" in value}


def _is_waiting(stack: Stack) -> bool:
    version = _version(stack.client("s3"), stack.outputs["ModelsBucketName"], WAITING)
    item = _item(stack.client("dynamodb"), stack.physical_id("StateTable"), f"approval#{WAITING}#{version}")
    return item.get("state") == "waiting"


def _put(stack: Stack, name: str, document: dict[str, Any]) -> bool:
    body = json.dumps(document, indent=2).encode()
    return stack.put("ModelsBucketName", f"manifests/{name}.json", body, "application/json")


def _rows(count: int, seed: str) -> bytes:
    """Members who come early return."""
    chance = random.Random(seed)  # noqa: S311 - data for samples
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, TARGET])
    for _ in range(count):
        hour, member = chance.randrange(24), chance.choice(("yes", "no"))
        likely = 0.8 if member == "yes" and hour < 12 else 0.1
        writer.writerow([hour, member, "yes" if chance.random() < likely else "no"])
    return text.getvalue().encode()
