"""The pointer moves: only for an approved version, only forward, and only over the model that it was compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from common.objects import Bucket, encode
from common.table import Item, Table
from training import steps
from training.deploying import approvals, claims
from training.errors import WorkGone
from training.model import DeployKind, Pointer
from training.serving import pointers
from training.steps import Run

Outcome = Literal["deployed", "overtaken", "again"]


@dataclass(frozen=True, slots=True)
class Moved:
    """``previous``: the version that served before. ``retire_*``: whose endpoint is to go, empty where none is."""

    outcome: Outcome
    previous: str | None = None
    retire_version: str = ""
    retire_endpoint: str = ""


def point(bucket: Bucket, table: Table, run: Run, kind: str, endpoint: str, live: str | None) -> Moved:
    """``live``: what the version was compared with. Raises ClaimLost, ApprovalRefused, WorkGone, StorageUnavailable,
    ConcurrentUpdate (try again)."""
    claim = claims.check(table, run)
    approvals.check(table, run)
    before = pointers.read(bucket, run.name)
    if before is not None and before.version == run.version and before.endpoint == endpoint:
        return _done(claim, before)
    if before is not None and before.order > claim["order"]:
        return Moved("overtaken", before.version, run.version, endpoint)
    if (before.version if before else None) != live:
        return Moved("again")
    _publish(bucket, run)
    previous = before.version if before else None
    # Noted before the pointer moves: afterwards nothing names the endpoint before it.
    gone = before.endpoint if before else ""
    claims.note(table, run, previous=previous or "", retire=gone)
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    after = Pointer(run.name, run.version, cast("DeployKind", kind), endpoint, previous, at, order=claim["order"])
    pointers.move(bucket, before, after)
    bucket.delete(f"rejected/{run.name}/{run.version}.json")
    return Moved("deployed", previous, (previous or "") if gone else "", gone)


def _done(claim: Item, before: Pointer) -> Moved:
    """This run has moved it already."""
    gone = str(claim.get("retire", ""))
    if gone == before.endpoint:
        gone = ""
    return Moved("deployed", before.previous, str(claim.get("previous", "")) if gone else "", gone)


def report_key(run: Run) -> str:
    return f"{run.folder}{steps.REPORT}"


def _publish(bucket: Bucket, run: Run) -> None:
    """The report beside the version's files, last of them. Raises WorkGone."""
    document = steps.get(bucket, run, steps.REPORT)
    if document.get("accepted") is not True or document.get("version") != run.version:
        raise WorkGone(f"{steps.key(run.version, steps.REPORT)} is not of an accepted model; put the manifest again.")
    bucket.put(report_key(run), encode(document))
