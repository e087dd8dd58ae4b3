"""What people ask is proved; what comes out is one SELECT over tables that may be asked, and means the same."""

from __future__ import annotations

import pytest

from questions.guard import shapes, text
from questions.model import MOST_ROWS, Column, Table
from tests.local.athena import builders as athena
from tests.local.athena.test_athena_sql import MANY, ONE
from tests.unit.questions.guard.builders import DATABASE, athena_says, problem, proved, table, world
from tests.unit.questions.guard.typical import TYPICAL


@pytest.fixture(scope="module")
def lake() -> athena.World:
    return world()


@pytest.mark.parametrize("sql", TYPICAL)
def test_a_typical_statement_is_proved_and_athena_takes_it(sql: str, lake: athena.World):
    found = proved(sql)
    assert athena_says(sql, lake) == ""
    assert athena_says(found.sql, lake) == ""


def test_there_are_as_many_as_were_promised():
    assert len(set(TYPICAL)) == len(TYPICAL) >= 93


@pytest.mark.parametrize("sql", TYPICAL)
def test_what_was_proved_is_proved_again_as_it_stands(sql: str):
    first = proved(sql)
    assert proved(first.sql).sql == first.sql
    assert "\n" not in first.sql
    assert "--" not in first.sql


# Tables of the local Athena's own tests, without partitions, so that its statements need no condition.
TRIPS = table("trips", "; ".join(f"{name} {kind}" for name, kind in (*athena.TRIPS, ("day", "string"))))
LOCAL = (
    TRIPS,
    table("zones", "zone string; name string; area double"),
    table("totals", "zone string; n bigint"),
)
NOT_ASKED = ("information_schema", "$path", "$partitions", "awsdatacatalog", "VALUES (1, 'a'), (2", "TABLE totals")
ANSWERED = [sql for sql, _ in [*ONE, *MANY] if not any(word in sql for word in NOT_ASKED)]


@pytest.fixture(scope="module")
def trips() -> athena.World:
    return athena.trips()


@pytest.mark.parametrize("sql", ANSWERED)
def test_what_is_written_means_what_was_read(sql: str, trips: athena.World):
    """Each statement whose answer was written by hand gives the same answer in the guard's own writing."""
    written = proved(sql, LOCAL).sql
    expected, given = athena.ask(trips, sql), athena.ask(trips, written)
    assert [list(row) for row in given.rows] == [list(row) for row in expected.rows]
    assert [kind for _, kind in given.columns] == [kind for _, kind in expected.columns]


class TestLimit:
    @pytest.mark.parametrize(
        ("sql", "end"),
        [
            ("SELECT zone FROM zones", f"LIMIT {MOST_ROWS}"),
            ("SELECT zone FROM zones LIMIT 7", "LIMIT 7"),
            ("SELECT zone FROM zones LIMIT 1000000", f"LIMIT {MOST_ROWS}"),
            ("SELECT zone FROM zones LIMIT ALL", f"LIMIT {MOST_ROWS}"),
            ("SELECT zone FROM zones OFFSET 5", f"OFFSET 5 LIMIT {MOST_ROWS}"),
            ("SELECT zone FROM zones FETCH FIRST 5 ROWS ONLY", "FETCH FIRST 5 ROWS ONLY"),
            ("SELECT zone FROM zones FETCH FIRST 50000 ROWS ONLY", f"zones LIMIT {MOST_ROWS}"),
            ("SELECT 1 UNION ALL SELECT 2", f"SELECT 2 LIMIT {MOST_ROWS}"),
            ("SELECT 1 UNION ALL (SELECT 2 LIMIT 5)", f"(SELECT 2 LIMIT 5) LIMIT {MOST_ROWS}"),
            ("(SELECT zone FROM zones LIMIT 5)", f"zones LIMIT 5) LIMIT {MOST_ROWS}"),
            ("SELECT * FROM (SELECT zone FROM zones LIMIT 50000)", f"LIMIT 50000) LIMIT {MOST_ROWS}"),
        ],
    )
    def test_the_outermost_query_has_one(self, sql: str, end: str):
        assert proved(sql).sql.endswith(end)

    @pytest.mark.parametrize("sql", ["SELECT 1 LIMIT 1.5", "SELECT 1 LIMIT -1", "SELECT 1 LIMIT (SELECT 1)"])
    def test_it_is_a_number(self, sql: str):
        assert problem(sql).name == "SYNTAX_ERROR"


class TestTables:
    def test_they_are_named_in_full_each_once(self):
        sql = (
            "SELECT a.zone FROM zones a JOIN lake.zones b ON a.zone = b.zone JOIN sales.orders o ON o.customer = a.name"
        )
        assert proved(sql).tables == ("lake.zones", "sales.orders")

    def test_a_cte_hides_a_table_only_where_it_is_seen(self):
        sql = "WITH zones AS (SELECT zone FROM zones WHERE area > 1) SELECT zone FROM zones"
        assert proved(sql).tables == ("lake.zones",)
        assert proved("WITH salaries AS (SELECT 1 AS pay) SELECT pay FROM salaries").tables == ()

    def test_a_table_with_columns_that_cannot_be_asked_is_not_read_whole(self):
        part = Table("lake", "zones", (Column("zone", "string"),), left_out=2)
        assert proved("SELECT zone, (SELECT count(*) FROM zones) FROM zones", [part]).tables == ("lake.zones",)
        for sql in ("SELECT * FROM zones", "SELECT z.* FROM zones z", "SELECT * FROM (SELECT * FROM zones)"):
            assert problem(sql, [part]).name == "COLUMN_NOT_ALLOWED"

    def test_a_view_may_be_asked_where_the_catalogue_resolved_it(self):
        view = Table("lake", "totals", (Column("n", "bigint"),))
        assert proved("SELECT n FROM totals", [view]).tables == ("lake.totals",)

    @pytest.mark.parametrize("sql", TYPICAL)
    def test_nothing_else_is_read(self, sql: str):
        """The tables of the tree, found by another way, are those that are said."""
        found = proved(sql)
        tree = shapes.parse(text.read(found.sql))
        ctes = {cte.alias.lower() for cte in tree.find_all(shapes.exp.CTE)}
        read = {f"{(t.db or DATABASE)}.{t.name}".lower() for t in tree.find_all(shapes.exp.Table)}
        assert read - {f"{DATABASE}.{name}" for name in ctes} == set(found.tables)
        assert text.write(tree) == found.sql
