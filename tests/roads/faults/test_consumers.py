"""Each function that takes work from a queue, a stream, a rule or a machine dies until the work stands still; a redrive
brings it out. The list is the template's: a new function without a way fails here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from bench.faults.account import Account
from bench.questions import desk, lake
from local.cloud.testing import start_cloud
from local.demo.account import Bucket
from tests.e2e.waiting import eventually
from tests.roads.faults import knowledge_ways as knowledge
from tests.roads.faults.ways import ELSEWHERE, HEALED, TOO, WAYS
from tests.template.resources import of_type
from tests.template.translate import TEMPLATE, resolved
from tests.workflow.conftest import HURRY

CANARY = "amazon.nova-lite-v1:0"
SEEN_AGAIN = "2"
PATIENCE = 900
PARAMETERS = {
    "TripsBufferSeconds": "1",
    "UseImages": "false",
    "UseCompletionsStream": "true",
    "CanaryModel": CANARY,
    "UseQuestions": "true",
    **desk.PARAMETERS,
    **knowledge.PARAMETERS,
}
MOST_ASKS = 60
KILLS = {"share": 1, "times": 1_000_000, "after": 0}


def test_each_function_has_a_way_or_a_reason():
    functions = set(of_type(resolved(**{**PARAMETERS, "UseImages": "true"}), "AWS::Lambda::Function"))
    assert functions == set(WAYS) | set(ELSEWHERE)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    cloud = start_cloud(TEMPLATE, parameters=PARAMETERS)
    found = Account(cloud)
    lake.make(cloud.client)
    knowledge.make(found)
    found.switch("/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": HURRY})
    sqs = cloud.client("sqs")
    for url in found.queues():
        if "Failed" not in url:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": SEEN_AGAIN})
    yield found
    cloud.stop()


@pytest.mark.parametrize("consumer", sorted(WAYS))
def test_work_whose_worker_dies_waits_and_comes_out_when_it_is_redriven(account, consumer):
    names = [account.cloud.physical_id(name) for name in (consumer, TOO.get(consumer, consumer))]
    before = _waiting(account)
    account.switch("/_local/lambda/usage", method="DELETE")
    account.switch("/_local/lambda/kills", {**KILLS, "match": "|".join(map(re.escape, names))})
    try:
        done = WAYS[consumer](account)
        eventually(
            lambda: _waiting(account) > before or None, f"work of {consumer} in a queue of what failed", PATIENCE
        )
        assert consumer in HEALED or not done()
        assert _killed(account) > 0
    finally:
        account.switch("/_local/lambda/kills")
    said, end = [], time.monotonic() + PATIENCE
    while not done() and time.monotonic() < end:
        said += account.redrive()
        time.sleep(1)
    assert done(), said
    eventually(lambda: _waiting(account) <= before or None, "end of what failed", 30)


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
        for number, kills in enumerate((KILLS | {"times": 3}, {"share": 1, "times": 3, "seed": 5})):
            account.switch("/_local/lambda/kills", {**kills, "match": name})
            while _killed(account) < 3 * (number + 1) and len(asked) < MOST_ASKS:
                key = f"door-{len(asked)}"
                asked[key] = _insist(account, key)
    finally:
        account.switch("/_local/lambda/kills")
    assert _killed(account) == 6
    assert {key: knowledge.taken(account, knowledge.QUESTION, key) for key in asked} == asked
    for identity in asked.values():
        answer = eventually(lambda one=identity: knowledge.kept(account, one), f"answer of {identity}", PATIENCE)
        assert knowledge.ANSWER in answer["answer"]
    runs = eventually(lambda: _ended(account, before, len(asked)), "end of each execution", PATIENCE)
    assert len(runs) == len(set(asked.values())) == len(asked)


def _killed(account: Account) -> int:
    return int(account.switch("/_local/lambda/usage", method="GET")["killed"])


def _insist(account: Account, key: str) -> str:
    def ask() -> str | None:
        answered = knowledge.post(account, knowledge.QUESTION, key)
        assert answered.status in (202, 500, 502, 503), answered
        return str(answered.document["id"]) if answered.status == 202 else None

    return eventually(ask, f"question {key} taken", PATIENCE)


def _ended(account: Account, before: set[str], number: int) -> set[str] | None:
    found = set(account.executions("AnswerFromDocumentsArn", "SUCCEEDED")) - before
    return found if len(found) >= number else None


def _waiting(account: Account) -> int:
    """What failed and waits, of all pipelines."""
    lake = Bucket(account.cloud.client, account.cloud.outputs["LakeBucketName"])
    given_up = [key for key in lake.keys("errors/processing-failed/") if "resent" not in key]
    return sum(account.depths(("Failed", "DeadLetters")).values()) + len(given_up)
