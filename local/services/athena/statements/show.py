"""SHOW: databases, tables, views, columns, partitions, properties, and the statement that would make a table."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

from local.services.athena.answer import Answer, lines
from local.services.athena.catalog import Table
from local.services.athena.errors import QueryError, unbuilt
from local.services.athena.lake import partitions
from local.services.athena.sql.text import Statement
from local.services.athena.statements.select import Session
from local.services.athena.statements.words import Words


def run(statement: Statement, session: Session) -> Answer:
    """The answer of a SHOW statement."""
    words = Words(statement)
    words.want("show")
    for names, make in _KINDS:
        if any(words.take(*name.split()) for name in names):
            return make(words, session)
    raise words.unexpected("COLUMNS, CREATE, DATABASES, PARTITIONS, SCHEMAS, TABLES, TBLPROPERTIES, VIEWS")


def _databases(words: Words, session: Session) -> Answer:
    return lines("database_name", _matching(session.catalog.databases(), words))


def _functions(_words: Words, _session: Session) -> Answer:
    raise unbuilt("SHOW FUNCTIONS")


def _matching(names: list[str], words: Words) -> list[str]:
    words.take("like")
    if words.done():
        return names
    pattern = words.string()
    words.end()
    return [name for name in names if any(fnmatch.fnmatchcase(name, part) for part in pattern.lower().split("|"))]


def _tables(words: Words, session: Session) -> Answer:
    return _named(words, session, views=False)


def _views(words: Words, session: Session) -> Answer:
    return _named(words, session, views=True)


def _named(words: Words, session: Session, *, views: bool) -> Answer:
    database = words.name() if words.take("in") or words.take("from") else session.catalog.database
    found = [table.name for table in session.catalog.tables(database) if table.view or not views]
    return lines("tab_name", _matching(found, words))


def _table(words: Words, session: Session) -> Table:
    found = session.catalog.table(*words.table(session.catalog.database))
    words.end()
    return found


def _columns(words: Words, session: Session) -> Answer:
    if not (words.take("in") or words.take("from")):
        raise words.unexpected("FROM, IN")
    database, name = words.table(session.catalog.database)
    if words.take("in") or words.take("from"):
        database = words.name()
    words.end()
    return lines("field", [f"{column.name:<20}" for column in session.catalog.table(database, name).everything])


def _partitions(words: Words, session: Session) -> Answer:
    table = _table(words, session)
    if not table.keys:
        raise QueryError("", f"FAILED: Execution Error. Table {table.name} is not a partitioned table")
    found = partitions.of(table, session.catalog, lambda _column: ())
    names = [key.name for key in table.keys]
    return lines("partition", sorted("/".join(f"{k}={v}" for k, v in zip(names, p.values, strict=True)) for p in found))


def _properties(words: Words, session: Session) -> Answer:
    table = _table(words, session)
    rows = [[key, value] for key, value in sorted(table.parameters.items())]
    return Answer([("prpt_name", "string"), ("prpt_value", "string")], rows, plain=True)


def _create(words: Words, session: Session) -> Answer:
    table = _table(words, session)
    if table.view:
        return lines("create view", [f"CREATE VIEW {table.database}.{table.name} AS", *table.view.splitlines()])
    text = [
        f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(",
        *_listed([(c.name, c.hive) for c in table.columns]),
    ]
    if table.keys:
        text += ["PARTITIONED BY ( ", *_listed([(c.name, c.hive) for c in table.keys])]
    serde = table.storage.get("SerdeInfo") or {}
    if serde.get("SerializationLibrary"):
        text += ["ROW FORMAT SERDE ", f"  '{serde['SerializationLibrary']}' "]
    if serde.get("Parameters"):
        text += ["WITH SERDEPROPERTIES ( ", *_settings(serde["Parameters"])]
    if table.storage.get("InputFormat"):
        text += ["STORED AS INPUTFORMAT ", f"  '{table.storage['InputFormat']}' "]
        text += ["OUTPUTFORMAT ", f"  '{table.storage.get('OutputFormat', '')}'"]
    text += ["LOCATION", f"  '{table.location}'"]
    if table.parameters:
        text += ["TBLPROPERTIES (", *_settings(table.parameters)]
    return lines("createtab_stmt", text)


def _listed(columns: list[tuple[str, str]]) -> list[str]:
    return [f"  `{name}` {kind}{')' if (name, kind) == columns[-1] else ', '}" for name, kind in columns]


def _settings(found: Mapping[str, str]) -> list[str]:
    pairs = [f"  '{key}'='{value}'" for key, value in sorted(found.items())]
    return [f"{pair}, " for pair in pairs[:-1]] + [f"{pairs[-1]})"]


_KINDS = (
    (("databases", "schemas"), _databases),
    (("tables",), _tables),
    (("views",), _views),
    (("columns",), _columns),
    (("partitions",), _partitions),
    (("tblproperties",), _properties),
    (("create table", "create view"), _create),
    (("functions",), _functions),
)
