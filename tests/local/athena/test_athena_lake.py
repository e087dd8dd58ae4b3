"""Which files a query reads, with whose rights, and what their formats mean."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.services.athena.errors import QueryError
from local.services.athena.lake import pruning
from tests.local.athena.builders import (
    CSV,
    DELIMITED,
    PARQUET,
    REGION,
    World,
    ask,
    lines,
    reason,
    rows,
    table,
    trips,
)

DAY1, DAY2 = (f"trips/day=2020-01-0{n}/1.json" for n in (1, 2))


class TestPruning:
    @pytest.mark.parametrize(
        ("sql", "read"),
        [
            ("SELECT * FROM trips", {DAY1, DAY2}),
            ("SELECT * FROM trips WHERE day = '2020-01-02'", {DAY2}),
            ("SELECT * FROM trips t WHERE t.day > '2020-01-01' AND fare > 0", {DAY2}),
            ("SELECT * FROM trips WHERE day IN ('2020-01-01', 'x')", {DAY1}),
            ("SELECT * FROM trips WHERE day BETWEEN '2020-01-02' AND '2020-02-01'", {DAY2}),
            ("SELECT * FROM trips WHERE day LIKE '%-02' OR day = 'x'", {DAY2}),
            ("SELECT * FROM trips WHERE substr(day, 9) = '01'", {DAY1}),
            ("SELECT * FROM trips WHERE date(day) = DATE '2020-01-01' + INTERVAL '1' DAY", {DAY2}),
            ("SELECT * FROM trips WHERE day = '2020-01-01' OR fare > 0", {DAY1, DAY2}),
            ("SELECT * FROM trips WHERE day = '1999-01-01'", set()),
            ("SELECT * FROM (SELECT * FROM trips) WHERE day = '2020-01-02'", {DAY2}),
            ("WITH a AS (SELECT * FROM trips) SELECT * FROM a WHERE day = '2020-01-02'", {DAY2}),
            (
                "SELECT * FROM trips a JOIN trips b ON a.id = b.id WHERE a.day = '2020-01-01' AND b.day = '2020-01-01'",
                {DAY1},
            ),
            ("SELECT * FROM trips WHERE day = (SELECT max(day) FROM trips)", {DAY1, DAY2}),
            (
                "SELECT * FROM zones z LEFT JOIN trips t ON t.zone = z.zone AND t.day = '2020-01-02'",
                {DAY2, "zones/1.json"},
            ),
            (
                "SELECT count(*) FROM zones z LEFT JOIN trips t ON t.zone = z.zone WHERE t.day IS NULL",
                {DAY1, DAY2, "zones/1.json"},
            ),
            ("SELECT day FROM trips WHERE day = '2020-01-01' UNION ALL SELECT day FROM trips WHERE day = 'x'", {DAY1}),
        ],
    )
    def test_only_what_is_needed_is_read_and_counted(self, sql: str, read: set[str]) -> None:
        world = trips()
        answer = ask(world, sql)
        assert set(world.reads) == read
        if "JOIN trips b" in sql:
            assert answer.scanned == 2 * len(world.files[DAY1]), "each mention of a table is read"
        elif "(SELECT max" not in sql:
            assert answer.scanned == sum(len(world.files[key]) for key in read)

    def test_pruned_answers_are_the_whole_answers(self) -> None:
        """What pruning leaves out would not have passed either."""
        world = trips()
        for condition in ("day > '2020-01-01'", "NOT day = '2020-01-01'", "coalesce(day, 'x') <> '2020-01-01'"):
            assert rows(world, f"SELECT id FROM trips WHERE {condition}") == [["3"]]  # noqa: S608
        assert rows(world, "SELECT count(*) FROM zones z LEFT JOIN trips t ON t.zone = z.zone WHERE t.id IS NULL") == [
            ["1"]
        ]
        joined = "zones z LEFT JOIN trips t ON t.zone = z.zone AND t.day = '2020-01-02'"
        sql = f"SELECT z.zone, count(t.id) FROM {joined} GROUP BY 1 ORDER BY 1"  # noqa: S608
        assert rows(world, sql) == [["a", "1"], ["c", "0"]]

    def test_the_scan_limit_looks_at_what_is_left(self) -> None:
        world = trips()
        limit = len(world.files[DAY2])
        assert ask(world, "SELECT id FROM trips WHERE day = '2020-01-02'", limit=limit).rows == [["3"]]
        with pytest.raises(QueryError, match="Bytes scanned limit was exceeded"):
            ask(world, "SELECT id FROM trips", limit=limit)
        assert ask(world, "EXPLAIN SELECT id FROM trips", limit=limit).rows, "a plan reads nothing"


SOUND = [
    "SELECT id, r FROM (SELECT id, day, row_number() OVER (ORDER BY id) r FROM trips) WHERE day='2020-01-02'",
    "SELECT * FROM (SELECT id, day FROM trips ORDER BY id LIMIT 1) WHERE day='2020-01-02'",
    "SELECT * FROM (SELECT max(day) day, count(*) c FROM trips) WHERE day='2020-01-02'",
    "WITH a AS (SELECT id, day, sum(id) OVER () s FROM trips) SELECT id,s FROM a WHERE day='2020-01-02'",
    "SELECT * FROM (SELECT id, day FROM trips OFFSET 1) WHERE day='2020-01-01'",
    "WITH a AS (SELECT * FROM trips) SELECT (SELECT count(*) FROM a) c, id FROM a WHERE day='2020-01-02'",
    "WITH a AS (SELECT * FROM trips) SELECT count(*) FROM a x JOIN a y ON true WHERE x.day='2020-01-02'",
    "SELECT zone, c FROM (SELECT zone, min(day) day, count(*) c FROM trips GROUP BY zone) WHERE day='2020-01-01'",
    "SELECT count(*) FROM trips a WHERE EXISTS (SELECT 1 FROM trips b WHERE b.zone=a.zone AND b.day='2020-01-02')",
    "SELECT count(*) FROM trips WHERE id NOT IN (SELECT id FROM trips WHERE day='2020-01-02')",
    "SELECT day FROM trips UNION SELECT zone FROM zones EXCEPT SELECT day FROM trips WHERE day='2020-01-02'",
    "SELECT * FROM (SELECT id, day FROM trips UNION ALL SELECT 9, 'x') WHERE day='2020-01-02' OR id=9 ORDER BY 1",
    "SELECT * FROM (SELECT id, day FROM trips EXCEPT SELECT 3, '2020-01-02') WHERE day='2020-01-01' ORDER BY 1",
    "SELECT count(*) FROM trips TABLESAMPLE BERNOULLI (100) WHERE day='2020-01-02'",
    "SELECT d FROM (SELECT CASE WHEN id=1 THEN '2020-01-02' ELSE day END d FROM trips) WHERE d='2020-01-02'",
    "SELECT a.id FROM trips a, trips b WHERE a.day=b.day AND b.day='2020-01-02'",
    "SELECT count(*) c FROM trips HAVING max(day)='2020-01-02'",
    "SELECT count(*) FILTER (WHERE day='2020-01-02') FROM trips",
    "SELECT t.id FROM zones z CROSS JOIN LATERAL (SELECT id FROM trips WHERE trips.zone=z.zone AND day='2020-01-02') t",
    "SELECT DISTINCT zone FROM trips WHERE day='2020-01-02'",
    "SELECT (SELECT count(*) FROM trips t WHERE t.day=z.name) FROM zones z",
]


@pytest.mark.parametrize("sql", SOUND, ids=[sql[:60] for sql in SOUND])
def test_pruning_changes_no_answer(sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conditions above windows, limits, aggregates and outer joins are not those of the rows below."""
    pruned = rows(trips(), sql)
    monkeypatch.setattr(pruning, "_decides", lambda *_: False)
    assert sorted(pruned, key=str) == sorted(rows(trips(), sql), key=str)


def projected(**parameters: str) -> World:
    world = World()
    world.catalogue = [table("p", [("n", "int")], keys=[("k", "string")], projection__enabled="true", **parameters)]
    return world


class TestProjection:
    def put(self, world: World, *values: str, template: str = "p/k={}/1.json") -> None:
        for number, value in enumerate(values):
            world.files[template.format(value)] = lines([{"n": number}])

    def test_dates_up_to_now(self) -> None:
        world = projected(
            projection__k__type="date", projection__k__format="yyyy-MM-dd", projection__k__range="NOW-3DAYS,NOW"
        )
        today = datetime.now(UTC)
        days = [(today - timedelta(days=n)).strftime("%Y-%m-%d") for n in (0, 1, 5)]
        self.put(world, *days)
        assert rows(world, "SELECT k FROM p ORDER BY k") == [[days[1]], [days[0]]]
        assert rows(world, f"SELECT n FROM p WHERE k = '{days[1]}'") == [["1"]]  # noqa: S608

    @pytest.mark.parametrize(
        ("parameters", "here", "found"),
        [
            ({"type": "enum", "values": "a,b , c"}, ["a", "c", "d"], ["a", "c"]),
            ({"type": "integer", "range": "1,5", "interval": "2"}, ["1", "2", "5"], ["1", "5"]),
            ({"type": "integer", "range": "1,12", "digits": "2"}, ["1", "01", "12"], ["01", "12"]),
            ({"type": "date", "range": "2020-01,2020-03", "format": "yyyy-MM"}, ["2020-02", "2020-04"], ["2020-02"]),
            (
                {
                    "type": "date",
                    "range": "2020-01-01-00,2020-01-01-05",
                    "format": "yyyy-MM-dd-HH",
                    "interval": "1",
                    "interval__unit": "HOURS",
                },
                ["2020-01-01-04", "2020-01-01-06"],
                ["2020-01-01-04"],
            ),
        ],
    )
    def test_kinds(self, parameters: dict[str, str], here: list[str], found: list[str]) -> None:
        world = projected(**{f"projection__k__{key}": value for key, value in parameters.items()})
        self.put(world, *here)
        assert [row[0] for row in rows(world, "SELECT k FROM p ORDER BY k")] == found

    def test_a_template_says_where_a_partition_lies(self) -> None:
        world = projected(
            projection__k__type="enum",
            projection__k__values="a,b",
            storage__location__template="s3://lake/elsewhere/${k}/rows/",
        )
        self.put(world, "b", template="elsewhere/{}/rows/x.json")
        assert rows(world, "SELECT k, n FROM p") == [["b", "0"]]

    def test_injected_values_come_from_the_query(self) -> None:
        world = projected(projection__k__type="injected")
        self.put(world, "a", "b")
        assert rows(world, "SELECT n FROM p WHERE k = 'b'") == [["1"]]
        assert rows(world, "SELECT n FROM p WHERE k IN ('a', 'b') ORDER BY 1") == [["0"], ["1"]]
        assert "CONSTRAINT_VIOLATION" in reason(world, "SELECT n FROM p")

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"projection__k__type": "colour"},
            {"projection__k__type": "enum"},
            {"projection__k__type": "integer", "projection__k__range": "1"},
            {"projection__k__type": "date", "projection__k__range": "a,b", "projection__k__format": "yyyy"},
            {
                "projection__k__type": "enum",
                "projection__k__values": "a",
                "storage__location__template": "s3://lake/elsewhere/",
            },
        ],
    )
    def test_wrong_settings_fail(self, parameters: dict[str, str]) -> None:
        assert "INVALID_TABLE_PROPERTY" in reason(projected(**parameters), "SELECT n FROM p")


class TestRights:
    def test_what_is_asked(self) -> None:
        world = trips()
        ask(world, "SELECT * FROM trips WHERE day = '2020-01-02'")
        glue = f"arn:aws:glue:{REGION}:123456789012"
        resources = [f"{glue}:catalog", f"{glue}:database/lake", f"{glue}:table/lake/trips"]
        assert {r for a, r in world.asked if a == "glue:GetTable"} == set(resources)
        assert {r for a, r in world.asked if a == "glue:GetPartitions"} == set(resources)
        assert {r for a, r in world.asked if a == "s3:GetObject"} == {f"arn:aws:s3:::lake/{DAY2}"}
        assert {r for a, r in world.asked if a == "s3:ListBucket"} == {"arn:aws:s3:::lake"}

    @pytest.mark.parametrize(
        ("action", "part", "sentence"),
        [
            ("glue:GetTable", "", "Insufficient permissions to execute the query. User: someone is not authorized"),
            ("glue:GetDatabase", "", "Insufficient permissions to execute the query."),
            ("glue:GetPartitions", "", "Insufficient permissions to execute the query."),
            ("s3:ListBucket", "", "PERMISSION_DENIED"),
            (
                "s3:GetObject",
                "2020-01-02",
                "PERMISSION_DENIED: Access denied on operation 's3:GetObject' on path: s3://lake",
            ),
        ],
    )
    @pytest.mark.parametrize("source", ["trips", "(SELECT * FROM totals)", "(SELECT 1 FROM trips)"])
    def test_without_one_nothing_is_read(self, action: str, part: str, sentence: str, source: str) -> None:
        world = trips()
        world.forbid = lambda asked, resource: asked == action and part in resource
        assert sentence in reason(world, f"SELECT count(*) FROM {source}")  # noqa: S608
        assert world.reads == []

    def test_what_is_pruned_needs_no_right(self) -> None:
        world = trips()
        world.forbid = lambda action, resource: action == "s3:GetObject" and "2020-01-02" in resource
        assert rows(world, "SELECT count(*) FROM trips WHERE day = '2020-01-01'") == [["2"]]

    @pytest.mark.parametrize(
        ("sql", "action"),
        [
            ("SHOW DATABASES", "glue:GetDatabases"),
            ("SHOW TABLES", "glue:GetTables"),
            ("DESCRIBE trips", "glue:GetTable"),
            ("SHOW PARTITIONS trips", "glue:GetPartitions"),
            ("SELECT * FROM information_schema.tables", "glue:GetTables"),
            ('SELECT * FROM "trips$partitions"', "glue:GetPartitions"),
            ("DROP TABLE trips", "glue:DeleteTable"),
            ("CREATE VIEW w AS SELECT 1 AS a", "glue:CreateTable"),
            ("ALTER TABLE trips ADD PARTITION (day = '2021-01-01')", "glue:BatchCreatePartition"),
            ("CREATE DATABASE d", "glue:CreateDatabase"),
            ("UNLOAD (SELECT 1 AS a) TO 's3://lake/u/' WITH (format = 'JSON')", "s3:PutObject"),
            ("INSERT INTO zones VALUES ('z', 'Z', 1e0)", "s3:PutObject"),
            ("CREATE TABLE made AS SELECT 1 AS a", "glue:CreateTable"),
        ],
    )
    def test_other_statements_ask_too(self, sql: str, action: str) -> None:
        world = trips()
        before = (dict(world.files), list(world.catalogue), list(world.names))
        world.forbid = lambda asked, _resource: asked == action
        assert "denied" in reason(world, sql).lower() or "not authorized" in reason(world, sql)
        assert (world.files, world.catalogue, world.names) == before


def one(columns: list[tuple[str, str]], body: bytes, serde: str, key: str = "t/1", **more: Any) -> World:
    world = World()
    world.catalogue = [table("t", columns, serde=serde, **more)]
    world.files[key] = body
    return world


class TestFormats:
    def test_json_keys_in_any_case_missing_and_unknown_ones(self) -> None:
        body = b'{"ID": 1, "Name": "x", "more": 1}\n{"name": null}\n'
        world = one([("id", "int"), ("name", "string")], body, "org.openx.data.jsonserde.JsonSerDe")
        assert rows(world, "SELECT * FROM t") == [["1", "x"], [None, None]]

    def test_json_that_is_none_and_values_that_do_not_fit(self) -> None:
        world = one([("id", "int")], b'{"id": "many"}\n', "org.openx.data.jsonserde.JsonSerDe")
        assert "many" in reason(world, "SELECT * FROM t")
        world.files["t/1"] = b"no json\n"
        assert "HIVE_BAD_DATA" in reason(world, "SELECT * FROM t")

    def test_json_mappings_and_malformed_lines(self) -> None:
        given = {"mapping.id": "Key", "ignore.malformed.json": "true"}
        world = one(
            [("id", "int")], b'{"key": 1}\nno json\n', "org.openx.data.jsonserde.JsonSerDe", serde_parameters=given
        )
        assert rows(world, "SELECT count(*), max(id) FROM t") == [["2", "1"]]

    def test_compressed_and_hidden_and_empty_objects(self) -> None:
        world = one([("id", "int")], gzip.compress(b'{"id": 1}\n'), "org.openx.data.jsonserde.JsonSerDe", "t/a.json.gz")
        world.files |= {"t/_SUCCESS": b"x", "t/.hidden": b"x", "t/empty": b"", "t/sub/b.json": b'{"id": 2}\n'}
        assert rows(world, "SELECT id FROM t ORDER BY 1") == [["1"], ["2"]]
        world.files["t/c.bz2"] = b"x"
        assert "not built in the local Athena" in reason(world, "SELECT * FROM t")

    def test_opencsv(self) -> None:
        body = b'id,name\n1,"a ""b"", c"\n2,\n'
        world = one([("id", "bigint"), ("name", "string")], body, CSV, skip__header__line__count="1")
        assert rows(world, "SELECT * FROM t") == [["1", 'a "b", c'], ["2", ""]]
        world.files["t/1"] = b"id,name\nmany,x\n"
        assert "many" in reason(world, "SELECT * FROM t")

    def test_opencsv_fails_where_a_number_is_empty(self) -> None:
        """Athena user guide, "Open CSV SerDe": it does not know empty or null values in numeric columns."""
        world = one([("id", "bigint"), ("name", "string")], b"1,a\n,x\n", CSV)
        wanted = "HIVE_BAD_DATA: Error parsing field value '' for field 0: For input string: \"\""
        assert wanted in reason(world, "SELECT * FROM t")
        assert rows(world, "SELECT name FROM t ORDER BY 1") == [["a"], ["x"]]

    @pytest.mark.parametrize(
        ("line", "name"),
        [
            (r"1,C:\data\new", r"C:datanew"),
            (r'1,"C:\data"', "C:data"),
            (r'1,"a\\b"', "a\\b"),
            (r'1,"say \"so\""', 'say "so"'),
            ('1,"a ""b"", c"', 'a "b", c'),
            ('1,a "b" c', 'a "b" c'),
            ("1, x ", " x "),
        ],
    )
    def test_opencsv_drops_backslashes_and_keeps_quotes_inside(self, line: str, name: str) -> None:
        for body, key in ((f"{line}\n".encode(), "t/a.csv"), (gzip.compress(f"{line}\n".encode()), "t/a.csv.gz")):
            world = one([("id", "bigint"), ("name", "string")], body, CSV, key)
            assert rows(world, "SELECT * FROM t") == [["1", name]]

    def test_opencsv_with_another_escape_keeps_backslashes(self) -> None:
        world = one([("name", "string")], b"a\\b\n", CSV, serde_parameters={"escapeChar": "^"})
        assert rows(world, "SELECT * FROM t") == [["a\\b"]]

    def test_delimited_text_with_an_escape_and_empty_text_for_null(self) -> None:
        """As trips are written: a comma and a backslash are escaped, quotes are characters, nothing is NULL."""
        given = {"field.delim": ",", "escape.delim": "\\", "serialization.null.format": ""}
        columns = [("id", "bigint"), ("name", "string"), ("size", "double")]
        body = b'1,Garden\\, Main "Gate",2.5\n,C:\\\\data,\n'
        world = one(columns, body, DELIMITED, serde_parameters=given)
        assert rows(world, "SELECT * FROM t") == [["1", 'Garden, Main "Gate"', "2.5"], [None, r"C:\data", None]]

    def test_delimited_text_is_lenient(self) -> None:
        world = one(
            [("id", "int"), ("name", "string"), ("l", "array<string>")],
            b"1\tx\ta|b\nmany\t\\N\t\n2\n",
            DELIMITED,
            serde_parameters={"field.delim": "\t", "collection.delim": "|"},
        )
        assert rows(world, "SELECT * FROM t") == [["1", "x", "[a, b]"], [None, None, "[]"], ["2", None, None]]

    def test_parquet_by_name_with_the_types_of_the_table(self, tmp_path: Path) -> None:
        import duckdb

        path = tmp_path / "x.parquet"
        sql = "SELECT 1::INT AS id, 'x' AS name, TIMESTAMP '2020-01-01 00:00:00.123456' AS at"
        duckdb.sql(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        columns = [("at", "timestamp"), ("id", "bigint"), ("absent", "string")]
        world = one(columns, path.read_bytes(), PARQUET)
        assert rows(world, "SELECT * FROM t") == [["2020-01-01 00:00:00.123", "1", None]]
        world.catalogue = [table("t", [("name", "bigint")], serde=PARQUET)]
        assert "HIVE_BAD_DATA: Field name's type VARCHAR in parquet file" in reason(world, "SELECT * FROM t")

    def test_what_is_not_read_here_says_so(self) -> None:
        world = one([("id", "int")], b"x", "org.apache.hadoop.hive.serde2.RegexSerDe")
        assert "not built in the local Athena" in reason(world, "SELECT * FROM t")

    def test_no_bucket_and_no_objects(self) -> None:
        world = one([("id", "int")], b"", CSV)
        assert rows(world, "SELECT * FROM t") == []
        world.catalogue[0]["StorageDescriptor"]["Location"] = "s3://nowhere/t/"
        assert "The specified bucket does not exist" in reason(world, "SELECT * FROM t")


VALUES = st.fixed_dictionaries(
    {
        "i": st.none() | st.integers(-(2**63), 2**63 - 1),
        "d": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "s": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
        "b": st.none() | st.booleans(),
        "l": st.none() | st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4),
    }
)
COLUMNS = [("i", "bigint"), ("d", "double"), ("s", "string"), ("b", "boolean"), ("l", "array<int>")]


def back(row: list[str | None]) -> dict[str, Any]:
    """Values out of the texts of an answer."""
    whole, double, text, boolean, items = row
    return {
        "i": None if whole is None else int(whole),
        "d": None if double is None else float(double),
        "s": text,
        "b": None if boolean is None else boolean == "true",
        "l": None if items is None else [int(item) for item in items[1:-1].split(", ") if item],
    }


@settings(max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=5))
def test_what_is_written_as_json_comes_out(written: list[dict[str, Any]]) -> None:
    world = one(COLUMNS, lines(written), "org.openx.data.jsonserde.JsonSerDe")
    found = [back(row) for row in rows(world, "SELECT * FROM t")]
    assert found == written


@settings(max_examples=25)
@given(st.lists(VALUES, min_size=1, max_size=5), st.sampled_from(["PARQUET", "JSON"]))
def test_what_a_query_writes_comes_out(written: list[dict[str, Any]], kind: str) -> None:
    """JSON lines -> CREATE TABLE AS in each format -> the same values."""
    world = one(COLUMNS, lines(written), "org.openx.data.jsonserde.JsonSerDe")
    ask(world, f"CREATE TABLE copied WITH (format = '{kind}') AS SELECT * FROM t")  # noqa: S608
    found = [back(row) for row in rows(world, "SELECT * FROM copied")]
    texts = [sorted(json.dumps(row, sort_keys=True) for row in side) for side in (found, written)]
    assert texts[0] == texts[1]
