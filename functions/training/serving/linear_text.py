"""A linear model over hashed features of texts: ``bias + scale * (sum of the weights) / sqrt(number of features)``.

Weights are whole numbers of eight bits, so their sum is exact in any order and in any library; that is why a job and
a function give the same probability to the last bit.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from typing import Final

from training.errors import ModelUnusable
from training.model import Json
from training.serving import features
from training.serving.features import Shape
from training.transform.fitted import Cell, Fitted

FEWEST_BITS, MOST_BITS = 8, 20
LONGEST_GRAM: Final = 6


class LinearText:
    """``score`` of a row's cells: the log odds of the positive class."""

    def __init__(self, document: Json, fitted: Fitted) -> None:
        """Raises ModelUnusable."""
        if any(column.kind == "number" for column in fitted.columns):
            raise ModelUnusable("A model of texts does not read columns of numbers; train it again.")
        self._columns = fitted.columns
        self._shape = _shape(document)
        self._bias, self._scale = (_number(document, name) for name in ("bias", "scale"))
        weights = document.get("weights")
        try:
            packed = base64.b64decode(weights if isinstance(weights, str) else "", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ModelUnusable("The model's weights are not base64; train it again.") from error
        if len(packed) != 1 << self._shape.bits:
            raise ModelUnusable("The model has another number of weights than its bits say; train it again.")
        self._weights = memoryview(packed).cast("b")

    def score(self, cells: Sequence[Cell]) -> float:
        found = features.buckets(cells, self._columns, self._shape)
        return combined(sum(map(self._weights.__getitem__, found)), len(found), self._bias, self._scale)


def combined(total: int, size: int, bias: float, scale: float) -> float:
    """The score of ``size`` features whose weights come to ``total``. One order of operations, for all."""
    return bias + scale * total / math.sqrt(size) if size else bias


def _shape(document: Json) -> Shape:
    bits, shortest, longest = (_whole(document, name) for name in ("bits", "shortest", "longest"))
    if not FEWEST_BITS <= bits <= MOST_BITS or not 0 <= shortest <= longest <= LONGEST_GRAM:
        raise ModelUnusable("The model's bits or lengths of n-grams are out of bounds; train it again.")
    return Shape(bits, shortest, longest)


def _whole(document: Json, name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ModelUnusable(f"The model's {name} is no whole number; train it again.")
    return value


def _number(document: Json, name: str) -> float:
    value = document.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not -1e300 < value < 1e300:
        raise ModelUnusable(f"The model's {name} is no number; train it again.")
    return float(value)
