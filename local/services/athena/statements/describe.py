"""DESCRIBE: the columns of a table with their types, then its partition keys."""

from __future__ import annotations

from local.services.athena.answer import Answer
from local.services.athena.catalog import Column
from local.services.athena.sql.text import Statement
from local.services.athena.statements.select import Session
from local.services.athena.statements.words import Words


def run(statement: Statement, session: Session) -> Answer:
    """The answer of DESCRIBE [EXTENDED | FORMATTED] table."""
    words = Words(statement)
    if not (words.take("describe") or words.take("desc")):
        raise words.unexpected("DESCRIBE")
    _ = words.take("extended") or words.take("formatted")
    table = session.catalog.table(*words.table(session.catalog.database))
    words.end()
    rows = [_row(column) for column in table.everything]
    if table.keys:
        rows += [[""], ["# Partition Information"], [f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}"], [""]]
        rows += [_row(column) for column in table.keys]
    return Answer([("col_name", "string"), ("data_type", "string"), ("comment", "string")], rows, plain=True)


def _row(column: Column) -> list[str]:
    """Athena pads the three parts and sends them as one column."""
    return [f"{column.name:<20}\t{column.hive:<20}\t{column.comment:<20}"]
