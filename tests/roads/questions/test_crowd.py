"""Many callers at once: a model that throttles is waited for, workers die, and each question is answered once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from bench.faults.account import Account
from bench.faults.streams.asked import Questions
from bench.questions import desk, lake
from tests.e2e.waiting import eventually

NUMBER, PATIENCE = 100, 900.0
KILLS = 20


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    cloud = desk.start()
    try:
        lake.make(cloud.client)
        found = Account(cloud)
        found.hurry()
        yield found
    finally:
        cloud.stop()


def test_a_hundred_questions_wait_for_a_model_that_throttles_and_each_is_answered_once(account: Account):
    stream, before = Questions(account, "throttled"), Counter(_run(account))
    account.switch("/_local/bedrock/usage", method="DELETE")
    account.switch("/_local/bedrock/faults", {"mode": "ThrottlingException", "times": NUMBER})
    stream.send(NUMBER)
    _all_out(account, stream)
    assert account.switch("/_local/bedrock/usage", method="GET")["requests"] == 2 * NUMBER
    ran = Counter(_run(account)) - before
    assert (ran.total(), set(ran.values())) == (NUMBER, {1})
    assert len(account.executions("AnswerQuestionArn", "SUCCEEDED")) == NUMBER
    assert account.executions("AnswerQuestionArn", "FAILED") == []


def test_workers_that_die_lose_no_question(account: Account):
    stream = Questions(account, "killed")
    account.switch("/_local/lambda/usage", method="DELETE")
    account.switch("/_local/lambda/kills", {"share": 0.2, "times": KILLS, "seed": 7, "match": "Questions"})
    try:
        stream.send(NUMBER // 2)
        eventually(lambda: _killed(account) >= KILLS or None, "worker that died", PATIENCE)
    finally:
        account.switch("/_local/lambda/kills")
    _all_out(account, stream)


def _all_out(account: Account, stream: Questions) -> None:
    """Redrives what failed, as an operator would, until all is out."""

    def look() -> bool | None:
        found = stream.look()
        assert found.wrong == ()
        if found.ended:
            return True
        if account.depths(("Failed",)) and not account.at_work():
            account.redrive()
        return None

    eventually(look, "answer to each question", PATIENCE)


def _killed(account: Account) -> int:
    return int(account.switch("/_local/lambda/usage", method="GET")["killed"])


def _run(account: Account) -> Iterator[str]:
    """Statements that count loans; not their plans, and not what reads samples."""
    for text in desk.Desk(account.cloud).statements():
        if text.startswith("SELECT count(*)"):
            yield text
