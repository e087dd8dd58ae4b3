"""One small query per table, for whose end nobody waits long: where it takes longer, the next question finds it ended.

Athena knows a query by its ClientRequestToken, which is made of the table's version and the hour: who asks again gets
the same query, and pays nothing for it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.executions import digest
from questions.model import Column, Table

MOST_COLUMNS: Final = 30
"""Text columns of a table that are sampled."""
ROWS: Final = 500
MOST_SAMPLES: Final = 12
FEW_SAMPLES: Final = 3
"""Of a column each of whose rows has another value, such as an id: they show its form alone."""
MOST_SAMPLE: Final = 60
"""Characters; a longer value is no category, and tells a stranger's text to the model."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


@dataclass(frozen=True, slots=True)
class Queries:
    """``work_group``: its scan limit bounds these queries too. ``clock`` in monotonic seconds. ``billed`` is told the
    id of a query that has ended and the bytes that it scanned, once per question that looks at it."""

    athena: Any
    work_group: str
    wait_seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    billed: Callable[[str, int], None] = lambda _query, _scanned: None


def sampled_columns(table: Table) -> list[Column]:
    """Text that is no partition key: its values are what a question names."""
    return [column for column in table.columns if not column.partition and column.type.startswith(("varchar", "char"))][
        :MOST_COLUMNS
    ]


def statement(table: Table, newest: Mapping[str, str]) -> str:
    """The first rows of the newest partition that is known, or of whatever Athena reads first."""
    columns = ", ".join(_name(column.name) for column in sampled_columns(table))
    kinds = {column.name: column.type for column in table.columns}
    # Names are from Glue and values from names of folders: both are quoted as SQL has it.
    chosen = " AND ".join(f"{_name(key)} = {_literal(value, kinds[key])}" for key, value in newest.items())
    where = f" WHERE {chosen}" if chosen else ""
    return f"SELECT {columns} FROM {_name(table.database)}.{_name(table.name)}{where} LIMIT {ROWS}"  # noqa: S608


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: str, kind: str) -> str:
    text = "'" + value.replace("'", "''") + "'"
    return text if kind.startswith(("varchar", "char")) else f"CAST({text} AS {kind})"


def run(queries: Queries, wanted: Mapping[str, tuple[str, str]]) -> dict[str, list[list[str]]]:
    """The values of each table's columns: ``wanted`` is statement and version by the table's name.

    All run at the same time. A table whose query has not ended, or failed, is left out. Raises what boto3 raises of a
    first call that Athena refuses.
    """
    until = queries.clock() + queries.wait_seconds
    open_ = {name: _start(queries, sql, version) for name, (sql, version) in wanted.items()}
    found: dict[str, list[list[str]]] = {}
    pause = _FIRST_PAUSE
    while open_:
        for name, query in list(open_.items()):
            execution = queries.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            state = execution["Status"]["State"]
            if state in {"SUCCEEDED", "CANCELLED"}:  # a failed one is not billed
                queries.billed(query, int((execution.get("Statistics") or {}).get("DataScannedInBytes") or 0))
            if state == "SUCCEEDED":
                found[name] = _values(queries.athena.get_query_results(QueryExecutionId=query, MaxResults=ROWS + 1))
            if state not in {"QUEUED", "RUNNING"}:
                del open_[name]
        if not open_ or queries.clock() + pause > until:
            break
        queries.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    return found


def _start(queries: Queries, sql: str, version: str) -> str:
    token = digest(b"samples", sql.encode(), version.encode())
    return str(
        queries.athena.start_query_execution(QueryString=sql, ClientRequestToken=token, WorkGroup=queries.work_group)[
            "QueryExecutionId"
        ]
    )


def _values(page: Mapping[str, Any]) -> list[list[str]]:
    """Values by column; the first row of a first page is the header."""
    rows = [
        [str(cell.get("VarCharValue", "")) for cell in row.get("Data", ())] for row in page["ResultSet"].get("Rows", ())
    ][1:]
    return [list(column) for column in zip(*rows, strict=True)] if rows else []


def common_values(values: Sequence[str]) -> tuple[str, ...]:
    """The most frequent ones, in the order of how often they come; few where all differ."""
    counted = Counter(value for value in values if value.strip() and len(value) <= MOST_SAMPLE and value.isprintable())
    differ = len(counted) > MOST_SAMPLES and len(counted) > sum(counted.values()) * 0.8
    order = sorted(counted, key=lambda value: (-counted[value], value))
    return tuple(order[: FEW_SAMPLES if differ else MOST_SAMPLES])
