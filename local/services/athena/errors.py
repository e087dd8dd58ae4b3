"""Why a query is refused or fails, in the words of Athena's engine (Trino's error names and sentences).

A query that cannot be read at all is refused at the call; every other error is the end of an execution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SYSTEM, USER, OTHER = 1, 2, 3

# Category and type of GetQueryExecution's AthenaError, by Trino's name (Athena API reference, "AthenaError": types
# 0-8 are exhausted resources; the types of the others are not published beyond "1006: column not found").
_TYPES = {
    "EXCEEDED_LOCAL_MEMORY_LIMIT": (USER, 8),
    "EXCEEDED_TIME_LIMIT": (USER, 6),
    "EXCEEDED_SCAN_LIMIT": (USER, 7),
    "PERMISSION_DENIED": (USER, 401),
    "GENERIC_INTERNAL_ERROR": (SYSTEM, 0),
    "COLUMN_NOT_FOUND": (USER, 1006),
    "TABLE_NOT_FOUND": (USER, 1003),
    "SCHEMA_NOT_FOUND": (USER, 1002),
    "CATALOG_NOT_FOUND": (USER, 1001),
    "FUNCTION_NOT_FOUND": (USER, 1007),
    "TYPE_MISMATCH": (USER, 1008),
    "SYNTAX_ERROR": (USER, 1000),
    "NOT_SUPPORTED": (USER, 1013),
    "DIVISION_BY_ZERO": (USER, 1208),
    "INVALID_CAST_ARGUMENT": (USER, 1209),
    "NUMERIC_VALUE_OUT_OF_RANGE": (USER, 1210),
    "INVALID_FUNCTION_ARGUMENT": (USER, 1211),
    "HIVE_BAD_DATA": (USER, 1300),
}
_ANY_USER_ERROR = 1999


@dataclass(frozen=True)
class Place:
    """Line and column of a word in the text of a query, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}:{self.column}"


class QueryError(Exception):
    """A query that fails: Trino's name of the error, the sentence, and the place where there is one."""

    def __init__(self, name: str, message: str, place: Place | None = None) -> None:
        self.name, self.message, self.place = name, message, place
        super().__init__(self.reason)

    @property
    def reason(self) -> str:
        """The StateChangeReason."""
        place = f"{self.place}: " if self.place else ""
        return f"{self.name}: {place}{self.message}" if self.name else self.message

    def record(self) -> dict[str, Any]:
        """The AthenaError of GetQueryExecution's Status."""
        category, number = _TYPES.get(self.name, (USER, _ANY_USER_ERROR))
        return {
            "ErrorCategory": category,
            "ErrorType": number,
            "Retryable": False,
            "ErrorMessage": self.reason,
        }


class Refused(Exception):
    """A query that Athena does not even take: InvalidRequestException of StartQueryExecution."""

    def __init__(self, message: str, code: str = "MALFORMED_QUERY") -> None:
        self.message, self.code = message, code
        super().__init__(message)


class Stopped(Exception):
    """The query was stopped by StopQueryExecution or by the workgroup's scan limit."""


def unbuilt(what: str) -> QueryError:
    """Athena has it and this stand-in does not: said plainly, so that nobody looks for a mistake in the query."""
    return QueryError("NOT_SUPPORTED", f"{what} is not built in the local Athena; on AWS it may work.")


def syntax(message: str, place: Place | None = None) -> Refused:
    """A text that Athena's grammar does not have."""
    return Refused(f"{place}: {message}" if place else message)
