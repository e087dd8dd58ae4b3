"""All that somebody has asked, the lake and the documents: the answers, their rows, the sessions, the votes -> gone.

Items of the table say whose a question is; they go last, so that a run that was stopped finds the rest again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from operate.clients import Target
from operate.erase import knowledge, waiting
from operate.erase.erasure import Erasure, Tally
from operate.erase.names import named_in
from operate.erase.versions import Versions
from operate.errors import OperateError

INSTEAD = "deploy it with UseQuestions=true or UseKnowledge=true"


@dataclass(frozen=True)
class Desk:
    """What a pipeline keeps of those who ask. ``bucket``: the output with its name; ``machine`` and ``queues``: logical
    ids, each queue may hold a question's text or its id; ``item``: what the names of items with a question begin with;
    ``kinds``: those of all items that belong to one identity: their names or their member ``user`` say to whom."""

    bucket: str
    machine: str
    item: str
    kinds: tuple[str, ...]
    queues: tuple[str, ...]


LAKE = Desk(
    "AnswersBucketName",
    "AnswerQuestion",
    "question#",
    ("question#", "question-repeat#", "question-key#", "question-session#"),
    ("GenerateFirstQueue", "GenerateNextQueue", "GenerateDeadLetters", "QuestionsFailedQueue", "QuestionsDeadLetters"),
)
DOCUMENTS = Desk(
    "KnowledgeBucketName",
    "AnswerFromDocuments",
    "ask#",
    ("ask#", "ask-repeat#", "ask-key#", "ask-session#", "vote#"),
    ("ComposeFirstQueue", "ComposeNextQueue", "ComposeDeadLetters", "KnowledgeFailedQueue", "KnowledgeDeadLetters"),
)


@dataclass
class Found:
    """``items``: names of items; ``questions``: ids; ``rows``: keys of rows, beside Athena's own notes on them."""

    desk: Desk
    versions: Versions
    items: set[str] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)


def plan(target: Target, asker: str, old_bucket: str = "") -> Erasure:
    """``asker``: the ``sub`` of a token, or the ARN of an IAM user or role. ``old_bucket``: a KnowledgeBucket that
    stayed when its pipeline was switched off. Raises OperateError."""
    user, outputs = identity_of(target, asker), target.outputs()
    places = [(desk, outputs[desk.bucket]) for desk in (LAKE, DOCUMENTS) if desk.bucket in outputs]
    if old_bucket and (DOCUMENTS, old_bucket) not in places:
        places.append((DOCUMENTS, old_bucket))
    if not places:
        raise OperateError(
            "Nobody can ask this stack; deploy it with UseQuestions=true or UseKnowledge=true, or name the bucket that "
            "stayed when UseKnowledge was switched off: --knowledge-bucket NAME."
        )
    s3 = target.client("s3")
    found = [Found(desk, Versions(s3, bucket)) for desk, bucket in places]
    _find(target, found, user)
    lines = [line for each in found for line in _told(each)]
    stays = [
        "executions stay in Step Functions for 90 days with the question, and for the documents who asked it",
        "log lines stay as long as the log group keeps them: they hold ids",
        "what was answered has been read already; events about it hold ids and counts",
    ]
    if any(each.desk is LAKE for each in found):
        stays.append("Athena's history of statements stays for 45 days")
    if any(each.desk is DOCUMENTS for each in found):
        stays.append("access files name readers, and the table has what they say: write those anew yourself")
    if old_bucket or DOCUMENTS.bucket not in outputs:
        stays.append(knowledge.OLD)
    return Erasure(lines, stays, lambda tally: _erase(target, found, user, tally))


def identity_of(target: Target, asker: str) -> str:
    """As the door has it: 40 hex."""
    from common.doors import identity

    issuer = target.parameters().get("TokenIssuer", "")
    return identity.signer_id(asker) if asker.startswith("arn:") else identity.token_id(issuer, asker)


def _told(found: Found) -> Iterator[str]:
    if found.desk is LAKE:
        yield f"{len(found.questions)} questions with their answers, the rows of {len(found.rows)}, and their work"
    else:
        yield f"{len(found.questions)} questions to the documents with their answers and their work"
    yield f"{len(found.items)} items in the table; messages about them in {', '.join(found.desk.queues)}"


def _find(target: Target, desks: list[Found], user: str) -> None:
    table = target.output("StateTableName", INSTEAD)
    for item in _items(target.client("dynamodb"), table):
        name = item["pk"]["S"]
        if item.get("user", {}).get("S") != user and f"#{user}#" not in name:
            continue
        for found in desks:
            if name.startswith(found.desk.kinds):
                found.items.add(name)
                if name.startswith(found.desk.item):
                    found.questions.add(name.partition("#")[2])
    for found in desks:
        answers = [each for question in found.questions for each in found.versions.below(f"answers/{question}.json")]
        for _, body in found.versions.read_all(answers):
            rows = json.loads(body).get("rows") or {}
            if rows.get("bucket") == found.versions.bucket:
                found.rows.add(rows["key"])


def _items(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    """The whole table is read: no key leads from a person to questions."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _erase(target: Target, desks: list[Found], user: str, tally: Tally) -> None:
    """Items say where the rest is. Those of one desk go whatever stays of the other one's."""
    kept: set[str] = set()
    for found in desks:
        before = len(tally.failed)
        _erase_work(target, found, user, tally)
        if len(tally.failed) > before:
            kept |= found.items
    dynamodb, table = target.client("dynamodb"), target.output("StateTableName", INSTEAD)
    gone = {name for found in desks for name in found.items} - kept
    for name in sorted(gone):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": name}})
    tally.count("items", len(gone))


def _erase_work(target: Target, found: Found, user: str, tally: Tally) -> None:
    resources, versions = target.resources(), found.versions
    queues = [(name, resources[name]) for name in found.desk.queues if name in resources]
    wanted = {"id": found.questions, "user": {user}}
    waiting.delete(target.client("sqs"), queues, lambda body: named_in(body, wanted), tally)
    for arn in _running(target.client("stepfunctions"), resources, found):
        tally.fail(f"{arn} still works on it, and may write until it has ended; run this again then, or stop it")
    versions.delete_keys([*found.rows, *(f"{key}.metadata" for key in found.rows)], tally)
    for question in sorted(found.questions):
        versions.delete_below(f"steps/{question}/", tally)
        versions.delete_keys([f"answers/{question}.json"], tally)


def _running(stepfunctions: Any, resources: dict[str, str], found: Found) -> list[str]:
    """Executions that are named after one of the questions and have not ended; none where the machine is gone."""
    machine = resources.get(found.desk.machine, "")
    if not machine:
        return []
    pages = stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    every = (execution for page in pages for execution in page["executions"])
    return [each["executionArn"] for each in every if any(question in each["name"] for question in found.questions)]
