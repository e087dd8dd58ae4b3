"""Prove and Judge: what may run, what is repaired, what is refused; the same again comes to the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from common.errors import CeilingReached
from questions import steps
from questions.errors import LakeForbidden, QueryFailed, QueryUnavailable, WorkGone
from questions.handlers import judge, prove
from questions.model import Problem
from questions.running import plans, scans
from tests.unit.questions.running.conftest import RIGHT, WORK, refused

WRONG = "SELECT nothing FROM rides WHERE day = '2019-07-01'"
SYSTEM = {"ErrorCategory": 1, "ErrorType": 401, "Retryable": True}
USER = {"ErrorCategory": 2, "ErrorType": 1006, "Retryable": False}


def context(milliseconds: int = 60_000) -> SimpleNamespace:
    return SimpleNamespace(
        function_name="prove",
        memory_limit_in_mb=256,
        invoked_function_arn="arn",
        aws_request_id="r",
        get_remaining_time_in_millis=lambda: milliseconds,
    )


def written(*statements: str) -> None:
    for number, sql in enumerate(statements):
        steps.keep_attempt(WORK, number, {"sql": sql, "missing": "", "tokens": 9, "problem": None})


def proved(attempt: int = 0, left: int = 60_000):
    return prove.handler({"work": WORK, "attempt": attempt, "database": "lake"}, context(left))


def judged(state: str, reason: str = "", error=None, *, attempt: int = 0, runs: int = 1, scanned: int = 0):
    run = {"query": "q1", "state": state, "reason": reason, "error": error, "bytes": scanned, "runs": runs}
    return judge.handler({"work": WORK, "attempt": attempt, "run": run}, context())


def problem(number: int) -> Problem | None:
    return steps.attempts(WORK, number + 1)[number].problem


# Prove


def test_a_right_statement_runs_as_the_guard_wrote_it(lake):
    written(RIGHT)
    answer = proved()
    assert (answer["outcome"], answer["sql"]) == ("run", f"{RIGHT} LIMIT 1000")
    (asked,) = lake.athena.started
    assert asked["QueryString"] == f"EXPLAIN {answer['sql']}"
    assert asked["WorkGroup"] == "questions"
    assert problem(0) is None


def test_a_plan_is_forgotten(lake):
    written(RIGHT)
    for name in ("results/q1.txt", "results/q1.txt.metadata", "results/q2.csv"):
        lake.put(name, {})
    proved()
    kept = {entry["Key"] for entry in lake.s3.list_objects_v2(Bucket="answers", Prefix="results/").get("Contents", [])}
    assert kept == {"results/q2.csv"}


def test_what_the_guard_finds_costs_no_plan(lake):
    written(WRONG)
    assert proved() == {"outcome": "repair"}
    assert lake.athena.started == []
    assert problem(0).name == "COLUMN_NOT_FOUND"


def test_what_the_plan_finds_is_written_into_the_attempt_with_its_place(lake):
    written(RIGHT)
    lake.athena.ends = [("FAILED", "TYPE_MISMATCH: line 1:30: Cannot apply operator", USER)]
    assert proved() == {"outcome": "repair"}
    assert problem(0).name == "TYPE_MISMATCH"


def test_what_athena_does_not_even_take_is_repaired_too(lake):
    written(RIGHT)
    lake.athena.refuses = refused("InvalidRequestException", "line 1:12: mismatched input 'x'")
    assert proved() == {"outcome": "repair"}


@pytest.mark.parametrize("code", ["InvalidRequestException", "AccessDeniedException"])
def test_a_workgroup_that_refuses_is_nobodys_statement(lake, code):
    written(RIGHT)
    lake.athena.refuses = refused(code, "Unable to verify/create output bucket answers")
    with pytest.raises(LakeForbidden, match="workgroup"):
        proved()
    assert problem(0) is None


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InternalServerException"])
def test_a_busy_athena_is_waited_for(lake, code):
    written(RIGHT)
    lake.athena.refuses = refused(code, "later")
    with pytest.raises(QueryUnavailable):
        proved()


def test_athenas_own_trouble_is_no_fault_of_the_statement(lake):
    written(RIGHT)
    lake.athena.ends = [("FAILED", "GENERIC_INTERNAL_ERROR: null", SYSTEM)]
    with pytest.raises(QueryUnavailable):
        proved()
    assert problem(0) is None


def test_a_plan_that_does_not_end_is_stopped_and_asked_for_again(lake, monkeypatch):
    monkeypatch.setattr(plans.time, "sleep", lambda _: None)
    written(RIGHT)
    lake.athena.ends = [("RUNNING", "", None)]
    with pytest.raises(QueryUnavailable):
        proved(left=9_000)
    assert lake.athena.stopped == ["q1"]


def test_a_wrong_attempt_is_not_tried_again(lake):
    written(WRONG)
    first = proved()
    assert proved() == first
    assert lake.athena.started == []


def test_the_same_statement_again_ends_it(lake):
    written(WRONG, WRONG)
    assert proved(0) == {"outcome": "repair"}
    answer = proved(1)
    assert (answer["outcome"], answer["error"]["Error"]) == ("refuse", "NotRepaired")


def test_a_redrive_comes_to_the_decisions_of_the_first_run(lake):
    """Later attempts are there already, and say nothing about earlier ones."""
    written(WRONG, WRONG, RIGHT)
    assert proved(0) == {"outcome": "repair"}
    proved(1)
    assert proved(0) == {"outcome": "repair"}


def test_hostile_is_refused_by_name(lake):
    written("DROP TABLE rides")
    answer = proved()
    assert (answer["outcome"], answer["error"]["Error"]) == ("refuse", "NotAllowed")


def test_at_the_ceiling_nothing_is_planned(lake):
    written(RIGHT)
    scans.take("q9", 2000 << 20, billed=True)
    with pytest.raises(CeilingReached):
        proved()
    assert lake.athena.started == []


def test_work_that_is_gone_has_a_name(lake):
    with pytest.raises(WorkGone, match="redrive"):
        proved()


# Judge


def test_a_run_that_succeeded_is_an_answer(lake):
    written(RIGHT)
    assert judged("SUCCEEDED", scanned=20 << 20) == {"outcome": "answer"}
    assert judged("SUCCEEDED", scanned=20 << 20) == {"outcome": "answer"}
    (account,) = [item for item in lake.items("spending") if "scanned" in item["pk"]["S"]]
    assert account["spent"] == {"N": "20"}


def test_a_run_that_failed_is_repaired(lake):
    written(RIGHT)
    assert judged("FAILED", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT", USER) == {"outcome": "repair"}
    assert problem(0).name == "INVALID_CAST_ARGUMENT"


def test_the_first_word_on_an_attempt_stays(lake):
    written(RIGHT)
    judged("FAILED", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT", USER)
    judged("FAILED", "DIVISION_BY_ZERO: / by zero", USER)
    assert problem(0).name == "INVALID_CAST_ARGUMENT"


@pytest.mark.parametrize(
    ("state", "reason", "error"),
    [
        ("CANCELLED", "Bytes scanned limit was exceeded", None),
        ("CANCELLED", "", None),
        ("FAILED", "Query exhausted resources at this scale factor", {"ErrorCategory": 2, "ErrorType": 3}),
    ],
)
def test_what_is_too_large_is_refused_and_never_repaired(lake, state, reason, error):
    written(RIGHT)
    answer = judged(state, reason, error, scanned=30 << 20)
    assert (answer["outcome"], answer["error"]["Error"]) == ("refuse", "QueryTooLarge")


def test_athenas_own_trouble_is_run_again_and_in_the_end_fails_by_name(lake):
    written(RIGHT)
    for runs in (1, 2, 3):
        assert judged("FAILED", "GENERIC_INTERNAL_ERROR: null", SYSTEM, runs=runs) == {"outcome": "again"}
    with pytest.raises(QueryFailed, match="redrive"):
        judged("FAILED", "GENERIC_INTERNAL_ERROR: null", SYSTEM, runs=4)
    assert problem(0) is None


def test_a_right_that_is_missing_is_no_fault_of_the_statement(lake):
    written(RIGHT)
    with pytest.raises(LakeForbidden):
        judged("FAILED", "PERMISSION_DENIED: Access denied on operation 's3:GetObject'", USER)
    assert problem(0) is None
