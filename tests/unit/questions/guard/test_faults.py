"""What is wrong is found before Athena is asked: its name, its place, what may have been meant; or it is warned of."""

from __future__ import annotations

import pytest

from tests.local.athena import builders as athena
from tests.unit.questions.guard.builders import athena_says, problem, proved, warned, world
from tests.unit.questions.guard.faults import LAXER, MARK, PROBLEMS, QUIET, WARNED


@pytest.fixture(scope="module")
def lake() -> athena.World:
    return world()


@pytest.mark.parametrize(("name", "nearest", "marked"), PROBLEMS)
def test_a_fault_is_named(name: str, nearest: tuple[str, ...], marked: str):
    before, _, after = marked.partition(MARK)
    found = problem(before + after)
    assert (found.name, found.final) == (name, False)
    assert (found.line, found.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert found.nearest[: len(nearest)] == nearest


@pytest.mark.parametrize(("code", "sql"), WARNED)
def test_what_may_be_wrong_is_warned_of(code: str, sql: str):
    assert warned(sql) == {code}


@pytest.mark.parametrize("sql", QUIET)
def test_what_is_right_is_not_warned_of(sql: str):
    assert warned(sql) == set()


def test_there_are_as_many_as_were_promised():
    assert len(PROBLEMS) + len(WARNED) >= 60


# What Athena does not mind, and the guard does.
OWN = ("JOIN_WITHOUT_CONDITION", "PARTITION_FILTER_MISSING")
BOTH = [marked.replace(MARK, "") for name, _, marked in PROBLEMS if name not in OWN]


@pytest.mark.parametrize("sql", [sql for sql in BOTH if not any(words in sql for words in LAXER)])
def test_athena_would_have_refused_it_too(sql: str, lake: athena.World):
    """The guard refuses nothing of these that would have run: an Explain is saved, not an answer lost."""
    assert athena_says(sql, lake) != ""


@pytest.mark.parametrize("sql", [sql for _, sql in WARNED])
def test_what_is_warned_of_would_run(sql: str, lake: athena.World):
    assert athena_says(proved(sql).sql, lake) == ""
