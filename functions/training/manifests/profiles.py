"""What is noted of a column while its rows go by, in memory that does not grow with them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from training.model import Column, ColumnKind
from training.transform import cells
from training.transform.kinds import TEXT_WORDS

FEW = 2
"""A column of more values than there are classes cannot be the label under other names."""
MANY = 1_000
"""Values after which they are not told apart any more."""
LONG = 256
"""Characters; of a longer text the hash is kept, since many begin with the same."""


@dataclass(slots=True)
class Profile:
    """One column of one channel. ``values``: how many, at most MANY; ``pairs``: (value, label), while they are few."""

    name: str
    cells: int = 0
    blank: int = 0
    numbers: int = 0
    words: int = 0
    values: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)

    def add(self, text: str, label: str) -> None:
        stripped = text.strip()
        if not stripped:
            self.blank += 1
        else:
            self.cells += 1
            self.numbers += cells.read(stripped, "number") is not None
            self.words += len(stripped.split())
        if len(self.values) <= MANY:
            self.values.add(stripped if len(stripped) <= LONG else hashlib.sha256(stripped.encode()).hexdigest())
        if len(self.pairs) <= 2 * FEW:
            self.pairs.add((stripped, label))

    @property
    def constant(self) -> bool:
        return len(self.values) <= 1

    def kind(self) -> ColumnKind:
        """As ``transform.kinds`` has it for a file in memory."""
        if self.numbers == self.cells:
            return "number"
        return "text" if self.words > TEXT_WORDS * self.cells else "category"

    def column(self) -> Column:
        return Column(self.name, self.kind())

    def is_label(self) -> bool:
        """Whether its values are the label's under other names: two of them, each of one class, and of another one."""
        return (
            len(self.pairs) == FEW
            and len({value for value, _ in self.pairs}) == FEW
            and len({label for _, label in self.pairs}) == FEW
        )
