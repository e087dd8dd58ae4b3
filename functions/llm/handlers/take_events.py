"""LlmTakeEvents: log events by a subscription filter of CloudWatch Logs -> a log object, which the log reader measures.

Nothing is measured here: the object waits, comes back and counts once like any other log.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, observed
from llm.logs import log_events


@dataclass(frozen=True, slots=True)
class Settings:
    """``pairs_bucket``: the stack's own."""

    pairs_bucket: str


@cache
def _settings() -> Settings:
    return settings.read(Settings)


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{awslogs: {data}}`` in, ``{events, key}`` out. Raises NotLogEvents, which ends among the dead letters."""
    delivery = log_events.from_event(event)
    if not delivery.records:
        return {"events": 0, "key": ""}
    key, body = delivery.stored()
    # Delivered again it is the same object with the same tag, and its claim says whether it was measured.
    Bucket(_settings().pairs_bucket).put(key, body, content_type="application/gzip")
    count("LogEventsTaken", len(delivery.records))
    return {"events": len(delivery.records), "key": key}
