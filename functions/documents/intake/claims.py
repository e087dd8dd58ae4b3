"""Which execution works on a version of an object: one item per key in the table says which one has it.

EventBridge delivers at least once, in any order, and chooses the names of executions itself, so the first state of each
execution claims its object here. A claim only saves the price of doing the same work twice. What keeps an old version
from replacing a new one is the conditional write at the end (``documents.outputs.versioned_writes``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from common import aws, executions
from common.errors import ConcurrentUpdate
from common.table import Item, Table
from documents.intake.requests import Request
from documents.intake.sequencers import newer
from documents.model import Source

Action = Literal["work", "duplicate", "superseded"]

SECONDS = 90 * 86400
"""For which a claim is kept, as long as Step Functions remembers an execution that has ended."""

TRIES = 10


@dataclass(frozen=True, slots=True)
class Claim:
    source: Source
    work: str
    action: Action
    fresh: bool
    """Whether this call took it; False where the same execution had it already (a repeated call)."""


def work(source: Source, again: str = "") -> str:
    """40 hex that name the work: the same version gives the same, so that nothing is paid for twice."""
    parts = (source.bucket, source.key, source.etag, source.version_id or "", source.sequencer)
    texts = (*parts, again) if again else parts
    return executions.digest(*(text.encode() for text in texts))


def take(table: Table, request: Request, execution: str) -> Claim:
    """Claims the version for an execution, or says why there is nothing to do.

    ``request`` is whole. The holder of the same version is looked at: running or done makes this one a duplicate,
    failed lets it take over. Done includes refused, unless a person asks for it on purpose.
    Raises ConcurrentUpdate where others claim the key again and again, botocore's ClientError for what Step Functions
    refuses.
    """
    name = _name(request)
    for _ in range(TRIES):
        item = table.get(name)
        source = _known(request, item)
        mine = Claim(source, work(source, request.again), "work", fresh=True)
        if item is not None:
            if item["execution"] == execution:
                return replace(mine, fresh=False)
            if _same(request, item):
                if _settled(item, request):
                    return replace(mine, action="duplicate", fresh=False)
            elif newer(item["sequencer"], source.sequencer):
                return replace(mine, action="superseded", fresh=False)
        if _put(table, name, _item(source, request, execution), item):
            return mine
    raise ConcurrentUpdate("Other executions claimed the document again and again while this one tried to.")


def sequencers(table: Table, request: Request) -> list[str]:
    """The sequencer that the key was claimed with last, if it was."""
    item = table.get(_name(request))
    return [item["sequencer"]] if item else []


def _name(request: Request) -> str:
    return f"document#{request.bucket}/{request.key}"


def _known(request: Request, item: Item | None) -> Source:
    """The version under the sequencer that it was first claimed with: one version is one work."""
    same = item is not None and _same(request, item)
    return replace(request.source(), sequencer=item["sequencer"]) if item and same else request.source()


def _same(request: Request, item: Item) -> bool:
    """Whether both are about one version of the object. A version id tells more than a tag; without one, two deliveries
    of the same content at two places are two uploads."""
    if request.version_id and item["version_id"]:
        return bool(request.version_id == item["version_id"])
    same_place = not newer(request.sequencer, item["sequencer"]) and not newer(item["sequencer"], request.sequencer)
    return bool(request.etag == item["etag"]) and (same_place or not request.delivered or not item["delivered"])


def _settled(item: Item, request: Request) -> bool:
    """Whether the holder of the same version does the work, or has done it."""
    if request.again and request.again != item["again"]:
        return False
    import json

    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            execution = aws.client("stepfunctions").describe_execution(executionArn=item["execution"])
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return False
            raise
    if execution["status"] == "RUNNING":
        return True
    if execution["status"] != "SUCCEEDED":
        return False
    output = json.loads(execution.get("output") or "null")
    refused = isinstance(output, dict) and output.get("outcome") == "rejected"
    return request.delivered or not refused


def _item(source: Source, request: Request, execution: str) -> Item:
    return {
        "execution": execution,
        "etag": source.etag,
        "sequencer": source.sequencer,
        "version_id": source.version_id or "",
        "delivered": request.delivered,
        "again": request.again,
    }


def _put(table: Table, name: str, item: Item, seen: Item | None) -> bool:
    """Writes the claim only over the one that was seen."""
    if seen is None:
        return table.put_if_absent(name, item, seconds=SECONDS)
    values = {"execution": seen["execution"]}
    return table.put(name, item, seconds=SECONDS, condition="#execution = :execution", values=values)
