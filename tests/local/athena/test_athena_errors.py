"""Athena's errors: the name, the sentence, line and column, and AthenaError."""

from __future__ import annotations

import pytest

from local.services.athena.engine.translate import error_of
from local.services.athena.errors import Place, QueryError
from tests.local.athena.builders import World, ask, reason, trips, view

# The reason of each, or its beginning.
REASONS = [
    ("SELECT zonk FROM trips", "COLUMN_NOT_FOUND: line 1:8: Column 'zonk' cannot be resolved"),
    ("SELECT id,\n  t.zonk\nFROM trips t", "COLUMN_NOT_FOUND: line 2:3: Column 't.zonk' cannot be resolved"),
    ("SELECT x.id FROM trips t", "COLUMN_NOT_FOUND: line 1:8: Column 'x.id' cannot be resolved"),
    ("SELECT fare * 2 AS f FROM trips WHERE f > 1", "COLUMN_NOT_FOUND: line 1:39: Column 'f' cannot be resolved"),
    ("SELECT zone AS z, count(*) FROM trips GROUP BY z", "COLUMN_NOT_FOUND: line 1:48: Column 'z' cannot be resolved"),
    ("SELECT count(*) AS c FROM trips HAVING c > 1", "COLUMN_NOT_FOUND: line 1:40: Column 'c' cannot be resolved"),
    ('SELECT id FROM trips WHERE zone = "a"', "COLUMN_NOT_FOUND: line 1:35: Column 'a' cannot be resolved"),
    ("SELECT zone FROM trips JOIN zones ON true", "AMBIGUOUS_NAME: line 1:8: Column 'zone' is ambiguous"),
    ("SELECT 1 FROM trip", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.trip' does not exist"),
    ("SELECT 1 FROM hr.trip", "SCHEMA_NOT_FOUND: line 1:15: Schema 'hr' does not exist"),
    ("SELECT 1 FROM c.hr.trip", "CATALOG_NOT_FOUND: line 1:15: Catalog 'c' does not exist"),
    ("SELECT foo(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered"),
    ("SELECT sum(zone) FROM trips", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar) for function sum"),
    ("SELECT year(zone) FROM trips", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar) for function year"),
    (
        "SELECT date_diff('day', '2020-01-01', started) FROM trips",
        "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar(3), varchar(10), timestamp) for function date_d",
    ),
    ("SELECT lower(id) FROM trips", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function lower"),
    ("SELECT * FROM trips WHERE zone = 5", "TYPE_MISMATCH: line 1:32: Cannot apply operator: varchar = integer"),
    ("SELECT * FROM trips WHERE id > '5'", "TYPE_MISMATCH: line 1:30: Cannot apply operator: integer > varchar(1)"),
    (
        "SELECT * FROM trips WHERE started > '2020-01-01'",
        "TYPE_MISMATCH: line 1:35: Cannot apply operator: timestamp > varchar(10)",
    ),
    ("SELECT zone + 1 FROM trips", "TYPE_MISMATCH: line 1:13: Cannot apply operator: varchar + integer"),
    ("SELECT zone + zone FROM trips", "TYPE_MISMATCH: line 1:13: Cannot apply operator: varchar + varchar"),
    (
        "SELECT * FROM trips t JOIN zones z ON t.id = z.zone",
        "TYPE_MISMATCH: line 1:44: Cannot apply operator: integer = varchar",
    ),
    (
        "SELECT * FROM trips WHERE zone BETWEEN 1 AND 2",
        "TYPE_MISMATCH: line 1:27: Cannot check if varchar is BETWEEN integer and integer",
    ),
    (
        "SELECT * FROM trips WHERE id IN (1, 'b')",
        "TYPE_MISMATCH: line 1:37: IN value and list items must be the same type or coercible to a common type. "
        "Cannot find common type between integer and varchar(1)",
    ),
    ("SELECT CASE WHEN true THEN 1 ELSE 'a' END", "TYPE_MISMATCH: line 1:35: All CASE results must be the same type"),
    ("SELECT coalesce(1, 'a')", "TYPE_MISMATCH: line 1:20: All COALESCE operands must be the same type"),
    ("SELECT * FROM trips WHERE id LIKE '1%'", "TYPE_MISMATCH: line 1:27: Left side of LIKE expression must evaluate"),
    (
        "SELECT * FROM trips WHERE id",
        "TYPE_MISMATCH: line 1:27: WHERE clause must evaluate to a boolean: actual type integer",
    ),
    (
        "SELECT 'a' || 1",
        "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar(1), integer) for function concat",
    ),
    (
        "SELECT zone, sum(fare) FROM trips",
        "EXPRESSION_NOT_AGGREGATE: line 1:8: 'zone' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        "SELECT zone, fare FROM trips GROUP BY zone",
        "EXPRESSION_NOT_AGGREGATE: line 1:14: 'fare' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        "SELECT zone FROM trips WHERE sum(fare) > 1",
        "EXPRESSION_NOT_SCALAR: line 1:30: WHERE clause cannot contain aggregations, window functions or grouping "
        "operations: [sum(trips.fare)]",
    ),
    (
        "SELECT id FROM trips UNION SELECT id, zone FROM trips",
        "TYPE_MISMATCH: line 1:35: UNION query has different number of fields: 1, 2",
    ),
    (
        "SELECT id FROM trips UNION SELECT zone FROM trips",
        "TYPE_MISMATCH: line 1:35: column 1 in UNION query has incompatible types: integer, varchar",
    ),
    ("SELECT 1/0", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT 5 % (id - id) FROM trips", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT CAST('abc' AS bigint)", "INVALID_CAST_ARGUMENT: Cannot cast 'abc' to BIGINT"),
    ("SELECT CAST('1.5' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast '1.5' to INTEGER"),
    ("SELECT CAST(zone AS double) FROM trips", "INVALID_CAST_ARGUMENT: Cannot cast 'a' to DOUBLE"),
    ("SELECT CAST('x' AS date)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: x"),
    ("SELECT 2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1"),
    (
        "SELECT ARRAY[1, 2][3]",
        "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 3 > 2",
    ),
    ("SELECT MAP(ARRAY['a'], ARRAY[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
    ("SELECT date_trunc('eon', started) FROM trips", "INVALID_FUNCTION_ARGUMENT: 'eon' is not a valid TIMESTAMP field"),
    (
        "SELECT date_format(started, '%D') FROM trips",
        "INVALID_FUNCTION_ARGUMENT: %D not supported in date format string",
    ),
    ("SELECT (SELECT id FROM trips)", "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"),
    ("SELECT ngrams(ARRAY[1], 1)", "NOT_SUPPORTED: The function ngrams is not built in the local Athena"),
    ("DELETE FROM trips", "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables"),
    ("SELECT id form trips x", "REFUSED: line 1:"),
    ("SELECT (id FROM trips", "REFUSED: line 1:12: mismatched input 'FROM'"),
    ("SELEC id FROM trips", "REFUSED: line 1:1: mismatched input 'SELEC'"),
    ("Here is the SQL: SELECT 1", "REFUSED: line 1:1: mismatched input 'Here'"),
    ("```sql\nSELECT 1\n```", "REFUSED: line 1:1: "),
    ("SELECT order FROM trips", "REFUSED: line 1:8: mismatched input 'order'"),
    ("CREATE TABLE x (a int)", "REFUSED: External keyword required for table type HIVE"),
    ("SELECT 1; SELECT 2", "REFUSED: Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
]


@pytest.fixture(scope="module")
def world() -> World:
    return trips()


@pytest.mark.parametrize(("sql", "expected"), REASONS, ids=[sql[:60] for sql, _ in REASONS])
def test_reason(world: World, sql: str, expected: str) -> None:
    found = reason(world, sql)
    assert found[: len(expected)] == expected


@pytest.mark.parametrize(
    ("error", "record"),
    [
        (
            QueryError("COLUMN_NOT_FOUND", "Column 'x' cannot be resolved", Place(1, 8)),
            {
                "ErrorCategory": 2,
                "ErrorType": 1006,
                "Retryable": False,
                "ErrorMessage": "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved",
            },
        ),
        (
            QueryError("GENERIC_INTERNAL_ERROR", "x"),
            {"ErrorCategory": 1, "ErrorType": 200, "Retryable": False, "ErrorMessage": "GENERIC_INTERNAL_ERROR: x"},
        ),
        (QueryError("", "x"), {"ErrorCategory": 2, "ErrorType": 1000, "Retryable": False, "ErrorMessage": "x"}),
    ],
)
def test_the_record_of_an_error(error: QueryError, record: dict[str, object]) -> None:
    assert error.record() == record


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Out of Memory Error: failed to pin block", "EXCEEDED_LOCAL_MEMORY_LIMIT"),
        ("Invalid Input Error: anything", "INVALID_FUNCTION_ARGUMENT"),
        ("Binder Error: anything", "SYNTAX_ERROR"),
        ("Never Heard Error: anything", "GENERIC_INTERNAL_ERROR"),
        ("", "GENERIC_INTERNAL_ERROR"),
    ],
)
def test_errors_of_the_engine_have_names_of_trino(text: str, expected: str) -> None:
    assert error_of(text).name == expected


class TestRecursion:
    """Trino unrolls ten steps and fails beyond them (max_recursion_depth); here none begins, wherever it stands."""

    ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"

    @pytest.mark.parametrize(
        "statement",
        [
            "{}",
            "EXPLAIN {}",
            "SELECT n FROM ({}) t",
            "SELECT id FROM trips WHERE id IN ({})",
            "WITH a AS ({}) SELECT n FROM a",
            "SELECT 1 AS n UNION ALL ({})",
            "CREATE VIEW w AS {}",
            "CREATE TABLE y WITH (external_location = 's3://lake/y/') AS {}",
            "INSERT INTO zones SELECT 'a', 'b', CAST(n AS double) FROM ({}) t",
            "UNLOAD ({}) TO 's3://lake/x/' WITH (format = 'JSON')",
        ],
    )
    def test_it_is_refused_before_anything_runs(self, statement: str) -> None:
        assert reason(trips(), statement.format(self.ENDLESS)) == self.refusal()

    def test_in_a_view_of_another_hand_and_in_a_prepared_statement(self) -> None:
        world = trips()
        world.catalogue.append(view("endless", self.ENDLESS, [("n", "integer")]))
        assert reason(world, "SELECT n FROM endless") == self.refusal()
        ask(world, f"PREPARE p FROM {self.ENDLESS}")
        assert reason(world, "EXECUTE p") == self.refusal()

    def test_a_table_is_not_seen_in_its_own_query_without_the_word(self) -> None:
        said = reason(trips(), self.ENDLESS.replace(" RECURSIVE", ""))
        assert said == "TABLE_NOT_FOUND: line 1:52: Table 'awsdatacatalog.lake.r' does not exist"

    def refusal(self) -> str:
        return "NOT_SUPPORTED: WITH RECURSIVE is not built in the local Athena; on AWS it may work."
