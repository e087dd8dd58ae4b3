"""A lake to ask: tables as the guard knows them, and the same ones as the local Athena has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.services.athena.catalog import Catalog
from local.services.athena.engine.locked import Watch
from local.services.athena.errors import QueryError, Refused
from local.services.athena.sql.text import read
from local.services.athena.statements import select
from local.services.athena.statements.select import Session
from questions.guard.statement import Wrong, prove
from questions.model import Column, Problem, Proved, Table
from tests.local.athena import builders as athena

DATABASE = "lake"


def table(name: str, columns: str, *, keys: str = "", database: str = DATABASE, **samples: Sequence[str]) -> Table:
    """``columns`` and ``keys``: "id bigint; fare double"."""

    def of(text: str, partition: bool) -> list[Column]:
        pairs = [pair.strip().split(" ", maxsplit=1) for pair in text.split(";") if pair.strip()]
        return [Column(n, t, partition=partition, samples=tuple(samples.get(n, ()))) for n, t in pairs]

    return Table(database, name, (*of(columns, False), *of(keys, True)))


TRIPS = table(
    "trips",
    "id bigint; started timestamp; ended timestamp; fare double; tip decimal(10,2); distance double; passengers int; "
    "zone string; payment string; paid boolean; booked date; rating string; written string; month string; "
    "tags array<string>; "
    "attrs map<string,string>; geo struct<lat:double,lon:double>; payload string",
    keys="day string",
    day=("2024-01-01", "2024-01-02"),
    rating=("9", "10"),
    month=("01", "12"),
    written=("31/01/2024", "01/02/2024"),
)
ZONES = table("zones", "zone string; name string; borough string; area double; capacity int")
WEATHER = table("weather", "at date; hour int; rain double; temperature double")
ORDERS = table("orders", "order_id bigint; customer string; amount decimal(12,2); ordered date", database="sales")
TABLES = (TRIPS, ZONES, WEATHER, ORDERS)


def proved(sql: str, tables: Sequence[Table] = TABLES) -> Proved:
    return prove(sql, tables, DATABASE)


def problem(sql: str, tables: Sequence[Table] = TABLES) -> Problem:
    """What is wrong with a statement; an error of the test where nothing is."""
    try:
        found = prove(sql, tables, DATABASE)
    except Wrong as error:
        return error.problem
    raise AssertionError(f"{sql} was proved: {found.sql}")


def warned(sql: str) -> set[str]:
    return {warning.code for warning in proved(sql).warnings}


def world(tables: Sequence[Table] = TABLES) -> athena.World:
    """The same tables in the local Athena, without files."""
    made = athena.World(names=sorted({each.database for each in tables}))
    made.catalogue = [_glue(each) for each in tables]
    return made


def _glue(of: Table) -> dict[str, Any]:
    pairs = [(column.name, column.type) for column in of.columns if not column.partition]
    keys = [(column.name, column.type) for column in of.columns if column.partition]
    return athena.table(of.name, pairs, keys=keys, database=of.database)


def athena_says(sql: str, made: athena.World) -> str:
    """Why the local Athena would not run a statement; empty where it would."""
    try:
        select.check(read(sql), Session(Catalog(made, DATABASE), Watch(60)))
    except QueryError as error:
        return error.reason
    except Refused as error:
        return f"REFUSED: {error.message}"
    return ""
