"""A recipe in memory. ``trips.recipe.parser`` makes it and has checked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("integer", "number", "string", "timestamp")
FEATURES: Mapping[str, str] = {
    "day_name": "string",
    "day_number": "integer",
    "hour": "integer",
    "month": "integer",
    "part_of_day": "string",
    "seconds": "integer",
}
"""What can be derived from the time at which a trip begins (``seconds``: and ends), and the type of the column."""


def fold(name: str) -> str:
    """A column's name without case, blanks, underscores and other marks, by which names are compared.

    Letters that look the same are the same: wide ones, and accents that are characters of their own (NFKC).
    """
    if not name.isascii():
        from unicodedata import normalize

        name = normalize("NFKC", name)
    return "".join(filter(str.isalnum, name.casefold()))


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is kept.

    ``name`` is that of the input, ``output`` that of the lake. ``least`` and ``most`` bound a number, both included.
    ``values`` are the categories of a string; a row with another one is kept and counted, or left out (``strict``).
    """

    name: str
    kind: str
    required: bool
    output: str
    least: float | None = None
    most: float | None = None
    values: tuple[str, ...] = ()
    strict: bool = False
    spellings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trip:
    """Indexes of the timestamps at which a trip begins and ends; ``late_days`` after it a row counts as late."""

    start: int
    end: int
    longest_seconds: int
    late_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """What a stream's records mean. One object per recipe: it is compared and hashed by identity.

    ``order`` has every column of the input, those that are dropped too, as records without a header have them;
    ``has_header`` says whether records begin with one. ``names`` gives the column of each folded name and alias.
    ``empty`` are the texts, in small letters, that stand for no value. ``parts`` holds the part of the day for each of
    its 24 hours; ``anchor`` is the index of a required column, ``source`` that of the time that features come from
    (-1: none), ``label`` that of the column with the two classes (-1: none).
    """

    format: str
    has_header: bool
    order: tuple[str, ...]
    names: Mapping[str, str]
    columns: tuple[Column, ...]
    anchor: int
    empty: frozenset[str]
    zone: str
    converts: bool
    trip: Trip | None
    source: int
    derived: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]
    label: int
    label_value: str

    @property
    def outputs(self) -> tuple[tuple[str, str], ...]:
        """Name and type of each column that is written, in order."""
        kept = [(column.output, column.kind) for column in self.columns]
        return (*kept, *((name, FEATURES[feature]) for name, feature in self.derived))
