"""Every way through the machine: answered at once, after repairs, or refused by name."""

from __future__ import annotations

import pytest

from tests.workflow.questions import lake
from tests.workflow.questions.desk import Desk

QUESTION = "How many rides by user type in July 2019?"
WRITTEN = ["Generate", "Generated", "Prove", "Proved"]
LAST = ["Judge", "Judged", "Answer"]


def test_a_question_is_answered_by_the_first_statement(desk: Desk, bus):
    desk.asked("How many rides in August 2019?")  # whose samples are kept for the next one
    before = desk.model_requests(), desk.spent("question-calls"), desk.spent("scanned-megabytes")
    told = desk.asked(QUESTION)
    answer = told.answer
    assert (answer["state"], told.errors) == ("answered", [None])
    assert sorted(answer["preview"]) == [["Customer", "4"], ["Subscriber", "4"]]
    assert [column["type"] for column in answer["columns"]] == ["varchar", "bigint"]
    assert answer["rows"]["key"].startswith("results/")
    assert answer["bytes_scanned"] > 0
    assert told.states[:5] == ["ReadTables", *WRITTEN]
    assert told.states[-3:] == LAST
    assert answer["sql"] in desk.queries()
    after = desk.model_requests(), desk.spent("question-calls"), desk.spent("scanned-megabytes")
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 10]
    event = bus.wait_for("QuestionAnswered", id=answer["id"])
    assert event["attempts"] == 1
    assert QUESTION not in str(event)


def test_a_follow_up_knows_what_was_asked_before(desk: Desk):
    first = desk.asked("How many rides in July 2019?")
    assert first.answer["preview"] == [["8"]]
    second = desk.asked("and in August?", session_id=first.answer["session_id"])
    assert (second.answer["state"], second.answer["preview"]) == ("answered", [["4"]])
    assert second.answer["session_id"] == first.answer["session_id"]


def test_a_statement_is_repaired_twice_and_run_once(desk: Desk):
    desk.model_writes("wrong_column", "missing_group_by")
    before = len(desk.queries())
    told = desk.asked("How many rides by user type on 2019-07-01?")
    assert told.answer["state"] == "answered", told.answer["reason"]
    assert len(told.errors) == 3
    assert told.errors[0] == "COLUMN_NOT_FOUND"
    assert told.errors[2] is None
    assert sorted(told.answer["preview"]) == [["Customer", "2"], ["Subscriber", "2"]]
    assert (told.states.count("Generate"), told.states.count("Repair"), told.states.count("Run")) == (3, 2, 1)
    assert len(desk.queries()) == before + 1


def test_a_statement_that_is_written_again_ends_the_question(desk: Desk, bus):
    desk.model_writes("stubborn")
    told = desk.asked("How many rides by user type on 2019-07-02?")
    assert (told.answer["state"], told.reason) == ("refused", "NotRepaired")
    assert len(told.errors) == 2
    assert "Run" not in told.states
    assert bus.wait_for("QuestionRefused", id=told.answer["id"])["error"] == "NotRepaired"


def test_four_wrong_statements_end_the_question(desk: Desk):
    desk.model_writes("restless")
    told = desk.asked("What is the longest duration by user type on 2019-07-02?")
    assert (told.answer["state"], told.reason) == ("refused", "NotRepaired")
    assert len(told.errors) == 4
    assert "Run" not in told.states


def test_what_the_tables_do_not_hold_is_refused_with_what_is_missing(desk: Desk):
    told = desk.asked("What was the weather like in July 2019?")
    assert (told.answer["state"], told.reason) == ("refused", "Unanswerable")
    assert "weather" in told.answer["reason"]["message"]
    assert told.states == ["ReadTables", "Generate", "Generated", "Refuse"]


@pytest.mark.parametrize("fault", ["drop_table", "several_statements", "other_database", "create_table_as", "unload"])
def test_a_hostile_statement_is_refused_before_athena_sees_it(desk: Desk, fault: str):
    desk.model_writes(fault, fault, fault, fault)
    before = len(desk.queries())
    told = desk.asked("How many rides by user type in August 2019?", key=fault)
    assert (told.answer["state"], told.answer["sql"]) == ("refused", None)
    assert told.reason in {"NotAllowed", "NotRepaired"}
    assert "Run" not in told.states
    assert len(desk.queries()) == before


def test_a_run_that_fails_is_repaired(desk: Desk):
    """Guard and plan find nothing wrong with it; its values do."""
    sql = "SELECT sum(CAST(user_type AS integer)) AS number FROM rides WHERE day = '2019-07-01'"
    told = desk.kept(desk.start("How many rides by user type on 2019-07-01?", sql))
    assert told.answer["state"] == "answered", told.answer
    assert (told.states.count("Run"), told.states.count("Judge")) == (2, 2)
    assert told.errors == ["INVALID_CAST_ARGUMENT", None]
    assert sorted(told.answer["preview"]) == [["Customer", "2"], ["Subscriber", "2"]]


def test_a_query_over_the_scan_limit_is_refused_and_its_bytes_are_taken(desk: Desk):
    before = desk.spent("scanned-megabytes")
    sql = f"SELECT max(user_type) AS longest FROM rides WHERE day = '{lake.WIDE_DAY}'"  # noqa: S608
    told = desk.kept(desk.start("Which user type is the last in June 2019?", sql))
    assert (told.answer["state"], told.reason) == ("refused", "QueryTooLarge")
    assert told.states[-3:] == ["Judge", "Judged", "Refuse"]
    assert desk.spent("scanned-megabytes") >= before + 10


def test_an_unknown_database_is_refused(desk: Desk):
    taken = desk.door.post({"question": QUESTION, "database": "secrets"})
    assert (taken.status, taken.document["error"]) == (400, "InvalidRequest")
