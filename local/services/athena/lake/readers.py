"""A relation of DuckDB over the copies of a table's files, with the columns and types that the table declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.services.athena.catalog import Column, Table
from local.services.athena.errors import QueryError, unbuilt
from local.services.athena.lake import copies, opencsv
from local.services.athena.world import Object

FILE = "$athena_file"
_JSON = ("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe")
_FAMILIES = {
    "INTEGER": ("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"),
    "FLOAT": ("FLOAT", "REAL", "DOUBLE"),
    "TEXT": ("VARCHAR", "TEXT", "CHAR"),
    "TIMESTAMP": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE"),
}


@dataclass(frozen=True)
class File:
    """A copy, the object it was made of, and the values of its partition."""

    path: Path
    source: Object
    values: tuple[str | None, ...] = ()


Describe = Callable[[str], Mapping[str, str]]
"""The columns of a relation with DuckDB's types."""


def text(value: str) -> str:
    """A string of SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """An identifier of SQL."""
    return '"' + value.replace('"', '""') + '"'


def format_of(table: Table) -> str:
    """json, parquet, opencsv or delimited, by the table's SerDe.

    Raises:
        QueryError: another one.
    """
    serde = (table.storage.get("SerdeInfo") or {}).get("SerializationLibrary") or ""
    words = f"{serde} {table.storage.get('InputFormat') or ''}".lower()
    if serde in _JSON or "jsonserde" in words:
        return "json"
    if "parquet" in words:
        return "parquet"
    if "opencsvserde" in words:
        return "opencsv"
    if "lazysimpleserde" in words:
        return "delimited"
    if serde:
        raise unbuilt(f"Reading with {serde}")
    classification = table.parameters.get("classification", "csv").lower()
    if classification not in ("json", "parquet", "csv"):
        raise unbuilt(f"Reading {classification} files")
    return {"csv": "delimited"}.get(classification, classification)


def change(table: Table) -> copies.Change | None:
    """What is done to the copies of a table's files, where DuckDB alone would read them otherwise than the SerDe.

    Raises:
        QueryError: a format that is not read here.
    """
    kind = format_of(table)
    if kind == "opencsv":
        given = _parameters(table)
        return lambda body, ending: opencsv.rewritten(body, given, ending)
    return copies.with_small_keys if kind == "json" else None


def relation(table: Table, files: Sequence[File], describe: Describe, *, hidden: bool) -> str:
    """A SELECT with the columns of the table, its partition keys and, if ``hidden``, "$path" and its like.

    Raises:
        QueryError: a format that is not read here, or files that do not fit the table.
    """
    if not files:
        return _empty(table, hidden=hidden)
    columns, reader = _READERS[format_of(table)](table, [str(file.path) for file in files], describe)
    selected = [f"{expression} AS {name(column.name)}" for column, expression in columns]
    if not table.keys and not hidden:
        return f"SELECT {', '.join(selected)} FROM {reader} AS f"  # noqa: S608 - names are quoted
    keys = [f"CAST(m.k{n} AS {key.duckdb}) AS {name(key.name)}" for n, key in enumerate(table.keys)]
    more = [f'm."{column}" AS "{column}"' for column in _HIDDEN] if hidden else []
    return (
        f"SELECT {', '.join([*selected, *keys, *more])} FROM {reader} AS f "  # noqa: S608 - names are quoted
        f"JOIN ({_map(table, files)}) AS m ON f.{name(FILE)} = m.path"
    )


_HIDDEN = ("$path", "$bucket", "$file_size", "$file_modified_time")


def _map(table: Table, files: Sequence[File]) -> str:
    keys = "".join(f", k{n}" for n in range(len(table.keys)))
    hidden = "".join(f', "{column}"' for column in _HIDDEN)
    rows = []
    for file in files:
        source = file.source
        values = ["NULL" if value is None else text(value) for value in file.values]
        facts = [
            text(source.url),
            text(source.bucket),
            str(source.size),
            f"make_timestamp({int(source.modified * 1e6)})",
        ]
        rows.append("(" + ", ".join([text(str(file.path)), *values, *facts]) + ")")
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS files(path{keys}{hidden})"  # noqa: S608


def _empty(table: Table, *, hidden: bool) -> str:
    kinds = [(column.name, column.duckdb) for column in table.everything]
    if hidden:
        kinds += [
            ("$path", "VARCHAR"),
            ("$bucket", "VARCHAR"),
            ("$file_size", "BIGINT"),
            ("$file_modified_time", "TIMESTAMP"),
        ]
    return "SELECT " + ", ".join(f"CAST(NULL AS {kind}) AS {name(column)}" for column, kind in kinds) + " WHERE false"


_Columns = list[tuple[Column, str]]


def _parameters(table: Table) -> Mapping[str, str]:
    return (table.storage.get("SerdeInfo") or {}).get("Parameters") or {}


def _paths(paths: Sequence[str]) -> str:
    return "[" + ", ".join(text(path) for path in paths) + "]"


def _json(table: Table, paths: Sequence[str], _describe: Describe) -> tuple[_Columns, str]:
    given = _parameters(table)
    keys = {column.name: given.get(f"mapping.{column.name}", column.name).lower() for column in table.columns}
    kinds = {c.name: "VARCHAR" if _family(c.duckdb) == "TIMESTAMP" else c.duckdb for c in table.columns}
    types = ", ".join(f"{text(keys[column])}: {text(kind)}" for column, kind in kinds.items())
    careless = ", ignore_errors = true" if given.get("ignore.malformed.json", "").lower() == "true" else ""
    reader = (
        f"read_json({_paths(paths)}, format = 'newline_delimited', columns = {{{types}}}, "
        f"filename = {text(FILE)}{careless})"
    )
    return [(c, f"CAST(f.{name(keys[c.name])} AS {c.duckdb})") for c in table.columns], reader


def _parquet(table: Table, paths: Sequence[str], describe: Describe) -> tuple[_Columns, str]:
    reader = f"read_parquet({_paths(paths)}, union_by_name = true, filename = {text(FILE)})"
    found = {column.lower(): (column, kind) for column, kind in describe(reader).items()}
    columns: _Columns = []
    for column in table.columns:
        if column.name not in found:
            columns.append((column, f"CAST(NULL AS {column.duckdb})"))
            continue
        own, kind = found[column.name]
        if _family(kind) != _family(column.duckdb):
            raise QueryError(
                "HIVE_BAD_DATA",
                f"Field {column.name}'s type {kind} in parquet file {table.location} is incompatible with type "
                f"{column.trino} defined in table schema",
            )
        rounded = f"date_trunc('millisecond', f.{name(own)})" if _family(kind) == "TIMESTAMP" else f"f.{name(own)}"
        columns.append((column, f"CAST({rounded} AS {column.duckdb})"))
    return columns, reader


def _family(kind: str) -> str:
    base = re.split(r"[(\[]", kind.upper())[0].strip()
    if kind.endswith("]"):
        return "LIST"
    return next((family for family, members in _FAMILIES.items() if base in members), base)


def _csv(paths: Sequence[str], table: Table, options: str) -> str:
    raw = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(table.columns)))
    skip = table.parameters.get("skip.header.line.count", "0")
    return (
        f"read_csv({_paths(paths)}, auto_detect = false, header = false, skip = {int(skip) if skip.isdigit() else 0}, "
        f"columns = {{{raw}}}, null_padding = true, strict_mode = false, filename = {text(FILE)}, {options})"
    )


def _opencsv(table: Table, paths: Sequence[str], _describe: Describe) -> tuple[_Columns, str]:
    given = _parameters(table)
    separator, quote, _ = opencsv.marks(given)
    options = f"delim = {text(separator)}, quote = {text(quote)}, escape = {text(quote)}, nullstr = '\x02\x03'"
    columns = [(column, _strict(n, column)) for n, column in enumerate(table.columns)]
    return columns, _csv(paths, table, options)


def _strict(number: int, column: Column) -> str:
    """A text as its column's type; an empty one is no number and no NULL, so that the query fails."""
    cell = f"f.c{number}"
    if _family(column.duckdb) == "TEXT":
        return cell
    begin, middle = text("Error parsing field value '"), text(f"' for field {number}: For input string: \"")
    wrong = f"CASE WHEN {cell} IS NOT NULL THEN error({begin} || {cell} || {middle} || {cell} || '\"') END"
    return f"coalesce(TRY_CAST({cell} AS {column.duckdb}), {wrong})"


def _delimited(table: Table, paths: Sequence[str], _describe: Describe) -> tuple[_Columns, str]:
    given = _parameters(table)
    comma = given.get("field.delim") or given.get("serialization.format") or "\x01"
    comma = "\x01" if comma == "1" else comma
    missing = given.get("serialization.null.format", "\\N")
    escape = f", escape = {text(given['escape.delim'])}" if given.get("escape.delim") else ", escape = ''"
    options = f"delim = {text(comma)}, quote = ''{escape}, nullstr = {text(missing)}"
    columns = [(column, _lenient(n, column, given)) for n, column in enumerate(table.columns)]
    return columns, _csv(paths, table, options)


def _lenient(number: int, column: Column, given: Mapping[str, str]) -> str:
    """LazySimpleSerDe: what is no value of the column's type is NULL."""
    if column.hive.lower().startswith(("map", "struct")):
        raise unbuilt(f"The type {column.hive} in delimited text")
    if column.hive.lower().startswith("array"):
        items = given.get("collection.delim") or given.get("colelction.delim") or "\x02"
        return f"TRY_CAST(string_split(f.c{number}, {text(items)}) AS {column.duckdb})"
    return f"TRY_CAST(f.c{number} AS {column.duckdb})"


_READERS = {"json": _json, "parquet": _parquet, "opencsv": _opencsv, "delimited": _delimited}
