"""The lake's answer -> train.csv, test.csv and, last, manifest.json, in a folder named by what they hold."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.objects import Bucket, encode
from trips.errors import BadRequest, QueryFailed
from trips.recipe.model import Recipe
from trips.training_set import split
from trips.training_set.request import Request

SCHEMA = 1


def write(lake: Bucket, answer: str, request: Request, recipe: Recipe) -> dict[str, Any]:
    """The manifest of both sets of the rows under the key ``answer``; a repeated run writes the same objects again.

    Raises QueryFailed where there is no answer, BadRequest where the recipe has no classes, and what ``split`` raises.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        if lake.download(answer, path) is None:
            raise QueryFailed(f"Athena's answer is not at s3://{lake.name}/{answer}; look at the workgroup's settings.")
        sets = _sets(path, request, recipe)
    manifest = manifest_of(sets, request, recipe)
    for name, body in (("train", sets.train), ("test", sets.test)):
        lake.put(manifest["files"][name]["key"], body, content_type="text/csv")
    lake.put(manifest["manifest"], encode(manifest))
    return manifest


def _sets(path: Path, request: Request, recipe: Recipe) -> split.Sets:
    if recipe.label < 0:
        raise BadRequest("The recipe has no [balance], so that there are no classes to balance.")
    label = recipe.columns[recipe.label].output
    with path.open(encoding="utf-8", newline="") as lines:
        rows: Iterator[list[str]] = csv.reader(lines)
        header = next(rows)
        return split.make(rows, header, label, recipe.label_value, request.balance, request.seed)


def manifest_of(sets: split.Sets, request: Request, recipe: Recipe) -> dict[str, Any]:
    """The folder is named by what the files hold and mean, so that other sets never take the place of these; a row that
    came once more is another count, not another set."""
    hashes = {name: hashlib.sha256(body).hexdigest() for name, body in (("train", sets.train), ("test", sets.test))}
    meaning = {
        "schema": SCHEMA,
        "month": request.month,
        "seed": request.seed,
        "balance": request.balance,
        "label": recipe.columns[recipe.label].output,
        "columns": [{"name": name, "type": kind} for name, kind in recipe.outputs],
    }
    content = hashlib.sha256(encode(meaning | hashes)).hexdigest()[:16]
    folder = f"training/month={request.month}/seed={request.seed}-{content}"
    sizes = {"train": len(sets.train), "test": len(sets.test)}
    return meaning | {
        "rows": sets.counts,
        "files": {
            name: {"key": f"{folder}/{name}.csv", "bytes": sizes[name], "sha256": hashes[name]} for name in hashes
        },
        "manifest": f"{folder}/manifest.json",
    }
