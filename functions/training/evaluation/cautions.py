"""Columns that predict the target nearly without a fault by themselves: often they are known only after the fact.

They are told, and refuse nothing: a good column is no crime.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from training.evaluation import measures
from training.model import Column
from training.transform import cells

MOST_ROWS = 20_000
"""That are looked at."""
NEARLY = 0.995
"""Area under the curve of one column alone."""
LEAST_PER_VALUE = 5
"""Rows per value of a category: a value that stands there once says nothing about the others."""


def of(
    columns: Sequence[Column], places: Sequence[int], labels: Sequence[int], rows: Sequence[Sequence[str]]
) -> list[str]:
    """A sentence per column that predicts ``labels`` (0 or 1) alone. ``places``: of the columns in the rows."""
    if len(set(labels)) < 2:
        return []
    told = []
    for column, place in zip(columns, places, strict=True):
        texts = [row[place] for row in rows]
        area = max(_area(column, texts, labels), _blank_area(texts, labels))
        if area >= NEARLY:
            told.append(
                f"{column.name} alone tells the classes apart (area {area:.4f}): is it known before the target is?"
            )
    return told


def _area(column: Column, texts: Sequence[str], labels: Sequence[int]) -> float:
    if column.kind == "number":
        known = [(value, label) for text, label in zip(texts, labels, strict=True) if _is_number(value := _read(text))]
        if len(known) < len(texts) / 2 or len({label for _, label in known}) < 2:
            return 0.0
        area = measures.roc_auc([label for _, label in known], [value for value, _ in known])
        return max(area, 1 - area)
    counts, positives = Counter(texts), Counter(text for text, label in zip(texts, labels, strict=True) if label)
    if len(texts) < LEAST_PER_VALUE * len(counts):
        return 0.0
    return measures.roc_auc(labels, [positives[text] / counts[text] for text in texts])


def _read(text: str) -> float:
    value = cells.read(text, "number")
    return value if isinstance(value, float) else float("nan")


def _is_number(value: float) -> bool:
    return value == value  # noqa: PLR0124 - NaN


def _blank_area(texts: Sequence[str], labels: Sequence[int]) -> float:
    """Of whether the cell says anything at all."""
    area = measures.roc_auc(labels, [float(cells.is_blank(text)) for text in texts])
    return max(area, 1 - area)
