"""All that somebody has asked, the answers, their rows and the sessions -> gone.

Items of the table say whose a question is; they go last, so that a run that was stopped finds the rest again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from operate.clients import Target
from operate.erase import waiting
from operate.erase.erasure import Erasure, Tally
from operate.erase.names import named_in
from operate.erase.versions import Versions
from operate.errors import OperateError

QUEUES = (
    "GenerateFirstQueue",
    "GenerateNextQueue",
    "GenerateDeadLetters",
    "QuestionsFailedQueue",
    "QuestionsDeadLetters",
)
"""Each may hold a question's text."""
KINDS = ("question#", "question-repeat#", "question-key#", "question-session#")
"""Items that belong to one identity: their names or their member ``user`` say to whom."""


@dataclass
class Found:
    """``items``: names of items; ``questions``: ids; ``rows``: keys of rows, beside Athena's own notes on them."""

    items: set[str] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)


def is_there(target: Target) -> bool:
    """Whether the stack has the pipeline."""
    return "AnswerQuestion" in target.resources()


def plan(target: Target, asker: str) -> Erasure:
    """``asker``: the ``sub`` of a token, or the ARN of an IAM user or role. Raises OperateError."""
    bucket = target.output("AnswersBucketName", "deploy it with UseQuestions=true")
    versions, user = Versions(target.client("s3"), bucket), identity_of(target, asker)
    found = _find(target, versions, user)
    lines = [
        f"{len(found.questions)} questions with their answers, the rows of {len(found.rows)}, and their work",
        f"{len(found.items)} items in the table; messages about them in {', '.join(QUEUES)}",
    ]
    stays = [
        "executions stay in Step Functions for 90 days with the question, Athena's history of statements for 45",
        "log lines stay as long as the log group keeps them: they hold ids",
        "what was answered has been read already; events about it hold ids and counts",
    ]
    return Erasure(lines, stays, lambda tally: _erase(target, versions, found, user, tally))


def identity_of(target: Target, asker: str) -> str:
    """As the door has it: 40 hex."""
    from common.doors import identity

    issuer = target.parameters().get("TokenIssuer", "")
    return identity.signer_id(asker) if asker.startswith("arn:") else identity.token_id(issuer, asker)


def _find(target: Target, versions: Versions, user: str) -> Found:
    found = Found()
    table = target.output("StateTableName", "deploy it with UseQuestions=true")
    for item in _items(target.client("dynamodb"), table):
        name = item["pk"]["S"]
        if item.get("user", {}).get("S") == user or f"#{user}#" in name:
            found.items.add(name)
            if name.startswith("question#"):
                found.questions.add(name.partition("#")[2])
    answers = [version for question in found.questions for version in versions.below(f"answers/{question}.json")]
    for _, body in versions.read_all(answers):
        rows = json.loads(body).get("rows") or {}
        if rows.get("bucket") == versions.bucket:
            found.rows.add(rows["key"])
    return found


def _items(dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    """The whole table is read: no key leads from a person to questions."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from (item for item in page["Items"] if item["pk"]["S"].startswith(KINDS))


def _erase(target: Target, versions: Versions, found: Found, user: str, tally: Tally) -> None:
    from operate.spending import ceilings

    resources = target.resources()
    queues = [(name, resources[name]) for name in QUEUES if name in resources]
    wanted = {"id": found.questions, "user": {user}}
    waiting.delete(target.client("sqs"), queues, lambda body: named_in(body, wanted), tally)
    for arn in _running(target.client("stepfunctions"), resources.get("AnswerQuestion", ""), found.questions):
        tally.fail(f"{arn} still works on it, and may write until it has ended; run this again then, or stop it")
    versions.delete_keys([*found.rows, *(f"{key}.metadata" for key in found.rows)], tally)
    for question in sorted(found.questions):
        versions.delete_below(f"steps/{question}/", tally)
        versions.delete_keys([f"answers/{question}.json"], tally)
    if tally.failed:
        return
    dynamodb, table = target.client("dynamodb"), ceilings.table_name(target)
    for name in sorted(found.items):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": name}})
    tally.count("items", len(found.items))


def _running(stepfunctions: Any, machine: str, questions: set[str]) -> list[str]:
    """Executions that are named after one of the questions and have not ended."""
    if not machine:
        raise OperateError("The stack has no AnswerQuestion.")
    pages = stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    every = (execution for page in pages for execution in page["executions"])
    return [each["executionArn"] for each in every if any(question in each["name"] for question in questions)]
