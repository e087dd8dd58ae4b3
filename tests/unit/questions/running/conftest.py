"""The account of the answers' tests, with an Athena that ends queries as told, and tables that were read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from questions import steps
from questions.model import Column, Table
from tests.unit.questions.answers.builders import ANSWERS
from tests.unit.questions.answers.conftest import Account, account

__all__ = ["account"]

WORK = "steps/0a1b"
RIDES = Table(
    "lake",
    "rides",
    (Column("user_type", "varchar"), Column("duration_sec", "bigint"), Column("day", "varchar", partition=True)),
)
RIGHT = "SELECT count(*) AS number FROM rides WHERE day = '2019-07-01'"


@dataclass
class Athena:
    """``ends``: how the next queries end, the last one for ever: (state, reason, AthenaError). ``refuses``: what
    StartQueryExecution raises instead."""

    ends: list[tuple[str, str, dict[str, Any] | None]] = field(default_factory=lambda: [("SUCCEEDED", "", None)])
    refuses: Exception | None = None
    started: list[dict[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def start_query_execution(self, **request: Any) -> dict[str, str]:
        assert 32 <= len(request["ClientRequestToken"]) <= 128
        if self.refuses is not None:
            raise self.refuses
        self.started.append(request)
        return {"QueryExecutionId": f"q{len(self.started)}"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803 - botocore's own name
        state, reason, error = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        status: dict[str, Any] = {"State": state, "StateChangeReason": reason}
        status |= {"AthenaError": error} if error else {}
        place = f"s3://{ANSWERS}/results/{QueryExecutionId}.txt"
        return {"QueryExecution": {"Status": status, "ResultConfiguration": {"OutputLocation": place}}}

    def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803
        self.stopped.append(QueryExecutionId)


def refused(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "StartQueryExecution")


@pytest.fixture
def lake(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A question whose tables were read."""
    from common import aws

    monkeypatch.setenv("WORK_GROUP", "questions")
    monkeypatch.setenv("DAILY_SCAN_MEGABYTES", "1000")
    monkeypatch.setenv("DAILY_MODEL_CALLS", "10")
    monkeypatch.setenv("MODEL_ID", "amazon.nova-2-lite-v1:0")
    athena, client = Athena(), aws.client
    account.athena = athena  # type: ignore[assignment]
    monkeypatch.setattr(aws, "client", lambda name, **options: athena if name == "athena" else client(name, **options))
    steps.keep_tables(WORK, [RIDES])
    steps.keep_turns(WORK, [])
    return account
