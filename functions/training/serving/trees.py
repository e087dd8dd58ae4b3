"""Boosted trees of two classes, walked as scikit-learn's HistGradientBoostingClassifier walks them.

Of each tree parallel lists, one entry per node, the root first and each child behind its parent: ``feature`` (-1: a
leaf), ``value`` (a leaf's, or the threshold: what is at most it goes left), ``left`` and ``right`` (places of nodes),
``missing`` (1: what has no value goes left) and ``set`` (-1, or the place in ``sets`` of the categories that go left).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from training.errors import ModelUnusable
from training.model import Json
from training.transform.fitted import Cell, Fitted

MOST_NODES: Final = 5_000_000
LISTS: Final = ("feature", "value", "left", "right", "missing", "set")

Tree = tuple[list[int], list[float], list[int], list[int], list[int], list[int], list[frozenset[int]]]


class Trees:
    """``score`` of a row's cells: the log odds of the positive class."""

    def __init__(self, document: Json, fitted: Fitted) -> None:
        """Raises ModelUnusable."""
        base, trees = document.get("base"), document.get("trees")
        if base is None or not _finite(base) or not isinstance(trees, list):
            raise ModelUnusable("The model has no base or no trees; train it again.")
        width = len(fitted.columns)
        if any(column.kind == "text" for column in fitted.columns):
            raise ModelUnusable("Trees do not read columns of texts; train the model again.")
        if any(column.kind == "category" and column.name not in fitted.categories for column in fitted.columns):
            raise ModelUnusable("The model does not know the categories of a column; train it again.")
        self._base = float(base)
        self._trees = [_tree(tree, width, number) for number, tree in enumerate(trees)]
        if sum(len(tree[0]) for tree in self._trees) > MOST_NODES:
            raise ModelUnusable(f"The model has more than {MOST_NODES:,} nodes; train it with fewer or smaller trees.")

    def score(self, cells: Sequence[Cell]) -> float:
        score = self._base
        for feature, value, left, right, missing, sets, members in self._trees:
            node = 0
            while (column := feature[node]) >= 0:
                cell = cells[column]
                if cell is None:
                    goes_left = missing[node] == 1
                elif sets[node] >= 0:
                    goes_left = cell in members[sets[node]]
                else:
                    goes_left = cell <= value[node]  # type: ignore[operator]
                node = left[node] if goes_left else right[node]
            score += value[node]
        return score


def _tree(tree: Any, width: int, number: int) -> Tree:
    """Proved once, so that walking it can neither fail nor go on for ever."""
    if not isinstance(tree, dict) or not all(isinstance(tree.get(name), list) for name in (*LISTS, "sets")):
        raise _wrong(number, "is not made of lists")
    feature, value, left, right, missing, sets = (tree[name] for name in LISTS)
    size = len(feature)
    if not size or any(len(each) != size for each in (value, left, right, missing, sets)):
        raise _wrong(number, "has lists of different lengths")
    members = [_members(each, number) for each in tree["sets"]]
    if not all(type(each) is int for each in (*feature, *left, *right, *missing, *sets)):
        raise _wrong(number, "has places that are no whole numbers")
    if not all(map(_finite, value)):
        raise _wrong(number, "has values that are no numbers")
    for node in range(size):
        if not -1 <= feature[node] < width or not -1 <= sets[node] < len(members):
            raise _wrong(number, "names a column or a set that is not there")
        if feature[node] >= 0 and not (node < left[node] < size and node < right[node] < size):
            raise _wrong(number, "has a node whose children are not behind it")
    return feature, [float(each) for each in value], left, right, missing, sets, members


def _members(given: Any, number: int) -> frozenset[int]:
    if not isinstance(given, list) or not all(type(each) is int for each in given):
        raise _wrong(number, "has a set that is no list of categories")
    return frozenset(given)


def _finite(value: Any) -> bool:
    """Of JSON's numbers: Python reads one with a thousand digits, and 1e999 as an infinity."""
    if type(value) is int:
        return abs(value) < 1 << 1000
    return type(value) is float and math.isfinite(value)


def _wrong(number: int, problem: str) -> ModelUnusable:
    return ModelUnusable(f"Tree {number} of the model {problem}; train it again.")
