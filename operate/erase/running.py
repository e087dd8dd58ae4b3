"""Executions that still run on messages of what is erased: what they write, they would write after it."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any

from common.redrive import NAME


def running(stepfunctions: Any, machine: str, messages: Set[str]) -> list[str]:
    """ARNs. ``messages``: keys whose stem is their work, which stands in the name of the execution that was started
    for it; what was started for something else is looked at."""
    works = {message.rpartition("/")[2].removesuffix(".json") for message in messages}
    found = []
    pages = stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="RUNNING")
    for execution in (each for page in pages for each in page["executions"]):
        named = NAME.fullmatch(execution["name"])
        if named and named["kind"] == "narrate":
            is_ours = named["work"] in works
        else:
            is_ours = _message(stepfunctions, execution["executionArn"]) in messages
        if is_ours:
            found.append(execution["executionArn"])
    return found


def _message(stepfunctions: Any, execution: str) -> str | None:
    given = json.loads(stepfunctions.describe_execution(executionArn=execution).get("input") or "{}")
    return given.get("message") if isinstance(given, dict) else None
