"""The text of a query: its words with their places, one statement out of it, and what kind of statement it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from local.services.athena.errors import Place, QueryError, Refused, syntax

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

MAX_BYTES = 262_144

_QUERY = ("select", "with", "values", "table", "(")
_KINDS = {
    "show": "UTILITY",
    "describe": "UTILITY",
    "desc": "UTILITY",
    "explain": "UTILITY",
    "msck": "DDL",
    "create": "DDL",
    "drop": "DDL",
    "alter": "DDL",
    "insert": "DML",
    "unload": "DML",
    "prepare": "DML",
    "execute": "DML",
    "deallocate": "DML",
    "delete": "DML",
    "update": "DML",
    "merge": "DML",
    "optimize": "DML",
    "vacuum": "DML",
}
_EXPECTED = (
    "'ALTER', 'CREATE', 'DEALLOCATE', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', 'MSCK', 'PREPARE', 'SHOW', "
    "'UNLOAD', <query>"
)
_PARAMETERS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\?)", re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """One statement as it was written, without the semicolon at its end."""

    text: str

    @cached_property
    def tokens(self) -> Sequence[Token]:
        found = tokens(self.text)
        return tokens(self.text, hive=True) if _hive([t.text.lower() for t in found]) else found

    @cached_property
    def words(self) -> list[str]:
        """The words in small letters, without their quotes; strings keep one quote in front."""
        return [f"'{t.text}" if t.token_type.name == "STRING" else t.text.lower() for t in self.tokens]

    @property
    def first(self) -> str:
        return self.words[0]

    @property
    def is_query(self) -> bool:
        return self.first in _QUERY

    @property
    def kind(self) -> str:
        """The StatementType: DML, DDL or UTILITY."""
        if self.first == "create" and "as" in self.words and self.words[1] == "table":
            return "DDL"
        return "DML" if self.is_query else _KINDS[self.first]

    @property
    def substatement(self) -> str:
        """The SubstatementType: SELECT, CREATE_TABLE_AS_SELECT, SHOW_TABLES..."""
        if self.is_query:
            return "SELECT"
        if self.first in ("explain", "insert", "unload", "msck", "delete", "update", "merge", "prepare", "execute"):
            return {"msck": "MSCK_REPAIR"}.get(self.first, self.first).upper()
        if self.first in ("describe", "desc"):
            return "DESCRIBE_TABLE"
        second = [word for word in self.words[1:] if word.isidentifier() and word not in ("external", "or", "replace")]
        name = f"{self.first}_{second[0] if second else ''}".upper()
        return "CREATE_TABLE_AS_SELECT" if name == "CREATE_TABLE" and _selects(self.words) else name

    def place(self, offset: int) -> Place:
        """Line and column of a character of the text."""
        before = self.text[:offset]
        return Place(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _selects(words: Sequence[str]) -> bool:
    return any(a == "as" and b in _QUERY for a, b in pairwise(words))


def _hive(words: Sequence[str]) -> bool:
    """Whether Athena reads a statement with Hive's grammar, where names may stand in backquotes."""
    first = words[0] if words else ""
    if first == "create":
        return "view" not in words[1:4] and not _selects(words)
    return first in ("alter", "drop", "msck", "show", "describe", "desc")


def tokens(text: str, *, hive: bool = False) -> list[Token]:
    """The words of a text. Raises Refused where a quote or a comment does not end."""
    from sqlglot.dialects.hive import Hive
    from sqlglot.dialects.trino import Trino
    from sqlglot.errors import TokenError

    try:
        return list((Hive() if hive else Trino()).tokenize(text))
    except TokenError as error:
        raise Refused(f"line 1:1: the text cannot be read: {str(error).splitlines()[0]}") from error


def read(text: str) -> Statement:
    """The one statement of a query.

    Raises:
        Refused: none, several, or one that Athena does not have.
    """
    if not text.strip():
        raise Refused("QueryString must not be empty.", "INVALID_INPUT")
    if len(text.encode()) > MAX_BYTES:
        raise Refused(f"Query string length is greater than the maximum of {MAX_BYTES} bytes", "INVALID_INPUT")
    found = tokens(text)
    ends = [t for t in found if t.token_type.name == "SEMICOLON"]
    rest = [t for t in found if ends and t.start > ends[0].start and t.token_type.name != "SEMICOLON"]
    if rest:
        raise Refused(f"Only one sql statement is allowed. Got: {text}", "MALFORMED_QUERY")
    statement = Statement(text[: ends[0].start] if ends else text)
    if not statement.tokens:
        raise Refused("line 1:1: mismatched input '<EOF>'")
    if not statement.is_query and statement.first not in _KINDS:
        word = statement.tokens[0]
        raise syntax(f"mismatched input '{word.text}'. Expecting: {_EXPECTED}", statement.place(word.start))
    return statement


def with_parameters(text: str, values: Sequence[str]) -> str:
    """The text with the values of ExecutionParameters in the place of its question marks, each as it is written.

    Raises:
        QueryError: not as many values as question marks, or one that is no literal.
    """
    marks = [m.start(1) for m in _PARAMETERS.finditer(text) if m[1]]
    if len(marks) != len(values):
        message = f"Incorrect number of parameters: expected {len(marks)} but found {len(values)}"
        raise QueryError("INVALID_PARAMETER_USAGE", message)
    for offset, value in reversed(list(zip(marks, values, strict=True))):
        if not _LITERAL.fullmatch(value.strip()):
            message = f"Column '{value}' cannot be resolved: the text of a parameter stands in single quotes."
            raise QueryError("COLUMN_NOT_FOUND", message)
        text = text[:offset] + value.strip() + text[offset + 1 :]
    return text


_LITERAL = re.compile(
    r"(?:DATE|TIMESTAMP|TIME|DECIMAL)?\s*'(?:[^']|'')*'|[-+]?[\d.]+(?:e[-+]?\d+)?|true|false|null", re.IGNORECASE
)
