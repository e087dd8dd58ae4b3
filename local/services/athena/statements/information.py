"""Tables that are made of the catalogue itself: information_schema and "table$partitions"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from local.services.athena.catalog import INFORMATION, NAME, Catalog, Column
from local.services.athena.engine.locked import Engine
from local.services.athena.lake import partitions
from local.services.athena.lake.readers import name, text

INFORMATION_VIEWS = "$information"
"""DuckDB has an information_schema of its own, which must not be seen."""


def _shape(**columns: str) -> tuple[Column, ...]:
    return tuple(Column(key, kind) for key, kind in columns.items())


SHAPES: Mapping[str, tuple[Column, ...]] = {
    "tables": _shape(table_catalog="string", table_schema="string", table_name="string", table_type="string"),
    "columns": _shape(
        table_catalog="string",
        table_schema="string",
        table_name="string",
        column_name="string",
        ordinal_position="bigint",
        column_default="string",
        is_nullable="string",
        data_type="string",
        comment="string",
        extra_info="string",
    ),
    "schemata": _shape(catalog_name="string", schema_name="string"),
    "views": _shape(table_catalog="string", table_schema="string", table_name="string", view_definition="string"),
}

Row = Sequence[str | int | None]


def views(listings: Mapping[tuple[str, str], tuple[Column, ...]], catalog: Catalog, engine: Engine) -> None:
    """A view of each listing that a query names, with what the caller may see of the catalogue."""
    for (database, table), columns in listings.items():
        rows = (
            list(_ROWS[table](catalog))
            if database == INFORMATION_VIEWS
            else list(_partitions(catalog, database, table))
        )
        engine.view(database, table, _relation(columns, rows))


def _partitions(catalog: Catalog, database: str, name: str) -> Iterable[Row]:
    table = catalog.table(database, name.removesuffix("$partitions"))
    return [partition.values for partition in partitions.of(table, catalog, lambda _column: ())]


def _schemata(catalog: Catalog) -> Iterable[Row]:
    return [(NAME, database) for database in [*catalog.databases(), INFORMATION]]


def _tables(catalog: Catalog) -> Iterable[Row]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            yield NAME, database, table.name, "VIEW" if table.view else "BASE TABLE"


def _views(catalog: Catalog) -> Iterable[Row]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            if table.view:
                yield NAME, database, table.name, table.view


def _columns(catalog: Catalog) -> Iterable[Row]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            for number, column in enumerate(table.everything, 1):
                extra = "partition key" if column in table.keys else None
                place = (NAME, database, table.name)
                yield *place, column.name, number, None, "YES", column.trino, column.comment or None, extra


_ROWS = {"tables": _tables, "columns": _columns, "schemata": _schemata, "views": _views}


def _relation(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    def shown(value: str | int | None) -> str:
        return "NULL" if value is None else text(value) if isinstance(value, str) else str(value)

    names = ", ".join(f"c{n}" for n in range(len(columns)))
    typed = ", ".join(f"CAST(c{n} AS {c.duckdb}) AS {name(c.name)}" for n, c in enumerate(columns))
    if not rows:
        return "SELECT " + ", ".join(f"CAST(NULL AS {c.duckdb}) AS {name(c.name)}" for c in columns) + " WHERE false"
    values = ", ".join("(" + ", ".join(shown(value) for value in row) + ")" for row in rows)
    return f"SELECT {typed} FROM (VALUES {values}) AS listed({names})"  # noqa: S608 - values are quoted
