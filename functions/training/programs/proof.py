"""The export asked what the trained model was asked. One answer that differs in its last bit fails the job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, nextafter
from random import Random
from typing import Final

from training.errors import ExportDiffers
from training.model import Json
from training.serving import walker
from training.serving.walker import Model
from training.transform.fitted import Fitted

ROWS, SMOKE = 1_000, 20
HOSTILE: Final = (
    None, "", "  ", "NaN", "inf", "-Infinity", "1e400", "-1e308", "1.7976931348623157e308", "5e-324", "-0", "0",
    "1_000",
    "0x1F", "\u0663", "007", "7.0", "null", "\x00", "'; --", "\U0001f6b2" * 3, "a" * 1_000, "<>", "never seen before",
)  # fmt: skip
"""Cells that no training file has, or that readers take for different things."""

Row = list[str | None]
Asked = Callable[[Sequence[Row]], Sequence[float]]
"""The trained model: rows -> probabilities of the positive class."""


def prove(document: Json, sampled: Sequence[Sequence[str]], trained: Asked, seed: int) -> Model:
    """The export, once it answers as the model that was trained on ROWS rows, about half of them hostile.

    ``sampled``: rows of the training channel. Raises ExportDiffers.
    """
    model = walker.load(document)
    asked = rows(model.fitted, sampled, seed, edges(document))
    for row, expected in zip(asked, trained(asked), strict=True):
        answer = model.probability(row)
        if answer != expected:
            shown = {column.name: text for column, text in zip(model.columns, row, strict=True)}
            raise ExportDiffers(
                f"model.json answers {answer!r} where the trained model answers {expected!r}, for {str(shown)[:400]}."
            )
    return model


def rows(
    fitted: Fitted, sampled: Sequence[Sequence[str]], seed: int, limits: Mapping[int, Sequence[str]] | None = None
) -> list[Row]:
    """Half as they came, half with cells exchanged for hostile ones, or for the ``limits`` of their column."""
    random = Random(seed)  # noqa: S311 - a sample, not a secret
    known = [text for each in fitted.categories.values() for text in each[:50]]
    cells = [*HOSTILE, *known]
    found: list[Row] = [list(row) for row in sampled[: ROWS // 2]]
    while len(found) < ROWS:
        base = sampled[random.randrange(len(sampled))]
        share = random.choice((0.2, 0.5, 1.0))
        row: Row = list(base)
        for place in range(len(row)):
            if random.random() < share:
                own = (limits or {}).get(place)
                row[place] = random.choice(own if own and random.random() < 0.7 else cells)
        found.append(row)
    return found


def edges(document: Json) -> dict[int, list[str]]:
    """Of each column of numbers the thresholds that the export has, and the least number above each: a threshold that
    is not the model's own is seen only between the two."""
    found: dict[int, set[float]] = {}
    for tree in document.get("trees", ()):
        for column, value, chosen in zip(tree["feature"], tree["value"], tree["set"], strict=True):
            if column >= 0 and chosen < 0:
                found.setdefault(column, set()).update((value, nextafter(value, inf)))
    return {column: [repr(value) for value in sorted(values)] for column, values in found.items()}


def smoke(model: Model, sampled: Sequence[Sequence[str]], seed: int) -> Json:
    """SMOKE rows and what the job answers to them: most from the files, the others with hostile cells among theirs."""
    asked = rows(model.fitted, sampled, seed)
    chosen = [*asked[: SMOKE - 5], *asked[-5:]] if len(sampled) >= SMOKE - 5 else asked[-SMOKE:]
    names = [column.name for column in model.columns]
    return {
        "schema": 1,
        "rows": [{"row": dict(zip(names, row, strict=True)), "probability": model.probability(row)} for row in chosen],
    }
