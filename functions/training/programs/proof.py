"""The export asked what the trained model was asked. One answer that differs in its last bit fails the job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    asked = rows(model.fitted, sampled, seed)
    for row, expected in zip(asked, trained(asked), strict=True):
        answer = model.probability(row)
        if answer != expected:
            shown = {column.name: text for column, text in zip(model.columns, row, strict=True)}
            raise ExportDiffers(
                f"model.json answers {answer!r} where the trained model answers {expected!r}, for {str(shown)[:400]}."
            )
    return model


def rows(fitted: Fitted, sampled: Sequence[Sequence[str]], seed: int) -> list[Row]:
    """Half as they came, half with cells exchanged for hostile ones."""
    random = Random(seed)  # noqa: S311 - a sample, not a secret
    known = [text for each in fitted.categories.values() for text in each[:50]]
    cells = [*HOSTILE, *known]
    found: list[Row] = [list(row) for row in sampled[: ROWS // 2]]
    while len(found) < ROWS:
        base = sampled[random.randrange(len(sampled))]
        share = random.choice((0.2, 0.5, 1.0))
        found.append([random.choice(cells) if random.random() < share else text for text in base])
    return found


def smoke(model: Model, sampled: Sequence[Sequence[str]], seed: int) -> Json:
    """SMOKE rows and what the job answers to them: most from the files, the others with hostile cells among theirs."""
    asked = rows(model.fitted, sampled, seed)
    chosen = [*asked[: SMOKE - 5], *asked[-5:]] if len(sampled) >= SMOKE - 5 else asked[-SMOKE:]
    names = [column.name for column in model.columns]
    return {
        "schema": 1,
        "rows": [{"row": dict(zip(names, row, strict=True)), "probability": model.probability(row)} for row in chosen],
    }
