"""Work for the functions of knowledge: documents for the index, questions to them, a repository to be brought."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from bench.faults.account import Account
from common import objects
from common.table import Table
from knowledge.connectors import kept as cursor
from knowledge.connectors import turns
from local.demo.account import Bucket
from operate.clients import Target
from operate.questions.calls import Answered
from operate.questions.command import door_at
from tests.e2e.waiting import eventually

PATIENCE = 240
REPOSITORY, FOLDER = "library-of-the-town", "brought/"
PARAMETERS = {
    "UseKnowledge": "true",
    "DefaultReaders": "everyone",
    "AsksPerMinute": "1000",
    "SearchesPerMinute": "1000",
    "SyncBucketName": REPOSITORY,
    "SyncInto": FOLDER,
}
CONTRACT, SAYS = "contract.txt", "The notice period of Anna Berg is fourteen weeks.\n"
QUESTION, ANSWER = "How long is the notice period of Anna Berg?", "fourteen weeks"
UNKNOWN = "How long is the notice period of Otto Lund?"
Done = Callable[[], bool]


def make(account: Account) -> None:
    """The repository, which everybody may read."""
    account.cloud.client("s3").create_bucket(Bucket=REPOSITORY)
    access = json.dumps({"schema": 1, "everyone": True}).encode()
    Bucket(account.cloud.client, REPOSITORY).put("access.json", access)


def index(account: Account) -> Done:
    """A document, from the inbox into the index."""
    key = f"{uuid.uuid4().hex[:12]}.txt"
    _inbox(account).put(key, f"The lease of Hall {key[:6]} ends in May.\n".encode())
    return lambda: _version(account, key) is not None


def ask(account: Account, question: str = QUESTION, state: str = "answered") -> Done:
    """A question to a document that has to be in the index, under a key of its own, so that it is no repeat."""
    if _version(account, CONTRACT) is None:
        _inbox(account).put(CONTRACT, SAYS.encode())
        eventually(lambda: _version(account, CONTRACT), "the contract in the index", PATIENCE)
    identity = taken(account, question, uuid.uuid4().hex)
    return lambda: (kept(account, identity) or {}).get("state") == state


def refused(account: Account) -> Done:
    return ask(account, UNKNOWN, "refused")


def sync(account: Account) -> Done:
    """A document of the repository. It was brought once the look's report says so, which is written last but one.

    A redriven look waits until workers of the one that failed can be about no more. They are not waited for here: what
    is tried is what the look makes good, and tests/workflow/knowledge/test_sync.py waits.
    """
    key = f"{uuid.uuid4().hex[:12]}.txt"
    Bucket(account.cloud.client, REPOSITORY).put(key, b"The rent of Hall Nine is 990 euros.\n")
    machine = account.cloud.outputs["SyncRepositoryArn"]
    states = account.cloud.client("stepfunctions")
    begun = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]

    def done() -> bool:
        if states.describe_execution(executionArn=begun)["status"] == "FAILED":
            _long_ago(account, begun)
        return bool(_brought(account, key) and not account.executions("SyncRepositoryArn", "RUNNING"))

    return done


def taken(account: Account, question: str, key: str) -> str:
    """The id of a question that the door has taken."""
    answered = post(account, question, key)
    assert answered.status == 202, answered
    return str(answered.document["id"])


def post(account: Account, question: str, key: str) -> Answered:
    """What the door answers, as the account's root user asks."""
    cloud = account.cloud
    door = door_at(Target(cloud.stack, port=int(cloud.url.rpartition(":")[2])), cloud.outputs["KnowledgeUrl"])
    return door.send("POST", "/ask", {"question": question}, Idempotency_Key=key)


def kept(account: Account, identity: str) -> dict[str, Any] | None:
    found = _knowledge(account).json(f"answers/{identity}.json")
    return None if found is None else dict(found)


def _version(account: Account, key: str) -> str | None:
    """Of the document that the index has."""
    pointer = _knowledge(account).json(f"knowledge/{key}.json")
    return pointer["version"] if pointer else None


def _brought(account: Account, key: str) -> bool:
    """It lies in the inbox, and the next look knows."""
    if _inbox(account).get(f"{FOLDER}{key}") is None:
        return False
    bucket = objects.Bucket(account.cloud.outputs["KnowledgeBucketName"], account.cloud.client("s3"))
    return f"{FOLDER}{key}" in cursor.manifest(bucket).entries


def _long_ago(account: Account, execution: str) -> None:
    """As if Step Functions had forgotten an execution that has failed, where it still has its turn."""
    table = Table(account.cloud.outputs["StateTableName"], account.cloud.client("dynamodb"))
    values = {"seen": execution}
    forgotten = {"execution": f"{execution}-long-ago"}
    table.put(turns.KEY, forgotten, seconds=turns.SECONDS, condition="#execution = :seen", values=values)


def _inbox(account: Account) -> Bucket:
    return Bucket(account.cloud.client, account.cloud.outputs["InboxBucketName"])


def _knowledge(account: Account) -> Bucket:
    return Bucket(account.cloud.client, account.cloud.outputs["KnowledgeBucketName"])
