"""The rows of a month out of the lake, by Athena, whatever the lake's format."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from common import aws
from trips.errors import QueryFailed, QueryUnfinished
from trips.recipe.model import Recipe
from trips.training_set.request import Request

RESERVE_SECONDS = 300
"""Kept back from the time of the function for reading, sorting and writing."""


@dataclass(frozen=True)
class Lake:
    """Where Athena reads, and the bucket that its workgroup ``work_group`` writes answers to."""

    bucket: str
    database: str
    table: str
    work_group: str


def sql(request: Request, recipe: Recipe, table: str, *, by_day: bool = False) -> str:
    """Reads every partition, for trips of a month may arrive late; those of the month where rows lie by their own day
    (``by_day``)."""
    names = [name for name, _ in recipe.outputs]
    time_column = recipe.columns[recipe.source].output
    columns = ", ".join(f'"{name}"' for name in names)
    partitions = f" AND day >= '{request.since}' AND day < '{request.until}'" if by_day else ""
    # The only values from outside are a month that is made of digits and the template's own names.
    return (
        f'SELECT {columns} FROM "{table}" '  # noqa: S608
        f"WHERE \"{time_column}\" >= '{request.since}' AND \"{time_column}\" < '{request.until}'{partitions}"
    )


def run(statement: str, lake: Lake, seconds_left: Callable[[], float]) -> str:
    """The key of Athena's answer, a CSV with a header. Raises QueryFailed, QueryUnfinished."""
    from botocore.exceptions import ClientError

    athena = aws.client("athena")
    try:
        query = athena.start_query_execution(
            QueryString=statement, QueryExecutionContext={"Database": lake.database}, WorkGroup=lake.work_group
        )["QueryExecutionId"]
    except ClientError as error:
        raise QueryFailed(f"Athena refused the query ({aws.code_of(error)}): {error}") from error
    pause = 0.1
    while seconds_left() > RESERVE_SECONDS:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        state = execution["Status"]["State"]
        if state == "SUCCEEDED":
            return str(execution["ResultConfiguration"]["OutputLocation"]).removeprefix(f"s3://{lake.bucket}/")
        if state in {"FAILED", "CANCELLED"}:
            raise QueryFailed(f"Athena's query {query} is {state}: {execution['Status'].get('StateChangeReason')}")
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    athena.stop_query_execution(QueryExecutionId=query)
    raise QueryUnfinished(f"Athena's query {query} did not end in time; take a smaller month, or set UseParquet.")
