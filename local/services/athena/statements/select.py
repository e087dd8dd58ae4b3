"""SELECT from its text to its rows: names, rights, partitions, copies, a locked engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.services.athena import rights, values
from local.services.athena.answer import Answer
from local.services.athena.catalog import Catalog, Table
from local.services.athena.engine.locked import Engine, Watch
from local.services.athena.errors import QueryError
from local.services.athena.lake import copies, partitions, pruning, readers
from local.services.athena.sql import groups, names, rewrite, types
from local.services.athena.sql.text import Statement
from local.services.athena.statements import information
from local.services.athena.world import Object, World, location


@dataclass
class Session:
    """What a statement runs in: its catalogue with the caller's rights, the watch, and what the workgroup says.

    ``limit`` is its scan limit, ``output`` where answers lie, ``enforced`` whether its callers may say otherwise.
    """

    catalog: Catalog
    watch: Watch
    limit: int | None = None
    output: str = ""
    enforced: bool = False

    @property
    def world(self) -> World:
        return self.catalog.world


@dataclass(frozen=True)
class Ready:
    """A query that is known, over an engine that is locked and sees its tables."""

    found: names.Analysis
    engine: Engine
    sql: str
    scanned: int
    folder: Path


def check(statement: Statement, session: Session) -> names.Analysis:
    """The query with its names and types. Raises QueryError and Refused as Athena does before it runs anything."""
    found = names.analyse(statement, session.catalog)
    types.check(found)
    groups.check(found)
    return found


def run(statement: Statement, session: Session) -> Answer:
    """The answer of a query."""
    with ready(statement, session) as query:
        rows = query.engine.run(query.sql)
    kinds = [values.trino(kind) for kind in rows.types]
    show = [values.shower(kind) for kind in rows.types]
    return Answer(
        list(zip(rows.names, kinds, strict=True)),
        [[write(value) for write, value in zip(show, row, strict=True)] for row in rows.rows],
        scanned=query.scanned,
    )


@contextmanager
def ready(statement: Statement, session: Session) -> Iterator[Ready]:
    """A query ready to run; its folder and engine are gone afterwards."""
    found = check(statement, session)
    with copies.folder() as folder:
        reading = _choose(found, session, folder)
        scanned = sum(item.size for items in reading.counted for item in items)
        if session.limit is not None and scanned > session.limit:
            raise QueryError("SCAN_LIMIT", "Bytes scanned limit was exceeded")
        with Engine(folder, session.watch) as engine:
            _tables(found, session, engine, reading, folder)
            information.views(found.listings, session.catalog, engine)
            sql = rewrite.query(found)
            engine.lock(sql)
            yield Ready(found, engine, sql, scanned, folder)


@dataclass(frozen=True)
class _Reading:
    """The objects of each table with the values of their partitions, and what each mention of a table reads."""

    files: Mapping[tuple[str, str], Mapping[Object, tuple[str | None, ...]]]
    counted: list[list[Object]]


def _choose(found: names.Analysis, session: Session, folder: Path) -> _Reading:
    files: dict[tuple[str, str], dict[Object, tuple[str | None, ...]]] = {key: {} for key in found.tables}
    counted = []
    for reference in pruning.references(found):
        table = found.tables[reference.key]
        chosen = _partitions(found, table, reference, session, folder)
        items = _objects(table, chosen, session.world)
        rights.reading(session.world, items)
        files[reference.key].update(items)
        counted.append(list(items))
    return _Reading(files, counted)


def _partitions(
    found: names.Analysis, table: Table, reference: pruning.Reference, session: Session, folder: Path
) -> list[partitions.Partition]:
    listed = partitions.of(table, session.catalog, reference.wanted)
    question = pruning.question(table, reference, listed, lambda node: rewrite.expression(found, node))
    if question is None:
        return listed
    with Engine(folder, session.watch) as engine:
        engine.lock(question)
        try:
            return [listed[row[0]] for row in engine.run(question).rows]
        except QueryError:
            return listed  # a condition that fails for a partition fails, or not, when the rows are read


def _objects(table: Table, chosen: list[partitions.Partition], world: World) -> dict[Object, tuple[str | None, ...]]:
    if not table.location and not any(partition.location for partition in chosen):
        raise QueryError("HIVE_INVALID_METADATA", f"Table {table.full_name} has no location.")
    places = {location(partition.location) for partition in chosen}
    for bucket in {bucket for bucket, _ in places}:
        rights.listing(world, bucket, location(table.location)[1])
    listed = copies.listings(world, [partition.location for partition in chosen])
    return {item: partition.values for partition in chosen for item in listed[partition.location]}


def _tables(found: names.Analysis, session: Session, engine: Engine, reading: _Reading, folder: Path) -> None:
    for number, (key, table) in enumerate(found.tables.items()):
        change = readers.change(table) if reading.files[key] else None
        taken = copies.Copies(session.world, folder / f"t{number}", change)
        files = [readers.File(taken.take(item), item, parts) for item, parts in reading.files[key].items()]
        engine.view(*key, readers.relation(table, files, engine.describe, hidden=found.hidden))


def output(query: Ready) -> list[str]:
    """The names of the columns of a query."""
    return [selected.alias_or_name for selected in query.found.qualified.selects]
