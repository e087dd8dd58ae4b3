"""Values as Athena writes them into answers: [a, b] for arrays, {x=1} for rows, moments with three digits, doubles as
Java has them.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_NAMES = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "UINTEGER": "bigint",
    "USMALLINT": "integer",
    "UTINYINT": "smallint",
    "FLOAT": "real",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "BLOB": "varbinary",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "INTERVAL": "interval day to second",
    "UUID": "uuid",
    "JSON": "json",
    '"NULL"': "unknown",
    "NULL": "unknown",
    "UHUGEINT": "bigint",
    "BIGNUM": "bigint",
}
# GetQueryResults names some types as Hive does, and a real as float (Athena API reference, "ColumnInfo").
_ANSWERED = {"real": "float"}
_PRECISION = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "varchar": 2147483647,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "varbinary": 1073741824,
    "json": 2147483647,
}

_ROWS = ("STRUCT(", "TUPLE(")

Show = Callable[[Any], str | None]


def trino(duckdb: str) -> str:
    """The name of a type of DuckDB in Trino, with what is inside it: array(row(a integer))."""
    if duckdb.endswith("]"):
        return f"array({trino(duckdb[: duckdb.rindex('[')])})"
    inner = _inside(duckdb)
    if duckdb.startswith(_ROWS):
        return "row(" + ", ".join(f"{name} {trino(kind)}" for name, kind in _fields(duckdb)) + ")"
    if duckdb.startswith("MAP("):
        return f"map({', '.join(trino(part) for part in inner)})"
    if duckdb.startswith("DECIMAL("):
        return duckdb.lower()
    return _NAMES.get(duckdb, "varchar")


def _inside(kind: str) -> list[str]:
    """The parts between the outermost parentheses, divided by their commas."""
    if "(" not in kind:
        return []
    parts, depth, start, quoted = [], 0, kind.index("(") + 1, False
    text = kind[: kind.rindex(")")]
    for at in range(start, len(text)):
        letter = text[at]
        quoted ^= letter == '"'
        if quoted:
            continue
        depth += letter in "(["
        depth -= letter in ")]"
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def _fields(kind: str) -> list[tuple[str, str]]:
    """Names and types of a row's fields."""
    parts = _inside(kind)
    if kind.startswith("TUPLE("):
        return [(f"field{number}", part) for number, part in enumerate(parts)]
    return [_field(part) for part in parts]


def _field(text: str) -> tuple[str, str]:
    found = re.match(r'"((?:[^"]|"")*)"\s+(.*)|(\S+)\s+(.*)', text, re.DOTALL)
    if found is None:
        return "", text
    return (found[1].replace('""', '"'), found[2]) if found[2] else (found[3], found[4])


def column_info(name: str, kind: str) -> dict[str, Any]:
    """The ColumnInfo of a column of Trino's type ``kind``."""
    base = re.split(r"[( ]", kind)[0] if "time zone" not in kind else "timestamp with time zone"
    base = _ANSWERED.get(base, base)
    precision, scale = _PRECISION.get(base, 0), 0
    if base == "decimal":
        precision, scale = (int(part) for part in kind[8:-1].split(","))
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": "interval day to second" if kind.startswith("interval") else base,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": base in ("varchar", "char"),
    }


def shower(duckdb: str) -> Show:
    """How values of a type of DuckDB are written; None stays None."""
    make = _shower(duckdb)
    return lambda value: None if value is None else make(value)


def _shower(kind: str) -> Callable[[Any], str]:
    if kind.endswith("]"):
        item = _nested(kind[: kind.rindex("[")])
        return lambda values: "[" + ", ".join(item(value) for value in values) + "]"
    if kind.startswith(_ROWS):
        fields = [(name, _nested(inner)) for name, inner in _fields(kind)]
        return lambda row: _row(row, fields)
    if kind.startswith("MAP("):
        key, value = (_nested(part) for part in _inside(kind))
        return lambda entries: _map(entries, key, value)
    base = kind.split("(", maxsplit=1)[0]
    return _PLAIN.get(base, str)


def _nested(kind: str) -> Callable[[Any], str]:
    show = shower(kind)
    return lambda value: show(value) or ("" if value is not None else "null")


def _row(row: Any, fields: Sequence[tuple[str, Callable[[Any], str]]]) -> str:
    values = list(row.values()) if isinstance(row, Mapping) else list(row)
    return "{" + ", ".join(f"{n}={show(value)}" for (n, show), value in zip(fields, values, strict=True)) + "}"


def _map(entries: Any, key: Callable[[Any], str], value: Callable[[Any], str]) -> str:
    if isinstance(entries, Mapping) and set(entries) == {"key", "value"} and isinstance(entries["key"], list):
        pairs = list(zip(entries["key"], entries["value"], strict=True))  # keys that Python cannot hash
    else:
        pairs = list(entries.items())
    return "{" + ", ".join(f"{key(k)}={value(v)}" for k, v in pairs) + "}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def double(value: float) -> str:
    """As Java's Double.toString: 1.0, 1.0E10, 1.0E-5."""
    return _java(value, repr(value))


def real(value: float) -> str:
    """As Java's Float.toString: the fewest digits that are this number in 32 bits."""
    if math.isnan(value) or math.isinf(value):
        return _java(value, "")
    single = struct.pack("f", value)
    text = next(t for n in range(1, 10) if struct.pack("f", float(t := f"{value:.{n}g}")) == single)
    return _java(value, text)


def _java(value: float, text: str) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    number = Decimal(text)
    if Decimal("0.001") <= abs(number) < Decimal("1e7"):
        plain = format(number, "f")
        return plain if "." in plain else plain + ".0"
    sign, digits, _ = number.as_tuple()
    figures = "".join(map(str, digits)).rstrip("0") or "0"
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{number.adjusted()}"


def _timestamp(value: datetime) -> str:
    digits = 3 if value.microsecond % 1000 == 0 else 6
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond:06}"[: 20 + digits].zfill(20 + digits)


def _zoned(value: Any) -> str:
    """A moment with a zone comes as DuckDB's text, in UTC."""
    moment, _, fraction = re.sub(r"\+00$", "", str(value)).partition(".")
    return f"{moment}.{(fraction + '000')[:3]} UTC"


def _interval(value: timedelta) -> str:
    total = round(value / timedelta(milliseconds=1))
    sign, total = ("-", -total) if total < 0 else ("", total)
    days, rest = divmod(total, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{sign}{days} {hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _date(value: date) -> str:
    return value.isoformat()


def _time(value: time) -> str:
    return value.strftime("%H:%M:%S.") + f"{value.microsecond // 1000:03}"


def _bytes(value: bytes) -> str:
    return " ".join(f"{byte:02x}" for byte in value)


_PLAIN: Mapping[str, Callable[[Any], str]] = {
    "BOOLEAN": _boolean,
    "DOUBLE": double,
    "FLOAT": real,
    "DECIMAL": _decimal,
    "TIMESTAMP": _timestamp,
    "TIMESTAMP_MS": _timestamp,
    "TIMESTAMP_S": _timestamp,
    "TIMESTAMP_NS": _timestamp,
    "TIMESTAMP WITH TIME ZONE": _zoned,
    "DATE": _date,
    "TIME": _time,
    "INTERVAL": _interval,
    "BLOB": _bytes,
}
