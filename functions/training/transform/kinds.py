"""What the columns of a file are, where its manifest does not say.

A column is of numbers where every cell that says anything is one; of texts where its cells have more than
``TEXT_WORDS`` words on average; else of categories.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training.model import Column, ColumnKind
from training.transform import cells

TEXT_WORDS = 5.0


class _Seen:
    __slots__ = ("cells", "numbers", "words")

    def __init__(self) -> None:
        self.cells = self.numbers = self.words = 0

    def kind(self) -> ColumnKind:
        if self.numbers == self.cells:
            return "number"
        return "text" if self.words > TEXT_WORDS * self.cells else "category"


def infer(names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> tuple[Column, ...]:
    """Columns in the order of ``names``; one whose cells are all empty counts as numbers."""
    seen = [_Seen() for _ in names]
    for row in rows:
        for text, found in zip(row, seen, strict=True):
            if text is not None and not cells.is_blank(text):
                found.cells += 1
                found.numbers += cells.read(text, "number") is not None
                found.words += len(text.split())
    return tuple(Column(name, found.kind()) for name, found in zip(names, seen, strict=True))
