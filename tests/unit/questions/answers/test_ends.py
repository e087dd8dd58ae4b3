"""The ends of the machine: Answer and Refuse, twice, late, out of order, and dying in the middle."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from common import aws
from common.doors import kept
from common.errors import ConcurrentUpdate, ServiceUnavailable
from common.objects import Bucket
from common.table import Table
from questions.answers import results, sessions
from questions.errors import QueryUnavailable
from questions.handlers import answer, refuse
from tests.doors import one_request_at_a_time
from tests.e2e.schemas import check
from tests.unit.documents.pipeline_aws import refusal
from tests.unit.questions.answers.builders import ANSWERS, ID, QUERY, SESSION, SQL, TABLE, USER, attempt, metrics, state

CONTEXT = SimpleNamespace(
    function_name="answer", memory_limit_in_mb=256, invoked_function_arn="arn", aws_request_id="r"
)
PLACE = f"answers/{ID}.json"
ERROR = {"Error": "Unanswerable", "Cause": "The tables say nothing of the weather."}


@pytest.fixture
def ran(account):
    """A question whose first statement ran."""
    account.athena.queries[QUERY] = ({"trips": "bigint"}, [["7"]])
    account.put(f"steps/{ID}/attempts/0.json", attempt())
    return account


def answered(**changed):
    return answer.handler(state(**changed), CONTEXT)


def refused(**changed):
    given = {name: value for name, value in state().items() if name not in {"sql", "warnings", "run"}}
    return refuse.handler({**given, "error": ERROR, **changed}, CONTEXT)


def turns(account, session=SESSION, user=USER):
    return sessions.turns(Table(TABLE), user, session)


# Answer


def test_rows_become_an_answer(ran):
    assert answered() == {"outcome": "answered", "id": ID, "answer": PLACE}
    document = ran.get(PLACE)
    check(document, "question-answer")
    assert document | {"answered_at": None} == {
        "schema": 1,
        "id": ID,
        "state": "answered",
        "question": "How many trips?",
        "database": "lake",
        "session_id": SESSION,
        "asked_at": "2026-11-20T08:00:00.000Z",
        "answered_at": None,
        "sql": SQL,
        "columns": [{"name": "trips", "type": "bigint"}],
        "rows": {"bucket": ANSWERS, "key": f"results/{QUERY}.csv"},
        "preview": [["7"]],
        "attempts": [{"sql": SQL, "error": None, "line": None, "column": None}],
        "warnings": [],
        "bytes_scanned": 1234,
        "text": "trips: 7.",
        "reason": None,
    }


def test_it_tells_of_an_answer_without_a_word_of_it(ran):
    ran.athena.queries[QUERY] = ({"secret": "varchar"}, [["swordfish"]])
    answered(question="Where is the treasure?", warnings=[{"code": "NUMBER_AS_TEXT", "message": "Swordfish."}])
    (event,) = ran.events.entries
    assert (event["Source"], event["DetailType"], event["EventBusName"]) == (
        "millrace.questions",
        "QuestionAnswered",
        "default",
    )
    detail = json.loads(event["Detail"])
    check(detail, "question-answered")
    assert detail | {"at": ""} == {
        "schema": 1,
        "id": ID,
        "user": USER,
        "bucket": ANSWERS,
        "answer": PLACE,
        "attempts": 1,
        "warnings": ["NUMBER_AS_TEXT"],
        "bytes_scanned": 1234,
        "at": "",
    }
    assert "swordfish" not in event["Detail"].lower()
    assert "treasure" not in event["Detail"].lower()


def test_the_session_has_the_turn_before_the_answer_can_be_seen(ran, monkeypatch):
    seen = []
    put = kept.put
    monkeypatch.setattr(answer.kept, "put", lambda *given: seen.append(turns(ran)) or put(*given))
    answered()
    assert seen == [[{"question": "How many trips?", "sql": SQL, "columns": ["trips"]}]]


def test_a_question_without_a_session_has_no_turn(ran):
    answered(session=None)
    assert ran.items("question-session") == []
    assert ran.get(PLACE)["session_id"] is None


def test_statements_that_were_wrong_are_told_with_their_places(ran):
    ran.put(f"steps/{ID}/attempts/0.json", attempt("SELECT trip", name="COLUMN_NOT_FOUND", line=1, column=8))
    ran.put(f"steps/{ID}/attempts/1.json", attempt())
    ran.put(f"steps/{ID}/attempts/2.json", attempt("SELECT left by a redrive"))
    answered(attempt=1)
    document = ran.get(PLACE)
    check(document, "question-answer")
    assert document["attempts"] == [
        {"sql": "SELECT trip", "error": "COLUMN_NOT_FOUND", "line": 1, "column": 8},
        {"sql": SQL, "error": None, "line": None, "column": None},
    ]


@pytest.mark.parametrize(("number", "first", "repaired"), [(0, 1, 0), (1, 0, 1), (3, 0, 1)])
def test_what_is_counted(ran, capsys, number, first, repaired):
    for each in range(number + 1):
        ran.put(f"steps/{ID}/attempts/{each}.json", attempt(tokens=100))
    answered(attempt=number, asked_at="2026-11-20T08:00:00.000Z")
    found = metrics(capsys.readouterr().out)
    assert found.pop("AnswerSeconds") > 0
    assert found == {
        "Answered": 1,
        "FirstPass": first,
        "Repaired": repaired,
        "AnswerTokens": 100 * (number + 1),
        "BytesScanned": 1234,
    }


def test_twice_is_one_answer_and_one_turn(ran):
    first = answered()
    document = ran.get(PLACE)
    ran.athena.queries[QUERY] = ({"trips": "bigint"}, [["8"]])
    assert answered() == first
    assert ran.get(PLACE) == document
    assert len(turns(ran)) == 1
    assert len({entry["Detail"] for entry in ran.events.entries}) == 1


class Died(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("after", ["turn", "answer", "event"])
def test_an_answer_that_died_is_made_whole_by_the_next_try(ran, monkeypatch, after):
    module, name = {"turn": (sessions, "add"), "answer": (kept, "put"), "event": (answer.events, "put")}[after]
    does = getattr(module, name)

    def dies(*arguments):
        does(*arguments)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(module, name, dies)
        with pytest.raises(Died):
            answered()
    answered()
    assert ran.get(PLACE)["text"] == "trips: 7."
    assert len(turns(ran)) == 1
    assert len({entry["Detail"] for entry in ran.events.entries}) == 1


def test_no_event_is_lost_where_eventbridge_takes_none(ran):
    ran.events.refuses = 1
    with pytest.raises(ServiceUnavailable):
        answered()
    answered()
    assert len(ran.events.details("QuestionAnswered")) == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [("TooManyRequestsException", 400), ("ThrottlingException", 400), ("InternalServerException", 500)],
)
def test_an_athena_that_is_busy_is_asked_again(ran, code, status):
    ran.athena.fails = [refusal(code, status, "GetQueryExecution")]
    with pytest.raises(QueryUnavailable):
        answered()
    assert ran.events.entries == []
    assert answered()["outcome"] == "answered"


def test_a_query_that_nobody_knows_fails(ran):
    with pytest.raises(ClientError):
        answered(run={"query": "another"})


def test_of_an_answer_and_a_refusal_at_once_one_stays(account, monkeypatch):
    one_request_at_a_time(monkeypatch)
    bucket = Bucket(ANSWERS, account.s3)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: kept.put(bucket, {"id": ID, "number": number}), range(16)))
    assert {each["number"] for each in found} == {account.get(PLACE)["number"]}


def test_an_answer_of_which_nothing_is_kept_is_never_told(ran, monkeypatch):
    """S3 refuses the second of two writes at once (409), and the first one may fail yet."""
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put_if_absent", lambda *_, **__: False)
        with pytest.raises(ConcurrentUpdate):
            answered()
    assert ran.events.entries == []
    assert answered()["outcome"] == "answered"


# Refuse


def test_a_refusal_is_an_answer_with_a_reason(account):
    account.put(f"steps/{ID}/attempts/0.json", attempt("SELECT a", name="NOT_ALLOWED", line=2))
    assert refused() == {"outcome": "refused", "id": ID, "error": "Unanswerable", "answer": PLACE}
    document = account.get(PLACE)
    check(document, "question-answer")
    assert document["state"] == "refused"
    assert document["reason"] == {"error": "Unanswerable", "message": ERROR["Cause"]}
    assert document["attempts"] == [{"sql": "SELECT a", "error": "NOT_ALLOWED", "line": 2, "column": None}]
    assert (document["sql"], document["rows"], document["text"], document["preview"]) == (None, None, None, [])
    (detail,) = account.events.details("QuestionRefused")
    check(detail, "question-refused")
    assert (detail["error"], detail["user"], detail["attempts"]) == ("Unanswerable", USER, 1)
    assert "weather" not in json.dumps(detail)


def test_the_cause_of_a_failed_function_is_its_sentence(account):
    cause = json.dumps({"errorMessage": "There is no such database.", "errorType": "NoTables", "stackTrace": []})
    refused(error={"Error": "NoTables", "Cause": cause})
    assert account.get(PLACE)["reason"] == {"error": "NoTables", "message": "There is no such database."}


def test_a_question_may_be_refused_before_a_model_was_asked(account):
    given = {
        name: value for name, value in state().items() if name not in {"sql", "warnings", "run", "work", "attempt"}
    }
    refuse.handler({**given, "error": ERROR}, CONTEXT)
    assert account.get(PLACE)["attempts"] == []


def test_refusals_are_counted_by_their_name(account, capsys):
    account.put(f"steps/{ID}/attempts/0.json", attempt(tokens=70))
    refused()
    printed = capsys.readouterr().out
    assert metrics(printed) == {"Refused": 1, "RefusedTokens": 70}
    assert '"error":"Unanswerable"' in printed.replace(" ", "")


def test_a_refusal_twice_is_one(account):
    first = refused()
    document = account.get(PLACE)
    assert refused(error={"Error": "NotRepaired", "Cause": "Four were wrong."})["outcome"] == first["outcome"]
    assert account.get(PLACE) == document
    assert len({entry["Detail"] for entry in account.events.entries}) == 1


def test_what_was_answered_is_not_refused_afterwards(ran):
    answered()
    document = ran.get(PLACE)
    assert refused()["outcome"] == "answered"
    assert ran.get(PLACE) == document
    assert [entry["DetailType"] for entry in ran.events.entries] == ["QuestionAnswered"] * 2


def test_a_refusal_has_no_turn(account):
    refused()
    assert turns(account) == []


# Rows


def columns(count):
    return {f"c{number}": "varchar" for number in range(count)}


@pytest.mark.parametrize(
    ("rows", "shown", "more"), [(0, 0, False), (1, 1, False), (20, 20, False), (21, 20, True), (999, 20, True)]
)
def test_the_first_twenty_rows_are_shown(account, rows, shown, more):
    account.athena.queries[QUERY] = (columns(1), [[str(number)] for number in range(rows)])
    found = results.read(QUERY)
    assert found.rows == [[str(number)] for number in range(shown)]
    assert (found.more, found.cut) == (more, False)


@pytest.mark.parametrize(("rows", "warned"), [(20, []), (999, []), (1_000, ["ROWS_CUT"])])
def test_as_many_rows_as_may_be_are_said_to_be_perhaps_not_all(ran, rows, warned):
    ran.athena.queries[QUERY] = (columns(1), [[str(number)] for number in range(rows)])
    answered()
    document = ran.get(PLACE)
    check(document, "question-answer")
    assert [warning["code"] for warning in document["warnings"]] == warned


def test_null_is_not_an_empty_text(account):
    account.athena.queries[QUERY] = (columns(3), [[None, "", "null"]])
    assert results.read(QUERY).rows == [[None, "", "null"]]


def test_long_values_are_cut_and_said_to_be(ran):
    ran.athena.queries[QUERY] = (columns(2), [["a" * 501, "b" * 500]])
    answered()
    document = ran.get(PLACE)
    check(document, "question-answer")
    assert document["preview"] == [["a" * 499 + "…", "b" * 500]]
    assert [warning["code"] for warning in document["warnings"]] == ["PREVIEW_CUT"]


def test_a_preview_is_never_too_large_to_be_sent(account):
    account.athena.queries[QUERY] = (columns(300), [["ü" * 600] * 300 for _ in range(20)])
    found = results.read(QUERY)
    assert found.cut
    assert len(json.dumps(found.rows, ensure_ascii=False).encode()) <= results.MOST_BYTES
    account.athena.queries[QUERY] = (columns(300), [["a" * 100] * 300 for _ in range(20)])
    assert 0 < len(results.read(QUERY).rows) < 20


def test_clients_are_those_of_the_worker(account):
    assert aws.client("athena") is account.athena
