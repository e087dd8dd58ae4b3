"""One statement, whatever it is: to the room that knows it."""

from __future__ import annotations

from collections.abc import Callable

from local.services.athena.answer import Answer
from local.services.athena.errors import QueryError
from local.services.athena.sql import grammar
from local.services.athena.sql.text import Statement
from local.services.athena.statements import describe, explain, prepared, select, show, tables, views, write
from local.services.athena.statements.select import Session

Run = Callable[[Statement, Session], Answer]

_FIRST: dict[str, Run] = {
    "show": show.run,
    "describe": describe.run,
    "desc": describe.run,
    "explain": explain.run,
    "msck": tables.repair,
    "alter": tables.alter,
    "drop": tables.drop,
    "insert": write.insert,
    "unload": write.unload,
    "prepare": prepared.prepare,
    "deallocate": prepared.deallocate,
}


def run(statement: Statement, session: Session) -> Answer:
    """The answer of a statement.

    Raises:
        QueryError, Refused: it cannot be done.
        Stopped: the watch ended it.
    """
    if statement.is_query:
        return select.run(statement, session)
    if statement.first == "execute":
        return run(prepared.execute(statement, session), session)
    if statement.first == "create":
        return _create(statement)(statement, session)
    if statement.first in _FIRST:
        return _FIRST[statement.first](statement, session)
    raise QueryError("NOT_SUPPORTED", "Modifying Hive table rows is only supported for transactional tables")


def check(statement: Statement) -> None:
    """What Athena finds before it takes a query. Raises Refused or QueryError."""
    if statement.is_query:
        grammar.read_tree(statement)
    elif statement.first == "create" and _create(statement) is tables.create:
        tables.check_create(statement)


def _create(statement: Statement) -> Run:
    if "view" in statement.words[1:4]:
        return views.create
    if statement.substatement == "CREATE_TABLE_AS_SELECT":
        return write.create_as
    return tables.create
