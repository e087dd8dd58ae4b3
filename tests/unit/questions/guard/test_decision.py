"""What follows a wrong statement: it is mended at most three times, and never written twice."""

from __future__ import annotations

import pytest

from questions.errors import NotAllowed, NotRepaired, QueryTooLarge
from questions.guard.decision import next_step
from questions.model import MOST_REPAIRS, Attempt, Problem


def attempt(sql: str, *, name: str = "COLUMN_NOT_FOUND", final: bool = False) -> Attempt:
    return Attempt(sql, Problem(name, f"{name} was said.", final=final))


def attempts(count: int) -> list[Attempt]:
    return [attempt(f"SELECT {number}") for number in range(count)]


@pytest.mark.parametrize("count", range(1, MOST_REPAIRS + 1))
def test_each_of_the_first_is_mended(count: int):
    assert next_step(attempts(count)) == "repair"


def test_four_statements_are_all():
    step = next_step(attempts(MOST_REPAIRS + 1))
    assert isinstance(step, NotRepaired)
    assert "COLUMN_NOT_FOUND was said." in str(step)


@pytest.mark.parametrize(
    "again",
    ["SELECT a FROM t", "select  A\nfrom T ;", "SELECT a /* better */ FROM t -- now", " SELECT a FROM t;"],
)
def test_the_same_statement_ends_it(again: str):
    assert isinstance(next_step([attempt("SELECT a FROM t"), attempt(again)]), NotRepaired)


@pytest.mark.parametrize(
    "other", ["SELECT b FROM t", "SELECT a FROM t WHERE x = 'A'", 'SELECT "a" FROM t', "SELECT a FROM t LIMIT 1"]
)
def test_another_statement_does_not(other: str):
    assert next_step([attempt("SELECT a FROM t"), attempt(other)]) == "repair"


def test_letters_in_texts_count():
    assert next_step([attempt("SELECT a FROM t WHERE x = 'a'"), attempt("SELECT a FROM t WHERE x = 'A'")]) == "repair"


def test_a_statement_of_two_attempts_ago_counts():
    assert isinstance(next_step([attempt("SELECT 1"), attempt("SELECT 2"), attempt("SELECT 1")]), NotRepaired)


def test_an_empty_completion_may_come_once():
    assert next_step([attempt("")]) == "repair"
    assert isinstance(next_step([attempt(""), attempt("")]), NotRepaired)


def test_what_is_final_ends_it_at_once():
    step = next_step([attempt("DROP TABLE t", name="STATEMENT_NOT_ALLOWED", final=True)])
    assert isinstance(step, NotAllowed)
    assert str(step) == "STATEMENT_NOT_ALLOWED was said."


@pytest.mark.parametrize("name", ["SCAN_LIMIT", "EXHAUSTED_RESOURCES", "EXCEEDED_TIME_LIMIT", "QUERY_CANCELLED"])
def test_a_query_that_was_stopped_was_too_large(name: str):
    assert isinstance(next_step([attempt("SELECT 1", name=name, final=True)]), QueryTooLarge)


def test_it_is_the_last_attempt_that_was_wrong():
    with pytest.raises(ValueError, match="no problem"):
        next_step([attempt("SELECT 1"), Attempt("SELECT 2")])


def test_it_says_the_same_however_often_it_is_asked():
    past = attempts(3)
    assert [next_step(past) for _ in range(3)] == ["repair"] * 3
