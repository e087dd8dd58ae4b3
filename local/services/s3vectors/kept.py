"""Vectors that outlive the local cloud, where its state is kept (``local up --data``): written when it stops."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from local.services.s3vectors.places import Place
from local.services.s3vectors.store import Bucket, Index, Store
from local.services.s3vectors.vectors import Record, Vectors

FOLDER: Final = "s3vectors"
"""Below the folder of the state."""
_LIST: Final = "buckets.json"


def save(store: Store, state: Path) -> None:
    """Write all buckets; what was there before stays until the last is written."""
    new, folder = state / f"{FOLDER}.new", state / FOLDER
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    listed = [_bucket(one, number, new) for number, one in enumerate(store.all_buckets())]
    (new / _LIST).write_text(json.dumps(listed), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def load(store: Store, state: Path) -> None:
    """Read what ``save`` wrote; nothing where it never did."""
    folder = state / FOLDER
    if not (folder / _LIST).exists():
        return
    for written in json.loads((folder / _LIST).read_text(encoding="utf-8")):
        place = Place(**written["place"])
        bucket = Bucket(place, written["encryption"], written["tags"], written["policy"], {}, written["created"])
        for one in written["indexes"]:
            bucket.indexes[one["place"]["index"]] = _index(one, folder)
        store.restore(bucket)


def _bucket(bucket: Bucket, number: int, folder: Path) -> dict[str, Any]:
    indexes = []
    for within, index in enumerate(bucket.indexes.values()):
        records = index.vectors.get(index.vectors.sorted_keys())
        name = f"{number}-{within}.npy"
        np.save(folder / name, np.array([record.data for record in records], np.float32), allow_pickle=False)
        described = {key: getattr(index, key) for key in ("dimension", "metric", "hidden", "tags", "created")}
        described |= {"place": asdict(index.place), "encryption": dict(index.encryption), "file": name}
        indexes.append({**described, "records": [[record.key, record.metadata] for record in records]})
    own = {key: getattr(bucket, key) for key in ("tags", "policy", "created")}
    return {**own, "place": asdict(bucket.place), "encryption": dict(bucket.encryption), "indexes": indexes}


def _index(written: dict[str, Any], folder: Path) -> Index:
    vectors = Vectors(written["dimension"], written["metric"], frozenset(written["hidden"]))
    rows = np.load(folder / written["file"], allow_pickle=False)
    vectors.put(Record(key, row, found) for (key, found), row in zip(written["records"], rows, strict=True))
    return Index(
        Place(**written["place"]),
        written["dimension"],
        written["metric"],
        tuple(written["hidden"]),
        written["encryption"],
        written["tags"],
        vectors,
        written["created"],
    )
