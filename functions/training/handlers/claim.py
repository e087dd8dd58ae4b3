"""Claim: a manifest and its data as they are -> a version, and the right of this execution alone to train it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training import steps
from training.deploying import claims
from training.manifests import sources


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    stack_name: str
    training_margin_floor: str
    """A decimal number: the least ``gate.better_than_live_by`` that is taken."""


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{manifest: {bucket, key, version_id?}, dataset?: {bucket, key}, at, execution: <its ARN>}`` in.

    ``{action, name, version, order, attempt, deploy, parallel, outcome, retire}`` out. ``action``: ``train``;
    ``retire`` (it serves, and the run that pointed at it died: on to Retire, which needs ``outcome`` and ``retire``);
    ``duplicate`` (another execution is at this version, or has ended it); ``serving`` (the pointer names it already);
    ``waiting`` (its dataset was never built: only ``{action, name}``). The last three end here.
    ``deploy``: function | serverless | none; ``parallel``: trials at a time.
    Raises ManifestInvalid, ChannelUnreadable, ProgramUnusable, StorageUnavailable, ServiceUnavailable,
    ConcurrentUpdate (try again).
    """
    known = settings.read(Settings)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    found = sources.read(event, table, sources.Rules(known.stack_name, float(known.training_margin_floor)))
    count("ManifestMembersIgnored", len(found.ignored))
    count("ObjectsLeftOut", found.objects_left_out)
    if not found.channels:
        return {"action": "waiting", "name": found.manifest.name}
    claimed = claims.take(table, bucket, found.manifest.name, found.version, event["execution"], event["at"])
    if claimed.action == "train":
        steps.put(bucket, found.version, steps.WORK, found.document())
    logger().info("claimed", extra={"model": found.manifest.name, "version": found.version, "action": claimed.action})
    return {
        "action": claimed.action,
        "name": found.manifest.name,
        "version": found.version,
        "order": claimed.order,
        "attempt": claimed.attempt,
        "deploy": found.manifest.deploy.kind,
        "parallel": found.manifest.tuning.parallel,
        "outcome": "deployed",
        "retire": {"version": claimed.retire_version, "endpoint": claimed.retire_endpoint},
    }
