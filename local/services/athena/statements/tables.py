"""The catalogue changed by statements: CREATE and DROP TABLE or DATABASE, ALTER TABLE, MSCK REPAIR TABLE."""

from __future__ import annotations

from local.services.athena import rights
from local.services.athena.answer import Answer, lines
from local.services.athena.catalog import Table
from local.services.athena.errors import QueryError, Refused, unbuilt
from local.services.athena.lake import copies, partitions
from local.services.athena.sql.text import Statement
from local.services.athena.statements.select import Session
from local.services.athena.statements.words import Words
from local.services.athena.world import Record, location

DONE = Answer(plain=True)


def change(session: Session, operation: str, database: str, table: str | None, request: Record) -> None:
    """Change Glue with the rights of the caller. Raises QueryError."""
    rights.catalogue(session.world, operation, database, table)
    session.world.glue(operation, request)


def check_create(statement: Statement) -> None:
    """Raises Refused for a CREATE that Athena does not take."""
    words = Words(statement)
    words.want("create")
    if words.take("database") or words.take("schema") or words.take("external", "table"):
        return
    words.want("table")
    if "iceberg" not in statement.text.lower():
        raise Refused("External keyword required for table type HIVE")
    raise unbuilt("An Iceberg table")


def create(statement: Statement, session: Session) -> Answer:
    """CREATE EXTERNAL TABLE, CREATE DATABASE."""
    check_create(statement)
    words = Words(statement)
    words.want("create")
    if words.take("database") or words.take("schema"):
        return _create_database(words, session)
    found = session.world.table_input(statement.text)
    if found is None:
        raise QueryError("", "FAILED: ParseException: the statement cannot be read as CREATE EXTERNAL TABLE.")
    database = str(found["DatabaseName"] or session.catalog.database).lower()
    table = found["TableInput"]
    table["Name"] = str(table["Name"]).lower()
    session.catalog.check_database(database)
    if any(t.name == table["Name"] for t in session.catalog.tables(database)):
        if found["IfNotExists"]:
            return DONE
        raise QueryError(
            "", f"FAILED: Execution Error. AlreadyExistsException(message:Table {table['Name']} already exists)"
        )
    if not table["StorageDescriptor"].get("Location"):
        raise QueryError(
            "", "FAILED: Execution Error. MetaException(message:No location was given for an external table)"
        )
    change(session, "CreateTable", database, table["Name"], {"DatabaseName": database, "TableInput": table})
    return DONE


def _create_database(words: Words, session: Session) -> Answer:
    careful = words.take("if", "not", "exists")
    name = words.name()
    record: Record = {"Name": name}
    while not words.done():
        if words.take("comment"):
            record["Description"] = words.string()
        elif words.take("location"):
            record["LocationUri"] = words.string()
        else:
            raise words.unexpected("COMMENT, LOCATION, <EOF>")
    if name in session.catalog.databases():
        if careful:
            return DONE
        raise QueryError("", f"FAILED: Execution Error. AlreadyExistsException(message:Database {name} already exists)")
    change(session, "CreateDatabase", name, None, {"DatabaseInput": record})
    return DONE


def drop(statement: Statement, session: Session) -> Answer:
    """DROP TABLE, DROP VIEW, DROP DATABASE."""
    words = Words(statement)
    words.want("drop")
    if words.take("database") or words.take("schema"):
        return _drop_database(words, session)
    view = words.take("view")
    if not view:
        words.want("table")
    careful = words.take("if", "exists")
    database, name = words.table(session.catalog.database)
    _ = words.take("purge")
    words.end()
    found = next((t for t in session.catalog.tables(database) if t.name == name), None)
    if found is None or bool(found.view) != view:
        if careful and found is None:
            return DONE
        raise QueryError("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{database}.{name}' does not exist")
    change(session, "DeleteTable", database, name, {"DatabaseName": database, "Name": name})
    return DONE


def _drop_database(words: Words, session: Session) -> Answer:
    careful = words.take("if", "exists")
    name = words.name()
    cascade = words.take("cascade")
    _ = words.take("restrict")
    words.end()
    if name not in session.catalog.databases():
        if careful:
            return DONE
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{name}' does not exist")
    if session.catalog.tables(name) and not cascade:
        message = f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
        raise QueryError("", f"FAILED: Execution Error. {message}")
    change(session, "DeleteDatabase", name, None, {"Name": name})
    return DONE


def alter(statement: Statement, session: Session) -> Answer:
    """ALTER TABLE: partitions added and dropped, location, properties, columns."""
    words = Words(statement)
    words.want("alter", "table")
    table = session.catalog.table(*words.table(session.catalog.database))
    if words.take("add", "columns") or words.take("add", "column"):
        raise unbuilt("ALTER TABLE ADD COLUMNS")
    if words.take("add"):
        return _add(words, table, session)
    if words.take("drop"):
        return _drop(words, table, session)
    if words.take("set", "tblproperties"):
        found = dict(words.mapping())
        words.end()
        return _update(session, table, Parameters={**table.parameters, **found})
    if words.take("set", "location"):
        place = words.string()
        words.end()
        return _update(session, table, StorageDescriptor={**table.storage, "Location": place})
    raise unbuilt("This kind of ALTER TABLE")


def _update(session: Session, table: Table, **changes: Record) -> Answer:
    known = ("Name", "Description", "Owner", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
    record = {key: table.glue[key] for key in known if key in table.glue} | changes
    request = {"DatabaseName": table.database, "TableInput": record}
    change(session, "UpdateTable", table.database, table.name, request)
    return DONE


def _values(words: Words, table: Table) -> tuple[str, ...]:
    words.want("partition")
    given = words.mapping()
    if set(given) != {key.name for key in table.keys}:
        raise QueryError("", f"FAILED: SemanticException partition spec {given} does not fit the keys of {table.name}")
    return tuple(given[key.name] for key in table.keys)


def _add(words: Words, table: Table, session: Session) -> Answer:
    careful = words.take("if", "not", "exists")
    here = {tuple(record.get("Values") or ()) for record in session.catalog.partitions(table)}
    new = []
    while not words.done():
        values = _values(words, table)
        place = words.string() if words.take("location") else partitions.default_location(table, values)
        if values in here and not careful:
            message = "AlreadyExistsException(message:Partition already exists.)"
            raise QueryError("", f"FAILED: Execution Error. {message}")
        if values not in here:
            new.append((values, place))
            here.add(values)
    register(session, table, new)
    return DONE


def register(session: Session, table: Table, new: list[tuple[tuple[str, ...], str]]) -> None:
    """Tell Glue of partitions: their values and folders."""
    if not new:
        return
    wanted = [{"Values": list(v), "StorageDescriptor": {**table.storage, "Location": place}} for v, place in new]
    request = {"DatabaseName": table.database, "TableName": table.name, "PartitionInputList": wanted}
    change(session, "BatchCreatePartition", table.database, table.name, request)


def _drop(words: Words, table: Table, session: Session) -> Answer:
    careful = words.take("if", "exists")
    here = {tuple(record.get("Values") or ()) for record in session.catalog.partitions(table)}
    while not words.done():
        values = _values(words, table)
        if values not in here and not careful:
            raise QueryError("", f"FAILED: SemanticException Partition not found {values}")
        request = {"DatabaseName": table.database, "TableName": table.name, "PartitionValues": list(values)}
        change(session, "DeletePartition", table.database, table.name, request)
        _ = words.take(",")
    return DONE


def repair(statement: Statement, session: Session) -> Answer:
    """MSCK REPAIR TABLE: folders named key=value become partitions."""
    words = Words(statement)
    words.want("msck", "repair", "table")
    table = session.catalog.table(*words.table(session.catalog.database))
    words.end()
    bucket, prefix = location(table.location)
    rights.listing(session.world, bucket, prefix)
    here = {tuple(record.get("Values") or ()) for record in session.catalog.partitions(table)}
    names = [key.name for key in table.keys]
    found: dict[tuple[str, ...], str] = {}
    for item in copies.listing(session.world, table.location):
        folders = item.key[len(prefix) :].split("/")[:-1][: len(names)]
        pairs = [folder.partition("=") for folder in folders]
        if len(pairs) == len(names) and [pair[0].lower() for pair in pairs] == names:
            values = tuple(pair[2] for pair in pairs)
            if values not in here:
                found[values] = f"s3://{bucket}/{prefix}{'/'.join(folders)}/"
    register(session, table, list(found.items()))
    shown = ["/".join(f"{k}={v}" for k, v in zip(names, values, strict=True)) for values in found]
    report = [f"Partitions not in metastore:\t{' '.join(f'{table.name}:{part}' for part in shown)}"] if shown else []
    return lines("repair", [*report, *(f"Repair: Added partition to metastore {table.name}:{part}" for part in shown)])
