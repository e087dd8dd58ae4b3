"""The Glue catalogue as a query sees it: databases, tables with columns, views, and the caller's right to each."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from local.services.athena import rights
from local.services.athena.errors import Place, QueryError
from local.services.athena.world import Record, World

NAME = "awsdatacatalog"
INFORMATION = "information_schema"
_VIEW = "/* Presto View: "


@dataclass(frozen=True)
class Column:
    """A column or partition key with its Hive type, as Glue has it."""

    name: str
    hive: str
    comment: str = ""

    @cached_property
    def trino(self) -> str:
        """Its type's name in an answer: varchar, bigint, array(row(a integer))..."""
        return _named(self.hive, "trino")

    @cached_property
    def duckdb(self) -> str:
        return _named(self.hive, "duckdb")


def _named(hive: str, dialect: str) -> str:
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        kind = exp.DataType.build(hive.strip().lower() or "string", dialect="hive")
    except SqlglotError as error:
        raise QueryError("HIVE_INVALID_METADATA", f"The type '{hive}' of a column is unknown.") from error
    if dialect == "duckdb":
        return kind.sql("duckdb").replace("TIMESTAMPTZ", "TIMESTAMP")
    return re.sub(r"(\(\d+), (\d+\))", r"\1,\2", kind.sql("trino").lower())


@dataclass(frozen=True)
class Table:
    """A table or view of Glue."""

    database: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Column, ...] = ()
    location: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    storage: Record = field(default_factory=dict)
    view: str = ""
    view_database: str = ""
    glue: Record = field(default_factory=dict)

    @property
    def everything(self) -> tuple[Column, ...]:
        """Columns, then partition keys: the order of SELECT *."""
        return self.columns + self.keys

    @property
    def projected(self) -> bool:
        return self.parameters.get("projection.enabled", "").lower() == "true"

    @property
    def full_name(self) -> str:
        return f"{NAME}.{self.database}.{self.name}"


def table_of(record: Record) -> Table:
    """A table as Glue keeps it."""
    storage = record.get("StorageDescriptor") or {}
    text = record.get("ViewOriginalText") or ""
    view = _view(text) if record.get("TableType") == "VIRTUAL_VIEW" else {}
    return Table(
        database=str(record["DatabaseName"]).lower(),
        name=str(record["Name"]).lower(),
        columns=_columns(storage.get("Columns")),
        keys=_columns(record.get("PartitionKeys")),
        location=storage.get("Location") or "",
        parameters={key: str(value) for key, value in (record.get("Parameters") or {}).items()},
        storage=storage,
        view=str(view.get("originalSql", "")),
        view_database=str(view.get("schema") or record["DatabaseName"]).lower(),
        glue=record,
    )


def _columns(found: Sequence[Record] | None) -> tuple[Column, ...]:
    return tuple(
        Column(str(c["Name"]).lower(), str(c.get("Type") or "string"), str(c.get("Comment") or "")) for c in found or ()
    )


def _view(text: str) -> Record:
    """A view's query and the database of its short names: Athena keeps it as base64 of a JSON document in a comment.

    Raises:
        QueryError: kept by another engine.
    """
    if not text.startswith(_VIEW):
        raise QueryError("HIVE_VIEW_TRANSLATION_ERROR", "The view was not made by Athena and cannot be read.")
    try:
        found: Record = json.loads(base64.b64decode(text[len(_VIEW) :].removesuffix("*/").strip()))
    except (binascii.Error, ValueError) as error:
        raise QueryError("INVALID_VIEW", "The definition of the view cannot be read.") from error
    return found


def view_text(database: str, query: str, columns: Sequence[tuple[str, str]]) -> str:
    """What Glue keeps of a view: its query, its columns with their types, and the database of its short names."""
    document = {
        "originalSql": query,
        "catalog": NAME,
        "schema": database,
        "columns": [{"name": name, "type": kind} for name, kind in columns],
    }
    return f"{_VIEW}{base64.b64encode(json.dumps(document).encode()).decode()} */"


class Catalog:
    """The catalogue of one query: each table is looked up once, with the rights of the caller."""

    def __init__(self, world: World, database: str) -> None:
        self.world, self.database = world, database.lower()
        self._found: dict[tuple[str, str], Table] = {}

    def databases(self) -> list[str]:
        """Raises QueryError without glue:GetDatabases."""
        self._allowed("GetDatabases")
        return sorted(str(d["Name"]).lower() for d in self.world.databases())

    def tables(self, database: str) -> list[Table]:
        """Raises QueryError where there is no such database, or it is not the caller's to see."""
        self.check_database(database)
        rights.catalogue(self.world, "GetTables", database)
        found = [table_of(record) for record in self.world.tables(database)]
        return sorted(found, key=lambda table: table.name)

    def check_database(self, name: str, place: Place | None = None) -> None:
        """Raises QueryError where there is no such database, or it is not the caller's to see."""
        rights.catalogue(self.world, "GetDatabase", name)
        if name not in {str(d["Name"]).lower() for d in self.world.databases()}:
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist", place)

    def table(self, database: str, name: str, place: Place | None = None) -> Table:
        """The table or view.

        Raises:
            QueryError: there is none, or the caller may not know of it.
        """
        key = (database, name)
        if key not in self._found:
            rights.catalogue(self.world, "GetDatabase", database)
            rights.catalogue(self.world, "GetTable", database, name)
            record = next((r for r in self.world.tables(database) if str(r["Name"]).lower() == name), None)
            if record is None:
                self.check_database(database, place)
                raise QueryError("TABLE_NOT_FOUND", f"Table '{NAME}.{database}.{name}' does not exist", place)
            self._found[key] = table_of(record)
        return self._found[key]

    def partitions(self, table: Table) -> list[Record]:
        """What Glue lists. Raises QueryError without glue:GetPartitions."""
        rights.catalogue(self.world, "GetPartitions", table.database, table.name)
        return self.world.partitions(table.database, table.name)

    def _allowed(self, action: str) -> None:
        resource = f"arn:aws:glue:{self.world.region}:{self.world.account}:catalog"
        if sentence := self.world.denied(f"glue:{action}", resource):
            raise QueryError("", f"Insufficient permissions to execute the query. {sentence}")
