"""Point: the pointer names the new version, last of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import events, settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training import steps
from training.deploying import pointing
from training.model import EVENT_SOURCE


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state in; ``{outcome, retire: {version, endpoint}}`` out.

    ``outcome``: ``deployed``; ``overtaken`` (a later manifest or training set serves: this one stays behind); ``again``
    (another version was pointed at since Evaluate, and this one has to be compared with it: back to Evaluate).
    ``retire``: whose endpoint is to go after it, both empty where there is none.
    Raises ClaimLost, ApprovalRefused (without an approval nothing is pointed at), WorkGone, StorageUnavailable,
    ServiceUnavailable, ConcurrentUpdate (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    moved = pointing.point(bucket, table, run, event["deploy"], event["endpoint"], event["live"])
    if moved.outcome == "deployed":
        detail = {
            "name": run.name,
            "version": run.version,
            "previous": moved.previous,
            "kind": event["deploy"],
            "endpoint": event["endpoint"],
            "report": {"bucket": bucket.name, "key": pointing.report_key(run)},
        }
        events.put(known.event_bus, EVENT_SOURCE, "ModelDeployed", detail)
    count("ModelsDeployed", int(moved.outcome == "deployed"))
    count("ModelsOvertaken", int(moved.outcome == "overtaken"))
    logger().info("pointed", extra={"model": run.name, "version": run.version, "outcome": moved.outcome})
    return {"outcome": moved.outcome, "retire": {"version": moved.retire_version, "endpoint": moved.retire_endpoint}}
