"""Logistic regression on a few hundred rows of named features: Newton's method with a ridge, standard library only.

Rows are sparse dictionaries, so a fit of 700 rows takes a fraction of a second and needs no numeric package. The same
rows give the same weights, to the last bit, on every machine that adds up floats in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fitted:
    """``weights`` by feature and the ``bias``: the log odds of label 1 are their sum over a row."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, row: Row) -> float:
        return sigmoid(self.bias + sum(self.weights.get(name, 0.0) * value for name, value in row.items()))


@dataclass(frozen=True, slots=True)
class Prior:
    """Where weights start from, and how many times the ridge some of them (``bias`` included) are held there."""

    bias: float
    weights: Mapping[str, float]
    holds: Mapping[str, float]


def sigmoid(odds: float) -> float:
    if odds >= 0:
        return 1.0 / (1.0 + math.exp(-odds))
    grown = math.exp(odds)
    return grown / (1.0 + grown)


def fit(rows: Sequence[Row], labels: Sequence[int], ridge: float, prior: Prior, steps: int = 40) -> Fitted:
    """Weights that maximise the likelihood of ``labels`` (1 or 0) less ``ridge``/2 times the squares of their distances
    from ``prior``, times ``prior.holds``. A feature that ``prior`` does not name starts from 0."""
    names = sorted({name for row in rows for name in row} | set(prior.weights))
    place = {name: number for number, name in enumerate(names, start=1)}
    sparse = [[(0, 1.0), *((place[name], value) for name, value in row.items() if value)] for row in rows]
    start = [prior.bias, *(prior.weights.get(name, 0.0) for name in names)]
    pull = [ridge * prior.holds.get(name, 1.0) for name in ("bias", *names)]
    solution = list(start)
    for _ in range(steps):
        step = _step(sparse, labels, solution, start, pull)
        solution = [value + change for value, change in zip(solution, step, strict=True)]
        if max(map(abs, step)) < 1e-9:
            break
    return Fitted(solution[0], dict(zip(names, solution[1:], strict=True)))


def _step(
    sparse: Sequence[Sequence[tuple[int, float]]],
    labels: Sequence[int],
    solution: Sequence[float],
    start: Sequence[float],
    pull: Sequence[float],
) -> list[float]:
    size = len(solution)
    gradient = [-hold * (value - before) for value, before, hold in zip(solution, start, pull, strict=True)]
    curvature = [[0.0] * size for _ in range(size)]
    for number in range(size):
        curvature[number][number] = pull[number]
    for row, label in zip(sparse, labels, strict=True):
        chance = sigmoid(sum(solution[number] * value for number, value in row))
        for number, value in row:
            gradient[number] += (label - chance) * value
        spread = max(chance * (1.0 - chance), 1e-6)
        for number, value in row:
            line = curvature[number]
            for other, second in row:
                line[other] += spread * value * second
    return _solve(curvature, gradient)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Cholesky: the matrix is symmetric and positive definite, as the ridge makes it. Both arguments are used up."""
    size = len(right)
    for i in range(size):
        row = matrix[i]
        for j in range(i + 1):
            other = matrix[j]
            total = row[j] - sum(map(float.__mul__, row[:j], other[:j]))
            row[j] = math.sqrt(total) if i == j else total / other[j]
    for i in range(size):
        right[i] = (right[i] - sum(map(float.__mul__, matrix[i][:i], right[:i]))) / matrix[i][i]
    for i in reversed(range(size)):
        right[i] = (right[i] - sum(matrix[k][i] * right[k] for k in range(i + 1, size))) / matrix[i][i]
    return right
