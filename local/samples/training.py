"""Rows to learn from, a model that serves, what the steps before those of the samples leave, and a failed execution.

The samples of the steps are about one version that never changes, so its files are those of a model that was really
trained, under that version's name.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
import random
import time
from typing import Any

from local.samples import quiet
from local.samples.stack import Stack, wait

HEADER = ("age", "season", "weather", "minutes", "kind")
COUNTS = {"train": 600, "validation": 200, "test": 400}
LIVE, NAME, ASKED, DECIDED = "riders", "sample", "asked", "decided"
"""The model that serves; that of the steps; those that wait for a person."""
KEPT_SECONDS = 86_400
PATIENCE = 900
"""Seconds: a training job, and fourteen functions before and after it, each of them cold."""


def version(stack: Stack) -> str:
    """Of the samples of the steps."""
    return str(stack.sample("training/validate")["version"])


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("ModelsBucketName", f"models/{NAME}/{version(stack)}/model.json", exactly=True))


def seed(stack: Stack) -> list[str]:
    """Puts everything there; what it put where."""
    for number, (channel, rows) in enumerate(COUNTS.items()):
        stack.put("ModelsBucketName", f"datasets/samples/{channel}/rows.csv", _rows(rows, number), "text/csv")
    for name in (LIVE, "visitors"):
        stack.put("ModelsBucketName", f"manifests/{name}.json", json.dumps(manifest(stack, name)).encode())
    trained = _trained(stack)
    _copied(stack, trained, version(stack))
    _claimed(stack)
    queue, event = stack.outputs["TrainingFailedQueueUrl"], stack.sample("training/train_model")
    quiet.failed_execution(stack, stack.outputs["TrainModelArn"], queue, event)
    bucket = stack.outputs["ModelsBucketName"]
    return [
        f"training: s3://{bucket}/datasets/samples/, rows, and manifests/ that name them",
        f"training: s3://{bucket}/models/{LIVE}/{trained}/, a model that serves",
        f"training: s3://{bucket}/steps/{version(stack)}/, what the steps before those of samples leave",
        f"training: {queue}, one aborted execution",
    ]


def manifest(stack: Stack, name: str) -> dict[str, Any]:
    place = f"s3://{stack.outputs['ModelsBucketName']}/datasets/samples"
    channels = [
        {"channelName": channel, "s3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{place}/{channel}/"}}
        for channel in COUNTS
    ]
    learns = {"program": "tabular", "target": HEADER[-1], "positive": "guest", "hyperparameters": {"max_iter": 20}}
    return {"schema": 1, "name": name, "channels": channels, **learns}


def _rows(count: int, seed_number: int) -> bytes:
    draw, text = random.Random(seed_number), io.StringIO()  # noqa: S311 - rows of a sample
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for _ in range(count):
        age, minutes = draw.randint(16, 80), round(draw.gammavariate(2, 6), 1)
        season, weather = draw.choice(("spring", "summer", "autumn", "winter")), draw.choice(("dry", "wet", ""))
        strength = (minutes - 20) / 5 + 1.4 * (season == "summer") - (age - 45) / 30
        kind = "guest" if draw.random() < 1 / (1 + math.exp(-strength)) else "member"
        writer.writerow((age, season, weather, minutes, kind))
    return text.getvalue().encode()


def _trained(stack: Stack) -> str:
    """The version of the model that serves, once the machine has trained it."""
    key = f"pointers/{LIVE}.json"
    serves = lambda: any(stack.keys("ModelsBucketName", key, exactly=True)) or None  # noqa: E731
    wait(serves, f"a model {LIVE} that serves", PATIENCE)
    return str(json.loads(stack.get("ModelsBucketName", f"pointers/{LIVE}.json"))["version"])


def _copied(stack: Stack, old: str, new: str) -> None:
    """Each file of a version under another version and name; archives as they are."""
    for prefix, there in ((f"steps/{old}/", f"steps/{new}/"), (f"models/{LIVE}/{old}/", f"models/{NAME}/{new}/")):
        for key in list(stack.keys("ModelsBucketName", prefix)):
            body = stack.get("ModelsBucketName", key)
            if key.endswith((".json", ".toml")):
                body = body.replace(old.encode(), new.encode()).replace(f'"{LIVE}"'.encode(), f'"{NAME}"'.encode())
            place = f"steps/{new}/jobs/sample/output/model.tar.gz" if "/jobs/" in key else there + key[len(prefix) :]
            stack.put("ModelsBucketName", place, body)


def _claimed(stack: Stack) -> None:
    """The claim of the samples' version, its approval by the manifest, and one that a person is asked for."""
    state = stack.sample("training/validate")
    claim = {name: state[name] for name in ("name", "execution", "at", "order", "attempt")} | {"state": "running"}
    _put_if_absent(stack, f"train#{state['version']}", claim)
    allowed = {"token": "", "at": state["at"], "execution": state["execution"], "package": ""}
    approved = allowed | {"state": "approved", "by": "the manifest", "decided_at": state["at"]}
    _put_if_absent(stack, f"approval#{NAME}#{state['version']}", approved)
    _put_if_absent(stack, f"approval#{DECIDED}#{state['version']}", allowed | {"state": "waiting"})


def _put_if_absent(stack: Stack, key: str, item: dict[str, Any]) -> None:
    """As functions/common/table.py writes it."""
    dynamodb = stack.client("dynamodb")
    written = {"pk": key, "expires": int(time.time()) + KEPT_SECONDS, **item}
    with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName=stack.physical_id("StateTable"),
            Item={
                name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in written.items()
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
