"""Athena's queries as sqlglot reads and writes them; a statement before it is parsed: one query, its words and places.

sqlglot turns many functions into classes of its own and writes them back in another form. What was checked must be what
runs, so here a function stays a name with its arguments, and the list of functions is a list of names.
What a tree no longer shows is looked at here: the order of LIMIT and OFFSET, MySQL's LIMIT, quotes that Athena has not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import TokenError
from sqlglot.parsers.trino import TrinoParser

from questions.guard import problems
from questions.guard.problems import wrong
from questions.model import MOST_SQL

MOST_DEPTH: Final = 100
"""Brackets within brackets; nobody asks for so many, and parsers end at some number."""

_QUERY = ("select", "with", "(")
_WRITING = """
    alter analyze attach begin call checkpoint comment commit copy create deallocate delete deny detach drop exec
    execute export grant import insert install kill load merge msck optimize pragma prepare refresh rename replace reset
    revoke rollback set start truncate unload update upsert use using vacuum
"""
WRITES: Final = frozenset(_WRITING.split())
"""First words of statements that write, run something else, or change the session."""
_READS = ("desc", "describe", "explain", "from", "pivot", "show", "summarize", "table", "values")
_SIGNS = {
    "::": "write CAST(value AS type)",
    "==": "write =",
    "&&": "write AND",
    "&": "write bitwise_and(a, b)",
    "|": "write bitwise_or(a, b)",
    "^": "write power(a, b) or bitwise_xor(a, b)",
    "**": "write power(a, b)",
    "//": "write a / b",
    "~": "write regexp_like(text, pattern)",
    "->>": "write json_extract_scalar(json, path)",
    "<<": "write bitwise_left_shift(a, b)",
    ">>": "write bitwise_right_shift(a, b)",
    "{": "Athena has no such literals",
    "}": "Athena has no such literals",
    "#": "Athena has no such operator",
    "<=>": "write IS NOT DISTINCT FROM",
    "!~": "write NOT regexp_like(text, pattern)",
    "=>": "arguments have no names",
    ":=": "Athena has no variables",
}
_PARAMETERS = ("?", ":", "@", "@@", "$")
_STRINGS = ("STRING", "HEX_STRING", "UNICODE_STRING")
# CAST('1.5' AS decimal) is 2, and CAST('abc' AS char) is 'a': these literals would change their meaning when written.
_TYPED = {"decimal": "write the number alone, or CAST with a precision", "char": "write the text alone"}
_TYPED["numeric"] = _TYPED["decimal"]

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


@dataclass(frozen=True, slots=True)
class Text:
    """One statement. ``tokens`` are sqlglot's; their ``start`` and ``end`` are offsets into ``sql``, both included."""

    sql: str
    tokens: Sequence[Any]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, from 1."""
        before = self.sql[:offset]
        return before.count("\n") + 1, offset - before.rfind("\n")

    def of(self, node: Any) -> tuple[int, int] | None:
        """The place of the first word of a node; None where the parser kept none."""
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        return self.place(min(starts)) if starts else None

    def written(self, thing: Any) -> str:
        """A token, or a node with a place, as it stands."""
        start, end = (thing.meta["start"], thing.meta["end"]) if hasattr(thing, "meta") else (thing.start, thing.end)
        return self.sql[start : end + 1]


def read(sql: str) -> Text:
    """The one query of a text. Raises Wrong where it is none, several, or cannot be read."""
    if len(sql) > MOST_SQL:
        raise wrong(problems.TOO_LONG, f"The statement has {len(sql):,} characters; at most {MOST_SQL:,} are allowed.")
    _characters(sql)
    try:
        tokens = list(Queries().tokenize(sql))
    except (TokenError, RecursionError, ValueError) as error:
        message = "The text cannot be read: a quote or a comment does not end."
        raise wrong(problems.SYNTAX_ERROR, message) from error
    text = Text(sql, tokens)
    statements = list(_statements(tokens))
    if not statements:
        raise wrong(problems.NO_STATEMENT, "There is no statement. Write one SELECT and nothing else.")
    for words in statements:
        _first(text, words, alone=len(statements) == 1)
    if len(statements) > 1:
        place = text.place(statements[1][0].start)
        raise wrong(problems.SEVERAL_STATEMENTS, "There are several statements. Write one SELECT.", place)
    text = Text(sql[: statements[0][-1].end + 1], statements[0])
    _depth(text)
    _words(text)
    return text


def _characters(sql: str) -> None:
    """Nothing that a person does not see: what is read must be what runs."""
    for offset, sign in enumerate(sql):
        if sign in " \n\t\r" or not unicodedata.category(sign).startswith(("C", "Z")):
            continue
        place = Text(sql, ()).place(offset)
        message = f"The character U+{ord(sign):04X} cannot be seen. Write spaces and line ends only."
        raise wrong(problems.INVISIBLE_CHARACTER, message, place)


def _statements(tokens: Sequence[Any]) -> Iterator[list[Any]]:
    words: list[Any] = []
    for token in tokens:
        if token.token_type.name != "SEMICOLON":
            words.append(token)
        elif words:
            yield words
            words = []
    if words:
        yield words


def _first(text: Text, words: Sequence[Any], *, alone: bool) -> None:
    word = text.written(words[0]).lower().split()[0]  # "msck repair" is one word to sqlglot
    place = text.place(words[0].start)
    if word in WRITES:
        message = f"{word.upper()} is not allowed: questions only read. Write one SELECT."
        raise wrong(problems.STATEMENT_NOT_ALLOWED, message, place, final=True)
    if word in _READS:
        raise wrong(problems.STATEMENT_NOT_ALLOWED, f"{word.upper()} is not allowed. Write one SELECT.", place)
    if word not in _QUERY and alone:
        message = f"The text begins with {word[:40]!r}. Write one SELECT and nothing else: no prose, no fences."
        raise wrong(problems.SYNTAX_ERROR, message, place)


def _depth(text: Text) -> None:
    depth = 0
    for token in text.tokens:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) if token.token_type.name not in _STRINGS else 0
        if depth > MOST_DEPTH:
            place = text.place(token.start)
            raise wrong(problems.TOO_DEEP, f"More than {MOST_DEPTH} brackets stand within each other.", place)


def _words(text: Text) -> None:
    limits: list[bool] = [False]  # per open bracket, whether a LIMIT was seen
    for at, token in enumerate(text.tokens):
        kind, written = token.token_type.name, text.written(token)
        _sign(text, token, kind, written)
        if kind == "L_PAREN":
            limits.append(False)
        elif kind == "R_PAREN" and len(limits) > 1:
            limits.pop()
        elif kind == "LIMIT":
            limits[-1] = True
            _limit(text, at)
        elif kind in ("UNION", "EXCEPT", "INTERSECT"):
            limits[-1] = False
        elif kind == "OFFSET" and limits[-1]:
            message = "OFFSET stands before LIMIT: write OFFSET n LIMIT m."
            raise wrong(problems.SYNTAX_ERROR, message, text.place(token.start))


def _limit(text: Text, at: int) -> None:
    after = text.tokens[at + 2 : at + 3]
    if after and after[0].token_type.name == "COMMA":
        message = "LIMIT a, b is MySQL's: write OFFSET a LIMIT b."
        raise wrong(problems.SYNTAX_ERROR, message, text.place(after[0].start))


def _sign(text: Text, token: Any, kind: str, written: str) -> None:
    place = text.place(token.start)
    if written.startswith("`"):
        message = "Names do not stand in backticks: write them alone or in double quotes."
        raise wrong(problems.SYNTAX_ERROR, message, place)
    if kind.endswith("STRING") and kind not in _STRINGS:
        raise wrong(problems.SYNTAX_ERROR, f"{written[:20]!r}: texts stand in single quotes.", place)
    if kind in _STRINGS or written.startswith('"'):
        return
    if kind == "VAR" and not written.isascii():
        message = f"{written[:40]!r}: a name with other letters than a to z stands in double quotes."
        raise wrong(problems.SYNTAX_ERROR, message, place)
    if written in _PARAMETERS or (kind == "VAR" and written.startswith(("$", "@"))):
        message = f"{written}: there are no parameters. Write the value."
        raise wrong(problems.PARAMETER_NOT_ALLOWED, message, place)
    if written in _SIGNS:
        raise wrong(problems.SYNTAX_ERROR, f"{written}: {_SIGNS[written]}.", place)
    following = [other for other in text.tokens if other.start > token.start][:1] if written.lower() in _TYPED else []
    if following and following[0].token_type.name == "STRING":
        raise wrong(problems.SYNTAX_ERROR, f"{written.upper()} '...': {_TYPED[written.lower()]}.", place)
