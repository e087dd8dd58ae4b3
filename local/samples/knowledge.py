"""A document that may be read, what the steps before those of the samples leave for an ask, and a failed execution."""

from __future__ import annotations

import json
from typing import Any

from local.samples import quiet, repository
from local.samples.stack import EVENTS, Stack, wait

KEY = "handbook/leave.txt"
TEXT = """Leave

Parents may take 120 days of parental leave for each child. The leave is asked for six weeks ahead, in writing.
Holidays are thirty days a year. What is left of them at the end of a year may be taken until the end of March.
"""
SAID = "Parents may take 120 days of parental leave for each child."
ACCESS = {"schema": 1, "users": ["arn:aws:iam::123456789012:role/Analyst"], "groups": [], "everyone": False}
STEPS = ("compose", "answer", "refuse")
"""Samples of steps that find passages; the last two find what the model made of them."""


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("KnowledgeBucketName", f"{_work(stack, STEPS[-1])}/completion.json"))


def seed(stack: Stack) -> list[str]:
    """Puts everything there; what it put where."""
    # Its readers first: a document is never there without them.
    stack.put("InboxBucketName", f"{KEY}.access.json", json.dumps(ACCESS).encode(), "application/json")
    stack.put("InboxBucketName", KEY, TEXT.encode(), "text/plain")
    wait(lambda: _is_indexed(stack) or None, f"{KEY} in the index")
    wanted = stack.sample("knowledge/retrieve")
    for name in STEPS:
        work = _work(stack, name)
        stack.invoke("KnowledgeRetrieve", {**wanted, "id": work.rpartition("/")[2]})
        if name != "compose":
            body = json.dumps(_completion(stack, work)).encode()
            stack.put("KnowledgeBucketName", f"{work}/completion.json", body, "application/json")
    queue, event = stack.outputs["KnowledgeFailedQueueUrl"], stack.sample("knowledge/answer_from_documents")
    quiet.failed_execution(stack, stack.outputs["AnswerFromDocumentsArn"], queue, event)
    return [
        f"knowledge: s3://{stack.outputs['InboxBucketName']}/{KEY}, a document that the samples' role may read",
        f"knowledge: s3://{stack.outputs['KnowledgeBucketName']}/steps/, what the steps before those of samples leave",
        f"knowledge: {queue}, one aborted execution",
        *repository.seed(stack),
    ]


def _is_indexed(stack: Stack) -> bool:
    place = f"knowledge/{KEY}.json"
    if not any(stack.keys("KnowledgeBucketName", place, exactly=True)):
        return False
    return bool(json.loads(stack.get("KnowledgeBucketName", place)).get("version"))


def _completion(stack: Stack, work: str) -> dict[str, Any]:
    """What the model would have made of the passages that were found."""
    hits = json.loads(stack.get("KnowledgeBucketName", f"{work}/found.json"))["hits"]
    number = next(place for place, hit in enumerate(hits) if SAID in hit["text"])
    told = {"sentences": [{"text": SAID, "cited": [number]}], "missing": "", "stop_reason": "end_turn", "tokens": 512}
    return {"schema": 1, "completion": {**told, "left_out": 0}, "hits": hits, "model": "amazon.nova-2-lite-v1:0"}


def _work(stack: Stack, name: str) -> str:
    if name != "compose":
        return str(stack.sample(f"knowledge/{name}")["work"])
    event = json.loads((EVENTS / "knowledge" / "compose.json").read_bytes())
    return str(json.loads(event["Records"][0]["body"])["work"]["work"])
