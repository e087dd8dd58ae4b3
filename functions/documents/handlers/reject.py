"""Reject: a version of a document that will never be summarised as it is -> a file that says why, an event, a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import events, settings
from common.observability import Context, count, observed
from documents import steps
from documents.intake import claims, originals
from documents.model import EVENT_SOURCE
from documents.outputs import deletions, rejections


@dataclass(frozen=True)
class Settings:
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{document, work, error: {Error, Cause}, at}`` in; ``{outcome, key, error, message, rejected}`` out.

    ``at`` is the execution's start, so that a repeated run writes the same bytes. ``outcome`` is ``rejected``, or
    ``superseded`` where this version or a newer one has a summary, or a newer one a refusal: that stays as it is;
    and where the document was deleted: then nothing stays.
    Raises ConcurrentUpdate (try again).
    """
    source, error = originals.document(event), event["error"]
    refusal = rejections.document(source, error["Error"], error["Cause"], event["at"])
    answer = {"key": source.key, "error": refusal["error"], "message": refusal["message"]}
    bucket = steps.summaries()
    work = event.get("work") or claims.work(source)  # executions that began before a deployment do not say it
    committed = rejections.commit(bucket, source, refusal)
    if deletions.settle(bucket, source, work) or not committed:
        return {"outcome": "superseded", **answer}
    events.put(settings.read(Settings).event_bus, EVENT_SOURCE, "DocumentRejected", refusal)
    count("DocumentsRejected")
    return {"outcome": "rejected", **answer, "rejected": rejections.key(source)}
