"""Documents again, under the versions that lie in the inbox, by another ``again``: after a change of model or prompt.

The model and the prompts are the stack's: deploy them first. What Textract has answered to the same questions is kept
for a week and used again, so a replay within it pays for no page. The same ``again`` twice is one piece of work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from operate.clients import Target
from operate.errors import OperateError
from operate.replay import asking, document_bill
from operate.replay.kept import READERS
from operate.spending import accounts

_INSTEAD = "documents are not deployed there"


@dataclass(frozen=True)
class Wish:
    """``documents``: keys in the inbox; else all below ``prefix``. ``again``: any text, one for each replay."""

    documents: tuple[str, ...]
    prefix: str
    again: str
    yes: bool = False
    seconds: float = 600


def command(target: Target, wish: Wish) -> Iterator[str]:
    """Lines for a person. Raises OperateError where nothing is named or there."""
    s3 = target.client("s3")
    inbox, summaries = target.output("InboxBucketName", _INSTEAD), target.output("SummariesBucketName", _INSTEAD)
    keys = list(dict.fromkeys(wish.documents)) or list(_below(s3, inbox, wish.prefix))
    if not keys:
        raise OperateError(f"No document lies below {wish.prefix!r} in {inbox}.")
    parameters = target.parameters()
    asked = document_bill.questions(parameters)
    with ThreadPoolExecutor(READERS) as pool:
        looked = list(pool.map(partial(document_bill.of, s3, summaries, asked), keys))
    known = [one for one in looked if one is not None]
    yield f"{len(keys)} documents; {len(keys) - len(known)} without a summary, of which no price is known"
    yield from document_bill.lines(parameters, known)
    yield "today's accounts:"
    yield from (line for line in accounts.show(target) if line.startswith("documents "))
    if not asking.agreed(f"Send them, as again={wish.again!r}?", yes=wish.yes):
        yield "nothing was sent"
        return
    states, machine = target.client("stepfunctions"), target.output("SummarizeDocumentArn", _INSTEAD)
    started = dict(_start(states, machine, inbox, key, wish.again) for key in keys)
    before = len(started) - sum(started.values())
    told = f"; {before} had been sent as {wish.again!r} before, name another --again to ask anew" if before else ""
    yield f"{len(started) - before} sent{told}"
    yield from asking.progress(list(started), partial(_end, states), wish.seconds)


def _below(s3: Any, inbox: str, prefix: str) -> Iterator[str]:
    from documents import keys

    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=inbox, Prefix=prefix):
        yield from (one["Key"] for one in page.get("Contents", ()) if not keys.is_no_document(one["Key"]))


def _start(states: Any, machine: str, inbox: str, key: str, again: str) -> tuple[str, bool]:
    """Starts the machine once for a document and an ``again``; its execution's ARN, and whether it began just now."""
    from botocore.exceptions import ClientError

    from common.executions import digest

    name = f"replay-{digest(inbox.encode(), key.encode(), again.encode())}"
    detail = {"bucket": {"name": inbox}, "object": {"key": key}, "again": again, "priority": "low"}
    try:
        text = json.dumps({"detail": detail}, sort_keys=True)
        return str(states.start_execution(stateMachineArn=machine, name=name, input=text)["executionArn"]), True
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}", False


def _end(states: Any, arn: str) -> str | None:
    found = states.describe_execution(executionArn=arn)
    if found["status"] == "RUNNING":
        return None
    if found["status"] != "SUCCEEDED":
        return f"failed ({found.get('error', found['status'])})"
    return str(json.loads(found.get("output") or "{}").get("outcome", "done"))
