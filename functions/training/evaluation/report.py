"""``report.json``: what a version is, how good it is, and why it was accepted or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.evaluation import measures
from training.evaluation.gate import MOST_SLICES, Decision, Scores
from training.manifest import Manifest
from training.model import SCHEMA, Json


def document(
    version: str,
    manifest: Manifest,
    scores: Scores,
    found: Mapping[str, Any],
    chosen: Mapping[str, Any],
    decision: Decision,
    unread: Mapping[str, Any],
) -> Json:
    """``found``: what Validate found; ``chosen``: what Choose chose, with all trials; ``unread``: what of the manifest
    and its channels nobody has read."""
    thresholds = sorted({*measures.THRESHOLDS, scores.thresholds[0]})
    figures = {name: value for name, value in decision.figures.items() if name != "slices"}
    return {
        "schema": SCHEMA,
        "name": manifest.name,
        "version": version,
        "accepted": decision.accepted,
        "reasons": list(decision.reasons),
        **figures,
        "live_version": scores.live_version,
        "counts": {
            "rows": found["rows"],
            "positives": found["positives"],
            "tested": len(scores.labels),
            "test_rows_left_out": scores.left_out,
        },
        "classes": {"positive": found["positive"], "negative": found["negative"], "threshold": scores.thresholds[0]},
        "calibration": measures.calibration(scores.labels, scores.new) if "above_baseline" in figures else None,
        "confusion": measures.confusion(scores.labels, scores.new, thresholds),
        "slices": _shown(decision.figures.get("slices", {})),
        "left_out": found["left_out"],
        "cautions": found["cautions"],
        "not_all_rows_looked_at": found["unlooked"],
        **unread,
        "trial": chosen["trial"],
        "trials": chosen["trials"],
    }


def _shown(slices: Mapping[str, Any]) -> Json:
    """The values with the most rows, and how many more there are."""
    return {
        column: {
            **told,
            "values": told["values"][:MOST_SLICES],
            "more_values": max(0, len(told["values"]) - MOST_SLICES),
        }
        for column, told in slices.items()
    }
