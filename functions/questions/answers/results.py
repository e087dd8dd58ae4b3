"""What a query in Athena came to: its columns, its first rows, where all of them lie, what it scanned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from common import aws
from questions.errors import QueryUnavailable
from questions.model import MOST_ROWS as MOST_KEPT

MOST_ROWS = 20
"""Of the preview."""
MOST_VALUE = 500
"""Characters of a value in it."""
MOST_PER_PAGE = 1_000
MOST_BYTES = 200_000
"""Of the preview as JSON: it is sent whole, and a function's answer holds 6 MB."""

Row = list[str | None]


@dataclass(frozen=True, slots=True)
class Result:
    """``columns``: ``{name, type}`` as Athena names types. ``rows``: the first ones; values as Athena writes them in
    CSV, None for NULL. ``more``: there are others. ``cut``: values or rows of the preview were too long for it.
    ``full``: the file holds as many rows as a statement may give, so its LIMIT may have left some out."""

    columns: list[dict[str, str]]
    rows: list[Row]
    more: bool
    cut: bool
    full: bool
    bucket: str
    key: str
    bytes_scanned: int


def read(query: str) -> Result:
    """``query``: id of an execution that succeeded. Raises QueryUnavailable (try again)."""
    athena = aws.client("athena")
    with aws.patient("Athena", throttled=QueryUnavailable, unavailable=QueryUnavailable):
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        # The first row of a SELECT's first page is its header (API reference, GetQueryResults); the last tells of more.
        found = athena.get_query_results(QueryExecutionId=query, MaxResults=MOST_ROWS + 2)["ResultSet"]
        more = len(found["Rows"]) - 1 > MOST_ROWS
        full = more and _has(athena, query, MOST_KEPT)
    columns = [{"name": one["Name"], "type": one["Type"]} for one in found["ResultSetMetadata"]["ColumnInfo"]]
    whole = [[value.get("VarCharValue") for value in row.get("Data", [])] for row in found["Rows"][1:]]
    rows, cut = _within(whole[:MOST_ROWS])
    bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
    return Result(columns, rows, more, cut, full, bucket, key, int(scanned))


def _has(athena: Any, query: str, rows: int) -> bool:
    """Whether the query has so many rows. A page has 1,000 with the header (API reference, GetQueryResults)."""
    wanted, token = rows + 1, None
    while wanted > 0:
        page = athena.get_query_results(
            QueryExecutionId=query, MaxResults=min(wanted, MOST_PER_PAGE), **({"NextToken": token} if token else {})
        )
        wanted -= len(page["ResultSet"]["Rows"])
        token = page.get("NextToken")
        if token is None:
            break
    return wanted <= 0


def _within(rows: list[Row]) -> tuple[list[Row], bool]:
    """Rows with their values cut, as many as the preview holds; whether anything was left out."""
    shown = [[None if value is None else _short(value) for value in row] for row in rows]
    kept, left = [], MOST_BYTES
    for row in shown:
        left -= len(json.dumps(row, ensure_ascii=False).encode())
        if left < 0:
            break
        kept.append(row)
    return kept, kept != rows


def _short(value: str) -> str:
    return value if len(value) <= MOST_VALUE else value[: MOST_VALUE - 1] + "…"
