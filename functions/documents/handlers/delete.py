"""Delete: a document was deleted, or a tag says so -> all that was made of it goes; event DocumentDeleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from common import batches, settings
from common.observability import Context, observed
from documents.intake import removals
from documents.outputs import removing


@dataclass(frozen=True)
class Settings:
    inbox_bucket: str
    state_table: str
    machine_arn: str
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch of EventBridge's events "Object Deleted" and "Object Tags Added" in, the failed messages' ids out."""
    return batches.each(event, _removal)


def _removal(record: batches.Record) -> None:
    options = settings.read(Settings)
    removal = removals.read(json.loads(record["body"]))
    place = removing.Place(options.inbox_bucket, options.state_table, options.machine_arn, options.event_bus)
    removing.remove(place, removal)
