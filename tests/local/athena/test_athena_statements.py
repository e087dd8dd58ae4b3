"""What is no SELECT: SHOW, DESCRIBE, EXPLAIN, prepared statements, views, DDL, and queries that write."""

# ruff: noqa: S608 - the statements are ours

from __future__ import annotations

import json
from typing import Any

import pytest

from local.services.athena import values
from local.services.athena.answer import as_csv
from local.services.athena.errors import QueryError
from local.services.athena.sql.text import read, with_parameters
from tests.local.athena.builders import DELIMITED, World, ask, reason, rows, table, trips


@pytest.fixture
def world() -> World:
    return trips()


def shown(world: World, sql: str) -> list[str]:
    answer = ask(world, sql)
    assert answer.plain, "a text file, not CSV"
    return ["\t".join(str(value) for value in row) for row in answer.rows]


class TestShow:
    @pytest.mark.parametrize(
        ("sql", "expected"),
        [
            ("SHOW DATABASES", ["default", "lake"]),
            ("SHOW SCHEMAS LIKE 'l*'", ["lake"]),
            ("SHOW TABLES", ["totals", "trips", "zones"]),
            ("SHOW TABLES IN lake 'z*'", ["zones"]),
            ("show tables in `default`", []),
            ("SHOW VIEWS", ["totals"]),
            ("SHOW PARTITIONS trips", ["day=2020-01-01", "day=2020-01-02"]),
            ("SHOW PARTITIONS lake.trips;", ["day=2020-01-01", "day=2020-01-02"]),
            ("SHOW COLUMNS IN zones", ["zone                ", "name                ", "area                "]),
            (
                "SHOW COLUMNS FROM zones IN lake",
                ["zone                ", "name                ", "area                "],
            ),
            ("SHOW TBLPROPERTIES zones", []),
        ],
    )
    def test_lists(self, world: World, sql: str, expected: list[str]) -> None:
        assert shown(world, sql) == expected

    def test_create_table_makes_the_table(self, world: World) -> None:
        found = shown(world, "SHOW CREATE TABLE trips")
        assert found[0] == "CREATE EXTERNAL TABLE `lake.trips`("
        assert "  `id` int, " in found
        assert "PARTITIONED BY ( " in found
        assert "  's3://lake/trips/'" in found

    def test_create_view(self, world: World) -> None:
        assert shown(world, "SHOW CREATE VIEW totals")[1].startswith("SELECT zone, count(*)")

    @pytest.mark.parametrize(
        ("sql", "said"),
        [
            ("SHOW NONSENSE", "REFUSED: line 1:6: mismatched input 'NONSENSE'"),
            ("SHOW PARTITIONS zones", "is not a partitioned table"),
            ("SHOW TABLES IN hr", "SCHEMA_NOT_FOUND"),
            ("SHOW COLUMNS IN nothing", "TABLE_NOT_FOUND"),
            ("SHOW FUNCTIONS", "not built in the local Athena"),
        ],
    )
    def test_refusals(self, world: World, sql: str, said: str) -> None:
        assert said in reason(world, sql)

    @pytest.mark.parametrize("sql", ["DESCRIBE trips", "DESC lake.trips", "DESCRIBE EXTENDED `trips`"])
    def test_describe(self, world: World, sql: str) -> None:
        found = shown(world, sql)
        assert found[0] == f"{'id':<20}\t{'int':<20}\t{'':<20}"
        assert found[-4] == "# Partition Information"
        assert found[-1] == f"{'day':<20}\t{'string':<20}\t{'':<20}"


class TestExplain:
    def test_a_plan_says_whose_it_is(self, world: World) -> None:
        found = rows(world, "EXPLAIN SELECT count(*) FROM trips WHERE day = '2020-01-02'")
        assert found[0] == ["Query Plan of the local Athena; its engine is DuckDB, so the operators are not Trino's"]
        assert ["    - TableScan[table = awsdatacatalog.lake.trips]"] in found
        assert [f"    Bytes to read: {len(world.files['trips/day=2020-01-02/1.json'])}"] in found

    def test_json_and_validate(self, world: World) -> None:
        found = json.loads("\n".join(str(row[0]) for row in rows(world, "EXPLAIN (FORMAT JSON) SELECT 1 AS a")))
        assert found["bytes"] == 0
        assert rows(world, "EXPLAIN (TYPE VALIDATE) SELECT id FROM trips") == [["true"]]
        assert "COLUMN_NOT_FOUND" in reason(world, "EXPLAIN (TYPE VALIDATE) SELECT idd FROM trips")


class TestPrepared:
    def test_prepare_execute_deallocate(self, world: World) -> None:
        ask(world, "PREPARE p FROM SELECT id FROM trips WHERE zone = ? AND id > ?")
        assert rows(world, "EXECUTE p USING 'a', 1") == [["3"]]
        ask(world, "DEALLOCATE PREPARE p")
        assert "Prepared statement not found: p" in reason(world, "EXECUTE p USING 'a', 1")

    @pytest.mark.parametrize(
        ("text", "given", "expected"),
        [
            ("SELECT ?", ["1"], "SELECT 1"),
            ("SELECT ?, ?", ["'a?'", "DATE '2020-01-01'"], "SELECT 'a?', DATE '2020-01-01'"),
            ("SELECT '?' -- ?\n, \"?\" /* ? */, ?", ["null"], "SELECT '?' -- ?\n, \"?\" /* ? */, null"),
            ("SELECT ?", ["-1.5e3"], "SELECT -1.5e3"),
            ("SELECT 1", [], "SELECT 1"),
        ],
    )
    def test_values_take_the_places_of_question_marks(self, text: str, given: list[str], expected: str) -> None:
        assert with_parameters(text, given) == expected

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ([], "expected 1 but found 0"),
            (["1", "2"], "expected 1 but found 2"),
            (["1 OR 1=1"], "single quotes"),
            (["'a' OR 'b' = 'b'"], "single quotes"),
            (["(SELECT 1)"], "single quotes"),
            (["abc"], "Column 'abc' cannot be resolved"),
        ],
    )
    def test_other_values_are_refused(self, given: list[str], said: str) -> None:
        with pytest.raises(QueryError, match=said):
            with_parameters("SELECT ?", given)


class TestViews:
    def test_a_view_keeps_its_query_and_the_database_of_its_names(self, world: World) -> None:
        ask(world, "CREATE VIEW lake.cheap AS SELECT id, fare FROM trips WHERE fare < 15")
        assert rows(world, "SELECT id FROM cheap ORDER BY 1") == [["1"], ["3"]]
        assert "View already exists" in reason(world, "CREATE VIEW cheap AS SELECT 1 AS a")
        ask(world, "CREATE OR REPLACE VIEW cheap AS SELECT id FROM trips WHERE fare < 8")
        assert rows(world, "SELECT * FROM cheap") == [["3"]]
        ask(world, "DROP VIEW cheap")
        assert "TABLE_NOT_FOUND" in reason(world, "SELECT * FROM cheap")

    def test_views_of_views_are_pruned(self, world: World) -> None:
        ask(world, "CREATE VIEW a AS SELECT * FROM trips")
        ask(world, "CREATE VIEW b AS SELECT * FROM a")
        assert ask(world, "SELECT id FROM b WHERE day = '2020-01-02'").rows == [["3"]]
        assert world.reads == ["trips/day=2020-01-02/1.json"]

    def test_columns_have_names(self, world: World) -> None:
        assert "Column name not specified at position 1" in reason(world, "CREATE VIEW a AS SELECT 1")

    def test_a_view_of_itself_ends(self, world: World) -> None:
        ask(world, "CREATE VIEW a AS SELECT 1 AS x")
        ask(world, "CREATE OR REPLACE VIEW a AS SELECT x FROM a")
        assert "INVALID_VIEW" in reason(world, "SELECT * FROM a")


class TestCatalogue:
    def test_partitions_are_added_and_dropped(self, world: World) -> None:
        world.files["elsewhere/1.json"] = b'{"id": 9}\n'
        ask(world, "ALTER TABLE trips ADD PARTITION (day = '2021-01-01') LOCATION 's3://lake/elsewhere/'")
        assert rows(world, "SELECT id FROM trips WHERE day = '2021-01-01'") == [["9"]]
        assert "AlreadyExists" in reason(world, "ALTER TABLE trips ADD PARTITION (day = '2021-01-01')")
        ask(world, "ALTER TABLE trips ADD IF NOT EXISTS PARTITION (day = '2021-01-01')")
        ask(world, "ALTER TABLE trips DROP PARTITION (day = '2021-01-01')")
        assert rows(world, "SELECT id FROM trips WHERE day = '2021-01-01'") == []

    def test_msck_finds_folders(self, world: World) -> None:
        world.files["trips/day=2022-02-02/x.json"] = b'{"id": 8}\n'
        world.files["trips/other/x.json"] = b'{"id": 7}\n'
        assert shown(world, "MSCK REPAIR TABLE trips") == [
            "Partitions not in metastore:\ttrips:day=2022-02-02",
            "Repair: Added partition to metastore trips:day=2022-02-02",
        ]
        assert rows(world, "SELECT id FROM trips WHERE day = '2022-02-02'") == [["8"]]
        assert shown(world, "MSCK REPAIR TABLE trips") == []

    def test_databases_and_tables(self, world: World) -> None:
        ask(world, "CREATE DATABASE IF NOT EXISTS hr COMMENT 'x'")
        assert "hr" in world.names
        assert "already exists" in reason(world, "CREATE SCHEMA hr")
        ask(world, "DROP DATABASE hr CASCADE")
        assert "hr" not in world.names
        assert "is not empty" in reason(world, "DROP DATABASE lake")
        ask(world, "DROP TABLE IF EXISTS `lake`.`zones`")
        ask(world, "DROP TABLE IF EXISTS zones")
        assert "TABLE_NOT_FOUND" in reason(world, "DROP TABLE zones")
        assert "TABLE_NOT_FOUND" in reason(world, "DROP TABLE totals"), "a view is none"

    def test_properties_and_location(self, world: World) -> None:
        ask(world, "ALTER TABLE zones SET TBLPROPERTIES ('a' = 'b')")
        assert shown(world, "SHOW TBLPROPERTIES zones") == ["a\tb"]
        ask(world, "ALTER TABLE zones SET LOCATION 's3://lake/nothing/'")
        assert rows(world, "SELECT * FROM zones") == []


class TestWrite:
    @pytest.mark.parametrize("kind", ["PARQUET", "JSON", "TEXTFILE"])
    def test_create_table_as(self, world: World, kind: str) -> None:
        query = "SELECT id, zone, fare, sum(id) OVER () AS total FROM trips"
        sql = f"CREATE TABLE copied WITH (format = '{kind}') AS {query}"
        answer = ask(world, sql)
        assert (answer.plain, answer.update_count) == (True, 3)
        assert rows(world, "SELECT * FROM copied ORDER BY id") == [
            ["1", "a", "10.5", "6"],
            ["2", "b", "20.0", "6"],
            ["3", "a", "7.0", "6"],
        ]
        assert "already exists" in reason(world, sql)

    def test_a_partitioned_copy_is_pruned(self, world: World) -> None:
        ask(
            world,
            "CREATE TABLE copied WITH (external_location = 's3://lake/c/', partitioned_by = ARRAY['zone']) "
            "AS SELECT id, zone FROM trips",
        )
        world.reads.clear()
        assert rows(world, "SELECT id, zone FROM copied WHERE zone = 'b'") == [["2", "b"]]
        assert len(world.reads) == 1
        assert world.reads[0].startswith("c/zone=b/")
        ask(world, "INSERT INTO copied SELECT 5, 'new'")
        assert rows(world, "SELECT id FROM copied WHERE zone = 'new'") == [["5"]]

    def test_a_place_that_is_taken_or_the_workgroups(self, world: World) -> None:
        sql = "CREATE TABLE copied WITH (external_location = 's3://lake/trips/') AS SELECT 1 AS a"
        assert "HIVE_PATH_ALREADY_EXISTS" in reason(world, sql)
        with pytest.raises(QueryError, match="enforces a centralized output location"):
            ask(world, sql, enforced=True)
        assert "Column name not specified" in reason(world, "CREATE TABLE copied AS SELECT 1")
        assert "not built" in reason(world, "CREATE TABLE copied WITH (format = 'ORC') AS SELECT 1 AS a")

    def test_insert(self, world: World) -> None:
        ask(world, "INSERT INTO zones VALUES ('z', 'Last', 1.5e0), ('y', NULL, 2)")
        ask(world, "INSERT INTO zones (name, zone) SELECT 'Named', 'x'")
        found = rows(world, "SELECT * FROM zones WHERE zone > 'w' ORDER BY zone")
        assert found == [["x", "Named", None], ["y", None, "2.0"], ["z", "Last", "1.5"]]
        assert "has 1 expressions but expected 3" in reason(world, "INSERT INTO zones SELECT 'x'")
        assert "does not exist in target table: nope" in reason(world, "INSERT INTO zones (nope) SELECT 'x'")
        assert "Inserting into views" in reason(world, "INSERT INTO totals SELECT 'x', 1")

    def test_insert_into_delimited_text(self, world: World) -> None:
        columns = [("id", "int"), ("name", "string")]
        world.catalogue.append(table("text", columns, serde=DELIMITED, serde_parameters={"field.delim": "|"}))
        ask(world, "INSERT INTO text SELECT 1, 'a'")
        assert [body for key, body in world.files.items() if key.startswith("text/")] == [b"1|a\n"]
        assert rows(world, "SELECT * FROM text") == [["1", "a"]]

    @pytest.mark.parametrize(
        ("options", "body"),
        [
            ("format = 'JSON', compression = 'none'", b'{"id":3,"zone":"a"}\n'),
            ("format = 'TEXTFILE', compression = 'none', field_delimiter = ','", b"3,a\n"),
        ],
    )
    def test_unload(self, world: World, options: str, body: bytes) -> None:
        sql = f"UNLOAD (SELECT id, zone FROM trips WHERE id = 3) TO 's3://lake/u/' WITH ({options})"
        answer = ask(world, sql)
        assert answer.manifest
        assert [found for _, key, found in answer.written if key.startswith("u/")] == [body]
        assert "HIVE_PATH_ALREADY_EXISTS" in reason(world, sql)

    def test_unload_in_partitions(self, world: World) -> None:
        options = "format = 'PARQUET', partitioned_by = ARRAY['zone']"
        sql = f"UNLOAD (SELECT id, zone FROM trips) TO 's3://lake/u/' WITH ({options})"
        answer = ask(world, sql)
        assert {key.rpartition("/")[0] for _, key, _ in answer.written} == {"u/zone=a", "u/zone=b"}


class TestText:
    @pytest.mark.parametrize(
        ("sql", "kind", "substatement"),
        [
            ("SELECT 1", "DML", "SELECT"),
            ("(SELECT 1)", "DML", "SELECT"),
            ("WITH a AS (SELECT 1) SELECT * FROM a", "DML", "SELECT"),
            ("SHOW TABLES", "UTILITY", "SHOW_TABLES"),
            ("DESCRIBE t", "UTILITY", "DESCRIBE_TABLE"),
            ("EXPLAIN SELECT 1", "UTILITY", "EXPLAIN"),
            ("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://x/'", "DDL", "CREATE_TABLE"),
            ("CREATE TABLE t AS SELECT 1 AS a", "DDL", "CREATE_TABLE_AS_SELECT"),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", "DDL", "CREATE_VIEW"),
            ("DROP TABLE t", "DDL", "DROP_TABLE"),
            ("INSERT INTO t SELECT 1", "DML", "INSERT"),
            ("UNLOAD (SELECT 1) TO 's3://x/'", "DML", "UNLOAD"),
            ("MSCK REPAIR TABLE t", "DDL", "MSCK_REPAIR"),
        ],
    )
    def test_kinds(self, sql: str, kind: str, substatement: str) -> None:
        found = read(sql)
        assert (found.kind, found.substatement) == (kind, substatement)


class TestValues:
    @pytest.mark.parametrize(
        ("kind", "value", "text"),
        [
            ("DOUBLE", 1.0, "1.0"),
            ("DOUBLE", 0.0, "0.0"),
            ("DOUBLE", -0.0, "-0.0"),
            ("DOUBLE", 12345678.0, "1.2345678E7"),
            ("DOUBLE", 0.001, "0.001"),
            ("DOUBLE", 0.00012, "1.2E-4"),
            ("DOUBLE", 9999999.0, "9999999.0"),
            ("DOUBLE", float("nan"), "NaN"),
            ("DOUBLE", float("-inf"), "-Infinity"),
            ("FLOAT", 0.10000000149011612, "0.1"),
            ("BOOLEAN", False, "false"),
            ("BLOB", b"\x00\xff", "00 ff"),
            ("INTEGER[]", [1, None], "[1, null]"),
            ("VARCHAR[][]", [["a"], []], "[[a], []]"),
            ('STRUCT(a INTEGER, "b c" VARCHAR)', {"a": 1, "b c": None}, "{a=1, b c=null}"),
            ("MAP(VARCHAR, DOUBLE)", {"k": 1e9}, "{k=1.0E9}"),
            ("TUPLE(INTEGER, VARCHAR)", (1, "x"), "{field0=1, field1=x}"),
            ("VARCHAR", "", ""),
            ("INTEGER", None, None),
        ],
    )
    def test_texts(self, kind: str, value: Any, text: str | None) -> None:
        assert values.shower(kind)(value) == text

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("HUGEINT", "bigint"),
            ("DECIMAL(5,2)", "decimal(5,2)"),
            ("STRUCT(a INTEGER, b VARCHAR[])[]", "array(row(a integer, b array(varchar)))"),
            ("MAP(VARCHAR, STRUCT(x DOUBLE))", "map(varchar, row(x double))"),
            ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
        ],
    )
    def test_types(self, kind: str, name: str) -> None:
        assert values.trino(kind) == name

    def test_values_of_answers_are_quoted(self) -> None:
        assert as_csv(["a", "b"], [['x"y', None], ["true", "1"]]) == b'"a","b"\n"x""y",\n"true","1"\n'
