"""Manifests of the chapter, and rides that are asked about.

What is there to learn is in ``local.demo.trips.maker.share_of_all``: the hour, the day, how far, and who rides.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

LABEL = "bike_share_for_all_trip"
RIDES, SHUFFLED = "rides", "shuffled"
"""Names of models."""
FLOOR = 0.65
_KINDS = {"day_of_week": "category", "hour_of_day": "number", "duration_sec": "number", "user_type": "category"}
WHEN = ("day_of_week", "hour_of_day", "duration_sec")
"""What the first model sees; the better one sees who rides, too."""
EARLY = {"day_of_week": "Tuesday", "hour_of_day": 5, "duration_sec": 420, "user_type": "Subscriber"}
LEISURE = {"day_of_week": "Saturday", "hour_of_day": 14, "duration_sec": 2700, "user_type": "Customer"}
TOURIST = {**EARLY, "user_type": "Customer"}
"""A ride like the early one, of somebody who has no such pass: only the better model can tell."""

Manifest = dict[str, Any]


def first() -> Manifest:
    """A grid of four; it has to reach the floor."""
    ranges = {"max_leaf_nodes": [4, 15], "learning_rate": [0.03, 0.1]}
    return {
        **_manifest(RIDES, WHEN),
        "dataset": "trips",
        "tuning": {"strategy": "grid", "jobs": 4, "parallel": 2, "ranges": ranges},
        "slices": ["user_type"],
    }


def worse() -> Manifest:
    """It sees the day alone, and would take the place of the first."""
    return {**_manifest(RIDES, ["day_of_week"]), "dataset": "trips", "gate": {}}


def better() -> Manifest:
    """It sees who rides, and a person has to agree."""
    return {**_manifest(RIDES, [*WHEN, "user_type"]), "dataset": "trips", "approval": "manual"}


def shuffled(train: str, channels: Sequence[Mapping[str, Any]]) -> Manifest:
    """As the first, of the rows at ``train`` (s3://...); the other channels are those of the training set."""
    own = {"channelName": "train", "s3DataSource": {"S3DataType": "S3Prefix", "S3Uri": train}}
    return {
        **_manifest(SHUFFLED, WHEN),
        "channels": [own, *(each for each in channels if each["channelName"] != "train")],
    }


def body(manifest: Manifest) -> bytes:
    return json.dumps(manifest, indent=2).encode()


def without_a_lesson(parts: Sequence[bytes], seed: int = 7) -> bytes:
    """The rows of ``parts`` with their labels dealt out anew: there is nothing to learn from them."""
    rows = [row for part in parts for row in csv.DictReader(io.StringIO(part.decode()))]
    labels = [row[LABEL] for row in rows]
    random.Random(seed).shuffle(labels)  # noqa: S311 - data for a demonstration
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, LABEL: label} for row, label in zip(rows, labels, strict=True))
    return text.getvalue().encode()


def _manifest(name: str, columns: Sequence[str]) -> Manifest:
    return {
        "schema": 1,
        "name": name,
        "program": "tabular",
        "target": LABEL,
        "positive": "Yes",
        "columns": [{"name": column, "type": _KINDS[column]} for column in columns],
        "hyperparameters": {"max_iter": 60},
        "gate": {"at_least": FLOOR},
    }


def told(ride: Mapping[str, Any]) -> str:
    """A ride in a few words."""
    return f"{ride['day_of_week']} {ride['hour_of_day']:02d}:00, {ride['duration_sec'] // 60} min, {ride['user_type']}"
