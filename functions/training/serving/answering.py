"""A model and rows -> predictions. The function behind the HTTP API and an endpoint's ``inference.py`` answer by it."""

from __future__ import annotations

from collections.abc import Sequence

from training.model import SCHEMA, Json, Prediction
from training.serving.walker import Model
from training.transform.fitted import Notes


def answer(name: str, version: str, predictions: Sequence[Prediction], notes: Sequence[Notes]) -> Json:
    """``notes`` of a prediction are there only where there is something to tell."""
    return {
        "schema": SCHEMA,
        "name": name,
        "version": version,
        "predictions": [_told(*each) for each in zip(predictions, notes, strict=True)],
    }


def predicted(model: Model, rows: Sequence[Sequence[str | None]]) -> tuple[list[Prediction], list[Notes]]:
    """One of each per row, in order."""
    return [model.predict(row) for row in rows], [model.fitted.notes(row) for row in rows]


def _told(prediction: Prediction, notes: Notes) -> Json:
    told = notes.to_json()
    found: Json = {"label": prediction.label, "probability": prediction.probability}
    return found | ({"notes": told} if told else {})
