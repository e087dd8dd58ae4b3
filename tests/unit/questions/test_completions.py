"""Whatever a model answers can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.generation import completions
from questions.model import MOST_SQL

SQL = "SELECT count(*) AS number\nFROM trips"


def answer(*texts: str, reason: str = "end_turn", tokens: Any = 42) -> dict[str, Any]:
    content = [{"text": text} for text in texts]
    return {"output": {"message": {"content": content}}, "stopReason": reason, "usage": {"totalTokens": tokens}}


@pytest.mark.parametrize(
    "text",
    [
        f"```sql\n{SQL}\n```",
        f"```\n{SQL}\n```",
        f"```SQL\n{SQL};\n```\n",
        f"~~~sql\n{SQL}\n~~~",
        f"```trino\n{SQL}\n```",
        f"```sql {SQL}```",
        f"```sql\n{SQL}",
        SQL,
        f"{SQL};",
        f"Here is the query:\n\n{SQL};\n\nIt counts all trips.",
        f"Here is the query:\n```sql\n{SQL}\n```\nIt selects the number from trips.",
        f"```sql\nSELECT wrong FROM trips\n```\nWait, that is wrong:\n```sql\n{SQL}\n```",
        f"```json\n[1]\n```\n```\n{SQL}\n```\n```text\nnumber\n```",
        f"<thinking>Perhaps ```sql\nSELECT 1\n``` would do.</thinking>\n```sql\n{SQL}\n```",
        f"I could select from trips.</think>\n\n```sql\n{SQL}\n```",
        f'{{"sql": "{SQL}"}}'.replace("\n", "\\n"),
        f'```json\n{{"query": "{SQL};"}}\n```'.replace("trips;", "trips").replace("number\n", "number\\n"),
        f"Sure! The query is {SQL}",
    ],
)
def test_the_statement_is_found(text):
    read = completions.read(answer(text))
    assert read.sql == SQL
    assert read.missing is None
    assert read.problem() is None
    assert read.tokens == 42


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("CANNOT: the tables hold no weather", "the tables hold no weather"),
        ("**CANNOT:** no prices.", "no prices"),
        ("I looked at all of it.\nCANNOT: no prices", "no prices"),
        ("CANNOT", "more than was said"),
        (f"CANNOT: no prices. The nearest is:\n```sql\n{SQL}\n```", "no prices. The nearest is:"),
    ],
)
def test_what_is_missing_is_found(text, missing):
    read = completions.read(answer(text))
    assert (read.sql, read.missing, read.problem()) == ("", missing, None)


def test_a_statement_with_the_word_in_it_is_a_statement():
    sql = "-- CANNOT: be faster\nSELECT 'CANNOT: x' FROM trips"
    assert completions.read(answer(f"```sql\n{sql}\n```")).sql == sql


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE trips", "SELECT 1; DROP TABLE trips", "INSERT INTO trips SELECT * FROM trips", "EXPLAIN SELECT 1"],
)
def test_what_may_not_run_is_left_for_the_guard_to_see(statement):
    for text in (statement, f"```sql\n{statement}\n```", f"```\n{statement}\n```"):
        assert completions.read(answer(text)).sql == statement


@pytest.mark.parametrize(
    "given",
    [
        answer(),
        answer(""),
        answer("   \n"),
        answer("I would rather not."),
        answer("<thinking>Let me see, select from"),
        answer("```sql\n\n```"),
        {},
        {"output": None, "usage": None},
        {"output": {"message": {"content": [{"toolUse": {"input": {}}}, {"text": None}, "x"]}}},
    ],
)
def test_no_statement_is_a_problem_that_says_what_to_write(given):
    read = completions.read(given)
    problem = read.problem()
    assert read.sql == ""
    assert problem is not None
    assert problem.name == "NO_STATEMENT"
    assert not problem.final


def test_a_cut_answer_is_no_statement_even_if_it_reads_like_one():
    read = completions.read(answer(f"```sql\n{SQL}", reason="max_tokens"))
    problem = read.problem()
    assert read.sql == ""
    assert problem is not None
    assert problem.name == "COMPLETION_CUT"


@pytest.mark.parametrize("reason", ["content_filtered", "guardrail_intervened"])
def test_a_filtered_answer_is_final_and_not_shown(reason):
    read = completions.read(answer(f"```sql\n{SQL}\n```", reason=reason))
    problem = read.problem()
    assert read.sql == ""
    assert problem is not None
    assert problem.final


def test_a_statement_that_is_too_long_is_told():
    problem = completions.read(answer("SELECT 1" + ", 1" * MOST_SQL)).problem()
    assert problem is not None
    assert problem.name == "TOO_LONG"


PIECES = st.sampled_from(
    ["```", "```sql\n", "SELECT ", "FROM t", "CANNOT:", "<think>", "</think>", "{", '"sql":', "\n", ";"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join))
def test_any_text_is_read(text):
    read = completions.read(answer(text))
    assert read.missing is None or read.sql == ""
    assert read.problem() is None or read.missing is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: (
        st.lists(x, max_size=3)
        | st.dictionaries(
            st.sampled_from(["output", "message", "content", "text", "usage", "totalTokens", "stopReason"]),
            x,
            max_size=4,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["output", "usage", "stopReason"]), JSON))
def test_any_answer_is_read(given_answer):
    assert isinstance(completions.read(given_answer).tokens, int)


def test_a_hostile_length_takes_no_longer_than_it_is_worth():
    for text in (
        "<think>" * 20_000,
        "`" * 100_000,
        "{" * 100_000,
        "SELECT " * 20_000,
        "select \n" * 20_000,
        "```sql\n" + "-- \n" * 30_000,
        "CANNOT" * 20_000,
        "</think>" * 9_999,
        "\n" * 100_000,
        "-- \n" * 30_000,
    ):
        completions.read(answer(text))
