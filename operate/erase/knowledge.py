"""What knowledge keeps of a document, and of what somebody has asked the documents -> gone.

Of a document: its pointer in all versions, its vectors, and every answer and work that shows a passage of it, whoever
asked. Of an asker: what this identity asked, the answers, the work, sessions and votes. What says where the rest is
goes last, so that a run that was stopped finds it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from operate import amounts
from operate.clients import Target
from operate.erase import waiting
from operate.erase.erasure import Erasure, Tally
from operate.erase.names import named, named_in
from operate.erase.versions import Version, Versions
from operate.errors import OperateError

QUEUES = (
    *("IndexFirstQueue", "IndexNextQueue", "ComposeFirstQueue", "ComposeNextQueue", "ComposeDeadLetters"),
    *("KnowledgeFailedQueue", "KnowledgeDeadLetters"),
)
KINDS = ("ask#", "ask-repeat#", "ask-key#", "ask-session#", "vote#")
"""Items that belong to one identity: their names or their member ``user`` say to whom."""
SHOWN = ("answers/", "steps/")
"""Where passages of documents stand: in answers, and in what one step leaves for the next."""
INSTEAD = "deploy it with UseKnowledge=true"


def is_there(target: Target) -> bool:
    """Whether the stack has the pipeline."""
    return "KnowledgeBucket" in target.resources()


@dataclass
class Found:
    """``pointers`` and ``shown``: versions of objects; ``vectors``: keys; ``items``: names in the table;
    ``asks``: ids."""

    pointers: list[Version] = field(default_factory=list)
    vectors: list[str] = field(default_factory=list)
    shown: list[Version] = field(default_factory=list)
    items: set[str] = field(default_factory=set)
    asks: set[str] = field(default_factory=set)


def of_document(target: Target, keys: list[str]) -> Erasure:
    """``keys``: of the document and of what was taken out of it. What documents themselves have is not looked at."""
    versions = Versions(target.client("s3"), target.output("KnowledgeBucketName", INSTEAD))
    found = _of_document(target, versions, keys)
    lines = [
        f"{amounts.of(len(found.vectors), 'vector')} in the index, "
        f"{amounts.of(len(found.pointers), 'version')} of its pointer; "
        f"{amounts.of(len(found.shown), 'version')} of answers and work that show it; "
        f"turns of {amounts.of(len(found.items), 'session')}"
    ]
    stays = [
        "numbers of its passages stay for 180 days under hashes of their text: no text can be read from them",
        "whoever was answered from it has read that already",
    ]

    def act(tally: Tally) -> None:
        queues = _queues(target)
        waiting.delete(target.client("sqs"), queues, lambda body: named_in(body, {"document": set(keys)}), tally)
        _delete_vectors(target, found.vectors, tally)
        versions.delete(found.shown, tally)
        _delete_items(target, found.items, tally)
        if not tally.failed:
            versions.delete(found.pointers, tally)

    return Erasure(lines, stays, act)


def of_asker(target: Target, user: str) -> Erasure:
    """``user``: 40 hex, as the door has it."""
    versions = Versions(target.client("s3"), target.output("KnowledgeBucketName", INSTEAD))
    found = Found()
    for item in _items(target):
        name = item["pk"]["S"]
        if item.get("user", {}).get("S") == user or f"#{user}" in name:
            found.items.add(name)
            if name.startswith("ask#"):
                found.asks.add(name.partition("#")[2])
    lines = [
        f"{len(found.asks)} questions to the documents with their answers and their work",
        f"{len(found.items)} items in the table; messages about them in {', '.join(QUEUES)}",
    ]
    stays = [
        "executions stay in Step Functions for 90 days with the question and who asked it",
        "access files name readers, and the table has what they say: write those anew yourself",
    ]
    return Erasure(lines, stays, lambda tally: _erase_asker(target, versions, found, user, tally))


def _erase_asker(target: Target, versions: Versions, found: Found, user: str, tally: Tally) -> None:
    wanted = {"id": found.asks, "user": {user}}
    waiting.delete(target.client("sqs"), _queues(target), lambda body: named_in(body, wanted), tally)
    for arn in _running(target, found.asks):
        tally.fail(f"{arn} still works on it, and may write until it has ended; run this again then, or stop it")
    for ask in sorted(found.asks):
        versions.delete_below(f"steps/{ask}/", tally)
        versions.delete_keys([f"answers/{ask}.json"], tally)
    if not tally.failed:
        _delete_items(target, found.items, tally)


def _of_document(target: Target, versions: Versions, keys: list[str]) -> Found:
    from knowledge.indexing import pointers

    found = Found()
    found.pointers = versions.of([pointers.place(key) for key in keys])
    docs = {pointers.doc(key) for key in keys}
    found.vectors = [key for key in _vectors(target) if key.partition("/")[0] in docs]
    wanted = {"key": set(keys)}
    every = (version for prefix in SHOWN for version in versions.below(prefix))
    found.shown = [version for version, body in versions.read_all(every) if named_in(body, wanted)]
    found.items = {item["pk"]["S"] for item in _items(target) if _names(item, set(keys))}
    return found


def _vectors(target: Target) -> Iterator[str]:
    """Of the whole index: a pointer tells of those that count, and a worker that died may have left others."""
    index = target.output("VectorIndexArn", INSTEAD)
    for page in target.client("s3vectors").get_paginator("list_vectors").paginate(indexArn=index):
        yield from (vector["key"] for vector in page["vectors"])


def _names(item: dict[str, Any], keys: set[str]) -> bool:
    """Whether a session has a turn that rests on one of these documents; texts of an item are members ``S``."""
    return item["pk"]["S"].startswith("ask-session#") and named(item, {"S": keys})


def _items(target: Target) -> Iterator[dict[str, Any]]:
    """The whole table is read: no key leads from a person or a document to what was asked."""
    table = target.output("StateTableName", INSTEAD)
    for page in target.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from (item for item in page["Items"] if item["pk"]["S"].startswith(KINDS))


def _delete_vectors(target: Target, vectors: list[str], tally: Tally) -> None:
    from services.s3vectors import Index

    Index(target.output("VectorIndexArn", INSTEAD), client=target.client("s3vectors")).delete(vectors)
    tally.count("vectors", len(vectors))


def _delete_items(target: Target, items: set[str], tally: Tally) -> None:
    dynamodb, table = target.client("dynamodb"), target.output("StateTableName", INSTEAD)
    for name in sorted(items):
        dynamodb.delete_item(TableName=table, Key={"pk": {"S": name}})
    tally.count("items of the table", len(items))


def _queues(target: Target) -> list[tuple[str, str]]:
    resources = target.resources()
    return [(name, resources[name]) for name in QUEUES if name in resources]


def _running(target: Target, asks: set[str]) -> list[str]:
    """Executions that are named after one of the asks and have not ended."""
    machine = target.resources().get("AnswerFromDocuments", "")
    if not machine:
        raise OperateError("The stack has no AnswerFromDocuments.")
    pages = target.client("stepfunctions").get_paginator("list_executions")
    every = (
        execution
        for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING")
        for execution in page["executions"]
    )
    return [each["executionArn"] for each in every if any(ask in each["name"] for ask in asks)]
