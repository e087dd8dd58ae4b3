"""What the guard says: an exception with the problem in it, and the names that are its own.

Trino's names are used where Trino would refuse the same (COLUMN_NOT_FOUND, TYPE_MISMATCH, ...), so that a problem reads
alike whether it was found here or by Athena.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from questions.model import Problem

# Trino's.
SYNTAX_ERROR: Final = "SYNTAX_ERROR"
NOT_SUPPORTED: Final = "NOT_SUPPORTED"
TABLE_NOT_FOUND: Final = "TABLE_NOT_FOUND"
COLUMN_NOT_FOUND: Final = "COLUMN_NOT_FOUND"
AMBIGUOUS_NAME: Final = "AMBIGUOUS_NAME"
FUNCTION_NOT_FOUND: Final = "FUNCTION_NOT_FOUND"
TYPE_MISMATCH: Final = "TYPE_MISMATCH"
EXPRESSION_NOT_AGGREGATE: Final = "EXPRESSION_NOT_AGGREGATE"
EXPRESSION_NOT_SCALAR: Final = "EXPRESSION_NOT_SCALAR"
EXPRESSION_NOT_IN_DISTINCT: Final = "EXPRESSION_NOT_IN_DISTINCT"
NESTED_AGGREGATION: Final = "NESTED_AGGREGATION"
MISMATCHED_COLUMN_ALIASES: Final = "MISMATCHED_COLUMN_ALIASES"
INVALID_COLUMN_REFERENCE: Final = "INVALID_COLUMN_REFERENCE"
INVALID_FUNCTION_ARGUMENT: Final = "INVALID_FUNCTION_ARGUMENT"
MISSING_OVER: Final = "MISSING_OVER"
NESTED_WINDOW: Final = "NESTED_WINDOW"

# The guard's own.
TOO_LONG: Final = "TOO_LONG"
TOO_DEEP: Final = "TOO_DEEP"
INVISIBLE_CHARACTER: Final = "INVISIBLE_CHARACTER"
NO_STATEMENT: Final = "NO_STATEMENT"
SEVERAL_STATEMENTS: Final = "SEVERAL_STATEMENTS"
STATEMENT_NOT_ALLOWED: Final = "STATEMENT_NOT_ALLOWED"
PARAMETER_NOT_ALLOWED: Final = "PARAMETER_NOT_ALLOWED"
TABLE_NOT_ALLOWED: Final = "TABLE_NOT_ALLOWED"
COLUMN_NOT_ALLOWED: Final = "COLUMN_NOT_ALLOWED"
FUNCTION_NOT_ALLOWED: Final = "FUNCTION_NOT_ALLOWED"
RECURSION_NOT_ALLOWED: Final = "RECURSION_NOT_ALLOWED"
SAMPLE_NOT_ALLOWED: Final = "SAMPLE_NOT_ALLOWED"
RANGE_TOO_LONG: Final = "RANGE_TOO_LONG"
LIST_TOO_LONG: Final = "LIST_TOO_LONG"
JOIN_WITHOUT_CONDITION: Final = "JOIN_WITHOUT_CONDITION"
PARTITION_FILTER_MISSING: Final = "PARTITION_FILTER_MISSING"

WORD: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\w+|\S", re.DOTALL)
"""A word of SQL, a text, a sign or a comment."""

_NEAREST = 3
_LIKENESS = 0.6


class Wrong(Exception):
    """A statement may not run as it is. ``problem`` says why, where, and whether it can be mended."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.name}: {problem.message}")


def wrong(
    name: str,
    message: str,
    place: tuple[int, int] | None = None,
    nearest: Sequence[str] = (),
    *,
    final: bool = False,
) -> Wrong:
    """``place`` is line and column, both from 1."""
    line, column = place or (None, None)
    return Wrong(Problem(name, message, line, column, tuple(nearest), final))


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names that are most like ``name``, at most three, the most like first; one that it is a part of counts."""
    from difflib import get_close_matches

    low = {each.lower(): each for each in sorted(known)}
    wanted = name.lower()
    found = get_close_matches(wanted, low, _NEAREST, _LIKENESS)
    parts = [each for each in low if len(wanted) > 2 and (wanted in each or (len(each) > 2 and each in wanted))]
    return tuple(low[each] for each in dict.fromkeys([*found, *parts]))[:_NEAREST]
