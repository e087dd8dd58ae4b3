"""``contract.json``: what is known of a model that only its own program can read, a script's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, get_args

from common.objects import Bucket
from training.errors import ModelUnusable, NoSuchModel
from training.model import Column, ColumnKind
from training.serving.walker import Model
from training.transform.fitted import Cell, Fitted

THRESHOLD: Final = 0.5
"""Of a model whose file does not say."""
MOST_BYTES: Final = 2_000_000


class Elsewhere:
    """In place of a model's file."""

    def score(self, _cells: Sequence[Cell]) -> float:
        """Raises ModelUnusable."""
        raise ModelUnusable("This model answers behind its endpoint only: a script's file is read by its own program.")


def described(bucket: Bucket, name: str, version: str) -> Model:
    """Columns and classes. Raises NoSuchModel, ModelUnusable, StorageUnavailable."""
    where = f"models/{name}/{version}/contract.json"
    stored = bucket.get(where, at_most=MOST_BYTES)
    if stored is None:
        raise NoSuchModel(f"There is no {where}; deploy a version that is there.")
    try:
        document = json.loads(stored.body)
        columns = tuple(_column(entry) for entry in document["columns"])
        positive, negative = str(document["positive"]), str(document["negative"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelUnusable(f"{where} is not of its form; train the model again.") from error
    return Model(name, version, positive, negative, THRESHOLD, Fitted(columns), Elsewhere())


def target(bucket: Bucket, name: str, version: str) -> str:
    """What the version predicts; empty where nothing says so. Raises ModelUnusable, StorageUnavailable."""
    where = f"models/{name}/{version}/contract.json"
    stored = bucket.get(where, at_most=MOST_BYTES)
    try:
        return "" if stored is None else str(json.loads(stored.body).get("target", ""))
    except (ValueError, AttributeError, RecursionError) as error:
        raise ModelUnusable(f"{where} is not of its form; train the model again.") from error


def _column(entry: Any) -> Column:
    column = Column(**entry)
    if column.kind not in get_args(ColumnKind) or not isinstance(column.name, str):
        raise ValueError(f"{column.kind!r} is no kind")
    return column
