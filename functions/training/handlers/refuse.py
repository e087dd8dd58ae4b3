"""Refuse: a manifest that nothing comes of as it is -> the reason is kept and told; the old model serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import events, settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training.deploying import refusals
from training.model import EVENT_SOURCE


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``error: {Error, Cause}`` in; of a manifest that could not be read there is no ``name``
    and ``version``. ``{outcome: refused, name, version, error, rejected: <key>}`` out.

    What the run had made so far goes: its endpoint, and an approval that waits. A repeated call says the same.
    Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable, ServiceUnavailable (try again).
    """
    known = settings.read(Settings)
    bucket, table = Bucket(known.models_bucket), Table(known.state_table)
    refused = refusals.of(event)
    refusals.tidy(bucket, table, event, refused)
    key = refusals.keep(bucket, refused)
    events.put(known.event_bus, EVENT_SOURCE, "ModelRefused", refused.detail(bucket.name, key))
    refusals.end(table, event, refused)
    count("ModelsRefused", error=refused.error)
    logger().info("refused", extra={"model": refused.name, "version": refused.version, "error": refused.error})
    return {
        "outcome": "refused",
        "name": refused.name,
        "version": refused.version,
        "error": refused.error,
        "rejected": key,
    }
