"""A model and rows -> predictions. The function behind the HTTP API and an endpoint's ``inference.py`` answer by it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from training.errors import ModelUnusable
from training.model import SCHEMA, Json, Prediction
from training.serving.walker import Model
from training.transform.fitted import Notes


def answer(model: Model, predictions: Sequence[Prediction], notes: Sequence[Notes]) -> Json:
    """``positive``: the class whose probabilities these are; where no manifest says which, another version may have
    the other one. ``notes`` of a prediction are there only where there is something to tell."""
    return {
        "schema": SCHEMA,
        "name": model.name,
        "version": model.version,
        "positive": model.positive,
        "predictions": [_told(*each) for each in zip(predictions, notes, strict=True)],
    }


def predicted(model: Model, rows: Sequence[Sequence[str | None]]) -> tuple[list[Prediction], list[Notes]]:
    """One of each per row, in order."""
    return [model.predict(row) for row in rows], [model.fitted.notes(row) for row in rows]


def probabilities(answer: bytes, size: int) -> list[float]:
    """``size`` numbers from 0 to 1: a JSON array of them, or ``{"predictions": [...]}`` of them or of objects with
    ``probability``. Raises ModelUnusable."""
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise ModelUnusable("The model's program does not answer in JSON, as it was asked to.") from error
    listed = said.get("predictions") if isinstance(said, dict) else said
    if not isinstance(listed, list) or len(listed) != size:
        raise ModelUnusable(f"The model's program does not answer with a list of {size:,} probabilities, one per row.")
    return [_probability(each) for each in listed]


def _told(prediction: Prediction, notes: Notes) -> Json:
    told = notes.to_json()
    found: Json = {"label": prediction.label, "probability": prediction.probability}
    return found | ({"notes": told} if told else {})


def _probability(value: Any) -> float:
    if isinstance(value, dict):
        value = value.get("probability")
    if not isinstance(value, int | float) or isinstance(value, bool) or not (math.isfinite(value) and 0 <= value <= 1):
        raise ModelUnusable(
            "The model's program has to answer one number from 0 to 1 per row: the probability of the positive class."
        )
    return float(value)
