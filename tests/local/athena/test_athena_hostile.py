"""Nothing that a query says reaches the machine: hostile and odd statements are refused or harmless.

"Harmless" is looked at, not believed: a file that nobody may read, a folder that nobody may write, and the settings
of the engine are as they were.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from local.services.athena.engine import locked
from local.services.athena.engine.locked import Engine, Watch
from local.services.athena.errors import QueryError, Refused, Stopped
from local.services.athena.lake import copies
from tests.local.athena.builders import World, ask, reason, rows, trips

SECRET = "the-secret-of-this-machine"

# {secret} is a file with a secret, {open} a folder that must stay empty.
REFUSED = [
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_csv_auto('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_parquet('{secret}')",
    "SELECT * FROM \"read_text\"('{secret}')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM parquet_metadata('{secret}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM '{secret}'",
    'SELECT * FROM "{secret}"',
    "SELECT * FROM 's3://lake/trips/day=2020-01-01/1.json'",
    'SELECT * FROM "s3://other/x.csv"',
    "SELECT * FROM (SELECT * FROM read_text('{secret}')) t",
    "SELECT (SELECT content FROM read_text('{secret}'))",
    "SELECT id FROM trips WHERE zone IN (SELECT content FROM read_text('{secret}'))",
    "WITH a AS (SELECT * FROM read_text('{secret}')) SELECT * FROM a",
    "SELECT 1 UNION ALL SELECT content FROM read_text('{secret}')",
    "SELECT * FROM trips CROSS JOIN read_text('{secret}')",
    "SELECT * FROM trips, LATERAL read_text('{secret}')",
    "SELECT * FROM TABLE(read_text('{secret}'))",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM memory.main.x",
    "SELECT * FROM system.information_schema.tables",
    "SELECT * FROM information_schema.character_sets",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('trips')",
    "SELECT getenv('HOME')",
    "SELECT getvariable('x')",
    "SELECT current_setting('temp_directory')",
    "SELECT read_text('{secret}')",
    "SELECT athena_item(ARRAY[1], 1)",
    "SELECT error('x')",
    "SELECT nextval('s')",
    "SELECT lambda_invoke('x')",
    "COPY (SELECT 1) TO '{open}/x'",
    "COPY trips FROM '{secret}'",
    "COPY trips TO '{open}/x'",
    "EXPORT DATABASE '{open}'",
    "IMPORT DATABASE '{open}'",
    "ATTACH '{open}/x.db' AS y",
    "DETACH awsdatacatalog",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "CHECKPOINT",
    "BEGIN",
    "USE memory",
    "CREATE MACRO f(x) AS x",
    "CREATE SECRET s (TYPE s3)",
    "CREATE TEMP TABLE x (a int)",
    "CREATE TABLE x (a int)",
    "CREATE OR REPLACE FUNCTION f() AS 1",
    "GRANT SELECT ON trips TO PUBLIC",
    "SUMMARIZE trips",
    "FROM trips",
    "FROM trips SELECT id",
    "PIVOT trips ON zone",
    "SELECT * FROM (SELECT zone FROM trips) PIVOT (count(*) FOR zone IN ('a'))",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE trips",
    "SELECT 1 /* ; */; COPY (SELECT 1) TO '{open}/x'",
    "\ufeffSELECT 1; DROP TABLE trips",
    "DELETE FROM trips",
    "UPDATE trips SET fare = 0",
    "MERGE INTO trips t USING trips s ON t.id = s.id WHEN MATCHED THEN DELETE",
    "VACUUM trips",
    "SELECT * INTO OUTFILE '{open}/x' FROM trips",
    "SELECT 1 UNION ALL (DELETE FROM trips)",
    "WITH x AS (DELETE FROM trips RETURNING *) SELECT * FROM x",
    "SELECT * FROM trips FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00'",
    "USING EXTERNAL FUNCTION f(x varchar) RETURNS varchar LAMBDA 'evil' SELECT f(zone) FROM trips",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r",
    "SELECT * FROM hr.salaries",
    "SELECT secret FROM trips",
    "SELECT * FROM trips WHERE zone = ?",
    "EXECUTE nothing",
    "EXPLAIN COPY (SELECT 1) TO '{open}/x'",
    "EXPLAIN SELECT * FROM read_text('{secret}')",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p FROM COPY (SELECT 1) TO '{open}/x'",
    "CREATE VIEW w AS SELECT * FROM read_text('{secret}')",
    "UNLOAD (SELECT * FROM read_text('{secret}')) TO 's3://lake/x/' WITH (format = 'JSON')",
    "UNLOAD (SELECT 1 AS a) TO '{open}/x' WITH (format = 'JSON')",
    "UNLOAD (SELECT 1 AS a) TO 's3://other/x/' WITH (format = 'JSON')",
    "INSERT INTO zones SELECT content, content, 1e0 FROM read_text('{secret}')",
    "CREATE TABLE y WITH (external_location = '{open}') AS SELECT 1 AS a",
    "SELECT id::int FROM trips",
    "SELECT [1, 2]",
    "SELECT {{'a': 1}}",
    "SELECT * EXCLUDE (id) FROM trips",
    "SELECT * REPLACE (1 AS id) FROM trips",
    "SELECT COLUMNS('i.*') FROM trips",
    "SELECT id FROM trips QUALIFY row_number() OVER () = 1",
    "SELECT zone FROM trips GROUP BY ALL",
    "SELECT id FROM trips ORDER BY ALL",
    "SELECT DISTINCT ON (zone) id FROM trips",
    "SELECT id FROM trips LIMIT 5, 10",
    "SELECT id FROM trips LIMIT 5 OFFSET 1",
    "SELECT `id` FROM trips",
    "SELECT zone FROM trips WHERE zone ILIKE 'A'",
    "SELECT id FROM trips SEMI JOIN zones USING (zone)",
    "SELECT id FROM trips ASOF JOIN zones USING (zone)",
    "SELECT id FROM trips POSITIONAL JOIN zones",
    "SELECT $$a$$",
    "SELECT 5 // 2",
    "SELECT zone == 'a' FROM trips",
    "SELECT zone -> '$.a' FROM trips",
    "SELECT ifnull(zone, 'x') FROM trips",
    "SELECT list_sum(ARRAY[1])",
    "SELECT strftime(started, '%Y') FROM trips",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT (SELECT",
    "SELECT 'x",
    "",
    "--",
    ";",
]

HARMLESS = [
    "SELECT 1 -- ; DROP TABLE trips",
    "SELECT 1 /* ; COPY (SELECT 1) TO '{open}/x' */",
    "SELECT 1;",
    "SELECT '{secret}', 'read_text(''{secret}'')'",
    "SELECT 'COPY (SELECT 1) TO ''{open}/x'''",
    'SELECT "id" AS "read_text(\'{secret}\')" FROM trips',
    'SELECT 1 AS "x""; DROP TABLE trips; --"',
    "SELECT id AS copy, zone AS attach FROM trips AS install",
    "SELECT read_csv.id FROM trips AS read_csv",
    "WITH read_text AS (SELECT 1 AS content) SELECT content FROM read_text",
    "WITH trips AS (SELECT 1 AS id) SELECT id FROM trips",
    "SELECT * FROM trips WHERE zone = ''' OR 1=1 --'",
    "SELECT json_extract('{{\"a\": \"{secret}\"}}', '$.a')",
    "SELECT regexp_replace('{secret}', '.', '$0')",
]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    secret, folder = tmp_path / "secret.csv", tmp_path / "open"
    secret.write_text(SECRET)
    folder.mkdir()
    return {"secret": str(secret), "open": str(folder)}


@pytest.fixture
def world() -> World:
    return trips()


def untouched(world: World, places: dict[str, str]) -> None:
    assert Path(places["secret"]).read_text() == SECRET
    assert list(Path(places["open"]).iterdir()) == []
    assert [record["Name"] for record in world.catalogue] == ["trips", "zones", "totals"]
    assert sorted(world.files) == ["trips/day=2020-01-01/1.json", "trips/day=2020-01-02/1.json", "zones/1.json"]


@pytest.mark.parametrize("sql", REFUSED, ids=[sql[:60] for sql in REFUSED])
def test_hostile_statements_are_refused(world: World, places: dict[str, str], sql: str) -> None:
    said = reason(world, sql.format(**places))
    assert SECRET not in said
    assert "GENERIC_INTERNAL_ERROR" not in said
    untouched(world, places)


@pytest.mark.parametrize("sql", HARMLESS, ids=[sql[:60] for sql in HARMLESS])
def test_odd_statements_do_what_they_say(world: World, places: dict[str, str], sql: str) -> None:
    assert SECRET not in str(rows(world, sql.format(**places)))
    untouched(world, places)


def test_a_view_of_another_hand_is_read_as_a_query(world: World, places: dict[str, str]) -> None:
    from tests.local.athena.builders import view

    query = "".join(("SELECT content FROM read_text('", places["secret"], "')"))
    world.catalogue.append(view("evil", query, [("content", "varchar")]))
    assert SECRET not in reason(world, "SELECT * FROM evil")


class TestLock:
    """The engine alone, as if everything before it had been fooled."""

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM read_text('{secret}')",
            "SELECT * FROM read_csv('{secret}')",
            "SELECT * FROM '{secret}'",
            "SELECT * FROM glob('/etc/*')",
            "SELECT * FROM read_text('{folder}/../{name}')",
            "COPY (SELECT 1) TO '{open}/x'",
            "COPY (SELECT 1) TO '{folder}/x'",
            "ATTACH '{folder}/x.db'",
            "SET lock_configuration = false",
            "SET enable_external_access = true",
            "INSTALL httpfs",
            "SELECT 1; SELECT 2",
            "CREATE TABLE x AS SELECT 1",
        ],
    )
    def test_it_reaches_nothing(self, places: dict[str, str], tmp_path: Path, sql: str) -> None:
        folder = tmp_path / "mine"
        folder.mkdir()
        with Engine(folder, Watch()) as engine:
            text = sql.format(**places, folder=folder, name=Path(places["secret"]).name)
            engine.lock(text)
            with pytest.raises(QueryError):
                engine.run(text)
        assert list(Path(places["open"]).iterdir()) == []
        assert list(folder.iterdir()) == []

    def test_a_query_is_stopped(self, world: World) -> None:
        watch = Watch()
        threading.Timer(0.3, watch.stop).start()
        with pytest.raises(Stopped):
            ask(world, _SLOW, watch=watch)

    def test_a_query_that_was_stopped_before_never_runs(self, world: World) -> None:
        watch = Watch()
        watch.stop()
        with pytest.raises(Stopped):
            ask(world, "SELECT 1", watch=watch)

    def test_an_interruption_that_comes_before_the_statement_is_not_lost(self, tmp_path: Path) -> None:
        watch = Watch()
        with Engine(tmp_path, watch) as engine:
            engine.lock("")
            with pytest.raises(Stopped):
                self.stopped_early(engine._connection, watch)

    def stopped_early(self, connection: Any, watch: Watch) -> None:
        with watch.over(connection):
            watch.stop()
            time.sleep(0.2)
            connection.execute("SELECT count(*) FROM range(3000000) a(x), range(3000000) b(y) WHERE (x * y) % 7 = 3")

    def test_time_is_limited(self, world: World) -> None:
        with pytest.raises(QueryError, match="EXCEEDED_TIME_LIMIT"):
            ask(world, _SLOW, watch=Watch(0.3))

    def test_memory_is_limited(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(locked, "MEMORY", "60MB")
        monkeypatch.setattr(locked, "SPILL", "1MB")
        sql = "SELECT array_agg(x) FROM UNNEST(sequence(1, 3000)) AS t(x) CROSS JOIN UNNEST(sequence(1, 3000)) AS u(y)"
        assert "exhausted resources" in reason(world, sql)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT count(*) FROM UNNEST(sequence(1, 1000000000)) AS t(x)",
            "SELECT sequence(id, 1000000000) FROM trips",
            "SELECT sequence(1000000000, 1, -1)",
            "SELECT sequence(1, 10001)",
            "SELECT sequence(-9223372036854775807, 9223372036854775807)",
            "SELECT sequence(DATE '1990-01-01', DATE '2020-01-01')",
            "SELECT sequence(TIMESTAMP '2020-01-01 00:00:00', TIMESTAMP '2020-02-01 00:00:00', INTERVAL '1' SECOND)",
        ],
    )
    def test_a_sequence_is_limited(self, world: World, sql: str) -> None:
        """DuckDB's memory limit does not count a list that one call makes: a billion numbers were the machine's end."""
        assert "result of sequence function must not have more than 10000 entries" in reason(world, sql)

    def test_so_is_a_repetition(self, world: World) -> None:
        assert "less than or equal to 10000" in reason(world, "SELECT repeat(1, 1000000000)")

    def test_what_is_just_short_enough_is_made(self, world: World) -> None:
        sql = (
            "SELECT cardinality(sequence(1, 10000)), cardinality(sequence(20000, 2, -2)), cardinality(repeat(0, 10000))"
        )
        assert ask(world, sql).rows == [["10000", "10000", "10000"]]

    def test_nothing_is_left_behind(self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        ask(world, "SELECT * FROM trips")
        reason(world, "SELECT 1/(id - 2) FROM trips")
        reason(world, "SELECT nothing FROM trips")
        with pytest.raises(QueryError):
            ask(world, _SLOW, watch=Watch(0.2))
        assert list(tmp_path.glob(f"{copies.PREFIX}*")) == []


_SLOW = (
    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
    "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE (x * y * z) % 7 = 3"
)


def test_the_copies_are_there_while_a_query_runs(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the test of what is left behind could not fail."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    watch, seen = Watch(), []
    thread = threading.Thread(target=lambda: _stopped(world, watch))
    thread.start()
    while not seen:
        seen = list(tmp_path.glob(f"{copies.PREFIX}*/t0/*"))
        time.sleep(0.01)
    watch.stop()
    thread.join()
    assert list(tmp_path.iterdir()) == []


def _stopped(world: World, watch: Watch) -> None:
    with pytest.raises(Stopped):
        ask(
            world,
            _SLOW.replace(
                "UNNEST(sequence(1, 10000)) AS a(x)",
                "(SELECT id AS x FROM trips) AS a CROSS JOIN UNNEST(sequence(1, 10000)) AS d(w)",
            ),
            watch=watch,
        )


def test_too_long_a_text() -> None:
    with pytest.raises(Refused, match="262144"):
        ask(trips(), f"SELECT '{'x' * 262_144}'")
