"""``model.json`` -> a model that gives probabilities, in plain Python: no library whose version could change them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from training.errors import ModelUnusable
from training.model import SCHEMA, Column, Json, Prediction
from training.transform.fitted import Cell, Fitted, from_json

KINDS: Final = ("trees", "linear_text")
NAMES: Final = ("name", "version", "positive", "negative")


class Scored(Protocol):
    """One kind of model."""

    def score(self, cells: Sequence[Cell]) -> float:
        """The log odds of the positive class."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be asked. ``threshold``: the probability from which a row counts as ``positive``."""

    name: str
    version: str
    positive: str
    negative: str
    threshold: float
    fitted: Fitted
    scored: Scored

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.fitted.columns

    def probability(self, row: Sequence[str | None]) -> float:
        """Of the class ``positive``; ``row`` has a text or None for each of ``columns``, in their order."""
        return sigmoid(self.scored.score(self.fitted.encode(row)))

    def predict(self, row: Sequence[str | None]) -> Prediction:
        return named(self.probability(row), self.positive, self.negative, self.threshold)


def load(document: Any) -> Model:
    """Raises ModelUnusable for whatever is not a model to its last member, and nothing else."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ModelUnusable(f"The model's file is no object with schema {SCHEMA}; train the model again.")
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ModelUnusable(f"The model is none of the kinds {', '.join(KINDS)}; train it again.")
    if not all(isinstance(document.get(name, ""), str) for name in NAMES):
        raise ModelUnusable("The model's name, version or classes are no texts; train it again.")
    threshold = document.get("threshold")
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
        raise ModelUnusable("The model's threshold is no probability; train it again.")
    fitted = from_json(document.get("transform"))
    name, version, positive, negative = (str(document.get(member, "")) for member in NAMES)
    return Model(name, version, positive, negative, float(threshold), fitted, _scored(kind, document, fitted))


def _scored(kind: str, document: Json, fitted: Fitted) -> Scored:
    """Imported late: a cold start with trees needs nothing of texts."""
    if kind == "trees":
        from training.serving.trees import Trees

        return Trees(document, fitted)
    from training.serving.linear_text import LinearText

    return LinearText(document, fitted)


def sigmoid(score: float) -> float:
    """As scipy's ``expit`` computes it (``1 / (1 + exp(-x))``), which scikit-learn's probabilities are made by."""
    try:
        return 1.0 / (1.0 + math.exp(-score))
    except OverflowError:  # where C's exp is infinite
        return 0.0


def named(probability: float, positive: str, negative: str, threshold: float) -> Prediction:
    return Prediction(positive if probability >= threshold else negative, probability)


def envelope(kind: str, fitted: Fitted, names: Json, threshold: float) -> Json:
    """What every kind of model's file begins with. ``names``: NAMES and their texts."""
    return {"schema": SCHEMA, "kind": kind, **names, "threshold": threshold, "transform": fitted.to_json()}
