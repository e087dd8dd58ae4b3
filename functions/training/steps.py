"""What the steps of one run leave each other below ``steps/<version>/`` of the models bucket, and who the run is.

Only names travel in the machine's state. Everything here can be made anew from the manifest and its data.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.objects import Bucket, encode
from training.errors import WorkGone
from training.manifests.columns import Found
from training.manifests.works import Work
from training.model import Json

WORK: Final = "work.json"
COLUMNS: Final = "columns.json"
PLAN: Final = "plan.json"
SCORES: Final = "scores.json.gz"
REPORT: Final = "report.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution's work on one version. ``order``: of its claim (``deploying.claims``). ``attempt``: how often this
    version was claimed. ``at``: of the event that started it (RFC 3339). ``source``: where its manifest lies."""

    name: str
    version: str
    execution: str
    order: str
    attempt: int
    at: str
    source: Mapping[str, Any]

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Run:
        return cls(
            state["name"],
            state["version"],
            state["execution"],
            state["order"],
            int(state["attempt"]),
            state["at"],
            state["manifest"],
        )

    @property
    def folder(self) -> str:
        """Where the version's files lie for good."""
        return f"models/{self.name}/{self.version}/"


def key(version: str, name: str) -> str:
    return f"steps/{version}/{name}"


def put(bucket: Bucket, version: str, name: str, document: Json) -> str:
    """Writes a step's document, whatever was there; its key."""
    bucket.put(key(version, name), encode(document))
    return key(version, name)


def put_packed(bucket: Bucket, version: str, name: str, document: Json) -> None:
    """The same by gzip, for what has a line per row; the same document gives the same bytes."""
    body = gzip.compress(encode(document), compresslevel=3, mtime=0)
    bucket.put(key(version, name), body, content_type="application/gzip")


def get(bucket: Bucket, run: Run, name: str) -> Json:
    """Raises WorkGone, StorageUnavailable."""
    return dict(json.loads(_body(bucket, run, name)))


def packed(bucket: Bucket, run: Run, name: str) -> Json:
    """Raises WorkGone, StorageUnavailable."""
    return dict(json.loads(gzip.decompress(_body(bucket, run, name))))


def _body(bucket: Bucket, run: Run, name: str) -> bytes:
    stored = bucket.get(key(run.version, name))
    if stored is None:
        raise WorkGone(f"{key(run.version, name)} is gone, which an earlier step had left: put the manifest again.")
    return stored.body


def work(bucket: Bucket, run: Run) -> Work:
    """Raises WorkGone, StorageUnavailable."""
    return Work.of(get(bucket, run, WORK))


def columns(bucket: Bucket, run: Run) -> Found:
    """Raises WorkGone, StorageUnavailable."""
    return Found.of(get(bucket, run, COLUMNS))
