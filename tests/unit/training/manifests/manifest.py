"""Manifests for tests."""

from __future__ import annotations

from typing import Any


def channel(name: str, uri: str, **source: Any) -> dict[str, Any]:
    return {"channelName": name, "s3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, **source}}


def manifest(**changed: Any) -> dict[str, Any]:
    """A small one that is right; a member that is None is left out."""
    plain: dict[str, Any] = {
        "schema": 1,
        "name": "trips",
        "channels": [channel("train", "s3://data/train/"), channel("test", "s3://data/test/")],
        "program": "tabular",
        "target": "user",
    }
    return {name: value for name, value in (plain | changed).items() if value is not None}
