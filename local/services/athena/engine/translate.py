"""DuckDB's errors in Trino's words: the name, the sentence, and nothing of folders or macros of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.services.athena.errors import QueryError

_TYPES = {
    "INT8": "tinyint",
    "INT16": "smallint",
    "INT32": "integer",
    "INT64": "bigint",
    "INT128": "bigint",
    "DOUBLE": "double",
    "FLOAT": "real",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "varchar",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
}


def _type(name: str) -> str:
    return _TYPES.get(name.strip().upper(), name.strip().lower())


def _macro(match: re.Match[str]) -> QueryError:
    """error('NAME: sentence') of a macro of ours."""
    return QueryError(match[1], match[2].strip())


def _of(name: str, sentence: str) -> Callable[[re.Match[str]], QueryError]:
    return lambda match: QueryError(name, match.expand(sentence))


def _cast(match: re.Match[str]) -> QueryError:
    return QueryError("INVALID_CAST_ARGUMENT", f"Cannot cast '{match[1]}' to {_type(match[2]).upper()}")


def _overflow(match: re.Match[str]) -> QueryError:
    words = {"addition": "+", "subtraction": "-", "multiplication": "*"}
    values = re.sub(r"\s*[-+*]\s+", f" {words.get(match[1], '')} ", match[3])
    return QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"{_type(match[2])} {match[1]} overflow: {values}")


def _unknown_function(match: re.Match[str]) -> QueryError:
    return QueryError("NOT_SUPPORTED", f"The function {match[1]} is not built in the local Athena; on AWS it may work.")


def _arguments(match: re.Match[str]) -> QueryError:
    types = ", ".join(_type(re.sub("_LITERAL", "", part)) for part in match[2].split(", "))
    return QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({types}) for function {match[1]}")


_KNOWN: list[tuple[re.Pattern[str], Callable[[re.Match[str]], QueryError]]] = [
    (re.compile(r"Invalid Input Error: ([A-Z_]{8,}): ([^\n]*)"), _macro),
    (re.compile(r"Division by zero"), _of("DIVISION_BY_ZERO", "Division by zero")),
    (
        re.compile(r'JSON transform error in file "[^"]*", in line (\d+)[^:]*: ?(.*)'),
        _of("HIVE_BAD_DATA", r"Error parsing line \1: \2"),
    ),
    (
        re.compile(r'Malformed JSON in file "[^"]*",? .*?line (\d+)'),
        _of("HIVE_BAD_DATA", r"HIVE_CURSOR_ERROR: Row \1 is not a valid JSON Object"),
    ),
    (
        re.compile(r"(Error parsing field value '.*?' for field \d+: For input .*)", re.DOTALL),
        _of("HIVE_BAD_DATA", r"\1"),
    ),
    (re.compile(r"Could not convert string '(.*?)' to '?(\w+)", re.DOTALL), _cast),
    (
        re.compile(r"invalid (date|timestamp|time|boolean|interval) field format: \"(.*?)\""),
        _of("INVALID_CAST_ARGUMENT", r"Value cannot be cast to \1: \2"),
    ),
    (re.compile(r"Overflow in (\w+) of (?:\w+ )?\(?(\w+) \((.*?)\)"), _overflow),
    (re.compile(r"(?:Conversion|Out of Range) Error: ([^\n]*)"), _of("NUMERIC_VALUE_OUT_OF_RANGE", r"\1")),
    (re.compile(r"Function with name (\w+) does not exist"), _unknown_function),
    (re.compile(r"No function matches the given name and argument types '(\w+)\((.*?)\)'"), _arguments),
    (
        re.compile(r'column "?(\w+)"? must appear in the GROUP BY clause'),
        _of("EXPRESSION_NOT_AGGREGATE", r"'\1' must be an aggregate expression or appear in GROUP BY clause"),
    ),
    (
        re.compile(r"WHERE clause cannot contain aggregates"),
        _of(
            "EXPRESSION_NOT_SCALAR", "WHERE clause cannot contain aggregations, window functions or grouping operations"
        ),
    ),
    (
        re.compile(r"WHERE clause cannot contain window"),
        _of(
            "EXPRESSION_NOT_SCALAR", "WHERE clause cannot contain aggregations, window functions or grouping operations"
        ),
    ),
    (
        re.compile(r"(?:Referenced column|Table) \"?([\w.$]+)\"? (?:not found|does not have)"),
        _of("COLUMN_NOT_FOUND", r"Column '\1' cannot be resolved"),
    ),
    (re.compile(r'Could not find key "(\w+)" in struct'), _of("COLUMN_NOT_FOUND", r"Column '\1' cannot be resolved")),
    (
        re.compile(r"More than one row returned by a subquery", re.IGNORECASE),
        _of("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"),
    ),
    (
        re.compile(r"Out of Memory|max_temp_directory_size", re.IGNORECASE),
        _of("EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exhausted resources at this scale factor"),
    ),
    (re.compile(r"Cannot (?:compare|mix)[^\n]*"), _of("TYPE_MISMATCH", r"\g<0>")),
    (re.compile(r"Binder Error: ([^\n]*)"), _of("SYNTAX_ERROR", r"\1")),
    (re.compile(r"Parser Error: ([^\n]*)"), _of("NOT_SUPPORTED", r"\1; this is not built in the local Athena")),
    (re.compile(r"^Invalid Input Error: ([^\n]*)"), _of("INVALID_FUNCTION_ARGUMENT", r"\1")),
]


def error_of(text: str) -> QueryError:
    """The error of the query that DuckDB's text tells of."""
    for pattern, make in _KNOWN:
        if match := pattern.search(text):
            return make(match)
    return QueryError("GENERIC_INTERNAL_ERROR", text.splitlines()[0] if text else "unknown")


@contextmanager
def errors() -> Iterator[None]:
    """DuckDB's errors leave as QueryError; an interruption leaves as it is."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise error_of(str(error)) from error
