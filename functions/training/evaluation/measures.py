"""How well probabilities tell two classes apart. ``labels`` are 1 (positive) or 0, as many as ``probabilities``.

Figures are those of scikit-learn's functions of the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

from training.model import Json, Metric

BINS = 10
THRESHOLDS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAST_PROBABILITY = 2.0**-52
"""What a logarithm is taken of at least (scikit-learn's ``log_loss`` clips by the float's epsilon)."""


def roc_auc(labels: Sequence[int], probabilities: Sequence[float]) -> float:
    """The probability that a positive row stands above a negative one; ties count half. 0.5 where a class is empty."""
    area = above = below = 0.0
    for positives, negatives in _groups(labels, probabilities):
        area += positives * (below + negatives / 2)
        below += negatives
        above += positives
    return area / (above * below) if above and below else 0.5


def pr_auc(labels: Sequence[int], probabilities: Sequence[float]) -> float:
    """Average precision: the precision at each threshold, weighted by what recall it adds. 0 without positives."""
    total, found, seen, area = sum(labels), 0, 0, 0.0
    for positives, negatives in _groups(labels, probabilities, descending=True):
        found, seen = found + positives, seen + positives + negatives
        area += positives * found / seen
    return area / total if total else 0.0


def _groups(
    labels: Sequence[int], probabilities: Sequence[float], *, descending: bool = False
) -> list[tuple[int, int]]:
    """How many positives and negatives have the same probability, in its order."""
    ranked = sorted(zip(probabilities, labels, strict=True), reverse=descending)
    found = []
    for _, group in groupby(ranked, key=lambda each: each[0]):
        members = [label for _, label in group]
        found.append((sum(members), len(members) - sum(members)))
    return found


def accuracy(labels: Sequence[int], probabilities: Sequence[float], threshold: float = 0.5) -> float:
    right = sum((each >= threshold) == bool(label) for label, each in zip(labels, probabilities, strict=True))
    return right / len(labels)


def log_loss(labels: Sequence[int], probabilities: Sequence[float]) -> float:
    """In nats per row: less is better."""
    return sum(loss(label, each) for label, each in zip(labels, probabilities, strict=True)) / len(labels)


def loss(label: int, probability: float) -> float:
    """One row's."""
    return -math.log(max(LEAST_PROBABILITY, probability if label else 1.0 - probability))


def brier(labels: Sequence[int], probabilities: Sequence[float]) -> float:
    """The mean square of what the probabilities are off."""
    return sum((each - label) ** 2 for label, each in zip(labels, probabilities, strict=True)) / len(labels)


MEASURES: Final[dict[Metric, Callable[[Sequence[int], Sequence[float]], float]]] = {
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "accuracy": accuracy,
    "log_loss": log_loss,
}


def figures(labels: Sequence[int], probabilities: Sequence[float], threshold: float = 0.5) -> dict[str, float]:
    """All of them."""
    return {
        "roc_auc": roc_auc(labels, probabilities),
        "pr_auc": pr_auc(labels, probabilities),
        "accuracy": accuracy(labels, probabilities, threshold),
        "log_loss": log_loss(labels, probabilities),
        "brier": brier(labels, probabilities),
    }


def calibration(labels: Sequence[int], probabilities: Sequence[float]) -> Json:
    """Whether of rows with a probability of .3 three in ten are positive: ``bins`` of a tenth each that have rows, and
    the mean difference over all rows (``error``)."""
    rows: list[list[tuple[float, int]]] = [[] for _ in range(BINS)]
    for label, each in zip(labels, probabilities, strict=True):
        rows[min(BINS - 1, int(each * BINS))].append((each, label))
    bins, error = [], 0.0
    for number, members in enumerate(rows):
        if members:
            said = sum(each for each, _ in members) / len(members)
            met = sum(label for _, label in members) / len(members)
            error += abs(said - met) * len(members) / len(labels)
            bins.append({"from": number / BINS, "rows": len(members), "said": said, "met": met})
    return {"error": error, "bins": bins}


def confusion(
    labels: Sequence[int], probabilities: Sequence[float], thresholds: Sequence[float] = THRESHOLDS
) -> list[Json]:
    """Per threshold: rows at or above it count as positive. Precision and recall are None where nothing is divided."""
    found = []
    for threshold in thresholds:
        said = [each >= threshold for each in probabilities]
        hits = sum(yes and label for yes, label in zip(said, labels, strict=True))
        wanted, called = sum(labels), sum(said)
        found.append(
            {
                "threshold": threshold,
                "true_positive": hits,
                "false_positive": called - hits,
                "false_negative": wanted - hits,
                "true_negative": len(labels) - called - wanted + hits,
                "precision": hits / called if called else None,
                "recall": hits / wanted if wanted else None,
            }
        )
    return found
