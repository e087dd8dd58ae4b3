"""Record format conversion: JSON records of one object -> Parquet with the columns of a Glue table, by DuckDB."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ministack.services import firehose as fh
from ministack.services import glue

from local.gaps._types import Json, Record

LEANS_ON = {
    "services.firehose._conversion_error": "(kind)",
    "services.firehose._DeliveryError": "class",
    "services.firehose._hive_to_duckdb_type": "(hive_type)",
    "services.firehose._json_documents": "(data)",
    "services.glue._tables": "AccountRegionScopedDict",
}


def convert(conversion: Record, records: Sequence[bytes]) -> tuple[bytes, list[tuple[int, Exception]]]:
    """The Parquet object of all records that fit, empty if none does, and the index and error of each other one.

    Raises MiniStack's _DeliveryError when nothing can be converted at all: no table, no DuckDB, another format.
    """
    columns = _columns(conversion)
    import duckdb

    read: dict[int, list[str]] = {}
    bad: list[tuple[int, Exception]] = []
    for index, record in enumerate(records):
        try:
            read[index] = [_line(document, columns) for document in fh._json_documents(record)]
        except fh._DeliveryError as error:
            bad.append((index, error))
    try:
        return _parquet(read, columns, conversion), bad
    except duckdb.Error:
        # Some value is not of its column's type: find its record, and convert the others.
        unfit = [index for index, lines in read.items() if not _fits(lines, columns)]
        bad += [(index, fh._conversion_error("mismatch")) for index in unfit]
        return _parquet({i: read[i] for i in read if i not in unfit}, columns, conversion), sorted(
            bad, key=lambda e: e[0]
        )


def _columns(conversion: Record) -> dict[str, str]:
    """Name and DuckDB type of each column."""
    serializer = (conversion.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    if "ParquetSerDe" not in serializer or importlib.util.find_spec("duckdb") is None:
        raise fh._conversion_error("unsupported")
    schema = conversion.get("SchemaConfiguration") or {}
    table = glue._tables.get(f"{schema.get('DatabaseName', '')}/{schema.get('TableName', '')}") or {}
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    if not columns:
        raise fh._conversion_error("table")
    return {column["Name"]: fh._hive_to_duckdb_type(column.get("Type", "string")) for column in columns}


def _line(document: Record, columns: dict[str, str]) -> str:
    """One row as JSON; the JSON deserialiser ignores case and what the table does not have."""
    folded = {name.lower(): value for name, value in document.items()}
    return json.dumps({name: folded.get(name.lower()) for name in columns}, ensure_ascii=False)


def _fits(lines: Sequence[str], columns: dict[str, str]) -> bool:
    import duckdb

    try:
        _query("SELECT * FROM {rows}", lines, columns)
    except duckdb.Error:
        return False
    return True


def _parquet(read: Mapping[int, list[str]], columns: dict[str, str], conversion: Record) -> bytes:
    lines = [line for record in read.values() for line in record]
    if not lines:
        return b""
    serde = conversion["OutputFormatConfiguration"]["Serializer"]["ParquetSerDe"] or {}
    codec = {"GZIP": "gzip", "UNCOMPRESSED": "uncompressed"}.get(serde.get("Compression", "SNAPPY"), "snappy")
    copy = "COPY (SELECT * FROM {rows}) TO '{out}' (FORMAT PARQUET, COMPRESSION {codec})"
    return _query(copy.replace("{codec}", codec), lines, columns)


def _query(sql: str, lines: Sequence[str], columns: dict[str, str]) -> bytes:
    """Runs ``sql`` over the lines; the bytes of the file ``{out}`` if it made one. Raises duckdb.Error."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "rows.json"), Path(folder, "out.parquet")
        source.write_text("\n".join(lines), encoding="utf-8")
        types = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in columns.items())
        rows = f"read_json({_quoted(str(source))}, format = 'newline_delimited', columns = {{{types}}})"
        connection: Json = duckdb.connect()
        try:
            connection.execute("SET threads = 1")
            connection.execute(sql.format(rows=rows, out=target)).fetchall()
        finally:
            connection.close()
        return target.read_bytes() if target.exists() else b""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
