"""Hive's types, as Glue keeps them, as Trino writes them (Athena user guide, "Data types in Amazon Athena")."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_TYPE = 2_000
"""Characters of a column's type; a struct of hundreds of members has more, and nobody could ask for it by name."""
_DEEPEST = 20
_SIMPLE = {
    "string": "varchar",
    "int": "integer",
    "float": "real",
    "binary": "varbinary",
}
_AS_THEY_ARE = frozenset(
    {"tinyint", "smallint", "integer", "bigint", "double", "boolean", "date", "timestamp", "varchar", "char", "real"}
)
_SIZED = re.compile(r"(decimal|numeric|varchar|char)\s*\(\s*\d+\s*(,\s*\d+\s*)?\)")
_TOKEN = re.compile(r"\s*(?:([\w ]+\([\d\s,]*\)|[^<>,:]+)|([<>,:]))")


def trino(hive: str) -> str | None:
    """The type as Trino writes it; None where Athena has none for it, or it is longer than MOST_TYPE."""
    if len(hive) > MOST_TYPE:
        return None
    tokens = _Tokens(hive.strip().lower())
    try:
        found = _type(tokens, 0)
    except _NoType:
        return None
    return found if tokens.at_end and len(found) <= MOST_TYPE else None


class _NoType(ValueError):
    """Not a type of Athena."""


class _Tokens:
    """Names and signs of a type, in order."""

    def __init__(self, text: str) -> None:
        self._found = list(_tokens(text))
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._found)

    def next(self) -> str:
        if self.at_end:
            raise _NoType
        self._at += 1
        return self._found[self._at - 1]

    def sign(self, wanted: str) -> None:
        if self.next() != wanted:
            raise _NoType

    def skip(self, wanted: str) -> bool:
        if not self.at_end and self._found[self._at] == wanted:
            self._at += 1
            return True
        return False


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _NoType
        at = found.end()
        if word := (found[1] or found[2]).strip():
            yield word


def _type(tokens: _Tokens, depth: int) -> str:
    name = tokens.next()
    if depth > _DEEPEST:
        raise _NoType
    if name == "array":
        tokens.sign("<")
        inner = _type(tokens, depth + 1)
        tokens.sign(">")
        return f"array({inner})"
    if name == "map":
        tokens.sign("<")
        key = _type(tokens, depth + 1)
        tokens.sign(",")
        value = _type(tokens, depth + 1)
        tokens.sign(">")
        return f"map({key}, {value})"
    if name == "struct":
        return f"row({', '.join(_members(tokens, depth))})"
    return _plain(name)


def _members(tokens: _Tokens, depth: int) -> Iterator[str]:
    tokens.sign("<")
    while True:
        name = tokens.next()
        tokens.sign(":")
        quoted = name if re.fullmatch(r"[a-z_]\w*", name) else '"' + name.replace('"', '""') + '"'
        yield f"{quoted} {_type(tokens, depth + 1)}"
        if not tokens.skip(","):
            break
    tokens.sign(">")


def _plain(name: str) -> str:
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name in _AS_THEY_ARE:
        return name
    if name in {"decimal", "numeric"}:
        return "decimal(10,0)"  # Hive's default
    if _SIZED.fullmatch(name):
        return re.sub(r"\s", "", name).replace("numeric", "decimal")
    raise _NoType
