"""Why a query is refused or fails, in the words of Athena's engine (Trino's error names and sentences).

A query that cannot be read at all is refused at the call; every other error is the end of an execution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SYSTEM, USER = 1, 2
NOT_WRITTEN = "Access denied when writing output"

# Category and type of GetQueryExecution's AthenaError (Athena user guide, "Athena error catalog"). The catalogue says
# "user error", "data error" or "DDL task failed" of most numbers; which error of the engine has which is not told, but
# for columns that are not there.
_TYPES = {
    "EXCEEDED_LOCAL_MEMORY_LIMIT": (USER, 0),
    "GENERIC_INTERNAL_ERROR": (SYSTEM, 200),
    "EXCEEDED_TIME_LIMIT": (USER, 206),
    "COLUMN_NOT_FOUND": (USER, 1006),
    "HIVE_BAD_DATA": (USER, 1001),
}
_USER_ERROR, _DDL_FAILED, _NOT_WRITTEN = 1000, 1003, 401


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
        category, number = _TYPES.get(self.name, (USER, _USER_ERROR))
        if self.message.startswith("FAILED:"):
            number = _DDL_FAILED
        elif self.message.startswith(NOT_WRITTEN):
            number = _NOT_WRITTEN
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
