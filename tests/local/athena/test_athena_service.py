"""The life of an execution without a server: queued, stopped before it begins, ended with the process."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from local.services.athena import service
from local.services.athena.errors import Refused
from local.services.athena.service import Service
from tests.local.athena.builders import BUCKET, World, trips

SLOW = (
    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
    "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z)"
)


class Home:
    """Executions and workgroups of one test."""

    def __init__(self) -> None:
        self.executions: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {"primary": {"State": "ENABLED"}, "off": {"State": "DISABLED"}}
        self.cloud = trips()

    def workgroup(self, name: str) -> dict[str, Any] | None:
        return self.groups.get(name)

    def world(self, _workgroup: str) -> World:
        return self.cloud


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
def athena(home: Home) -> Any:
    made = Service(home)
    yield made
    made.close()


def start(athena: Service, sql: str, **more: Any) -> str:
    request = {
        "QueryString": sql,
        "QueryExecutionContext": {"Database": "lake"},
        "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/answers"},
    }
    return str(athena.start(request | more)["QueryExecutionId"])


def state(home: Home, query: str, *wanted: str) -> dict[str, Any]:
    end = time.monotonic() + 120
    while home.executions[query]["Status"]["State"] not in wanted:
        assert time.monotonic() < end, home.executions[query]["Status"]
        time.sleep(0.01)
    return home.executions[query]


def test_answers_lie_below_the_output_location(home: Home, athena: Service) -> None:
    query = start(athena, "SELECT id FROM trips WHERE id = 3")
    record = state(home, query, "SUCCEEDED", "FAILED")
    assert record["ResultConfiguration"]["OutputLocation"] == f"s3://{BUCKET}/answers/{query}.csv"
    assert home.cloud.files[f"answers/{query}.csv"] == b'"id"\n"3"\n'
    assert record["StatementType"] == "DML"
    assert record["Status"]["CompletionDateTime"] >= record["Status"]["SubmissionDateTime"]


def test_more_than_a_few_wait_and_can_be_stopped_before_they_begin(
    home: Home, athena: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = [start(athena, SLOW) for _ in range(service._AT_ONCE)]
    for query in running:
        state(home, query, "RUNNING")
    waiting = start(athena, "SELECT 1")
    assert home.executions[waiting]["Status"]["State"] == "QUEUED"
    athena.stop({"QueryExecutionId": waiting})
    for query in running:
        athena.stop({"QueryExecutionId": query})
        assert state(home, query, "CANCELLED")["Status"]["StateChangeReason"] == "Query was cancelled by user"
    assert state(home, waiting, "CANCELLED")
    assert not [key for key in home.cloud.files if key.startswith("answers/")]


def test_stopping_what_has_ended_changes_nothing(home: Home, athena: Service) -> None:
    query = start(athena, "SELECT 1")
    state(home, query, "SUCCEEDED")
    assert athena.stop({"QueryExecutionId": query}) == {}
    assert home.executions[query]["Status"]["State"] == "SUCCEEDED"


def test_the_end_of_the_process_ends_queries_and_their_folders(
    home: Home, athena: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    query = start(athena, SLOW.replace("FROM ", "FROM trips, "))
    state(home, query, "RUNNING")
    while not list(tmp_path.iterdir()):
        time.sleep(0.01)
    athena.close()
    assert list(tmp_path.iterdir()) == []
    assert home.executions[query]["Status"]["State"] == "CANCELLED"


def test_a_fault_of_the_stand_in_is_told_as_one(
    home: Home, athena: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(home.cloud, "read", broken)
    status = state(home, start(athena, "SELECT * FROM trips"), "FAILED")["Status"]
    assert status["StateChangeReason"] == "GENERIC_INTERNAL_ERROR: The local Athena failed: RuntimeError: broken"
    assert status["AthenaError"]["ErrorCategory"] == 1
    assert "broken" in caplog.text


def test_a_workgroup_that_is_off(athena: Service) -> None:
    with pytest.raises(Refused, match="is disabled"):
        start(athena, "SELECT 1", WorkGroup="off")


def test_an_answer_that_may_not_be_written_fails_the_query(home: Home, athena: Service) -> None:
    home.cloud.forbid = lambda action, _resource: action == "s3:PutObject"
    status = state(home, start(athena, "SELECT 1"), "FAILED", "SUCCEEDED")["Status"]
    assert status["StateChangeReason"].startswith("Access denied when writing output to url: s3://lake/answers/")
    assert status["AthenaError"]["ErrorType"] == 401


@pytest.mark.parametrize("size", [0, 1001, -1])
def test_sizes_of_pages(home: Home, athena: Service, size: int) -> None:
    query = start(athena, "SELECT 1")
    state(home, query, "SUCCEEDED")
    with pytest.raises(Refused):
        athena.results({"QueryExecutionId": query, "MaxResults": size})
