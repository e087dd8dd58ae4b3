"""scikit-learn's boosted trees -> ``model.json``'s, guarded against versions that keep them elsewhere.

There is no public way to a tree's nodes. What is read here is private to scikit-learn: another version may rename it,
or mean something else by it. The first is seen here and said in a sentence; the second is seen by ``proof``.
"""

from __future__ import annotations

import math
import sys
from typing import Any, Final

from training.errors import ExportDiffers
from training.model import Json

KNOWN: Final = ((1, 5), (1, 9))
"""Versions of scikit-learn whose trees were compared with ours, the first and the last."""
FIELDS: Final = frozenset(
    {
        "value", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf", "is_categorical",
        "bitset_idx",
    }
)  # fmt: skip


def trees(model: Any, width: int) -> Json:
    """``base`` and ``trees`` of a fitted HistGradientBoostingClassifier for two classes over ``width`` columns.

    Raises ExportDiffers.
    """
    _guard(model)
    places, encoded = _columns(model, width)
    found = []
    for (predictor,) in model._predictors:
        found.append(_tree(predictor, places, encoded))
    return {"base": float(model._baseline_prediction.ravel()[0]), "trees": found}


def _guard(model: Any) -> None:
    import sklearn

    version = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    if not KNOWN[0] <= version <= KNOWN[1]:
        first, last = (".".join(map(str, each)) for each in KNOWN)
        raise ExportDiffers(
            f"scikit-learn {sklearn.__version__} is none of the versions {first} to {last} whose trees this program"
            " knows; take an image with one of them (TrainingImageTag)."
        )
    missing = [name for name in ("_predictors", "_baseline_prediction", "_preprocessor") if not hasattr(model, name)]
    predictors = getattr(model, "_predictors", [])
    if not missing and any(len(each) != 1 for each in predictors):
        missing = ["one tree per round"]
    if not missing and predictors:
        missing = sorted(FIELDS - set(predictors[0][0].nodes.dtype.names or ()))
        if not hasattr(predictors[0][0], "raw_left_cat_bitsets"):
            missing.append("raw_left_cat_bitsets")
    if missing:
        raise ExportDiffers(
            f"This build of scikit-learn {sklearn.__version__} keeps its trees without {', '.join(missing)}; take the"
            " image that the template names (TrainingImageTag)."
        )


def _columns(model: Any, width: int) -> tuple[list[int], dict[int, list[int]]]:
    """Our column of each of the model's own, which has categories first; of those, our number of each of its own."""
    if model._preprocessor is None:
        return list(range(width)), {}
    places: list[int] = []
    encoded: dict[int, list[int]] = {}
    for name, transformer, chosen in model._preprocessor.transformers_:
        ours = _chosen(chosen, width)
        if name == "encoder":
            for column, categories in zip(ours, transformer.categories_, strict=True):
                encoded[column] = [int(each) for each in categories if not math.isnan(each)]
        elif name != "numerical" and ours:  # "remainder", which has none
            raise ExportDiffers(f"scikit-learn prepares columns by {name!r}, which this program does not know.")
        places += ours
    if sorted(places) != list(range(width)):
        raise ExportDiffers("scikit-learn left columns out while it prepared them, which this program does not know.")
    return places, encoded


def _chosen(chosen: Any, width: int) -> list[int]:
    """A slice, a mask, or numbers of columns."""
    import numpy as np

    return [int(each) for each in np.arange(width)[chosen if isinstance(chosen, slice) else np.asarray(chosen)]]


def _tree(predictor: Any, places: list[int], encoded: dict[int, list[int]]) -> Json:
    found: dict[str, list[Any]] = {name: [] for name in ("feature", "value", "left", "right", "missing", "set", "sets")}
    for node in predictor.nodes:
        leaf = bool(node["is_leaf"])
        column = -1 if leaf else places[int(node["feature_idx"])]
        chosen = -1
        if not leaf and node["is_categorical"]:
            chosen = len(found["sets"])
            found["sets"].append(_members(predictor.raw_left_cat_bitsets[node["bitset_idx"]], encoded[column]))
        threshold = 0.0 if chosen >= 0 else _finite(float(node["num_threshold"]))
        for name, value in (
            ("feature", column),
            ("value", float(node["value"]) if leaf else threshold),
            ("left", 0 if leaf else int(node["left"])),
            ("right", 0 if leaf else int(node["right"])),
            ("missing", 0 if leaf else int(node["missing_go_to_left"])),
            ("set", chosen),
        ):
            found[name].append(value)
    return found


def _members(bits: Any, ours: list[int]) -> list[int]:
    """The categories that go left, under our numbers: eight words of 32 bits."""
    return [ours[place] for place in range(len(ours)) if (int(bits[place // 32]) >> (place % 32)) & 1]


def _finite(threshold: float) -> float:
    """A split of "has a value" from "has none" has an infinite threshold, which JSON has no number for; no cell is
    larger than the largest number."""
    return min(threshold, sys.float_info.max)
