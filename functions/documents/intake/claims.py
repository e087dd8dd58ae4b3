"""Whose work is this version of this object? One item a key in the table says which execution has it.

EventBridge delivers at least once, in any order, and chooses the names of executions itself, so the first state of each
execution claims its object here. A claim is thrift: it saves the price of doing the same work twice. What keeps an old
version from replacing a new one is the conditional write at the end (``documents.outputs.versioned_writes``).

Versions of one key are put in order by S3's ``sequencer``: the shorter is padded on the right with zeros, then they are
compared as text (S3 user guide, "Event message structure"). It means nothing between two keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from common import aws, executions
from common.errors import ConcurrentUpdate
from common.table import Item, Table
from documents.errors import UnusableRequest
from documents.model import Source

Action = Literal["work", "duplicate", "superseded"]

SECONDS = 90 * 86400
"""For which a claim is kept, as long as Step Functions remembers an execution that has ended."""

OLDEST = "0"
"""The sequencer of a version about whose place nothing is known: every other one is newer."""

STEP = "0000000000000001"
"""Behind a sequencer it makes the next higher one: whatever S3 gives a later version is higher still."""

TRIES = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What an execution was started with. ``etag``, ``sequencer`` and ``size`` are empty where it does not say.

    ``delivered``: by EventBridge, so that it may come twice for no reason; otherwise somebody asked for it on purpose.
    ``again``: any text; together with the version it names the work, so a new text does it once more.
    """

    bucket: str
    key: str
    etag: str = ""
    sequencer: str = ""
    version_id: str | None = None
    size: int | None = None
    delivered: bool = False
    again: str = ""

    def source(self) -> Source:
        return Source(self.bucket, self.key, self.etag, self.sequencer, self.version_id, self.size or 0)


@dataclass(frozen=True, slots=True)
class Claim:
    source: Source
    work: str
    action: Action
    fresh: bool
    """Whether this call took it; False where the same execution had it already (a repeated call)."""


def request(event: Mapping[str, Any]) -> Request:
    """Reads EventBridge's event "Object Created", or the same shape written by hand, where bucket and key are enough.

    Raises UnusableRequest where those are not there.
    """
    try:
        detail = event["detail"]
        found = detail["object"]
        asked = Request(
            bucket=detail["bucket"]["name"],
            key=found["key"],
            etag=found.get("etag") or "",
            sequencer=found.get("sequencer") or "",
            version_id=found.get("version-id") or None,
            size=found.get("size"),
            delivered="id" in event,
            again=detail.get("again") or "",
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnusableRequest(
            'Start the machine with {"detail": {"bucket": {"name": "..."}, "object": {"key": "..."}}}.'
        ) from error
    texts = (asked.bucket, asked.key, asked.etag, asked.sequencer, asked.version_id or "", asked.again)
    sized = asked.size is None or isinstance(asked.size, int)
    if not (all(isinstance(text, str) for text in texts) and sized and asked.bucket and asked.key):
        raise UnusableRequest(
            "Names, tags and versions in the machine's input are texts, and a size is a whole number."
        )
    return asked


def newer(one: str, other: str) -> bool:
    """Whether the version with sequencer ``one`` was made after that with ``other``."""
    width = max(len(one), len(other))
    return one.ljust(width, "0") > other.ljust(width, "0")


def newest(sequencers: list[str]) -> str:
    """The highest of some sequencers, OLDEST where there is none."""
    highest = OLDEST
    for each in sequencers:
        highest = each if newer(each, highest) else highest
    return highest


def above(sequencer: str) -> str:
    """The place of an object seen to be the current one, while ``sequencer`` is the highest known of its key."""
    return sequencer + STEP


def work(source: Source, again: str = "") -> str:
    """40 hex that name the work: the same version gives the same, so that nothing is paid for twice."""
    parts = (source.bucket, source.key, source.etag, source.version_id or "", source.sequencer)
    texts = (*parts, again) if again else parts
    return executions.digest(*(text.encode() for text in texts))


def take(table: Table, asked: Request, execution: str) -> Claim:
    """Claims the version for an execution, or says why there is nothing to do.

    ``asked`` has an etag and a sequencer. The holder of the same version is looked at: running or done makes this one a
    duplicate, failed lets it take over. Done includes refused, unless somebody asks for it on purpose.
    Raises ConcurrentUpdate where others claim the key again and again, botocore's ClientError for what Step Functions
    refuses.
    """
    name = _name(asked)
    for _ in range(TRIES):
        held = table.get(name)
        source = _known(asked, held)
        mine = Claim(source, work(source, asked.again), "work", fresh=True)
        if held is not None:
            if held["execution"] == execution:
                return replace(mine, fresh=False)
            if _same(asked, held):
                if _settled(held, asked):
                    return replace(mine, action="duplicate", fresh=False)
            elif newer(held["sequencer"], source.sequencer):
                return replace(mine, action="superseded", fresh=False)
        if _put(table, name, _item(source, asked, execution), held):
            return mine
    raise ConcurrentUpdate("Other executions claimed the document again and again while this one tried to.")


def known(table: Table, asked: Request) -> list[str]:
    """The sequencer that the key was claimed with last, if it was."""
    held = table.get(_name(asked))
    return [held["sequencer"]] if held else []


def _name(asked: Request) -> str:
    return f"document#{asked.bucket}/{asked.key}"


def _known(asked: Request, held: Item | None) -> Source:
    """The version under the sequencer that it was first claimed with: one version is one work."""
    same = held is not None and _same(asked, held)
    return replace(asked.source(), sequencer=held["sequencer"]) if held and same else asked.source()


def _same(asked: Request, held: Item) -> bool:
    """One version of the object, whoever told of it. A version id tells more than a tag; without one, two deliveries
    of the same content at two places are two uploads."""
    if asked.version_id and held["version_id"]:
        return bool(asked.version_id == held["version_id"])
    same_place = not newer(asked.sequencer, held["sequencer"]) and not newer(held["sequencer"], asked.sequencer)
    return bool(asked.etag == held["etag"]) and (same_place or not asked.delivered or not held["delivered"])


def _settled(held: Item, asked: Request) -> bool:
    """Whether the holder of the same version does the work, or has done it."""
    if asked.again and asked.again != held["again"]:
        return False
    import json

    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            found = aws.client("stepfunctions").describe_execution(executionArn=held["execution"])
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return False
            raise
    if found["status"] == "RUNNING":
        return True
    if found["status"] != "SUCCEEDED":
        return False
    output = json.loads(found.get("output") or "null")
    refused = isinstance(output, dict) and output.get("outcome") == "rejected"
    return asked.delivered or not refused


def _item(source: Source, asked: Request, execution: str) -> Item:
    return {
        "execution": execution,
        "etag": source.etag,
        "sequencer": source.sequencer,
        "version_id": source.version_id or "",
        "delivered": asked.delivered,
        "again": asked.again,
    }


def _put(table: Table, name: str, item: Item, held: Item | None) -> bool:
    """Writes the claim only over the one that was seen."""
    if held is None:
        return table.put_if_absent(name, item, seconds=SECONDS)
    values = {"execution": held["execution"]}
    return table.put(name, item, seconds=SECONDS, condition="#execution = :execution", values=values)
