"""``models/<name>/<version>/chosen.json``: which job's files this version is; written once, before any of them.

Two runs of one version may train two models. So the choice is the commit: whoever comes later unpacks what it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from common.errors import ConcurrentUpdate
from common.objects import Bucket, encode
from training.errors import WorkGone
from training.model import SCHEMA, Json
from training.steps import Run

NAME = "chosen.json"


@dataclass(frozen=True, slots=True)
class Chosen:
    """``model``: key of the job's model.tar.gz and its entity tag. ``values``: of the trial. ``trials``: all of them,
    as the report tells."""

    trial: int
    job: str
    model: str
    etag: str
    values: dict[str, Any]
    trials: list[Json]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Chosen:
        return cls(**{name: value for name, value in said.items() if name != "schema"})


def key(run: Run) -> str:
    return run.folder + NAME


def read(bucket: Bucket, run: Run) -> Chosen | None:
    stored = bucket.get(key(run))
    return None if stored is None else Chosen.of(stored.json())


def found(bucket: Bucket, run: Run) -> Chosen:
    """Raises WorkGone, StorageUnavailable."""
    chosen = read(bucket, run)
    if chosen is None:
        raise WorkGone(f"{key(run)} is gone, which an earlier step had left: put the manifest again.")
    return chosen


def keep(bucket: Bucket, run: Run, chosen: Chosen) -> tuple[Chosen, bool]:
    """What stands, and whether this call wrote it. Raises ConcurrentUpdate (try again), StorageUnavailable."""
    if bucket.put_if_absent(key(run), encode({"schema": SCHEMA, **asdict(chosen)})):
        return chosen, True
    stands = read(bucket, run)
    if stands is None:
        raise ConcurrentUpdate(f"{key(run)} is being written by another step.")
    return stands, False
