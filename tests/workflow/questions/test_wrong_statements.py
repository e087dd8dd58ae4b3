"""A dozen mistakes and a dozen hostile statements of the model, through the door; tests/roads/questions has them all.

They are asked side by side on a cloud of their own, whose lake nothing else touches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.workflow.questions import many
from tests.workflow.questions.many import Case, Lake, Played

NAMES = """missing_group_by mysql_limit wrong_column number_as_text no_partition_filter join_without_condition
drop_table several_statements prose_alone cut stubborn restless"""
FAULTY = [case for case in many.fault_cases() if case.name in NAMES.split()]
HOSTILE = many.hostile_cases()[::12]


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


@pytest.mark.parametrize("case", [*FAULTY, *HOSTILE], ids=lambda case: case.name[:60])
def test_it_is_mended_or_refused_by_name(told: Told, case: Case):
    many.check(told.played[case.name])


def test_nothing_ran_but_selects_and_the_lake_is_as_it_was(told: Told):
    assert len(FAULTY) == len(NAMES.split()) == 12
    assert len(HOSTILE) >= 12
    assert {each.answer["sql"] for each in told.played.values()} - {None} <= set(told.statements)
    assert list(many.strangers(told.statements)) == []
    assert told.after == told.before
