"""How much better one model is than another on the same rows, and how sure that is: the paired bootstrap.

Rows are drawn with replacement, and both models are measured on the same draw, so that what makes rows hard or easy
counts for neither. The models' orders of the rows are made once; a draw is a weight per row (how often it was drawn).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from training.evaluation import measures
from training.model import Metric

RESAMPLES = 200
SHARE = 0.05
"""Of resamples may lie below the bound."""
LUCK = 0.1
"""Of seeds whose draws put the bound too high."""

Weights = Sequence[int]
Measured = Callable[[Weights], float]


def bound(
    labels: Sequence[int],
    new: Sequence[float],
    live: Sequence[float],
    metric: Metric,
    seed: int,
    resamples: int = RESAMPLES,
    *,
    share: float = SHARE,
    thresholds: tuple[float, float] = (0.5, 0.5),
) -> float:
    """What ``new`` is better than ``live`` by at least, in the metric's units and in the direction that is better, but
    for ``share`` of the resamples. ``thresholds``: of both models, for the accuracy. The same seed gives the same."""
    one = _measured(labels, new, metric, thresholds[0])
    other = _measured(labels, live, metric, thresholds[1])
    draw, rows = random.Random(seed), range(len(labels))  # noqa: S311 - not a secret
    found: list[float] = []
    while len(found) < resamples:
        weights = [0] * len(labels)
        for row in draw.choices(rows, k=len(labels)):
            weights[row] += 1
        positives = sum(weight for weight, label in zip(weights, labels, strict=True) if label)
        if 0 < positives < len(labels):  # else there is nothing to tell apart
            found.append(one(weights) - other(weights))
    return sorted(found)[_place(share, resamples)]


def _place(share: float, resamples: int) -> int:
    """Which of the sorted differences is the bound: one that lies below the true quantile but for one seed in ten.

    So many draws find a quantile only roughly; the plain one would let a little more than ``share`` of equal models
    pass. How many draws lie below the true quantile is binomial.
    """
    chance, below, place = (1 - share) ** resamples, 0.0, 0
    while below + chance <= LUCK:
        below += chance
        place += 1
        chance *= (resamples - place + 1) / place * share / (1 - share)
    return max(0, place - 1)


def _measured(labels: Sequence[int], probabilities: Sequence[float], metric: Metric, threshold: float) -> Measured:
    """A function from weights to the metric, turned so that more is better."""
    match metric:
        case "roc_auc" if len(set(probabilities)) == 1:
            return lambda _: 0.5
        case "roc_auc":
            ranked = _ranked(labels, probabilities)
            return lambda weights: _roc_auc(ranked, weights)
        case "pr_auc":
            order = _ranked(labels, probabilities, descending=True)
            return lambda weights: _pr_auc(order, weights)
        case "accuracy":
            pairs = zip(labels, probabilities, strict=True)
            values = [float((each >= threshold) == bool(label)) for label, each in pairs]
        case "log_loss":
            values = [-measures.loss(label, each) for label, each in zip(labels, probabilities, strict=True)]
    return lambda weights: sum(map(float.__mul__, values, map(float, weights))) / len(values)


def _ranked(
    labels: Sequence[int], probabilities: Sequence[float], *, descending: bool = False
) -> list[tuple[int, int, bool]]:
    """Row, label, and whether the next row has another probability: in the order of the probabilities."""
    order = sorted(range(len(labels)), key=probabilities.__getitem__, reverse=descending)
    following = [probabilities[row] for row in order[1:]]
    ends = [probabilities[row] != after for row, after in zip(order, following, strict=False)]
    return [(row, labels[row], end) for row, end in zip(order, [*ends, True], strict=True)]


def _roc_auc(ranked: Sequence[tuple[int, int, bool]], weights: Weights) -> float:
    area, above, below, positives, negatives = 0.0, 0, 0, 0, 0
    for row, label, end in ranked:
        if label:
            positives += weights[row]
        else:
            negatives += weights[row]
        if end:
            area += positives * (below + negatives / 2)
            below += negatives
            above += positives
            positives = negatives = 0
    return area / (above * below)


def _pr_auc(order: Sequence[tuple[int, int, bool]], weights: Weights) -> float:
    area, found, seen, positives = 0.0, 0, 0, 0
    for row, label, end in order:
        weight = weights[row]
        seen += weight
        if label:
            positives += weight
        if end:
            found += positives
            if positives:
                area += positives * found / seen
            positives = 0
    return area / found
