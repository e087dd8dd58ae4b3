"""What an Athena view reads, out of the text that Glue keeps of it: base64 of a JSON document in a comment.

A view is a hole in the list of tables that may be asked: its query reads whatever it names. So it is taken only where
all that it names lies in the same database and is on the list.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping

_BEGIN = "/* Presto View: "
_END = "*/"
MOST_TEXT = 409_600
"""Characters that Glue keeps of a view (ViewTextString)."""
_CATALOG = "awsdatacatalog"


def resolved(views: Mapping[str, str], tables: Collection[str], database: str) -> set[str]:
    """Names of the views whose tables, also through other views, are all among ``tables`` of ``database``.

    ``views``: each one's text as Glue keeps it, by its name. All names in lower case.
    """
    behind = {name: reads(text, database) for name, text in views.items()}
    good, known = set[str](), set(tables)
    while True:
        more = {
            name for name, found in behind.items() if name not in good and found is not None and found <= known | good
        }
        if not more:
            return good
        good |= more


def reads(text: str, database: str) -> frozenset[str] | None:
    """The tables of ``database`` that a view's query names; None where it cannot be read, or names anything else."""
    document = _document(text)
    if document is None:
        return None
    home = str(document.get("schema") or database).lower()
    return _tables(str(document.get("originalSql", "")), home, database)


def _document(text: str) -> dict[str, object] | None:
    if not text.startswith(_BEGIN) or len(text) > MOST_TEXT:
        return None
    try:
        found = json.loads(base64.b64decode(text[len(_BEGIN) :].strip().removesuffix(_END).strip()))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _tables(sql: str, home: str, database: str) -> frozenset[str] | None:
    """None unless the query is one SELECT, and all its tables are plain names of ``database``."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        trees = parse(sql, read="athena")
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            return None
        # By scope, not by name: a name that a WITH gives somewhere hides a table there only.
        sources = [source for scope in traverse_scope(trees[0]) for source in scope.sources.values()]
    except (SqlglotError, RecursionError):
        return None
    found = set[str]()
    named = [source for source in sources if isinstance(source, exp.Table)]
    if len({id(each) for each in named}) < len(list(_real(trees[0]))):
        return None
    for table in named:
        if not isinstance(table.this, exp.Identifier):
            return None
        if (table.catalog or _CATALOG).lower() != _CATALOG or (table.db or home).lower() != database:
            return None
        found.add(table.name.lower())
    return frozenset(found)


def _real(tree: object) -> list[object]:
    """Tables of the tree that no WITH of it could have named: each of them has to be in a scope, or it is unread."""
    from sqlglot import exp

    assert isinstance(tree, exp.Expression)  # noqa: S101 - the caller parsed it
    made = {each.alias.lower() for each in tree.find_all(exp.CTE)}
    return [each for each in tree.find_all(exp.Table) if each.db or each.name.lower() not in made]
