"""Admission: turns, lanes and answers, without any pipeline's work."""

from __future__ import annotations

import json
import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import admission, aws
from common.admission import Ask, Lane, NotAnAsk, lanes, patience, serving, tokens
from common.errors import (
    CeilingReached,
    ConcurrentUpdate,
    PipelinePaused,
    ServiceUnavailable,
    StorageUnavailable,
    TransientError,
)

AT = "2026-11-20T08:30:00.123Z"


class Busy(TransientError):
    pass


class Away(TransientError):
    pass


class Mute:
    def __getattr__(self, _level: str) -> Any:
        return lambda *_, **__: None


class Account:
    """Step Functions and SQS as a worker sees them; ``gone`` tokens have nobody who waits."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.fails: dict[str, Exception] = {}

    def client(self, _service: str) -> Any:
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> dict[str, Any]:
            if operation in self.fails:
                raise self.fails[operation]
            self.said.append((operation, arguments))
            return {}

        return call

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.said]


@pytest.fixture
def peers(monkeypatch) -> Account:
    fake = Account()
    monkeypatch.setattr(aws, "client", fake.client)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(serving, "measure", lambda *_, **__: None)
    monkeypatch.setattr(serving, "count", lambda *_, **__: None)
    monkeypatch.setattr(serving, "logger", Mute)
    return fake


def step(run: Any, *, stale: bool = False) -> admission.Step:
    return admission.Step(
        queues={"first": "https://q/first", "next": "https://q/next"},
        throttled=(Busy,),
        unavailable=(Away,),
        stale=lambda _: stale,
        run=run,
        metrics=admission.Metrics("Waited", "Handed", "Superseded", "Gone"),
    )


def context(*left: int) -> Any:
    """A clock that says one number after the other, and the last one for ever."""
    values = list(left)
    return SimpleNamespace(get_remaining_time_in_millis=lambda: values.pop(0) if len(values) > 1 else values[0])


def message(lane: Lane = "next", **changes: Any) -> dict[str, Any]:
    ask = {"schema": 1, "work": {"n": 1}, "token": "t", "asked_at": AT, "handed": 0, **changes}
    arn = f"arn:aws:sqs:us-east-1:123456789012:{lane}"
    return {"Records": [{"messageId": "m", "body": json.dumps(ask), "eventSourceARN": arn}]}


def serve(run: Any, clock: Any = None, lane: Lane = "next", *, stale: bool = False, **changes: Any) -> dict[str, Any]:
    return admission.serve(message(lane, **changes), clock or context(120_000), step(run, stale=stale))


DONE, BACK = {"batchItemFailures": []}, {"batchItemFailures": [{"itemIdentifier": "m"}]}


def test_work_is_done_and_answered(peers):
    assert serve(lambda work, _turn: {"got": work["n"]}) == DONE
    assert peers.operations == ["send_task_heartbeat", "send_task_success"]
    assert json.loads(peers.said[1][1]["output"]) == {"got": 1}


def test_stale_work_is_answered_without_being_done(peers):
    assert serve(pytest.fail, stale=True) == DONE
    assert json.loads(peers.said[-1][1]["output"]) == {"superseded": True}


def client_error(code: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "x")


@pytest.mark.parametrize("code", sorted(tokens.GONE))
def test_nobody_waits(peers, code):
    peers.fails["send_task_heartbeat"] = client_error(code)
    assert serve(pytest.fail) == DONE
    assert peers.said == []


@pytest.mark.parametrize("code", sorted(tokens.GONE))
def test_nobody_waits_any_more_when_it_is_done(peers, code):
    peers.fails["send_task_success"] = client_error(code)
    assert serve(lambda *_: {}) == DONE


def test_an_answer_that_is_refused_leaves_the_message_where_it_is(peers):
    peers.fails |= dict.fromkeys(("send_task_success", "send_task_failure"), client_error("AccessDeniedException"))
    assert serve(lambda *_: {}) == BACK


def test_a_step_functions_that_is_busy_is_asked_by_a_later_message(peers):
    peers.fails["send_task_success"] = client_error("ThrottlingException")
    assert serve(lambda *_: {}) == DONE
    assert peers.operations == ["send_task_heartbeat", "send_message"]


@pytest.mark.parametrize("error", [ServiceUnavailable, StorageUnavailable, ConcurrentUpdate, Busy, Away])
def test_what_passes_is_sent_again_later(peers, error):
    def run(*_: Any) -> Any:
        raise error("soon")

    assert serve(run, handed=3) == DONE
    operation, sent = peers.said[-1]
    assert operation == "send_message"
    assert 30 <= sent["DelaySeconds"] <= 60
    assert json.loads(sent["MessageBody"])["handed"] == 4


@pytest.mark.parametrize("error", [CeilingReached, PipelinePaused])
@pytest.mark.parametrize(("handed", "shortest", "longest"), [(0, 7, 15), (1, 15, 30), (4, 120, 240), (500, 120, 240)])
def test_what_may_not_be_bought_waits_longer_each_time_and_begins_to_wait_anew(peers, error, handed, shortest, longest):
    """Neither a failure nor an answer; and no alarm on waiting takes it for a service that is slow."""

    def run(_work: Any, turn: admission.Turn) -> Any:
        return turn.patiently(lambda: (_ for _ in ()).throw(error("not today")))

    before = time.time()
    assert serve(run, handed=handed) == DONE
    assert peers.operations == ["send_task_heartbeat", "send_message"]
    sent = peers.said[-1][1]
    assert shortest <= sent["DelaySeconds"] <= longest
    again = admission.read(sent["MessageBody"])
    assert (again.handed, again.token, dict(again.work)) == (handed + 1, "t", {"n": 1})
    assert datetime.fromisoformat(again.asked_at).timestamp() >= before + sent["DelaySeconds"]


@pytest.mark.parametrize(("error", "reason"), [(CeilingReached, "money"), (PipelinePaused, "money"), (Away, "service")])
def test_what_is_sent_again_says_whether_for_money(peers, monkeypatch, error, reason):
    """An alarm over standing still is silent for what waits for money, and for nothing else."""
    counted: list[tuple[str, float, dict[str, str]]] = []
    monkeypatch.setattr(serving, "count", lambda name, value=1, **split: counted.append((name, value, split)))

    def run(*_: Any) -> Any:
        raise error("soon")

    assert serve(run) == DONE
    assert counted == [("Handed", 1, {"reason": reason}), ("Superseded", 0, {}), ("Gone", 0, {})]
    counted.clear()
    assert serve(lambda *_: {}) == DONE
    assert counted == [("Handed", 0, {}), ("Superseded", 0, {}), ("Gone", 0, {})]


def test_a_message_that_cannot_be_sent_again_comes_back_itself(peers):
    peers.fails["send_message"] = client_error("Throttling")
    assert serve(lambda _work, turn: turn.begin(), context(5_000)) == BACK


def test_anything_else_fails_the_task_under_its_name(peers):
    def run(*_: Any) -> Any:
        raise KeyError("missing" * 9_000)

    assert serve(run) == DONE
    operation, said = peers.said[-1]
    assert (operation, said["error"], len(said["cause"])) == ("send_task_failure", "KeyError", tokens.MOST_CAUSE)


@given(refusals=st.lists(st.sampled_from([Busy, Away]), max_size=12))
def test_a_call_goes_on_as_long_as_there_is_time(refusals):
    turn = admission.Turn(step(None), Ask({}, "t", AT), "first", context(120_000))
    waits: list[float] = []
    left = iter([*refusals, None])

    def call() -> str:
        error = next(left)
        if error:
            raise error
        return "done"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", waits.append)
        assert turn.patiently(call) == "done"
    assert len(waits) == len(refusals)
    for error, seconds in zip(refusals, waits, strict=True):
        shortest, longest = admission.PAUSES["first"] if error is Busy else patience.OUTAGE_PAUSES
        assert shortest * 0.5 <= seconds <= longest * 1.5


def test_patience_needs_no_execution_that_waits(peers, monkeypatch):
    """A worker without a token waits likewise, and lets go at its deadline, or of a service that stays away."""
    waits = admission.Patience("next", context(120_000), (Busy,), (Away,))
    answers = iter([Busy("soon"), Away("soon"), "done"])

    def call() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert waits.patiently(call) == "done"
    with pytest.raises(admission.HandBack):
        admission.Patience("next", context(19_000), (Busy,), (Away,)).begin()
    with pytest.raises(admission.HandBack):
        admission.Patience("next", context(80_000), (Busy,), (Away,), left_seconds=90.0).begin()
    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with pytest.raises(admission.HandBack) as rest:
        waits.patiently(lambda: (_ for _ in ()).throw(Away("still")))
    assert admission.LATER_SECONDS[0] <= rest.value.seconds <= admission.LATER_SECONDS[1]
    assert peers.operations == []


def test_the_first_lane_asks_more_often():
    assert admission.PAUSES["first"] < admission.PAUSES["next"]


# Lanes


@pytest.fixture
def table(account, monkeypatch) -> None:
    boto3.client("dynamodb").create_table(
        TableName="state",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setattr("time.time", lambda: 6_000.0)


def choose(asks: int, priority: admission.Priority = "normal", table: str = "state") -> Lane:
    return admission.choose(table, "s", asks, priority, most=4, per_minute=8, unasked="Unasked")


def test_the_allowance_of_a_minute_is_used_up_and_the_next_minute_has_its_own(table, monkeypatch):
    assert [choose(3) for _ in range(4)] == ["first", "first", "next", "next"]
    assert choose(2) == "first", "what is small enough still fits in"
    assert choose(1) == "next"
    monkeypatch.setattr("time.time", lambda: 6_060.0)
    assert choose(3) == "first"


def test_a_high_priority_goes_first_whatever_is_left_and_takes_from_the_allowance(table):
    assert [choose(40, "high") for _ in range(3)] == ["first"] * 3
    assert choose(1) == "next"


def test_a_low_priority_and_a_long_one_take_nothing(table):
    assert choose(1, "low") == "next"
    assert choose(5) == "next"
    assert choose(4) == choose(4) == "first"


@pytest.mark.parametrize(("priority", "lane"), [("high", "first"), ("normal", "next")])
def test_a_table_that_does_not_answer_holds_nobody_up(monkeypatch, priority, lane):
    counted: list[str] = []

    def busy(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("busy")

    monkeypatch.setattr(lanes.Table, "take", busy)
    monkeypatch.setattr(lanes, "count", counted.append)
    monkeypatch.setattr(lanes, "logger", Mute)
    assert choose(1, priority) == lane
    assert counted == ["Unasked"]


@given(st.text(max_size=200))
def test_any_text_is_an_ask_or_is_refused_by_name(text):
    with pytest.raises(NotAnAsk):
        admission.read(text)
