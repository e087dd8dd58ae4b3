"""Whether a model has earned the place of the one that serves.

All of these have to hold, and each that does not is a reason: the floor; better than always naming the commoner class;
better than the live model on the same rows, by the paired bootstrap's bound; the slices' floor. Without a bound a model
that is no better is taken one time in four, since one of two equal models is always ahead.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.evaluation import measures
from training.evaluation.bootstrap import RESAMPLES, SHARE, bound
from training.manifest import Gate, Manifest
from training.model import Json, Metric

BASELINE_SHARE = 0.01
"""Of resamples in which a model that is no better than none may stand below the baseline: noise is never deployed."""
LEAST_SLICE = 100
LEAST_OF_CLASS = 10
"""Rows of a slice, and of each class in it, that say something about it."""
MOST_SLICES = 50
"""Values of one column that are told, those with the most rows."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The test rows: labels (1: positive), the models' probabilities, the texts of the slices' columns.

    ``live`` None: nothing serves, or ``live_problem`` says why what serves could not be asked. ``prior``: share of the
    positive class in the test rows. ``total``: rows of the channel, of which ``left_out`` were not looked at.
    """

    labels: Sequence[int]
    new: Sequence[float]
    live: Sequence[float] | None
    live_version: str | None
    live_problem: str
    thresholds: tuple[float, float]
    slices: Mapping[str, Sequence[str]]
    prior: float
    total: int
    left_out: int

    def to_json(self) -> Json:
        return {
            "labels": list(self.labels),
            "new": list(self.new),
            "live": None if self.live is None else list(self.live),
            "live_version": self.live_version,
            "live_problem": self.live_problem,
            "thresholds": list(self.thresholds),
            "slices": {name: list(texts) for name, texts in self.slices.items()},
            "prior": self.prior,
            "total": self.total,
            "left_out": self.left_out,
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Scores:
        one, other = said["thresholds"]
        return cls(**{**said, "thresholds": (one, other)})


@dataclass(frozen=True, slots=True)
class Decision:
    """``reasons``: one sentence for each thing that does not hold; none where the model is accepted."""

    accepted: bool
    reasons: tuple[str, ...] = ()
    figures: Json = field(default_factory=dict)


def seed_of(version: str) -> int:
    """Of the bootstrap's draws: the same version is decided the same again."""
    return int(version[:8], 16)


def decide(manifest: Manifest, scores: Scores, *, seed: int, resamples: int = RESAMPLES) -> Decision:
    """The decision, with all that it was made from."""
    metric, gate, labels = manifest.metric, manifest.gate, scores.labels
    new = measures.figures(labels, scores.new, scores.thresholds[0])
    baseline, reasons = _baseline(scores), _broken(scores.new)
    figures: Json = {
        "metric": metric,
        "seed": seed,
        "resamples": resamples,
        "new": new,
        "baseline": measures.figures(labels, baseline),
        "live": None,
    }
    if reasons:
        return Decision(False, tuple(reasons), figures)
    reasons += _floor(gate, metric, new[metric])
    figures["above_baseline"] = bound(
        labels,
        scores.new,
        baseline,
        metric,
        seed,
        resamples,
        share=BASELINE_SHARE,
        thresholds=(scores.thresholds[0], 0.5),
    )
    if figures["above_baseline"] <= 0:
        reasons.append(
            f"It is no better than always naming the commoner class: {metric} {new[metric]:.4f} beside "
            f"{figures['baseline'][metric]:.4f}."
        )
    reasons += _beside_live(gate, metric, scores, figures)
    found = slices(scores, metric)
    figures["slices"] = found
    reasons += _slices(gate, metric, found)
    return Decision(not reasons, tuple(reasons), figures)


def _broken(probabilities: Sequence[float]) -> list[str]:
    wrong = sum(not 0 <= each <= 1 for each in probabilities)
    return [f"{wrong:,} of its answers are no probabilities."] if wrong else []


def _baseline(scores: Scores) -> list[float]:
    """The same answer for every row: how common the positive class is, as rows come. Training rows may be balanced,
    and then whoever names the rarer class always would pass for the baseline."""
    prior = min(1.0, max(0.0, scores.prior))
    return [prior] * len(scores.labels)


def _floor(gate: Gate, metric: Metric, value: float) -> list[str]:
    if gate.at_least is None or value >= gate.at_least:
        return []
    return [f"Its {metric} is {value:.4f}, and gate.at_least is {gate.at_least:g}."]


def _beside_live(gate: Gate, metric: Metric, scores: Scores, figures: Json) -> list[str]:
    if scores.live_problem:
        return [f"It cannot be compared with {scores.live_version}, which serves: {scores.live_problem}"]
    if scores.live is None:
        return []
    if _broken(scores.live):
        return [f"It cannot be compared with {scores.live_version}, which serves: that one answers no probabilities."]
    live = measures.figures(scores.labels, scores.live, scores.thresholds[1])
    above = bound(
        scores.labels,
        scores.new,
        scores.live,
        metric,
        figures["seed"],
        figures["resamples"],
        thresholds=scores.thresholds,
    )
    figures |= {"live": live, "above_live": above, "share": SHARE, "better_than_live_by": gate.better_than_live_by}
    if above > gate.better_than_live_by:
        return []
    return [
        f"It is not better than {scores.live_version}, which serves: {metric} {figures['new'][metric]:.4f} beside "
        f"{live[metric]:.4f} on the same {len(scores.labels):,} rows; the difference is surely above {above:.4f} only, "
        f"and must be above {gate.better_than_live_by:g}."
    ]


def slices(scores: Scores, metric: Metric) -> Json:
    """Per column the metric of each value that has enough rows, and how many values and rows have not."""
    found: Json = {}
    for column, texts in scores.slices.items():
        members: dict[str, list[int]] = defaultdict(list)
        for row, text in enumerate(texts):
            members[text].append(row)
        told = [
            _slice(text, rows, scores, metric) for text, rows in members.items() if _says_enough(rows, scores.labels)
        ]
        small = sum(len(rows) for rows in members.values()) - sum(each["rows"] for each in told)
        told.sort(key=lambda each: (-each["rows"], each["value"]))
        found[column] = {"values": told, "small_values": len(members) - len(told), "small_rows": small}
    return found


def _says_enough(rows: Sequence[int], labels: Sequence[int]) -> bool:
    positives = sum(labels[row] for row in rows)
    return len(rows) >= LEAST_SLICE and LEAST_OF_CLASS <= positives <= len(rows) - LEAST_OF_CLASS


def _slice(text: str, rows: Sequence[int], scores: Scores, metric: Metric) -> Json:
    labels, new = [scores.labels[row] for row in rows], [scores.new[row] for row in rows]
    return {"value": text[:80], "rows": len(rows), metric: measures.figures(labels, new, scores.thresholds[0])[metric]}


def _slices(gate: Gate, metric: Metric, found: Mapping[str, Any]) -> list[str]:
    floor = -math.inf if gate.slice_at_least is None else gate.slice_at_least
    return [
        f"For {column} = {each['value']!r} ({each['rows']:,} rows) its {metric} is {each[metric]:.4f}, and "
        f"gate.slice_at_least is {floor:g}."
        for column, told in found.items()
        for each in told["values"]
        if each[metric] < floor
    ]
