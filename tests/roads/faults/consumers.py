"""A function that takes work from a queue, a stream, a rule or a machine dies until the work stands still; a redrive
brings it out.

There are two halves, each in a file of its own with a cloud of its own, so that two processes can take them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from bench.faults.account import Account
from bench.questions import desk, lake
from local.cloud.testing import start_cloud
from local.demo.account import Bucket
from tests.e2e.waiting import eventually
from tests.roads.faults import knowledge_ways as knowledge
from tests.roads.faults import training_ways as training
from tests.roads.faults.ways import HEALED, TOO, WAYS
from tests.template.translate import TEMPLATE
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
    **training.PARAMETERS,
}
KILLS = {"share": 1, "times": 1_000_000, "after": 0}


FIRST = tuple(name for name in sorted(WAYS) if name.startswith(("Narration", "Documents")))
SECOND = tuple(name for name in sorted(WAYS) if name not in FIRST)


def account() -> Iterator[Account]:
    """A cloud with the whole application, in which failures are seen again at once."""
    cloud = start_cloud(TEMPLATE, parameters=PARAMETERS)
    found = Account(cloud)
    lake.make(cloud.client)
    knowledge.make(found)
    training.make(found)
    found.switch("/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": HURRY})
    sqs = cloud.client("sqs")
    for url in found.queues():
        if "Failed" not in url:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": SEEN_AGAIN})
    yield found
    cloud.stop()


def die_and_come_out(account: Account, consumer: str) -> None:
    """Its work waits while it dies, and comes out when it is redriven."""
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
        assert killed(account) > 0
    finally:
        account.switch("/_local/lambda/kills")
    said, end = [], time.monotonic() + PATIENCE
    while not done() and time.monotonic() < end:
        said += account.redrive()
        time.sleep(1)
    assert done(), said
    eventually(lambda: _waiting(account) <= before or None, "end of what failed", 30)


def killed(account: Account) -> int:
    return int(account.switch("/_local/lambda/usage", method="GET")["killed"])


def _waiting(account: Account) -> int:
    """What failed and waits, of all pipelines."""
    lake = Bucket(account.cloud.client, account.cloud.outputs["LakeBucketName"])
    given_up = [key for key in lake.keys("errors/processing-failed/") if "resent" not in key]
    return sum(account.depths(("Failed", "DeadLetters")).values()) + len(given_up)
