"""Which execution works on a version of an object: one item per key in the table says which one has it.

EventBridge delivers at least once, in any order, and chooses the names of executions itself, so the first state of each
execution claims its object here. A claim only saves the price of doing the same work twice. What keeps an old version
from replacing a new one is the conditional write at the end (``documents.outputs.versioned_writes``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from common import aws, executions
from common.errors import ConcurrentUpdate
from common.sequencers import OLDEST, newer
from common.table import Item, Table
from documents import keys
from documents.intake.requests import Request
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
    """40 hex that name the work: the same version gives the same, so that nothing is paid for twice.

    The first 16 are the key's, so that all that was left of a document is found when it is deleted.
    """
    parts = (source.bucket, source.key, source.etag, source.version_id or "", source.sequencer)
    texts = (*parts, again) if again else parts
    return keys.work_prefix(source.key) + executions.digest(*(text.encode() for text in texts))[:24]


def take(table: Table, request: Request, execution: str, deleted: str = OLDEST) -> Claim:
    """Claims the version for an execution, or says why there is nothing to do.

    ``request`` is whole; ``deleted`` is the place of the key's newest deletion: older versions, and claims of them, do
    not count any more, so that a document which comes back under an old version's id is work again.
    The holder of the same version is looked at: running or done makes this one a duplicate, failed lets it take over.
    Done includes refused, unless a person asks for it on purpose.
    Raises ConcurrentUpdate where others claim the key again and again, botocore's ClientError for what Step Functions
    refuses.
    """
    name = _name(request.bucket, request.key)
    for _ in range(TRIES):
        seen = table.get(name)
        item = None if seen is None or _is_past(seen["sequencer"], deleted) else seen
        source = _known(request, item)
        mine = Claim(source, work(source, request.again), "work", fresh=True)
        if _is_past(source.sequencer, deleted):
            return replace(mine, action="superseded", fresh=False)
        if item is not None:
            if item["execution"] == execution:
                return replace(mine, fresh=False)
            if _same(request, item):
                if _settled(item, request):
                    return replace(mine, action="duplicate", fresh=False)
            elif newer(item["sequencer"], source.sequencer):
                return replace(mine, action="superseded", fresh=False)
        if _put(table, name, _item(source, request, execution), seen):
            return mine
    raise ConcurrentUpdate("Other executions claimed the document again and again while this one tried to.")


def sequencers(table: Table, request: Request) -> list[str]:
    """The sequencer that the key was claimed with last, if it was."""
    item = table.get(_name(request.bucket, request.key))
    return [item["sequencer"]] if item else []


def place_of(table: Table, bucket: str, key: str, version: str | None, etag: str = "") -> str | None:
    """The sequencer that a version was claimed with, if it was the last one; without versions ``etag`` tells."""
    item = table.get(_name(bucket, key))
    if item is None:
        return None
    same = item["version_id"] == version if version else bool(etag) and item["etag"] == etag
    return str(item["sequencer"]) if same else None


def is_newer_known(table: Table, source: Source) -> bool:
    """Whether a newer version of the key has been claimed than this one."""
    item = table.get(_name(source.bucket, source.key))
    return item is not None and newer(item["sequencer"], source.sequencer)


def runs(execution: str) -> bool:
    """Whether an execution is under way. Raises botocore's ClientError for what Step Functions refuses."""
    found = _described(execution)
    return found is not None and found["status"] == "RUNNING"


def _is_past(sequencer: str, deleted: str) -> bool:
    return deleted != OLDEST and not newer(sequencer, deleted)


def _name(bucket: str, key: str) -> str:
    return f"document#{bucket}/{key}"


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

    execution = _described(item["execution"])
    if execution is None:
        return False
    if execution["status"] == "RUNNING":
        return True
    if execution["status"] != "SUCCEEDED":
        return False
    output = json.loads(execution.get("output") or "null")
    refused = isinstance(output, dict) and output.get("outcome") == "rejected"
    return request.delivered or not refused


def _described(arn: str) -> Any:
    """None where Step Functions does not know it any more."""
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            return aws.client("stepfunctions").describe_execution(executionArn=arn)
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return None
            raise


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
