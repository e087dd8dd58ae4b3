"""Logistic regression on a few thousand rows of named features: Newton's method with a ridge about a prior.

Deterministic: the same rows give the same weights on every machine, to the places that are written down.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def fit(
    rows: Sequence[Row],
    labels: Sequence[int],
    ridge: float,
    prior: Prior,
    counts: Sequence[float] | None = None,
    begin: tuple[float, Mapping[str, float]] | None = None,
    steps: int = 60,
) -> Fitted:
    """Weights that maximise the likelihood of ``labels`` (1 or 0) less ``ridge``/2 times the squares of their distances
    from ``prior``, times ``prior.holds``. A feature that ``prior`` does not name starts from 0. ``counts``: how many
    times each row counts, once without. ``begin``: bias and weights near the solution, which save steps and change
    nothing else."""
    # Where the cores are busy, threads that wait for each other take ten times as long as one that works.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np  # late: measuring alone needs none

    names = sorted({name for row in rows for name in row} | set(prior.weights))
    place = {name: number for number, name in enumerate(names, start=1)}
    matrix = np.zeros((len(rows), len(names) + 1))
    matrix[:, 0] = 1.0
    for number, row in enumerate(rows):
        for name, value in row.items():
            matrix[number, place[name]] = value
    wanted = np.asarray(labels, dtype=float)
    often = np.ones(len(rows)) if counts is None else np.asarray(counts, dtype=float)
    start = np.array([prior.bias, *(prior.weights.get(name, 0.0) for name in names)])
    pull = ridge * np.array([prior.holds.get(name, 1.0) for name in ("bias", *names)])
    solution = start.copy()
    if begin is not None:
        solution = np.array([begin[0], *(begin[1].get(name, 0.0) for name in names)])
    for _ in range(steps):
        step = _step(np, matrix, wanted, often, solution, start, pull)
        solution += step
        if np.abs(step).max() < 1e-7:
            break
    return Fitted(float(solution[0]), dict(zip(names, map(float, solution[1:]), strict=True)))


def _step(np: Any, matrix: Any, wanted: Any, often: Any, solution: Any, start: Any, pull: Any) -> Any:
    """A Newton step, halved until the likelihood grows: a full one may overshoot where labels are told apart wholly."""

    def worth(weights: Any) -> float:
        odds = matrix @ weights
        likelihood = (often * (wanted * odds - np.logaddexp(0.0, odds))).sum()
        return float(likelihood - 0.5 * (pull * (weights - start) ** 2).sum())

    chance = 1.0 / (1.0 + np.exp(-np.clip(matrix @ solution, -60.0, 60.0)))
    gradient = matrix.T @ (often * (wanted - chance)) - pull * (solution - start)
    spread = often * np.maximum(chance * (1.0 - chance), 1e-6)
    step = np.linalg.solve((matrix.T * spread) @ matrix + np.diag(pull), gradient)
    before = worth(solution)
    while worth(solution + step) < before and np.abs(step).max() > 1e-9:
        step = step / 2.0
    return step
