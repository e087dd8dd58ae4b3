"""CREATE [OR REPLACE] VIEW: a query that Glue keeps."""

from __future__ import annotations

from local.services.athena import rights
from local.services.athena.answer import Answer
from local.services.athena.catalog import view_text
from local.services.athena.errors import QueryError
from local.services.athena.sql import rewrite_types
from local.services.athena.sql.text import Statement, read
from local.services.athena.statements import select
from local.services.athena.statements.select import Session
from local.services.athena.statements.words import Words


def create(statement: Statement, session: Session) -> Answer:
    """Keep a view, if its query is right and the caller may write the catalogue."""
    words = Words(statement)
    words.want("create")
    replace = words.take("or", "replace")
    words.want("view")
    database, name = words.table(session.catalog.database)
    words.want("as")
    text = words.rest()
    columns = _columns(read(text), session)
    session.catalog.check_database(database)
    here = next((t for t in session.catalog.tables(database) if t.name == name), None)
    if here is not None and not (replace and here.view):
        raise QueryError("ALREADY_EXISTS", f"View already exists: '{database}.{name}'")
    operation = "UpdateTable" if here is not None else "CreateTable"
    rights.catalogue(session.world, operation, database, name)
    record = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {"Columns": [{"Name": c, "Type": _hive(kind)} for c, kind in columns], "Location": ""},
        "PartitionKeys": [],
        "ViewOriginalText": view_text(session.catalog.database, text, columns),
        "ViewExpandedText": "/* Presto View */",
    }
    session.world.glue(operation, {"DatabaseName": database, "TableInput": record})
    return Answer(plain=True)


def _columns(query: Statement, session: Session) -> list[tuple[str, str]]:
    found = select.check(query, session)
    columns: list[tuple[str, str]] = []
    for selected in found.qualified.selects:
        kind = rewrite_types.shown(selected.type) if selected.type is not None else "varchar"
        if selected.alias_or_name.startswith("_col_") or not selected.alias_or_name:
            raise QueryError(
                "COLUMN_NAME_NOT_SPECIFIED", "Column name not specified at position " + str(len(columns) + 1)
            )
        columns.append((selected.alias_or_name, "varchar" if kind == "unknown" else kind))
    return columns


def _hive(kind: str) -> str:
    from sqlglot import exp

    return exp.DataType.build(kind, dialect="trino").sql("hive").lower()
