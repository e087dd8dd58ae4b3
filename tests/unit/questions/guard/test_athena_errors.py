"""What Athena said: a problem with its place, a query that was stopped, or a fault that no SQL mends."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from questions.errors import LakeForbidden, LakeUnreadable, QueryUnavailable
from questions.guard.athena_errors import placed, read
from questions.model import Problem
from tests.local.athena import builders as athena
from tests.unit.questions.guard.builders import TABLES, world

UNAUTHORISED = "or requester is not authorized to access requested resources"


def said(reason: str, category: int = 2, kind: int = 1000, *, retryable: bool = False, prefix: str = "") -> Problem:
    error = {"ErrorCategory": category, "ErrorType": kind, "Retryable": retryable, "ErrorMessage": reason}
    return read(reason, error, TABLES, prefix=prefix)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (
            f"COLUMN_NOT_FOUND: line 1:50: Column 'farre' cannot be resolved {UNAUTHORISED}",
            Problem("COLUMN_NOT_FOUND", f"Column 'farre' cannot be resolved {UNAUTHORISED}", 1, 50, ("fare", "area")),
        ),
        (
            "TABLE_NOT_FOUND: line 2:15: Table 'awsdatacatalog.lake.trip' does not exist",
            Problem("TABLE_NOT_FOUND", "Table 'awsdatacatalog.lake.trip' does not exist", 2, 15, ("trips",)),
        ),
        (
            "FUNCTION_NOT_FOUND: line 1:8: Function 'ifnull' not registered",
            Problem("FUNCTION_NOT_FOUND", "Function 'ifnull' not registered", 1, 8, ("coalesce",)),
        ),
        (
            "TYPE_MISMATCH: line 1:40: Cannot apply operator: varchar = integer",
            Problem("TYPE_MISMATCH", "Cannot apply operator: varchar = integer", 1, 40),
        ),
        ("DIVISION_BY_ZERO: Division by zero", Problem("DIVISION_BY_ZERO", "Division by zero")),
        (
            "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT",
            Problem("INVALID_CAST_ARGUMENT", "Cannot cast 'x' to INT"),
        ),
        (
            "line 1:8: mismatched input 'FROM'. Expecting: <expression>",
            Problem("QUERY_FAILED", "mismatched input 'FROM'. Expecting: <expression>", 1, 8),
        ),
        ("Something new", Problem("QUERY_FAILED", "Something new")),
        ("", Problem("QUERY_FAILED", "Athena gave no reason.")),
        (
            "HIVE_EXCEEDED_PARTITION_LIMIT: Query over table 'lake.trips' can potentially read more than 1000000",
            Problem(
                "HIVE_EXCEEDED_PARTITION_LIMIT",
                "Query over table 'lake.trips' can potentially read more than 1000000",
            ),
        ),
    ],
)
def test_a_fault_of_the_statement(reason: str, expected: Problem):
    assert said(reason) == expected


def test_a_place_counts_without_what_stood_in_front():
    reason = "COLUMN_NOT_FOUND: line {}: Column 'x' cannot be resolved"
    found = [said(reason.format(place), prefix="EXPLAIN ") for place in ("1:16", "1:2", "2:16")]
    assert [(each.line, each.column) for each in found] == [(1, 8), (1, 1), (2, 16)]


@pytest.mark.parametrize(
    ("name", "reason", "kind"),
    [
        ("SCAN_LIMIT", "Bytes scanned limit was exceeded", 1000),
        ("EXHAUSTED_RESOURCES", "Query exhausted resources at this scale factor", 1000),
        ("EXHAUSTED_RESOURCES", "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded per-node memory limit of 10GB", 1000),
        ("EXHAUSTED_RESOURCES", "Something", 0),
        ("EXHAUSTED_RESOURCES", "Something", 8),
        ("EXCEEDED_TIME_LIMIT", "Query timeout", 206),
        ("EXCEEDED_TIME_LIMIT", "EXCEEDED_TIME_LIMIT: Query exceeded the maximum execution time", 206),
        ("QUERY_CANCELLED", "Query was cancelled by user", 1000),
    ],
)
@pytest.mark.parametrize("retryable", [True, False])
def test_a_query_that_was_stopped_is_not_mended_nor_tried_again(name: str, reason: str, kind: int, *, retryable: bool):
    found = said(reason, 1, kind, retryable=retryable)
    assert (found.name, found.final) == (name, True)


@pytest.mark.parametrize(
    ("reason", "category", "retryable"),
    [
        ("Amazon Athena experienced an internal error while executing this query.", 1, False),
        ("Please reduce your request rate. (Service: Amazon S3; Status Code: 503)", 2, False),
        ("Anything", 1, False),
        ("Anything", 3, True),
        ("GENERIC_INTERNAL_ERROR: null", 2, False),
    ],
)
def test_a_fault_of_the_service_is_raised_to_be_tried_again(reason: str, category: int, *, retryable: bool):
    with pytest.raises(QueryUnavailable):
        said(reason, category, retryable=retryable)


@pytest.mark.parametrize(
    "reason",
    [
        "Access denied (Service: Amazon S3; Status Code: 403)",
        "PERMISSION_DENIED: Access Denied: Cannot select from columns",
        "Insufficient Lake Formation permission(s) on trips",
        "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: glue:GetTable",
    ],
)
def test_a_missing_right_is_nobodys_sql(reason: str):
    with pytest.raises(LakeForbidden):
        said(reason)


@pytest.mark.parametrize("name", ["HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_INVALID_METADATA", "ICEBERG_BAD_DATA"])
def test_broken_files_are_nobodys_sql(name: str):
    with pytest.raises(LakeUnreadable, match="a file") as caught:
        said(f"{name}: Error parsing field in s3://lake/secret/place.json: x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("ran", "wrote"),
    [
        ("SELECT ¦farre FROM trips LIMIT 1000", "select -- farre?\n  ¦farre\nfrom trips"),
        ("SELECT zone AS z, max(¦zone) FROM zones LIMIT 5", "SELECT zone z,\n max(¦zone) FROM zones limit 5"),
        ("SELECT 'farre', ¦farre FROM t", "SELECT 'farre',\n/* farre */ ¦farre FROM t"),
        ("SELECT ¦CAST(a AS DATE) FROM t", "SELECT DATE '2024-01-01' FROM t"),
        ("SELECT a FROM t WHERE ¦a > 1", "SELECT a, a FROM t WHERE a > 1"),
    ],
)
def test_a_place_is_found_in_what_the_model_wrote(ran: str, wrote: str):
    """Where the two texts have not as many of the word, there is no place instead of a wrong one."""
    before, _, after = ran.partition("¦")
    problem = Problem("X", "x.", 1, len(before) + 1)
    found = placed(problem, before + after, wrote.replace("¦", ""))
    lines = wrote.partition("¦")[0].split("\n")
    assert (found.line, found.column) == ((len(lines), len(lines[-1]) + 1) if "¦" in wrote else (None, None))


def test_a_place_beyond_the_text_is_none():
    for line, column in ((9, 1), (1, 99), (None, None)):
        found = placed(Problem("X", "x.", line, column), "SELECT 1", "SELECT 1")
        assert (found.line, found.column) == (None, None)


def test_what_is_added_for_people_at_a_console_is_left_out():
    tail = " This query ran against the 'lake' database, unless qualified by the query. Please post the error message"
    assert said(f"DIVISION_BY_ZERO: Division by zero.{tail}").message == "Division by zero."
    assert len(said("DIVISION_BY_ZERO: " + "x" * 5_000).message) == 500


def test_a_refusal_at_the_call_has_no_athena_error():
    found = read("line 1:7: mismatched input '<EOF>'", None, TABLES)
    assert (found.name, found.line, found.column, found.final) == ("QUERY_FAILED", 1, 7, False)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT farre FROM trips", "COLUMN_NOT_FOUND"),
        ("SELECT * FROM trip", "TABLE_NOT_FOUND"),
        ("SELECT foo(1)", "FUNCTION_NOT_FOUND"),
        ("SELECT zone FROM zones WHERE zone = 5", "TYPE_MISMATCH"),
        ("SELECT zone, count(*) FROM zones", "EXPRESSION_NOT_AGGREGATE"),
        ("SELECT zone FROM zones WHERE sum(area) > 1", "EXPRESSION_NOT_SCALAR"),
    ],
)
def test_what_the_local_athena_says_is_read_as_trinos(sql: str, name: str):
    found = read(athena.reason(world(), sql), None, TABLES)
    assert (found.name, found.line) == (name, 1)
    assert found.column


def test_the_members_are_those_of_the_service():
    """botocore's model is the truth about what AthenaError has."""
    shape = boto3.client("athena", region_name="us-east-1").meta.service_model.shape_for("AthenaError")
    known: dict[str, Any] = dict(shape.members)
    assert {"ErrorCategory", "ErrorType", "Retryable", "ErrorMessage"} <= known.keys()
    assert known["ErrorCategory"].metadata["max"] == 3
