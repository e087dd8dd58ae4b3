"""What stands around the door and the ends of the machine: names, states, and an Athena that knows a few queries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from tests.unit.documents.pipeline_aws import refusal

TABLE, ANSWERS = "state", "answers"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:answer"
ID, USER, SESSION = "1" * 40, "a" * 40, "5" * 40
SQL = "SELECT count(*) AS trips FROM trips LIMIT 1000"
QUERY = "0d1f1a0c-2f4e-4f0e-8e4e-4b1f3a0e9a11"


def _checked(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer, if Athena's own model of it says that it may be one."""
    model = ServiceModel(Loader().load_service_model("athena", "service-2"))
    validate_parameters(answer, model.operation_model(operation).output_shape)
    return answer


@dataclass
class FakeAthena:
    """``queries``: id -> columns and rows of one that succeeded."""

    queries: dict[str, tuple[dict[str, str], list[list[str | None]]]] = field(default_factory=dict)
    fails: list[Exception] = field(default_factory=list)
    scanned: int = 1234

    def get_query_execution(self, *, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.fails:
            raise self.fails.pop(0)
        place = {"OutputLocation": f"s3://{ANSWERS}/results/{QueryExecutionId}.csv"}
        execution = {
            "QueryExecutionId": QueryExecutionId,
            "Status": {"State": "SUCCEEDED"},
            "ResultConfiguration": place,
            "Statistics": {"DataScannedInBytes": self.scanned},
        }
        return _checked("GetQueryExecution", {"QueryExecution": execution})

    def get_query_results(self, *, QueryExecutionId: str, MaxResults: int, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803 - boto3's names
        if QueryExecutionId not in self.queries:
            raise refusal("InvalidRequestException", operation="GetQueryResults")
        columns, rows = self.queries[QueryExecutionId]
        begin, whole = int(NextToken), [list(columns), *rows]
        shown = whole[begin : begin + MaxResults]
        found = {
            "Rows": [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in shown],
            "ResultSetMetadata": {"ColumnInfo": [{"Name": name, "Type": kind} for name, kind in columns.items()]},
        }
        end = begin + len(shown)
        rest = {"NextToken": str(end)} if end < len(whole) else {}
        return _checked("GetQueryResults", {"ResultSet": found, **rest})


def state(**changed: Any) -> dict[str, Any]:
    """The machine's state as Answer gets it: of a question whose first statement ran."""
    return {
        "schema": 1,
        "id": ID,
        "user": USER,
        "question": "How many trips?",
        "database": "lake",
        "session": SESSION,
        "asked_at": "2026-11-20T08:00:00.000Z",
        "work": f"steps/{ID}",
        "attempt": 0,
        "sql": SQL,
        "warnings": [],
        "run": {"query": QUERY},
        **changed,
    }


def attempt(sql: str = SQL, *, tokens: int = 500, **problem: Any) -> dict[str, Any]:
    """An attempt as the steps before leave it; ``problem``: members of what was wrong with it."""
    wrong = {"message": "No.", "line": None, "column": None, "nearest": [], "final": False, **problem}
    return {
        "schema": 1,
        "sql": sql,
        "missing": "",
        "stop_reason": "end_turn",
        "tokens": tokens,
        "problem": wrong if problem else None,
    }


def metrics(printed: str) -> dict[str, float]:
    """Values under ``[service]`` in what a handler has printed, added up."""
    found: dict[str, float] = {}
    for line in printed.splitlines():
        document = json.loads(line) if line.startswith("{") else {}
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            if directive["Dimensions"] == [["service"]]:
                for metric in directive["Metrics"]:
                    values = document[metric["Name"]]
                    found[metric["Name"]] = found.get(metric["Name"], 0) + sum(
                        values if isinstance(values, list) else [values]
                    )
    return found
