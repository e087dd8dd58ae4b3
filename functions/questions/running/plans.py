"""EXPLAIN before a statement runs: what the guard cannot see, said by Athena in a second, for nothing.

Athena plans the statement with the rights of the function's own role and scans no data (Athena user guide, "Using
EXPLAIN and EXPLAIN ANALYZE in Athena").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common import aws, executions, settings
from common.errors import StorageUnavailable
from common.observability import logger
from questions import steps
from questions.errors import QueryUnavailable

PREFIX = "EXPLAIN "
RESERVE_SECONDS = 10.0
"""Kept back from the function's time for what follows a plan."""
PAUSE_SECONDS = (0.1, 1.0)
"""Between two looks: at first, and at most."""

BUSY = frozenset({"TooManyRequestsException"})
AILING = frozenset({"InternalServerException"})


@dataclass(frozen=True)
class Settings:
    work_group: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a query ended: SUCCEEDED, FAILED or CANCELLED, Athena's ``reason``, its AthenaError where it gives one."""

    state: str
    reason: str = ""
    error: Mapping[str, Any] | None = None


def explain(sql: str, database: str, seconds_left: Callable[[], float]) -> Ended:
    """How the plan of ``sql`` ended. Raises QueryUnavailable, and what Athena refuses, as botocore's ClientError."""
    athena = aws.client("athena")
    text = f"{PREFIX}{sql}"
    group = settings.read(Settings).work_group
    with _patient():
        query = athena.start_query_execution(
            QueryString=text,
            QueryExecutionContext={"Database": database},
            WorkGroup=group,
            # Never the same twice: a plan that failed for Athena's own reasons is asked for anew.
            ClientRequestToken=executions.digest(text.encode(), str(time.time_ns()).encode()),
        )["QueryExecutionId"]
    pause, longest = PAUSE_SECONDS
    while seconds_left() > RESERVE_SECONDS:
        with _patient():
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        status = execution["Status"]
        if status["State"] not in {"QUEUED", "RUNNING"}:
            _forget(execution["ResultConfiguration"]["OutputLocation"])
            return Ended(status["State"], str(status.get("StateChangeReason", "")), status.get("AthenaError"))
        time.sleep(pause)
        pause = min(longest, pause * 1.5)
    with _patient():
        athena.stop_query_execution(QueryExecutionId=query)
    raise QueryUnavailable("Athena has not planned a statement in time; it is asked again.")


def _forget(location: str) -> None:
    """Deletes the plan that Athena has written: it holds what somebody asked, and nobody reads it."""
    bucket = steps.answers()
    key = location.removeprefix(f"s3://{bucket.name}/")
    try:
        for name in (key, f"{key}.metadata"):
            bucket.delete(name)
    except StorageUnavailable:
        logger().warning("a plan stays until its days are over", extra={"key": key})


def _patient() -> Any:
    return aws.patient("Athena", busy=BUSY, ailing=AILING, throttled=QueryUnavailable, unavailable=QueryUnavailable)
