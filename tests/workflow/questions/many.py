"""Many questions side by side, each with something wrong that is its own; what came of each, and what Athena ran.

A question asks for loans of at least so many seconds, and each has another right answer: an answer of another question,
or of a statement with a mistake in it, is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from bench.questions import desk, lake
from local.services.bedrock.sql import faults
from tests.unit.questions.guard import builders, hostile

TABLES = (lake.LOAN_TABLE, builders.TRIPS, builders.ZONES, builders.WEATHER)
NAMES = {table.name for table in TABLES}


FINAL = {*faults.FORBIDDEN, "other_database", "other_catalog", "information_schema", "hidden_partitions"}
FINAL -= {"explain", "show_tables"}
READ_ALL_THE_SAME = faults.FORMS.keys() - {"prose_alone", "empty", "cut"}
REWRITTEN = {"trailing_comma", "having_before_group", "limit_before_order"}
"""The guard writes a statement anew from its tree, and these mistakes are not in the tree."""
UNSEEN = {"number_as_condition"}
"""Trino alone refuses it. Fails here where the guard or the local Athena learns it."""


@dataclass(frozen=True)
class Case:
    """``wish``: what the model does. ``error``: the name of what is wrong with the first statement, "" for nothing,
    None for some name. ``reason``: why it is refused; None where it is answered. ``other``: with an answer to another
    question, for the model asked another one."""

    name: str
    wish: dict[str, list[str]]
    error: str | None = None
    reason: str | None = None
    other: bool = False


@dataclass(frozen=True)
class Played:
    case: Case
    right: int
    answer: dict[str, Any]

    @property
    def errors(self) -> list[str | None]:
        return [attempt["error"] for attempt in self.answer["attempts"]]


def hostile_cases() -> list[Case]:
    """The guard's own lists, as what the model wrote."""
    final = [Case(sql, {"statements": [sql]}, name, "NotAllowed") for name, sql in hostile.FINAL]
    return final + [Case(sql, {"statements": [sql]}, name, None) for name, sql in hostile.MENDED]


def fault_cases() -> list[Case]:
    """The mistakes of the local model by their names."""
    return [_fault_case(name) for name in faults.ALL]


def _fault_case(name: str) -> Case:
    wish = {"faults": [name]}
    if name in REWRITTEN:
        return Case(name, wish, error="", other=True)
    if name in READ_ALL_THE_SAME or name in UNSEEN:
        return Case(name, wish, error="")
    if name in faults.ENDLESS:
        return Case(name, wish, reason="NotRepaired")
    return Case(name, wish, reason="NotAllowed" if name in FINAL else None)


def play(of: desk.Desk, cases: Sequence[Case], first: int = 1) -> dict[str, Played]:
    """By name. ``first``: number of the first question, so that no two tests ask the same one."""

    def one(numbered: tuple[int, Case]) -> Played:
        number, case = numbered
        of.writes(lake.question(number), **case.wish)
        return Played(case, lake.answer(number), of.asked(lake.question(number)))

    played = desk.side_by_side(one, list(enumerate(cases, first)))
    return {each.case.name: each for each in played}


def check(played: Played) -> None:
    """It was answered rightly, or refused by name; and what was wrong with the first statement has its name."""
    case, answer = played.case, played.answer
    first = played.errors[0] if played.errors else None
    assert first if case.error is None else first == (case.error or None), played
    if case.reason is None:
        assert answer["state"] == "answered", played
        assert case.other or answer["preview"] == [[str(played.right)]]
        assert played.errors[-1] is None
        return
    assert (answer["state"], answer["sql"], answer["rows"]) == ("refused", None, None), played
    assert answer["reason"]["error"] == case.reason
    assert answer["reason"]["message"]


def strangers(statements: Sequence[str], database: str = lake.DATABASE) -> Iterator[str]:
    """Those that are anything but one SELECT, or the plan of one, over the tables that may be asked."""
    for text in statements:
        tree = _single(text.removeprefix("EXPLAIN "))
        if not isinstance(tree, exp.Select | exp.SetOperation) or tree.find(exp.DML, exp.DDL, exp.Command, exp.Into):
            yield text
            continue
        made = {common.alias for common in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.name in made and not table.db:
                continue
            if table.name not in NAMES or table.db not in ("", database) or table.catalog not in ("", "awsdatacatalog"):
                yield text
                break


def _single(text: str) -> exp.Expression | None:
    """The tree of one statement; None of several, and of what cannot be read."""
    try:
        trees = parse(text, read="athena")
    except SqlglotError:
        return None
    return trees[0] if len(trees) == 1 else None


@dataclass(frozen=True)
class Lake:
    """All that a statement could have changed."""

    objects: dict[str, str]
    catalogue: dict[str, list[str]]

    @classmethod
    def seen(cls, of: desk.Desk) -> Lake:
        return cls(lake.objects(of.cloud.client), lake.catalogue(of.cloud.client))


def started() -> Iterator[desk.Desk]:
    """A fixture's body: the pipeline alone, and its lake."""
    cloud = desk.start()
    try:
        lake.make(cloud.client, TABLES)
        yield desk.Desk(cloud)
    finally:
        cloud.stop()
