"""Whether a statement may run: one SELECT over tables that may be asked, everything in it known.

What was checked is what runs: the SQL that is handed on is written from the parsed tree, and read again to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from questions.guard import problems
from questions.guard.problems import Wrong, wrong
from questions.model import MOST_SQL, Proved, Table

if TYPE_CHECKING:
    from questions.guard.scopes import Found

__all__ = ["Wrong", "prove"]


def prove(sql: str, tables: Sequence[Table], database: str) -> Proved:
    """The statement that may run. ``tables`` are all that may be asked; ``database`` is that of names without one.

    Raises:
        Wrong: with the first problem. Whatever the text is, nothing else is raised for it.
    """
    try:
        return _proved(sql, tables, database)
    except RecursionError as error:
        message = "The statement is nested too deeply. Write it flatter, with WITH."
        raise wrong(problems.TOO_DEEP, message) from error


def _proved(sql: str, tables: Sequence[Table], database: str) -> Proved:
    from questions.guard import bounds, cautions, fits, grouping, names, shapes, text  # late: sqlglot

    read = text.read(sql)
    tree = shapes.parse(read)
    found = names.resolve(read, tree, tables, database)
    grouping.check(read, found)
    fits.check(read, tree, found.kinds)
    bounds.check(read, tree, found)
    warnings = cautions.of(tree, found)
    sql = text.write(bounds.limited(tree))
    if len(sql) > MOST_SQL:
        raise wrong(problems.TOO_LONG, f"The statement has {len(sql):,} characters; at most {MOST_SQL:,} are allowed.")
    if not _stands(sql, tables, database, found):
        message = "The statement cannot be written again as it was read. Write it more plainly."
        raise wrong(problems.NOT_SUPPORTED, message)
    return Proved(sql, tuple(f"{table.database}.{table.name}" for table in found.tables), warnings)


def _stands(sql: str, tables: Sequence[Table], database: str, found: Found) -> bool:
    """Whether what was written is what was checked: it passes once more, reads the same tables, and comes out alike."""
    from questions.guard import bounds, names, shapes, text

    try:
        read = text.read(sql)
        tree = shapes.parse(read)
        again = names.resolve(read, tree, tables, database)
        bounds.check(read, tree, again)
    except Wrong:
        return False
    return again.tables == found.tables and text.write(tree) == sql
