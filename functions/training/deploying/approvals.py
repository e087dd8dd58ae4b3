"""What a person says of a version: one item, ``approval#<name>#<version>``, decided once.

Whoever decides first wins; everybody else is told what stands. Nothing is pointed at without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from common import aws
from common.errors import ConcurrentUpdate
from common.table import Item, Table
from training.errors import ApprovalRefused
from training.steps import Run

WAITING, APPROVED, REFUSED, EXPIRED = "waiting", "approved", "refused", "expired"
KEPT: Final = 10 * 365 * 86_400
LIST, MEMBERS = "approval#waiting", "asked"
MOST: Final = 1_000
AUTO = "the manifest"
"""Who approves where it says ``approval: auto``."""


@dataclass(frozen=True, slots=True)
class Said:
    """A decision about a version. ``registered``: it comes from the registry, which knows it already."""

    name: str
    version: str
    decision: str
    by: str
    package: str = ""
    registered: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """What stands. ``won``: whether the call that returns this decided it."""

    state: str
    by: str = ""
    decided_at: str = ""
    token: str = ""
    won: bool = False


def key(name: str, version: str) -> str:
    return f"approval#{name}#{version}"


def allow(table: Table, run: Run, package: str) -> None:
    """Approved by its manifest. Raises StorageUnavailable."""
    said = {"state": APPROVED, "by": AUTO, "decided_at": run.at}
    table.put(key(run.name, run.version), _item(run, package, "") | said, seconds=KEPT)


def ask(table: Table, run: Run, package: str, token: str) -> Approval:
    """Keeps the token of who waits; what was decided in this run before stands.

    Raises ConcurrentUpdate (try again), StorageUnavailable.
    """
    name = key(run.name, run.version)
    seen = table.get(name)
    if seen is not None and seen["at"] == run.at and seen["state"] in (APPROVED, REFUSED):
        return Approval(seen["state"], seen["by"], seen["decided_at"], token)
    table.add_member(LIST, MEMBERS, f"{run.name}#{run.version}", seconds=KEPT, at_most=MOST)
    item = _item(run, package, token)
    if seen is None:
        written = table.put_if_absent(name, item, seconds=KEPT)
    else:
        condition, values = "#state = :state AND #at = :at", {"state": seen["state"], "at": seen["at"]}
        written = table.put(name, item, seconds=KEPT, condition=condition, values=values)
    if not written:
        raise ConcurrentUpdate("Somebody has decided about this version meanwhile.")
    return Approval(WAITING, token=token)


def _item(run: Run, package: str, token: str) -> Item:
    return {"state": WAITING, "token": token, "at": run.at, "execution": run.execution, "package": package}


def decide(table: Table, said: Said) -> Approval:
    """Raises StorageUnavailable, ConcurrentUpdate (try again). ``unknown`` where nobody has asked."""
    name = key(said.name, said.version)
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    changes = {"state": said.decision, "by": said.by, "decided_at": at}
    seen = table.get(name)
    if seen is None:
        return Approval("unknown")
    won = seen["state"] == WAITING and table.amend(
        name,
        changes,
        seconds=KEPT,
        condition="#state = :waiting AND #at = :at",
        values={"waiting": WAITING, "at": seen["at"]},
    )
    stands = table.get(name)
    if stands is None or (stands["state"] == WAITING and not won):
        raise ConcurrentUpdate("The approval was asked for anew meanwhile.")
    return Approval(stands["state"], stands.get("by", ""), stands.get("decided_at", ""), stands["token"], won)


def answer(approval: Approval) -> bool:
    """Tells the execution that waits; False where none does any more: it was answered before, or has ended.

    Not by ``common.admission``, whose workers have rights that nobody here needs. Raises ServiceUnavailable.
    """
    from botocore.exceptions import ClientError

    if not approval.token:
        return False
    states = aws.client("stepfunctions")
    try:
        with aws.patient("Step Functions"):
            if approval.state == APPROVED:
                output = json.dumps({"approved": {"by": approval.by, "at": approval.decided_at}})
                states.send_task_success(taskToken=approval.token, output=output)
            else:
                states.send_task_failure(
                    taskToken=approval.token,
                    error=ApprovalRefused.__name__,
                    cause=f"{approval.by} refused the model at {approval.decided_at}.",
                )
    except ClientError as error:
        if aws.code_of(error) not in {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}:
            raise
        return False
    return True


def expire(table: Table, run: Run) -> None:
    """Nobody waits any more; what was decided stays."""
    table.amend(
        key(run.name, run.version),
        {"state": EXPIRED},
        seconds=KEPT,
        condition="#state = :waiting AND #at = :at",
        values={"waiting": WAITING, "at": run.at},
    )


def check(table: Table, run: Run) -> None:
    """Raises ApprovalRefused where this run's version is not approved, StorageUnavailable where nobody knows."""
    seen = table.get(key(run.name, run.version))
    if seen is None or seen["state"] != APPROVED or seen["at"] != run.at:
        state = seen["state"] if seen else "not asked for"
        raise ApprovalRefused(f"The version is not approved in this run ({state}); nothing is pointed at.")


def waiting(table: Table) -> list[list[str]]:
    """Name and version of each that waits; those that do not any more leave the list."""
    members = (table.get(LIST) or {}).get(MEMBERS, set())
    found = []
    for member in sorted(members):
        name, _, version = member.partition("#")
        seen = table.get(key(name, version))
        if seen is not None and seen["state"] == WAITING:
            found.append([name, version])
        else:
            table.remove_members(
                [(LIST, MEMBERS, member)],
                key=key(name, version),
                condition="attribute_not_exists(#state) OR #state <> :waiting",
                values={"waiting": WAITING},
            )
    return found
