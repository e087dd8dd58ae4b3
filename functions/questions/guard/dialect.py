"""Athena's queries as sqlglot reads and writes them, with every function left as it was written.

sqlglot turns many functions into classes of its own and writes them back in another form. What was checked must be
what runs, so a function stays a name with its arguments, and the list of functions is a list of names.
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.parsers.trino import TrinoParser

# Functions whose arguments have words between them.
_WITH_WORDS = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING", "LISTAGG", "NORMALIZE")


class _Parser(TrinoParser):
    FUNCTIONS: ClassVar = {}
    FUNCTION_PARSERS: ClassVar = {name: TrinoParser.FUNCTION_PARSERS[name] for name in _WITH_WORDS}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {
        name: make for name, make in TrinoParser.NO_PAREN_FUNCTION_PARSERS.items() if name in ("CASE", "IF", "ANY")
    }


class Queries(Trino):
    """Trino's grammar of queries, which Athena reads SELECT with."""

    Parser = _Parser

    class Tokenizer(Trino.Tokenizer):
        COMMANDS: ClassVar = set()  # or SHOW, EXPLAIN, EXECUTE would swallow what follows as one word


def write(tree: exp.Expr) -> str:
    """The tree's own SQL on one line, without comments."""
    return tree.sql(Queries, normalize_functions=False, comments=False)
