"""Trips, llm, questions, knowledge, training: each function dies until its work stands still, and is redriven."""

from __future__ import annotations

import re

import pytest

from bench.faults.account import Account
from tests.e2e.waiting import eventually
from tests.roads.faults import consumers
from tests.roads.faults import knowledge_ways as knowledge
from tests.roads.faults.ways import WAYS

PATIENCE = consumers.PATIENCE
MOST_ASKS = 60
account = pytest.fixture(scope="module")(consumers.account)


@pytest.mark.parametrize("consumer", consumers.SECOND)
def test_work_whose_worker_dies_waits_and_comes_out_when_it_is_redriven(account, consumer):
    consumers.die_and_come_out(account, consumer)


def test_a_door_that_dies_loses_no_question_to_the_documents_and_asks_none_twice(account):
    """It dies before it is told, and at moments that the dice say; whoever asks does so again, under the same key."""
    name = re.escape(account.cloud.physical_id("KnowledgeDoor"))
    first = WAYS["KnowledgeAnswer"](account)
    eventually(lambda: first() or None, "the document, and its first question answered", PATIENCE)
    eventually(lambda: not account.executions("AnswerFromDocumentsArn", "RUNNING") or None, "the end of it", PATIENCE)
    before = set(account.executions("AnswerFromDocumentsArn", "SUCCEEDED"))
    asked: dict[str, str] = {}
    account.switch("/_local/lambda/usage", method="DELETE")
    try:
        for number, kills in enumerate((consumers.KILLS | {"times": 3}, {"share": 1, "times": 3, "seed": 5})):
            account.switch("/_local/lambda/kills", {**kills, "match": name})
            while consumers.killed(account) < 3 * (number + 1) and len(asked) < MOST_ASKS:
                key = f"door-{len(asked)}"
                asked[key] = _insist(account, key)
    finally:
        account.switch("/_local/lambda/kills")
    assert consumers.killed(account) == 6
    assert {key: knowledge.taken(account, knowledge.QUESTION, key) for key in asked} == asked
    for identity in asked.values():
        answer = eventually(lambda one=identity: knowledge.kept(account, one), f"answer of {identity}", PATIENCE)
        assert knowledge.ANSWER in answer["answer"]
    runs = eventually(lambda: _ended(account, before, len(asked)), "end of each execution", PATIENCE)
    assert len(runs) == len(set(asked.values())) == len(asked)


def _insist(account: Account, key: str) -> str:
    def ask() -> str | None:
        answered = knowledge.post(account, knowledge.QUESTION, key)
        assert answered.status in (202, 500, 502, 503), answered
        return str(answered.document["id"]) if answered.status == 202 else None

    return eventually(ask, f"question {key} taken", PATIENCE)


def _ended(account: Account, before: set[str], number: int) -> set[str] | None:
    found = set(account.executions("AnswerFromDocumentsArn", "SUCCEEDED")) - before
    return found if len(found) >= number else None
