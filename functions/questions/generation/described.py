"""Tables as short lines of DDL, with comments and sampled values as JSON text, so that each stays on its own line.

Where they do not fit, less is told in this order: samples, comments, columns; what is left out is said in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

from questions.model import Column, Table

MOST_TYPE: Final = 200
MOST_SAMPLE: Final = 60
MOST_SAMPLES: Final = 12
MOST_COMMENT: Final = 240
_LEAST_COLUMNS = 5
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def lines(tables: Sequence[Table], room: int) -> str:
    """The tables in at most ``room`` characters (a table's own line is always told, up to ``room``)."""
    for samples, comments in ((MOST_SAMPLES, MOST_COMMENT), (4, MOST_COMMENT), (4, 80), (0, 0)):
        text = _all(tables, lambda table, s=samples, c=comments: _table(table, s, c))  # type: ignore[misc]
        if len(text) <= room:
            return text
    most = max(len(table.columns) for table in tables)
    while most > _LEAST_COLUMNS:
        most = max(_LEAST_COLUMNS, most * 3 // 4)
        text = _all(tables, lambda table, m=most: _table(table, 0, 0, m))  # type: ignore[misc]
        if len(text) <= room:
            return text
    return _whole_tables(tables, room)


def written(name: str) -> str:
    """A name as a statement writes it: in double quotes where it is not a plain one."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _all(tables: Sequence[Table], told: Callable[[Table], str]) -> str:
    return "\n".join(told(table) for table in tables)


def _whole_tables(tables: Sequence[Table], room: int) -> str:
    """As many tables as there is room for, with their first columns."""
    kept: list[str] = []
    left = room - 60
    for table in tables:
        text = _table(table, 0, 0, _LEAST_COLUMNS)
        if len(text) + 1 > left:
            break
        left -= len(text) + 1
        kept.append(text)
    more = len(tables) - len(kept)
    return "\n".join([*kept, f"({more} more tables are not shown)\n"] if more else kept)


def _table(table: Table, samples: int, comment: int, most: int | None = None) -> str:
    shown = _shown(table.columns, len(table.columns) if most is None else most)
    rows = [f"TABLE {written(table.name)}{_said(table.comment, comment)}"]
    rows += [_column(column, samples, comment) for column in shown]
    hidden = len(table.columns) - len(shown) + table.left_out
    if hidden:
        rows.append(f"  ({hidden} more columns are not shown)")
    return "\n".join(rows) + "\n"


def _shown(columns: Sequence[Column], most: int) -> list[Column]:
    """Partition keys first to be kept: a query without them reads everything."""
    keys = [column for column in columns if column.partition][:most]
    plain = [column for column in columns if not column.partition][: most - len(keys)]
    return plain + keys


def _column(column: Column, samples: int, comment: int) -> str:
    kind = column.type if len(column.type) <= MOST_TYPE else f"{column.type[:MOST_TYPE]}... (the type is longer)"
    key = " PARTITION KEY" if column.partition else ""
    values = [_short(value) for value in column.samples[:samples]]
    sampled = f" VALUES {json.dumps(values, ensure_ascii=False)}" if values else ""
    return f"  {written(column.name)} {kind}{key}{_said(column.comment, comment)}{sampled}"


def _short(value: str) -> str:
    return value if len(value) <= MOST_SAMPLE else f"{value[: MOST_SAMPLE - 3]}..."


def _said(comment: str, most: int) -> str:
    text = " ".join(comment.split())
    if not text or not most:
        return ""
    return f" COMMENT {json.dumps(text if len(text) <= most else f'{text[: most - 3]}...', ensure_ascii=False)}"
