"""A version's files below ``models/<name>/<version>/``: taken from the archive of the job that was chosen."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from common.objects import ABSENT, Bucket, encode
from training.errors import ModelMissing, ModelUnusable, WorkGone
from training.manifest import Manifest
from training.manifests.columns import Found
from training.manifests.works import Work
from training.model import SCHEMA, Json
from training.serving import models, walker
from training.steps import Run
from training.transform.rows import FORMS
from training.tuning import recipes, unpacking
from training.tuning.kept import Chosen

MODEL, SMOKE, SCORES, ARCHIVE = "model.json", "smoke.json", "scores.json", "model.tar.gz"
CONTRACT: Final = "contract.json"
CODE: Final = "code/inference.py"


def archive_of(bucket: Bucket, uri: str) -> tuple[str, str]:
    """Key and entity tag of a job's archive. Raises ModelMissing, StorageUnavailable."""
    prefix = f"s3://{bucket.name}/"
    key = uri.removeprefix(prefix)
    stored = bucket.head(key) if uri.startswith(prefix) and key else None
    if stored is None:
        raise ModelMissing(f"The job says that its model is at {uri}, and nothing is there.")
    return key, stored.etag


def wanted(manifest: Manifest) -> tuple[str, ...]:
    """What the archive has to hold."""
    if manifest.program.kind != "script":
        return MODEL, SMOKE
    return (SCORES, SMOKE, CODE) if manifest.deploy.kind == "serverless" else (SCORES, SMOKE)


def check(bucket: Bucket, run: Run, work: Work, key: str, etag: str) -> None:
    """Raises ModelMissing for an archive that lacks a file, or has one of another form; StorageUnavailable."""
    _read(bucket, run, work, key, etag)


def _read(bucket: Bucket, run: Run, work: Work, key: str, etag: str) -> dict[str, bytes]:
    names = wanted(work.manifest)
    found = unpacking.read(bucket, key, etag, names)
    missing = [name for name in names if name not in found]
    if missing:
        raise ModelMissing(
            f"The job left no {' and no '.join(missing)} at the top of what it wrote into SM_MODEL_DIR: "
            "programs have to write there, not to /opt/ml by its absolute path."
        )
    if len(found.get(MODEL, b"")) > models.LARGEST:
        raise ModelMissing(f"{MODEL} has more than {models.LARGEST:,} bytes: train with fewer or smaller trees.")
    for name in set(names) - {CODE}:
        _check(name, _json(name, found[name]), run)
    return found


def _json(name: str, body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ModelMissing(f"{name} is not JSON.") from error


def _check(name: str, document: Any, run: Run) -> None:
    if name == MODEL:
        try:
            model = walker.load(document)
        except ModelUnusable as error:
            raise ModelMissing(f"{MODEL} cannot be read: {error}") from error
        if (model.name, model.version) != (run.name, run.version):
            raise ModelMissing(f"{MODEL} is of {model.name} {model.version}, and not of this version.")
    elif name == SMOKE and not _is_smoke(document):
        raise ModelMissing(f"{SMOKE} has no rows with their probabilities.")
    elif name == SCORES and not _is_scores(document):
        raise ModelMissing(f"{SCORES} has no list of probabilities.")


def _is_smoke(said: Any) -> bool:
    rows = said.get("rows") if isinstance(said, Mapping) else None
    return (
        isinstance(rows, list)
        and bool(rows)
        and all(isinstance(each, Mapping) and isinstance(each.get("row"), Mapping) for each in rows)
        and all(is_probability(each.get("probability")) for each in rows)
    )


def _is_scores(said: Any) -> bool:
    found = said.get("probabilities") if isinstance(said, Mapping) else None
    return isinstance(found, list) and all(is_probability(each) for each in found)


def is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def unpack(bucket: Bucket, run: Run, work: Work, found: Found, chosen: Chosen) -> None:
    """Writes what is not there yet; the archive last, so that all is there where it is.

    Raises ModelMissing, WorkGone, StorageUnavailable.
    """
    if bucket.head(run.folder + ARCHIVE) is not None:
        return
    content = _read(bucket, run, work, chosen.model, chosen.etag)
    for name in set(content) - {CODE}:
        bucket.put(run.folder + name, content[name], if_match=ABSENT)
    first = json.loads(content[SMOKE])["rows"][0]["row"]
    bucket.put_if_absent(run.folder + CONTRACT, encode(contract(work.manifest, found, first)))
    recipe = recipes.written(run, work, found, chosen.values)
    bucket.put_if_absent(run.folder + "recipe.toml", recipe.encode(), content_type="application/toml")
    copied = bucket.copy_from(
        bucket,
        chosen.model,
        run.folder + ARCHIVE,
        source_etag=chosen.etag,
        content_type="application/gzip",
        metadata={},
        if_match=ABSENT,
    )
    if not copied and bucket.head(run.folder + ARCHIVE) is None:
        raise WorkGone(f"{chosen.model} is gone before it was copied: put the manifest again.")


def contract(manifest: Manifest, found: Found, example: Mapping[str, Any]) -> Json:
    """What a caller has to know of the model: columns and their kinds, classes, forms of rows, one row."""
    return {
        "schema": SCHEMA,
        "columns": [{"name": each.name, "kind": each.kind} for each in found.columns],
        "target": manifest.target,
        "positive": found.positive,
        "negative": found.negative,
        "formats": list(FORMS),
        "example": dict(example),
    }


def document(bucket: Bucket, run: Run, name: str) -> Json:
    """One of them. Raises WorkGone, StorageUnavailable."""
    stored = bucket.get(run.folder + name)
    if stored is None:
        raise WorkGone(f"{run.folder}{name} is gone, which an earlier step had left: put the manifest again.")
    return dict(stored.json())
