"""A question's data on its way to an answer: plain data, written to S3 as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

SCHEMA = 1
EVENT_SOURCE = "millrace.questions"

SPENDING: Final = "questions"
MODEL_CALLS: Final = "question-calls"
SCANNED: Final = "scanned-megabytes"
"""The pipeline and the kinds of its day's accounts (``common.spending``): names of kinds are unique in a stack."""

MOST_QUESTION: Final = 1_000
"""Characters of a question."""
MOST_SQL: Final = 10_000
"""Characters of a statement; Athena takes 262,144 bytes, but it travels in the state, and nobody asks for so much."""
MOST_REPAIRS: Final = 3
"""How often a statement is repaired: four statements in all."""
MOST_ROWS: Final = 1_000
"""The LIMIT that a statement without a smaller one is given."""


@dataclass(frozen=True, slots=True)
class Column:
    """``type`` as Athena writes it (``decimal(10,2)``). ``samples``: values as text, untrusted."""

    name: str
    type: str
    comment: str = ""
    partition: bool = False
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """``left_out``: columns that Glue has beside these, and that cannot be asked here."""

    database: str
    name: str
    columns: tuple[Column, ...]
    comment: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a statement. ``name``: Trino's (COLUMN_NOT_FOUND, ...), or one of the guard's own.

    ``line`` and ``column`` count from 1, as Trino gives them; ``nearest``: names of the tables that may have been
    meant. ``final``: it is refused, and never repaired.
    """

    name: str
    message: str
    line: int | None = None
    column: int | None = None
    nearest: tuple[str, ...] = ()
    final: bool = False


@dataclass(frozen=True, slots=True)
class Warned:
    """Valid SQL whose answer may be wrong. ``code``: of ``guard.cautions``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Proved:
    """A statement that may run. ``sql`` was written from the tree that was checked; ``tables`` as database.table."""

    sql: str
    tables: tuple[str, ...]
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """``sql`` as the model wrote it, empty where it wrote none; ``problem`` None where it ran."""

    sql: str
    problem: Problem | None = None


def plain(data: Any) -> dict[str, Any]:
    """A dataclass of this module as JSON takes it."""
    return asdict(data)


def table_of(found: dict[str, Any]) -> Table:
    """A table as ``plain`` wrote it."""
    columns = tuple(Column(**{**column, "samples": tuple(column["samples"])}) for column in found["columns"])
    return Table(found["database"], found["name"], columns, found.get("comment", ""), found.get("left_out", 0))


def attempt_of(found: dict[str, Any]) -> Attempt:
    """An attempt as ``plain`` wrote it."""
    problem = found.get("problem")
    return Attempt(found["sql"], Problem(**{**problem, "nearest": tuple(problem["nearest"])}) if problem else None)
