"""Models and rows for tests, made by hand: no scikit-learn."""

from __future__ import annotations

import base64
import json
from typing import Any

from training.model import Column
from training.serving import walker
from training.transform import fitted

COLUMNS = (Column("age", "number"), Column("station", "category"), Column("member", "category"))
VERSION = "0123456789abcdef" * 2
NAMES = {"name": "trips", "version": VERSION, "positive": "Customer", "negative": "Subscriber"}


def fit() -> fitted.Fitted:
    return fitted.fit(COLUMNS, {"station": {"5": 9, "21": 4, "007": 2}, "member": {"yes": 8, "no": 7}})


def tree(**changed: Any) -> dict[str, Any]:
    """age <= 30 (or none) -> 0.5; else station 5 or 007 (not none) -> -1.0; else 2.0."""
    plain = {
        "feature": [0, -1, 1, -1, -1],
        "value": [30.0, 0.5, 0.0, -1.0, 2.0],
        "left": [1, 0, 3, 0, 0],
        "right": [2, 0, 4, 0, 0],
        "missing": [1, 0, 0, 0, 0],
        "set": [-1, -1, 0, -1, -1],
        "sets": [[0, 2]],
    }
    return plain | changed


def trees(**changed: Any) -> dict[str, Any]:
    return walker.envelope("trees", fit(), dict(NAMES), 0.5) | {"base": 0.25, "trees": [tree(), tree()]} | changed


def texts(bits: int = 10, weights: bytes | None = None, **changed: Any) -> dict[str, Any]:
    """A linear model over one column of texts, whose weights follow a pattern."""
    packed = bytes(place * 7 % 256 for place in range(1 << bits)) if weights is None else weights
    shape = {"bits": bits, "shortest": 3, "longest": 4, "bias": -0.25, "scale": 0.01}
    plain = shape | {"weights": base64.b64encode(packed).decode()}
    columns = fitted.fit((Column("text", "text"),), {})
    return walker.envelope("linear_text", columns, dict(NAMES), 0.5) | plain | changed


def again(document: dict[str, Any]) -> dict[str, Any]:
    """As a file has it."""
    return json.loads(json.dumps(document))
