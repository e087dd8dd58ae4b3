"""Queries whose rows become files: CREATE TABLE AS, INSERT INTO, UNLOAD."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from local.services.athena import rights, values
from local.services.athena.answer import Answer
from local.services.athena.catalog import Column, Table
from local.services.athena.errors import QueryError, unbuilt
from local.services.athena.lake import readers
from local.services.athena.lake.readers import name
from local.services.athena.sql.text import Statement, read
from local.services.athena.statements import select, tables
from local.services.athena.statements.select import Ready, Session
from local.services.athena.statements.words import Words
from local.services.athena.world import Record, location

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_SERDES = {
    "parquet": (
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hive.hcatalog.data.JsonSerDe",
    ),
    "textfile": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
}
_WRITTEN = {"json": "json", "parquet": "parquet", "delimited": "textfile"}
_COMPRESSIONS = ("none", "gzip", "snappy", "zstd")


@dataclass(frozen=True)
class _Files:
    """How rows become files."""

    format: str
    keys: Sequence[str] = ()
    compression: str = ""
    delimiter: str = "\x01"

    @property
    def options(self) -> str:
        """For DuckDB's COPY."""
        if self.format == "parquet":
            kind = {"none": "uncompressed", "": "snappy"}.get(self.compression, self.compression)
            parts = ["FORMAT parquet", f"COMPRESSION {kind}"]
        elif self.format == "json":
            parts = ["FORMAT json"]
        else:
            parts = [
                "FORMAT csv",
                "HEADER false",
                f"DELIMITER {readers.text(self.delimiter)}",
                "NULLSTR '\\N'",
                "QUOTE ''",
                "ESCAPE ''",
            ]
        if self.format != "parquet" and self.compression == "gzip":
            parts.append("COMPRESSION gzip")
        if self.keys:
            parts.append(f"PARTITION_BY ({', '.join(name(key) for key in self.keys)})")
        return ", ".join(parts)

    @property
    def ending(self) -> str:
        return ".gz" if self.format != "parquet" and self.compression == "gzip" else ""


def _files(settings: Mapping[str, str], default: str) -> _Files:
    kind = settings.get("format", default).lower()
    if kind not in _SERDES:
        raise unbuilt(f"Writing {kind.upper()}")
    compression = (
        settings.get("compression") or settings.get("write_compression") or settings.get("parquet_compression") or ""
    )
    if compression.lower() not in ("", *_COMPRESSIONS):
        raise unbuilt(f"The compression {compression}")
    keys = [key.lower() for key in settings.get("partitioned_by", "").split(",") if key]
    return _Files(kind, keys, compression.lower(), settings.get("field_delimiter", "\x01"))


def unload(statement: Statement, session: Session) -> Answer:
    """UNLOAD (query) TO 's3://...' WITH (format = ...)."""
    words = Words(statement)
    words.want("unload", "(")
    text, after = _inner(statement, words)
    words = Words(Statement(after))
    words.want("to")
    place = words.string()
    words.want("with")
    files = _files(words.mapping(), "")
    words.end()
    _empty(session, place)
    with select.ready(read(text), session) as query:
        written, count = _copy(query, query.sql, _types(query), files, place, session)
    return Answer(scanned=query.scanned, written=written, manifest=True, update_count=count)


def _inner(statement: Statement, words: Words) -> tuple[str, str]:
    """The query in the first parentheses, and the text after them."""
    start, depth = statement.tokens[1].start, 0
    for token in statement.tokens[1:]:
        depth += (token.token_type.name == "L_PAREN") - (token.token_type.name == "R_PAREN")
        if depth == 0:
            return statement.text[start + 1 : token.start], statement.text[token.end + 1 :]
    raise words.unexpected(")")


def _empty(session: Session, place: str) -> None:
    bucket, prefix = location(place)
    rights.listing(session.world, bucket, prefix)
    found = session.world.objects(bucket, prefix)
    if found is None:
        raise QueryError("HIVE_FILESYSTEM_ERROR", f"The specified bucket does not exist: {bucket}")
    if found:
        raise QueryError("HIVE_PATH_ALREADY_EXISTS", f"Target directory for table already exists: {place}")


def create_as(statement: Statement, session: Session) -> Answer:
    """CREATE TABLE t WITH (...) AS query."""
    words = Words(statement)
    words.want("create", "table")
    careful = words.take("if", "not", "exists")
    database, table = words.table(session.catalog.database)
    settings = words.mapping() if words.take("with") else {}
    words.want("as")
    text = words.rest()
    session.catalog.check_database(database)
    if any(t.name == table for t in session.catalog.tables(database)):
        if careful:
            return tables.DONE
        raise QueryError("TABLE_ALREADY_EXISTS", f"Destination table '{database}.{table}' already exists")
    place = _place(settings, session)
    if settings.get("bucketed_by") or settings.get("table_type", "hive").lower() != "hive":
        raise unbuilt("A table with buckets, or an Iceberg table")
    files = _files(settings, "parquet")
    _empty(session, place)
    rights.catalogue(session.world, "CreateTable", database, table)
    with select.ready(read(text), session) as query:
        types = _types(query)
        if missing := [key for key in files.keys if key not in [n for n, _ in types[-len(files.keys) :]]]:
            raise QueryError("INVALID_TABLE_PROPERTY", f"Partition columns must be the last columns: {missing}")
        written, count = _copy(query, query.sql, types, files, place, session)
    new = _new_table(table, types, files, place)
    session.world.glue("CreateTable", {"DatabaseName": database, "TableInput": new})
    made = session.catalog.table(database, table)
    _register(session, made, written)
    return Answer(scanned=query.scanned, written=written, update_count=count, plain=True)


def _place(settings: Mapping[str, str], session: Session) -> str:
    given = settings.get("external_location")
    if given and session.enforced:
        raise QueryError(
            "",
            "The Create Table As Select query failed because it was submitted with an 'external_location' property to "
            "an Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
            "'external_location' property and resubmit the query.",
        )
    return given or f"{session.output.rstrip('/')}/tables/{uuid.uuid4()}/"


def _new_table(table: str, types: Sequence[tuple[str, str]], files: _Files, place: str) -> Record:
    from sqlglot import exp

    def column(item: tuple[str, str]) -> Record:
        kind = exp.DataType.build(values.trino(item[1]), dialect="trino").sql("hive").lower()
        return {"Name": item[0].lower(), "Type": kind.replace(": ", ":").replace(", ", ",")}

    inputs, outputs, serde = _SERDES[files.format]
    parameters = {"field.delim": files.delimiter} if files.format == "textfile" else {}
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
        "PartitionKeys": [column(item) for item in types if item[0].lower() in files.keys],
        "StorageDescriptor": {
            "Columns": [column(item) for item in types if item[0].lower() not in files.keys],
            "Location": place,
            "InputFormat": inputs,
            "OutputFormat": outputs,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
        },
    }


def insert(statement: Statement, session: Session) -> Answer:
    """INSERT INTO t [(columns)] query."""
    words = Words(statement)
    words.want("insert", "into")
    table = session.catalog.table(*words.table(session.catalog.database))
    if table.view:
        raise QueryError("NOT_SUPPORTED", "Inserting into views is not supported")
    columns = _columns(words, table)
    kind = _WRITTEN.get(readers.format_of(table))
    if kind is None:
        raise unbuilt("Inserting into a table of this format")
    delimiter = (table.storage.get("SerdeInfo") or {}).get("Parameters", {}).get("field.delim", "\x01")
    files = _Files(kind, [key.name for key in table.keys], "", delimiter)
    with select.ready(read(words.rest()), session) as query:
        found = _types(query)
        if len(found) != len(columns):
            raise QueryError("TYPE_MISMATCH", f"Insert query has {len(found)} expressions but expected {len(columns)}")
        sql = _in_order(query.sql, columns, table)
        types = [(column.name, column.duckdb) for column in table.everything]
        written, count = _copy(query, sql, types, files, table.location, session)
    _register(session, table, written)
    return Answer(scanned=query.scanned, written=written, update_count=count)


def _columns(words: Words, table: Table) -> list[Column]:
    if words.statement.words[words.at] != "(" or words.statement.words[words.at + 1] in (
        "select",
        "with",
        "values",
        "(",
    ):
        return list(table.everything)
    words.want("(")
    known = {column.name: column for column in table.everything}
    found = []
    while True:
        column = words.name()
        if column not in known:
            raise QueryError("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {column}")
        found.append(known[column])
        if words.take(")"):
            return found
        words.want(",")


def _in_order(sql: str, columns: Sequence[Column], table: Table) -> str:
    """The rows of a query as those of the table: in its order, with its types, NULL for what is not given."""
    given = {column.name: f"c{n}" for n, column in enumerate(columns)}
    chosen = ", ".join(f"CAST({given.get(c.name, 'NULL')} AS {c.duckdb}) AS {name(c.name)}" for c in table.everything)
    return f"SELECT {chosen} FROM ({sql}) AS rows({', '.join(given.values())})"  # noqa: S608 - the query was checked


def _types(query: Ready) -> list[tuple[str, str]]:
    """The columns of a query with types that files can hold."""
    found = query.engine.run(f"SELECT * FROM ({query.sql}) AS rows LIMIT 0")  # noqa: S608
    if unnamed := [n for n, column in enumerate(found.names, 1) if column.startswith("_col")]:
        raise QueryError("COLUMN_NAME_NOT_SPECIFIED", f"Column name not specified at position {unnamed[0]}")
    if len({column.lower() for column in found.names}) < len(found.names):
        raise QueryError("DUPLICATE_COLUMN_NAME", "Column name specified more than once")
    whole = {"HUGEINT": "BIGINT", "UBIGINT": "BIGINT", '"NULL"': "VARCHAR", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP"}
    return [(column.lower(), whole.get(kind, kind)) for column, kind in zip(found.names, found.types, strict=True)]


def _copy(
    query: Ready, sql: str, types: Sequence[tuple[str, str]], files: _Files, place: str, session: Session
) -> tuple[list[tuple[str, str, bytes]], int]:
    """The files of a query's rows with the keys that they get, and how many rows they hold."""
    columns = ", ".join(f"c{n}" for n in range(len(types)))
    typed = ", ".join(f"CAST(c{n} AS {kind}) AS {name(column)}" for n, (column, kind) in enumerate(types))
    whole = f"SELECT {typed} FROM ({sql}) AS rows({columns})"  # noqa: S608 - the query was checked
    count = int(query.engine.run(f"SELECT count(*) FROM ({whole}) AS rows").rows[0][0])  # noqa: S608
    target = query.folder / "written"
    if not files.keys:
        target.mkdir()
    if count:
        query.engine.copy(whole, target if files.keys else target / "rows", files.options)
    bucket, prefix = location(place)
    written = [
        (bucket, f"{prefix}{_folders(path.relative_to(target))}{uuid.uuid4()}{files.ending}", path.read_bytes())
        for path in sorted(target.rglob("*"))
        if path.is_file()
    ]
    for found_bucket, key, _ in written:
        rights.writing(session.world, found_bucket, key)
    return written, count


def _folders(path: Path) -> str:
    return "".join(f"{unquote(part)}/" for part in path.parts[:-1])


def _register(session: Session, table: Table, written: Sequence[tuple[str, str, bytes]]) -> None:
    """New partitions of a table whose partitions Glue lists."""
    if not table.keys or table.projected:
        return
    here = {tuple(record.get("Values") or ()) for record in session.catalog.partitions(table)}
    found = {}
    for bucket, key, _ in written:
        folders = key.split("/")[:-1][-len(table.keys) :]
        found[tuple(folder.partition("=")[2] for folder in folders)] = f"s3://{bucket}/{key.rpartition('/')[0]}/"
    tables.register(session, table, [(v, place) for v, place in found.items() if v not in here])
