"""Every mistake and every hostile statement that a model may write, through the door of the whole pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.workflow.questions import many
from tests.workflow.questions.many import Case, Lake, Played

FAULTY = many.fault_cases()
HOSTILE = [case for place, case in enumerate(many.hostile_cases()) if case.reason or place % 4 == 0]
"""All that are refused for good, and a quarter of those that a model may write anew; unit tests have all of them."""


@dataclass(frozen=True)
class Told:
    """``before``, ``after``: the lake; ``statements``: all that Athena was given."""

    played: dict[str, Played]
    before: Lake
    after: Lake
    statements: list[str]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    for of in many.started():
        before = Lake.seen(of)
        played = many.play(of, [*HOSTILE, *FAULTY])
        yield Told(played, before, Lake.seen(of), of.statements())


def test_there_are_as_many_as_were_promised():
    assert len({case.name for case in HOSTILE}) == len(HOSTILE) >= 72
    assert len({case.name for case in FAULTY}) == len(FAULTY) >= 60


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.name)
def test_a_mistake_is_mended_or_refused_by_name(told: Told, case: Case):
    many.check(told.played[case.name])


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name[:60])
def test_a_hostile_statement_is_refused_by_name(told: Told, case: Case):
    many.check(told.played[case.name])


def test_athena_was_given_nothing_but_selects_of_the_tables_that_may_be_asked(told: Told):
    answered = [played.answer for played in told.played.values() if played.answer["state"] == "answered"]
    assert {answer["sql"] for answer in answered} <= set(told.statements)
    assert list(many.strangers(told.statements)) == []


def test_the_lake_is_as_it_was(told: Told):
    assert told.after == told.before


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE trips",
        "EXPLAIN DROP TABLE trips",
        "SELECT 1; SELECT 2",
        "SELECT * FROM hr.salaries",
        "SELECT (SELECT max(pay) FROM salaries)",
        "WITH zones AS (SELECT * FROM hr.salaries) SELECT * FROM zones",
        "SELECT * FROM mysql.town.zones",
        'SELECT * FROM "trips$partitions"',
        "INSERT INTO trips SELECT * FROM trips",
        "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'JSON')",
    ],
)
def test_a_stranger_among_the_statements_would_be_seen(sql: str):
    assert list(many.strangers(["SELECT zone FROM zones", sql])) == [sql]
