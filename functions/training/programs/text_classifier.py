"""A linear model over hashed words and n-grams of characters: logistic loss, AdaGrad, one row at a time.

A row touches only the weights of its own features, which is what makes it fast on a CPU. The weights are rounded to
eight bits before anything is measured, so what is measured is what serves.
"""

from __future__ import annotations

import base64
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from training.errors import ClassEmpty, ManifestInvalid
from training.model import Column, Json
from training.programs import archive, channels, hyperparameters, job, proof, split
from training.programs.channels import Classes
from training.programs.job import Job
from training.programs.plan import Value
from training.programs.split import Sample
from training.serving import features, linear_text, walker
from training.serving.features import Shape
from training.transform.fitted import Fitted

LEVELS = 127
"""Of a weight of eight bits, on either side of 0."""


@dataclass
class Read:
    """Rows as the buckets of their features, all behind each other; ``ends`` of each row."""

    buckets: array[int] = field(default_factory=lambda: array("i"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    targets: array[int] = field(default_factory=lambda: array("i"))
    labels: dict[str, int] = field(default_factory=dict)
    label_counts: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Weights:
    """``whole``: of eight bits. ``scale``: what one of their levels is worth."""

    whole: Any
    scale: float
    bias: float


def main() -> int:
    return job.run(run)


def run(work: Job) -> None:
    """Raises what ``training.errors`` names, ChannelUnreadable and ExportDiffers among them."""
    values = hyperparameters.complete("text_classifier", work.hyperparameters)
    plan, folder = work.plan, work.train()
    shape = Shape(int(values["bits"]), int(values["shortest_gram"]), int(values["longest_gram"]))
    columns = _columns(folder, work)
    sample = Sample(proof.ROWS // 2, plan.seed)
    read = _read(folder, columns, plan.target, shape, sample)
    classes = channels.classes(list(read.labels), read.label_counts, plan)
    rows, targets = _rows(read), _targets(read, classes)
    held = [number for number in range(len(rows)) if split.is_held_out(plan.seed, number)]
    own = "validation" not in work.channels
    kept = sorted(set(range(len(rows))) - set(held)) if own else range(len(rows))
    if len({targets[number] for number in kept}) < 2:
        raise ClassEmpty("The rows that are left to train on have one class only; give more rows.")
    weights = _trained([rows[number] for number in kept], [targets[number] for number in kept], values, plan.seed)
    fit = Fitted(columns)
    names = {"name": plan.name, "version": plan.version, "positive": classes.positive, "negative": classes.negative}
    threshold = float(values["threshold"])
    document = walker.envelope("linear_text", fit, names, threshold) | _exported(weights, shape)

    def trained(asked: Sequence[proof.Row]) -> Sequence[float]:
        return [_probability(weights, _array(features.buckets(fit.encode(row), columns, shape))) for row in asked]

    sampled = [row for _, row in sample.rows]
    exported = proof.prove(document, sampled, trained, plan.seed)
    if own:
        job.metrics([targets[each] for each in held], [_probability(weights, rows[each]) for each in held], threshold)
    else:
        _validate(work, columns, shape, classes, weights, threshold)
    work.leave("model.json", document)
    work.leave("smoke.json", proof.smoke(exported, sampled, plan.seed))
    archive.leave(work.model / job.CODE)


def _columns(folder: Path, work: Job) -> tuple[Column, ...]:
    columns = channels.columns(folder, work.plan)
    numbers = [column.name for column in columns if column.kind == "number"]
    if numbers:
        raise ManifestInvalid(
            f"text_classifier reads texts and categories, and {numbers[0]} is of numbers: ignore it, call it a"
            " category, or take the program tabular."
        )
    if not any(column.kind == "text" for column in columns):
        raise ManifestInvalid("text_classifier needs a column of texts: name its type in the manifest.")
    return columns


def _read(folder: Path, columns: tuple[Column, ...], target: str, shape: Shape, sample: Sample | None) -> Read:
    read, fit = Read(), Fitted(columns)
    for row, label in channels.rows(folder, [column.name for column in columns], target):
        if sample is not None:
            sample.see(row)
        read.buckets.extend(sorted(features.buckets(fit.encode(row), columns, shape)))
        read.ends.append(len(read.buckets))
        code = read.labels.setdefault(label, len(read.labels))
        if code == len(read.label_counts):
            read.label_counts.append(0)
        read.label_counts[code] += 1
        read.targets.append(code)
    return read


def _rows(read: Read) -> list[Any]:
    """Views of the buckets of each row."""
    import numpy as np

    flat = np.frombuffer(read.buckets, dtype=np.int32) if read.buckets else np.empty(0, np.int32)
    starts = [0, *read.ends[:-1]]
    return [flat[start:end] for start, end in zip(starts, read.ends, strict=True)]


def _targets(read: Read, classes: Classes) -> list[int]:
    """Raises ClassEmpty for a class that the training rows do not have."""
    unknown = set(read.labels) - {classes.positive, classes.negative}
    if unknown:
        raise ClassEmpty(f"A channel has the class {min(unknown)[:40]}, which the training rows do not have.")
    positive = read.labels.get(classes.positive, -1)
    return [int(code == positive) for code in read.targets]


def _trained(rows: Sequence[Any], targets: Sequence[int], values: Mapping[str, Value], seed: int) -> Weights:
    """AdaGrad (Duchi, Hazan, Singer 2011), the average of the weights after each round of all rows."""
    import numpy as np

    rate, penalty = float(values["learning_rate"]), float(values["l2"])
    weights = np.zeros(1 << int(values["bits"]))
    squares, total = np.full_like(weights, 1e-8), np.zeros_like(weights)
    share = sum(targets) / len(targets)
    costs = (0.5 / (1 - share), 0.5 / share) if values["balance"] == "balanced" else (1.0, 1.0)
    start = 0.0 if values["balance"] == "balanced" else math.log(share / (1 - share))
    bias, bias_square, bias_total = start, 1e-8, 0.0
    order = list(range(len(rows)))
    random = Random(seed)  # noqa: S311 - an order, not a secret
    epochs = int(values["epochs"])
    for _ in range(epochs):
        random.shuffle(order)
        for number in order:
            row, target = rows[number], targets[number]
            norm = 1.0 / math.sqrt(len(row)) if len(row) else 0.0
            own = weights[row]
            slope = (walker.sigmoid(bias + norm * float(own.sum())) - target) * costs[target]
            steps = slope * norm + penalty * own
            squares[row] += steps * steps
            weights[row] = own - rate * steps / np.sqrt(squares[row])
            bias_square += slope * slope
            bias -= rate * slope / math.sqrt(bias_square)
        total += weights
        bias_total += bias
    return _rounded(total / epochs, bias_total / epochs)


def _rounded(weights: Any, bias: float) -> Weights:
    import numpy as np

    scale = float(np.abs(weights).max()) / LEVELS or 1.0
    return Weights(np.rint(weights / scale).astype(np.int8), scale, float(bias))


def _exported(weights: Weights, shape: Shape) -> Json:
    return {
        "bits": shape.bits,
        "shortest": shape.shortest,
        "longest": shape.longest,
        "bias": weights.bias,
        "scale": weights.scale,
        "weights": base64.b64encode(weights.whole.tobytes()).decode(),
    }


def _validate(
    work: Job, columns: tuple[Column, ...], shape: Shape, classes: Classes, weights: Weights, threshold: float
) -> None:
    read = _read(work.channels["validation"], columns, work.plan.target, shape, None)
    targets = _targets(read, classes)
    job.metrics(targets, [_probability(weights, row) for row in _rows(read)], threshold)


def _probability(weights: Weights, row: Any) -> float:
    """By numpy's sum of the whole weights; their total is exact, whoever adds them up."""
    total = int(weights.whole[row].sum(dtype="int64"))
    return walker.sigmoid(linear_text.combined(total, len(row), weights.bias, weights.scale))


def _array(buckets: set[int]) -> Any:
    import numpy as np

    return np.fromiter(buckets, dtype=np.int32, count=len(buckets))
