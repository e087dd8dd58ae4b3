"""No statement that may never run is proved, each is refused by name, and whether it can be mended is told."""

from __future__ import annotations

import pytest

from tests.unit.questions.guard.builders import problem
from tests.unit.questions.guard.hostile import FINAL, MENDED


@pytest.mark.parametrize(("name", "sql"), FINAL)
def test_hostile_is_refused_for_good(name: str, sql: str):
    found = problem(sql)
    assert (found.name, found.final) == (name, True)
    assert found.message.endswith((".", ")"))


@pytest.mark.parametrize(("name", "sql"), MENDED)
def test_odd_or_costly_is_refused_and_may_be_mended(name: str, sql: str):
    found = problem(sql)
    assert (found.name, found.final) == (name, False)
    assert found.message


def test_there_are_as_many_as_were_promised():
    assert len({sql for _, sql in [*FINAL, *MENDED]}) == len(FINAL) + len(MENDED) >= 72


INSIDE = [sql for _, sql in FINAL if sql.startswith("SELECT ") and ";" not in sql and "INTO" not in sql]


@pytest.mark.parametrize("sql", INSIDE)
def test_what_surrounds_a_hostile_query_does_not_hide_it(sql: str):
    for around in ("WITH x AS ({}) SELECT * FROM x", "SELECT * FROM ({}) x", "SELECT 1 UNION ALL ({})"):
        assert problem(around.format(sql)).final


NESTED = (
    "SELECT count(*) FROM (SELECT a.zone FROM zones a CROSS JOIN UNNEST(sequence(1, 1000)) u(x)) b "
    "CROSS JOIN UNNEST(sequence(1, 1000)) v(y)",
    "WITH b AS (SELECT a.zone FROM zones a CROSS JOIN UNNEST(sequence(1, 1000)) u(x)) "
    "SELECT count(*) FROM b CROSS JOIN UNNEST(sequence(1, 1000)) v(y)",
)


@pytest.mark.parametrize("sql", NESTED)
def test_products_within_products_are_bounded_together(sql: str):
    # Each SELECT alone multiplies by a thousand, which is allowed; both together by a million.
    assert problem(sql).name == "JOIN_WITHOUT_CONDITION"
