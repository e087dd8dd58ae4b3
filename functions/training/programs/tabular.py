"""Boosted trees over numbers and categories: scikit-learn's HistGradientBoostingClassifier.

A missing value is a value of its own. Categories are numbered by how common they are, at most 255 per column.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.errors import ClassEmpty, ColumnConstant, ManifestInvalid
from training.model import Column
from training.programs import archive, channels, export, hyperparameters, job, proof, split
from training.programs.channels import Classes
from training.programs.job import Job
from training.programs.plan import Value
from training.programs.split import Sample
from training.serving import walker
from training.transform import cells, fitted
from training.transform.fitted import Fitted

NONE = -1
"""In place of the number of a category where there is no value."""


@dataclass
class Read:
    """Rows as columns, which takes 4 to 8 bytes per cell. ``met``: the texts of a column of categories, in the order in
    which they came, and how often they did; ``held``: 1 for rows that are held out."""

    columns: tuple[Column, ...]
    cells: list[array[Any]]
    met: list[dict[str, int]]
    counts: list[list[int]]
    targets: array[int] = field(default_factory=lambda: array("i"))
    labels: dict[str, int] = field(default_factory=dict)
    label_counts: list[int] = field(default_factory=list)
    held: array[int] = field(default_factory=lambda: array("b"))


def main() -> int:
    return job.run(run)


def run(work: Job) -> None:
    """Raises what ``training.errors`` names, ChannelUnreadable and ExportDiffers among them."""
    values = hyperparameters.complete("tabular", work.hyperparameters)
    plan, folder = work.plan, work.train()
    columns = channels.columns(folder, plan)
    if any(column.kind == "text" for column in columns):
        raise ManifestInvalid("tabular reads no columns of texts; ignore them, or take the program text_classifier.")
    sample = Sample(proof.ROWS // 2, plan.seed)
    own = "validation" not in work.channels
    read = _read(folder, columns, plan.target, sample, plan.seed if own else None)
    classes = channels.classes(list(read.labels), read.label_counts, plan)
    fit = fitted.fit(columns, _counted(read))
    _tell(fit)
    matrix, targets = _matrix(read, fit), _targets(read, classes)
    import numpy as np

    held = np.frombuffer(read.held, dtype=np.int8) == 1
    if len(set(targets[~held].tolist())) < 2:
        raise ClassEmpty("The rows that are left to train on have one class only; give more rows.")
    empty = np.isnan(matrix[~held]).all(axis=0)
    if empty.any():
        raise ColumnConstant(f"{columns[int(empty.argmax())].name} has no value in the rows to train on; ignore it.")
    model = _trained(matrix[~held], targets[~held], fit, values, plan.seed)
    names = {"name": plan.name, "version": plan.version, "positive": classes.positive, "negative": classes.negative}
    document = walker.envelope("trees", fit, names, float(values["threshold"])) | export.trees(model, len(columns))

    def trained(rows: Sequence[proof.Row]) -> Sequence[float]:
        return _probabilities(model, np.array([_encoded(fit, row) for row in rows], dtype=np.float64))

    sampled = [row for _, row in sample.rows]
    exported = proof.prove(document, sampled, trained, plan.seed)
    if own:
        job.metrics(targets[held], _probabilities(model, matrix[held]), float(values["threshold"]))
    else:
        _validate(work, fit, classes, model, float(values["threshold"]))
    work.leave("model.json", document)
    work.leave("smoke.json", proof.smoke(exported, sampled, plan.seed))
    archive.leave(work.model / job.CODE)


def _read(folder: Path, columns: tuple[Column, ...], target: str, sample: Sample | None, seed: int | None) -> Read:
    """``seed``: that of the rows that are held out; None: none are."""
    numeric = [column.kind == "number" for column in columns]
    read = Read(
        columns, [array("d" if each else "i") for each in numeric], [{} for _ in columns], [[] for _ in columns]
    )
    for number, (row, label) in enumerate(channels.rows(folder, [column.name for column in columns], target)):
        held = seed is not None and split.is_held_out(seed, number)
        read.held.append(held)
        if sample is not None:
            sample.see(row)
        for place, text in enumerate(row):
            if numeric[place]:
                value = cells.read(text, "number")
                read.cells[place].append(float("nan") if value is None else value)
            else:
                read.cells[place].append(_met(read, place, text, counted=not held))
        code = read.labels.setdefault(label, len(read.labels))
        if code == len(read.label_counts):
            read.label_counts.append(0)
        read.label_counts[code] += 1
        read.targets.append(code)
    return read


def _met(read: Read, place: int, text: str, *, counted: bool) -> int:
    category = cells.read(text, "category")
    if category is None:
        return NONE
    met, counts = read.met[place], read.counts[place]
    number = met.setdefault(str(category), len(met))
    if number == len(counts):
        counts.append(0)
    counts[number] += counted
    return number


def _counted(read: Read) -> dict[str, dict[str, int]]:
    """Of rows that are not held out, so that these teach nothing."""
    found: dict[str, dict[str, int]] = {}
    for column, met, counts in zip(read.columns, read.met, read.counts, strict=True):
        if column.kind == "category":
            found[column.name] = {text: counts[number] for text, number in met.items() if counts[number]}
    return found


def _matrix(read: Read, fit: Fitted) -> Any:
    import numpy as np

    found = np.empty((len(read.targets), len(read.columns)), dtype=np.float64)
    for place, column in enumerate(read.columns):
        if column.kind == "number":
            found[:, place] = np.frombuffer(read.cells[place], dtype=np.float64)
            continue
        known = {text: number for number, text in enumerate(fit.categories[column.name])}
        other = len(known) if column.name in fit.others else np.nan
        codes = np.array([*(known.get(text, other) for text in read.met[place]), np.nan], dtype=np.float64)
        found[:, place] = codes[np.frombuffer(read.cells[place], dtype=np.int32)]  # NONE is the last
    return found


def _targets(read: Read, classes: Classes) -> Any:
    """Raises ClassEmpty for a class that the training rows do not have."""
    import numpy as np

    unknown = set(read.labels) - {classes.positive, classes.negative}
    if unknown:
        raise ClassEmpty(f"A channel has the class {min(unknown)[:40]}, which the training rows do not have.")
    return (np.frombuffer(read.targets, dtype=np.int32) == read.labels.get(classes.positive, NONE)).astype(np.int8)


def _trained(matrix: Any, targets: Any, fit: Fitted, values: Mapping[str, Value], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    stopping = {"auto": "auto", "on": True, "off": False}[str(values["early_stopping"])]
    model = HistGradientBoostingClassifier(
        learning_rate=values["learning_rate"],
        max_iter=values["max_iter"],
        max_leaf_nodes=values["max_leaf_nodes"],
        max_depth=values["max_depth"] or None,
        min_samples_leaf=values["min_samples_leaf"],
        l2_regularization=values["l2_regularization"],
        class_weight="balanced" if values["balance"] == "balanced" else None,
        categorical_features=[column.kind == "category" for column in fit.columns],
        early_stopping=stopping,
        random_state=seed,
    )
    return model.fit(matrix, targets)


def _validate(work: Job, fit: Fitted, classes: Classes, model: Any, threshold: float) -> None:
    read = _read(work.channels["validation"], fit.columns, work.plan.target, None, None)
    targets = _targets(read, classes)
    job.metrics(targets, _probabilities(model, _matrix(read, fit)), threshold)


def _probabilities(model: Any, matrix: Any) -> list[float]:
    return [float(each) for each in model.predict_proba(matrix)[:, 1]]


def _encoded(fit: Fitted, row: Sequence[str | None]) -> list[float]:
    return [float("nan") if cell is None else float(cell) for cell in fit.encode(row)]


def _tell(fit: Fitted) -> None:
    for name in sorted(fit.others):
        job.told(
            f"{name} has more than {fitted.MOST_CATEGORIES} categories: the {fitted.MOST_CATEGORIES - 1} commonest are"
            " kept, and all others count as one."
        )
