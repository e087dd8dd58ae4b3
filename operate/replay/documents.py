"""Documents again, under the versions that lie in the inbox, by another ``again``: after a change of model or prompt.

The model and the prompts are the stack's: deploy them first. What Textract has answered to the same questions is kept
for a week and used again, so a replay within it pays for no page. The same ``again`` twice is one piece of work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from operate import amounts
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


WORKED = ("summarized", "duplicate", "superseded", "done")
"""Outcomes of the machine with which nothing is left to do: where a newer version came, that one has its summary."""
MOST_NAMED = 10


def command(target: Target, wish: Wish) -> Iterator[str]:
    """Lines for a person. Raises OperateError where a document that is named, or all below the prefix, are not there:
    nothing is started then; Unfinished where one fails, is refused, or has not ended in time."""
    s3 = target.client("s3")
    inbox, summaries = target.output("InboxBucketName", _INSTEAD), target.output("SummariesBucketName", _INSTEAD)
    keys = list(dict.fromkeys(wish.documents)) or list(_below(s3, inbox, wish.prefix))
    _check(s3, inbox, wish.documents)
    if not keys:
        raise OperateError(f"No document lies below {wish.prefix!r} in {inbox}.")
    parameters = target.parameters()
    asked = document_bill.questions(parameters)
    with ThreadPoolExecutor(READERS) as pool:
        looked = list(pool.map(partial(document_bill.of, s3, summaries, asked), keys))
    known = [one for one in looked if one is not None]
    yield f"{amounts.of(len(keys), 'document')}; {len(keys) - len(known)} without a summary, of which no price is known"
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
    ends, left = yield from asking.progress(list(started), partial(_end, states), wish.seconds)
    yield from asking.result(ends, left, WORKED)


def _check(s3: Any, inbox: str, named: Sequence[str]) -> None:
    """Raises OperateError where one of ``named`` is no document in the inbox."""
    from documents import keys

    with ThreadPoolExecutor(READERS) as pool:
        there = list(pool.map(partial(_is_there, s3, inbox), named))
    strange = [key for key, found in zip(named, there, strict=True) if not found or keys.is_no_document(key)]
    if not strange:
        return
    said = ", ".join(map(repr, strange[:MOST_NAMED])) + (", ..." if len(strange) > MOST_NAMED else "")
    raise OperateError(
        f"{amounts.of(len(strange), 'key')} of {len(named)} {'is' if len(strange) == 1 else 'are'} no document in "
        f"{inbox}: {said}. Nothing was started; name keys as aws s3 ls shows them, or say --prefix."
    )


def _is_there(s3: Any, inbox: str, key: str) -> bool:
    from botocore.exceptions import ClientError

    if not key:
        return False  # S3 has no such key, and botocore would refuse to ask for it
    try:
        s3.head_object(Bucket=inbox, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


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
