"""Who trains a version: one execution at a time, by an item of the table. ``train#<version>``.

A claim whose execution has ended without an end of its own (it failed, or was aborted) is taken over. ``order`` says
which of two runs of a model is the later one: the time of the event that started it, then the order of the claims.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from common import aws
from common.errors import ConcurrentUpdate
from common.objects import Bucket
from common.table import Item, Table
from training.errors import ClaimLost
from training.serving import pointers
from training.steps import Run

FOR_EVER = 10 * 365 * 86_400
"""Jobs' names are used up for ever, and attempts are counted here."""
RUNNING, ENDED = "running", "ended"

Action = Literal["train", "retire", "duplicate", "serving"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """``retire_*``: with the action ``retire``, what the run that pointed at the version had left to do."""

    action: Action
    order: str
    attempt: int
    retire_version: str = ""
    retire_endpoint: str = ""


def key(version: str) -> str:
    return f"train#{version}"


def order(at: str, sequence: int) -> str:
    """Compared as text. Raises ValueError where ``at`` is no time."""
    moment = datetime.fromisoformat(at)
    return f"{round(moment.timestamp() * 1000):015d}#{sequence:09d}"


def take(table: Table, bucket: Bucket, name: str, version: str, execution: str, at: str) -> Claimed:
    """Raises StorageUnavailable, ServiceUnavailable, ConcurrentUpdate (try again)."""
    seen = table.get(key(version))
    if seen is not None and seen["execution"] == execution:
        return _again(bucket, name, version, seen)
    mine = order(at, table.add(f"train#sequence#{name}", "last", 1, seconds=FOR_EVER) or 0)
    item = {"name": name, "execution": execution, "at": at, "order": mine}
    if _serves(bucket, name, version, mine):
        return _serving(table, version, seen, item)
    if seen is not None and seen["state"] == RUNNING and is_about(seen["execution"]):
        _later(table, version, seen, mine)
        return Claimed("duplicate", mine, seen["attempt"])
    if seen is not None and seen["state"] == ENDED and order(seen["at"], 0) >= order(at, 0):
        return Claimed("duplicate", mine, seen["attempt"])
    return Claimed("train", mine, _taken(table, version, seen, item))


def _again(bucket: Bucket, name: str, version: str, seen: Item) -> Claimed:
    """The same call once more."""
    pointer = pointers.read(bucket, name)
    serves = pointer is not None and pointer.version == version
    left = (str(seen.get("previous", "")), str(seen.get("retire", ""))) if serves else ("", "")
    return Claimed("retire" if serves else "train", seen["order"], seen["attempt"], *left)


def _serving(table: Table, version: str, seen: Item | None, item: Item) -> Claimed:
    if seen is None or seen["state"] == ENDED or is_about(seen["execution"]):
        return Claimed("serving", item["order"], 0)
    left = {name: str(seen.get(name, "")) for name in ("previous", "retire")}
    attempt = _taken(table, version, seen, item | left)
    return Claimed("retire", item["order"], attempt, left["previous"], left["retire"])


def _taken(table: Table, version: str, seen: Item | None, item: Item) -> int:
    """The number of this attempt."""
    attempt = seen["attempt"] + 1 if seen else 1
    whole = {**item, "attempt": attempt, "state": RUNNING}
    if seen is None:
        taken = table.put_if_absent(key(version), whole, seconds=FOR_EVER)
    else:
        condition, values = (
            "#execution = :execution AND #state = :state",
            {
                "execution": seen["execution"],
                "state": seen["state"],
            },
        )
        taken = table.put(key(version), whole, seconds=FOR_EVER, condition=condition, values=values)
    if not taken:
        raise ConcurrentUpdate("Another execution has claimed this version meanwhile.")
    return attempt


def _serves(bucket: Bucket, name: str, version: str, mine: str) -> bool:
    """Whether the pointer names it. It was wanted again just now, so what was wanted before that comes too late."""
    pointer = pointers.read(bucket, name)
    if pointer is None or pointer.version != version:
        return False
    if pointer.order < mine:
        pointers.move(bucket, pointer, replace(pointer, order=mine))
    return True


def _later(table: Table, version: str, seen: Item, mine: str) -> None:
    """The run that is at it does it for this event, too, and so in this event's place."""
    if seen["order"] >= mine:
        return
    condition = "#execution = :execution AND #state = :state AND #order < :mine"
    values = {"execution": seen["execution"], "state": RUNNING, "mine": mine}
    if not table.amend(key(version), {"order": mine}, seconds=FOR_EVER, condition=condition, values=values):
        raise ConcurrentUpdate("The run of this version has ended, or another event came, meanwhile.")


def check(table: Table, run: Run) -> Item:
    """The claim, which is this execution's still. Raises ClaimLost, StorageUnavailable."""
    seen = table.get(key(run.version))
    if seen is None or seen["execution"] != run.execution:
        raise ClaimLost("Another execution trains this version by now, since this one had ended.")
    return seen


def note(table: Table, run: Run, **said: str) -> None:
    """Writes into the claim what a repeat has to know. Raises ClaimLost, StorageUnavailable."""
    values = {"mine": run.execution}
    if not table.amend(key(run.version), said, seconds=FOR_EVER, condition="#execution = :mine", values=values):
        raise ClaimLost("Another execution trains this version by now, since this one had ended.")


def end(table: Table, version: str, execution: str, outcome: str) -> None:
    """The run is over; a claim that is another's by now stays."""
    said = {"state": ENDED, "outcome": outcome}
    table.amend(key(version), said, seconds=FOR_EVER, condition="#execution = :mine", values={"mine": execution})


def is_about(execution: str) -> bool:
    """Whether the execution runs. Raises ServiceUnavailable."""
    from botocore.exceptions import ClientError

    with aws.patient("Step Functions"):
        try:
            found = aws.client("stepfunctions").describe_execution(executionArn=execution)
        except ClientError as error:
            if aws.code_of(error) == "ExecutionDoesNotExist":
                return False
            raise
    return bool(found["status"] in ("RUNNING", "PENDING_REDRIVE"))
