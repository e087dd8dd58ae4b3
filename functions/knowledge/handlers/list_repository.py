"""ListRepository: the repository as it is now, beside what the last sync left -> what to do, in portions in S3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import settings
from common.errors import PermanentError
from common.objects import Bucket
from common.observability import Context, logger, observed
from common.table import Table
from knowledge.connectors import comparing, kept, listing, repository, turns
from knowledge.errors import InvalidSync


@dataclass(frozen=True)
class Settings:
    knowledge_bucket: str
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{execution: <its ARN>, input: {confirm?: <documents that may go>}}`` in.

    ``{outcome: work, phases: [{do, portions}]}`` out, or ``{outcome: busy}`` while another sync runs, and
    ``{outcome: later}`` while workers of one that failed or was stopped may be about: call again. Nothing of the inbox
    is touched. A repeated call lists anew.
    Raises InvalidSync, RepositoryMisplaced, RepositoryTooLarge, RepositoryShrank, GroupsUnreadable, GroupsGone,
    StorageUnavailable, ConcurrentUpdate (try again).
    """
    known, confirmed = settings.read(Settings), _confirmed(event["input"])
    bucket, table = Bucket(known.knowledge_bucket), Table(known.state_table)
    if (outcome := turns.take(table, event["execution"])) != "work":
        return {"outcome": outcome}
    try:
        return _begun(bucket, event["execution"], confirmed)
    except PermanentError:
        turns.leave(table, event["execution"])
        raise


def _begun(bucket: Bucket, execution: str, confirmed: int) -> dict[str, Any]:
    place = repository.read()
    last = kept.manifest(bucket)
    before, now = kept.before(last, kept.opened(bucket)), listing.read(place)
    comparing.check(last.entries, now, grouped_before=last.grouped, confirmed=confirmed)
    phases = comparing.phases(before, now)
    head = {
        "over": last.etag,
        "grouped": now.grouped,
        "left_out": dict(now.left_out),
        "circles": now.groups.circles(),
    }
    kept.begin(bucket, kept.run(execution), now.entries.values(), phases, now.groups, head)
    found = [{"do": phase.do, "portions": kept.portions(phase)} for phase in phases]
    logger().info("repository listed", extra={"documents": now.documents(), "phases": found})
    return {"outcome": "work", "phases": found}


def _confirmed(given: Any) -> int:
    """How many documents may go. Raises InvalidSync."""
    confirm = given.get("confirm", 0) if isinstance(given, Mapping) and set(given) <= {"confirm"} else None
    if not isinstance(confirm, int) or isinstance(confirm, bool) or confirm < 0:
        raise InvalidSync('Start the machine with {}, or with {"confirm": <number of documents that may be removed>}.')
    return confirm
