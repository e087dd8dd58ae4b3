"""Mistakes by name: each is one to the guard or to Athena, and is mended where the error says where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from local.cloud.http import Request
from local.services.bedrock import service
from local.services.bedrock.sql import faults, grammar, writer
from questions.generation import completions
from questions.guard import statement
from questions.model import Attempt, Column, Problem, Table
from tests.local.engine_client import engine_client
from tests.local.sql import lake

QUESTION = "How many trips by user type?"
RIGHT = lake.written(QUESTION).sql
PIECES = faults.pieces(grammar.plan_of(lake.asked(QUESTION)), "lake", 0)
STATEMENTS = {name: fault for name, fault in faults.ALL.items() if not fault.whole}
REWRITTEN = {"trailing_comma", "having_before_group", "limit_before_order"}
"""The guard writes a statement anew from its tree, and these mistakes are not in the tree."""
UNSEEN = {"number_as_condition"}
"""Trino alone refuses it: the local Athena and the guard take a number for a condition."""


@pytest.fixture(autouse=True)
def _calm() -> Iterator[None]:
    yield
    writer.clear()
    service.SWITCHES.faults.clear()


@cache
def problem(sql: str) -> Problem | None:
    """What the guard or the local Athena has against a statement; None where it would run."""
    if not sql:
        return Problem("NO_STATEMENT", "The answer held no statement.")
    try:
        proved = statement.prove(sql, [lake.table()], "lake")
    except statement.Wrong as wrong:
        return wrong.problem
    reason = lake.reason(proved.sql)
    found = re.match(r"(\w+): (?:line (\d+):(\d+): )?(.*)", reason, re.DOTALL)
    return Problem(found[1], found[4], int(found[2]) if found[2] else None) if found else None


def loop(name: str, most: int = 4) -> list[Attempt]:
    """The statements of a question whose first answer has a fault, until one would run, or is refused for good."""
    writer.set_faults({"faults": [name]})
    attempts: list[Attempt] = []
    while len(attempts) < most:
        sql = lake.written(QUESTION, attempts=attempts).sql
        attempts.append(Attempt(sql, problem(sql)))
        found = attempts[-1].problem
        if found is None or found.final:
            break
    return attempts


def test_there_are_more_than_sixty_and_each_is_another():
    texts = {faults.spoiled(fault, PIECES) for fault in faults.ALL.values()}
    assert len(texts) == len(faults.ALL) > 60


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - {"stubborn", "restless"} - REWRITTEN - UNSEEN))
def test_each_is_a_mistake_and_is_mended_or_refused_for_good(name):
    first, *repairs = loop(name)
    assert first.problem is not None
    if first.problem.final:
        assert repairs == []
    else:
        assert repairs == [Attempt(RIGHT)]


@pytest.mark.parametrize("name", sorted(REWRITTEN))
def test_what_the_guard_writes_anew_has_lost_its_mistake(name):
    assert [attempt.problem for attempt in loop(name)] == [None]


@pytest.mark.parametrize("name", sorted(UNSEEN))
def test_what_only_trino_refuses(name):
    """It runs as it is here, or is mended once the guard or the local Athena learns it."""
    assert loop(name)[-1].problem is None


@pytest.mark.parametrize("name", sorted(faults.FORBIDDEN))
def test_what_is_forbidden_never_runs(name):
    assert problem(faults.spoiled(faults.ALL[name], PIECES)) is not None


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_an_error_that_says_nothing_mends_nothing(name):
    sql = faults.spoiled(STATEMENTS[name], PIECES)
    again = lake.written(QUESTION, attempts=[Attempt(sql, Problem("FAILED", "It went bad."))]).sql
    if name == "restless":
        assert again == sql.replace("_0", "_1")
    else:
        assert " ".join(again.split()) == " ".join(sql.split())


def test_stubborn_repeats_itself_and_restless_is_wrong_in_another_way():
    same, others = loop("stubborn"), loop("restless")
    assert len({attempt.sql for attempt in same}) == 1
    assert len({attempt.sql for attempt in others}) == 4
    assert all(attempt.problem for attempt in [*same, *others])


@pytest.mark.parametrize("name", sorted(faults.FORMS.keys() - {"prose_alone", "empty", "cut"}))
def test_a_bad_form_is_read_all_the_same(name):
    (only,) = loop(name)
    assert only.problem is None
    assert only.sql.removesuffix("-- that is all").strip() == RIGHT


@pytest.mark.parametrize("name", ["prose_alone", "empty", "cut"])
def test_no_statement_is_mended_too(name):
    first, second = loop(name)
    assert first.sql == ""
    assert second == Attempt(RIGHT)


def test_faults_strike_in_order_and_a_repair_may_have_one_of_its_own():
    writer.set_faults({"faults": ["missing_group_by", "mysql_limit"]})
    attempts: list[Attempt] = []
    for _ in range(3):
        sql = lake.written(QUESTION, attempts=attempts).sql
        attempts.append(Attempt(sql, problem(sql)))
    assert [attempt.problem and attempt.problem.name for attempt in attempts] == [
        "EXPRESSION_NOT_AGGREGATE",
        "SYNTAX_ERROR",
        None,
    ]


def test_a_question_that_cannot_be_answered_takes_no_fault():
    writer.set_faults({"faults": ["drop_table"]})
    assert lake.written("What is the average tip?").missing
    assert lake.written(QUESTION).sql == "DROP TABLE trips"


def test_a_question_has_faults_of_its_own_by_attempt_and_takes_none_of_the_others():
    other = "How many trips in July 2019?"
    writer.set_faults({"faults": ["tsql_top"]})
    writer.set_faults({"faults": ["missing_group_by", "mysql_limit"], "question": QUESTION})
    first, again = lake.written(QUESTION).sql, lake.written(QUESTION).sql
    assert first == again == faults.spoiled(faults.ALL["missing_group_by"], PIECES)
    attempts = [Attempt(first, problem(first))]
    assert "LIMIT 5, 10" in lake.written(QUESTION, attempts=attempts).sql
    attempts.append(Attempt(lake.written(QUESTION, attempts=attempts).sql, problem("SELECT 1 LIMIT 5, 10")))
    assert lake.written(QUESTION, attempts=attempts).sql == RIGHT
    assert "TOP 5" in lake.written(other).sql
    assert "TOP 5" not in lake.written(other).sql


def test_a_statement_is_written_as_it_stands_and_mended_afterwards():
    hostile = "DROP TABLE trips;\n-- {sql} ''"
    writer.set_faults({"statements": [hostile], "question": QUESTION})
    assert lake.written(QUESTION).sql == hostile
    assert lake.written(QUESTION, attempts=[Attempt(hostile, Problem("SYNTAX_ERROR", "No."))]).sql == RIGHT
    writer.set_faults({"statements": ["SELECT 7"]})
    assert lake.written("How many trips?").sql == "SELECT 7"


def control(method: str, name: str, body: Any = None) -> Any:
    return service.control(Request(method, f"/_local/bedrock/{name}", {}, {}, json.dumps(body).encode(), "r", "1"))


WRONG = ({"statements": "SELECT 1"}, {"statements": [1]}, {"faults": ["tsql_top"], "question": 7})


def test_the_switch_takes_known_names_and_is_cleared():
    assert control("POST", "sql", {"faults": ["tsql_top", "stubborn"]}).status == 200
    assert control("DELETE", "sql").status == 200
    assert lake.written(QUESTION).sql == RIGHT
    for wrong in ({"faults": ["tsql_top", "no_such"]}, {"faults": "tsql_top"}, {}, [], *WRONG):
        refused = control("POST", "sql", wrong)
        assert refused.status == 400
    assert lake.written(QUESTION).sql == RIGHT


def test_any_statement_can_be_put_into_its_mouth():
    hostile = "SELECT * FROM trips; DROP TABLE {trips} -- ```"
    assert control("POST", "sql", {"faults": ["tsql_top"], "statements": [hostile]}).status == 200
    assert lake.written(QUESTION).sql.startswith("SELECT TOP 5")
    assert writer.answer(lake.asked(QUESTION)).text == f"```sql\n{hostile}\n```"
    assert lake.written(QUESTION).sql == RIGHT


def test_it_stands_behind_converse_and_says_who_it_is():
    with engine_client("bedrock-runtime", service.handle) as client:
        answer = client.converse(**lake.request(QUESTION))
        read = completions.read(answer)
        assert read.sql == RIGHT
        assert read.tokens == answer["usage"]["totalTokens"] > 100
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-millrace-engine"] == writer.NAME
        for mode, name in (("empty", "NO_STATEMENT"), ("prose", "NO_STATEMENT"), ("cut", "COMPLETION_CUT")):
            service.SWITCHES.set_fault(mode)
            found = completions.read(client.converse(**lake.request(QUESTION))).problem()
            assert found is not None
            assert found.name == name
        for mode in ("looping", "broken"):
            service.SWITCHES.set_fault(mode)
            assert completions.read(client.converse(**lake.request(QUESTION))).sql == RIGHT


def test_it_is_not_asked_where_the_prompt_is_about_something_else():
    with engine_client("bedrock-runtime", service.handle) as client:
        request = lake.request(QUESTION) | {"messages": [{"role": "user", "content": [{"text": "How many trips?"}]}]}
        answer = client.converse(**request)
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-millrace-engine"] == service.NAME


PHRASES = """how many|trips|by|per|user type|top|5|in July|2019|longest|and|average|duration|which|most|'x'|from|to
|Opera House|than|longer than|minutes|sorted|share|2019-07-04"""
WORDS = st.sampled_from(PHRASES.replace("\n", "").split("|"))


@given(st.lists(WORDS | st.text(max_size=6), max_size=9).map(" ".join), st.lists(WORDS, max_size=4).map(" ".join))
@example("top 0 trips", "")
@example("How many trips on 2019-13-45?", "and in July")
def test_any_question_is_answered_or_refused(question, turn):
    found = lake.written(question, [turn])
    assert bool(found.sql) != (found.missing is not None)


@given(
    st.lists(
        st.builds(
            Column,
            st.text(min_size=1, max_size=12).filter(
                lambda name: '"' not in name and name.isprintable() and name.strip()
            ),
            st.sampled_from(["varchar", "bigint", "date", "timestamp", "array(varchar)", "row(a integer)"]),
            st.text(max_size=20),
            st.booleans(),
            st.lists(st.text(max_size=12), max_size=3).map(tuple),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda column: column.name,
    )
)
def test_any_table_is_read_out_of_the_prompt(columns):
    columns.sort(key=lambda column: column.partition)
    found = lake.asked("How many rows by a?", tables=[Table("lake", "some", tuple(columns))])
    told = [(each.partition, each.name, each.type) for each in found.tables[0].columns]
    assert told == [(each.partition, each.name, each.type) for each in columns]
    writer.answer(found)
