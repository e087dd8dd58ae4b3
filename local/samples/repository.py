"""A small repository for the connector of knowledge: two documents and their rights, of which one was brought."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.samples.stack import Stack

FILES: Mapping[str, str] = {
    "access.json": json.dumps({"schema": 1, "groups": ["staff"], "denied": {"users": ["bob"]}}),
    "groups.json": json.dumps({"staff": {"groups": ["hr"]}, "hr": {"users": ["ann"]}}),
    "handbook.txt": "The handbook of the repository. Doors close at six in the evening.\n",
}
LATER = {"holidays.txt": "Holidays of the repository. The office is closed on 24 December.\n"}
"""Comes when the first sync has ended, so that there is something to do for another one."""


def seed(stack: Stack) -> list[str]:
    """Puts the repository there, brings the first document, and lists the second; what it put where.

    Nothing where the stack brings no repository.
    """
    if "SyncRepositoryArn" not in stack.outputs:
        return []
    settings = stack.client("lambda").get_function_configuration(
        FunctionName=stack.physical_id("KnowledgeListRepository")
    )["Environment"]["Variables"]
    bucket, prefix = settings["SYNC_BUCKET"], settings.get("SYNC_PREFIX", "")
    _make(stack.client("s3"), bucket)
    _put(stack, bucket, prefix, FILES)
    _sync(stack, stack.sample("knowledge/finish_sync"))
    _put(stack, bucket, prefix, LATER)
    stack.invoke("KnowledgeListRepository", stack.sample("knowledge/list_repository"))
    return [f"knowledge: s3://{bucket}/{prefix}, a repository of two documents and their rights"]


def _sync(stack: Stack, ended: Mapping[str, Any]) -> None:
    """A whole sync, step by step, as an execution that has ended."""
    started = {"execution": ended["execution"], "input": {}}
    listed = stack.invoke("KnowledgeListRepository", started)
    for number, phase in enumerate(listed["phases"]):
        for portion in range(phase["portions"]):
            event = {"execution": ended["execution"], "phases": listed["phases"], "phase": number, "portion": portion}
            stack.invoke("KnowledgeSyncPortion", event)
    stack.invoke("KnowledgeFinishSync", {**ended, "phases": listed["phases"]})


def _make(s3: Any, bucket: str) -> None:
    if bucket not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)


def _put(stack: Stack, bucket: str, prefix: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        kind = "application/json" if name.endswith(".json") else "text/plain"
        stack.client("s3").put_object(Bucket=bucket, Key=f"{prefix}{name}", Body=text.encode(), ContentType=kind)
