"""SyncPortion: some access files or documents of a repository -> put into the inbox, or removed from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from common.table import Table
from knowledge.connectors import bringing, kept, repository, turns
from knowledge.connectors.bringing import Outcome, World


@dataclass(frozen=True)
class Settings:
    inbox_bucket: str
    knowledge_bucket: str
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{execution, phases, phase: <from 0>, portion: <from 0>}`` in, ``{done, skipped}`` out: counts.

    A repeated call finds done what is done. Raises WorkGone, SyncOvertaken, StorageUnavailable, ConcurrentUpdate (try
    again).
    """
    known, run, phase = settings.read(Settings), kept.run(event["execution"]), event["phase"]
    bucket = Bucket(known.knowledge_bucket)
    turns.check(Table(known.state_table), event["execution"])
    do, entries = kept.portion(bucket, run, phase, event["portion"])
    world = World(repository.read(), Bucket(known.inbox_bucket), lambda: kept.groups(bucket, run))
    if do == "remove_access" and _is_held(bucket, run, event["phases"][:phase]):
        outcome = Outcome(skipped={entry.key: "waits" for entry in entries})
    else:
        outcome = bringing.work(world, do, entries)
    kept.keep_outcome(bucket, run, phase, event["portion"], outcome.plain())
    told = {"done": sum(outcome.done.values()), "skipped": len(outcome.skipped)}
    logger().info("portion synced", extra={"do": do, **outcome.done, "skipped": told["skipped"]})
    return told


def _is_held(bucket: Bucket, run: str, phases: list[dict[str, Any]]) -> bool:
    """Whether an access file that takes the place of others could not be put: then those stay for now."""
    for number, phase in enumerate(phases):
        if phase["do"] == "put_access":
            for outcome in kept.outcomes(bucket, run, number, phase["portions"]):
                if "foreign" in outcome["skipped"].values():
                    return True
    return False
