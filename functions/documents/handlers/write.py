"""Write: all that was read and made of a version -> tables, copies, places, text, and last the summary: the commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import events, settings
from common.objects import Bucket
from common.observability import Context, count, logger, measure, observed
from documents import keys, steps
from documents.intake import originals
from documents.meaning import packets
from documents.model import EVENT_SOURCE
from documents.outputs import deletions, results, summary_document, versioned_writes


@dataclass(frozen=True)
class Settings:
    event_bus: str
    searchable_pdf: str = "true"
    redact: str = "none"


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The state after Summarize in; ``{outcome, key, summary, flags}`` out.

    ``outcome`` is ``superseded`` where a newer version has its summary, or the document was deleted: then
    nothing of this one stays.
    Raises WorkGone, DocumentGone, ConcurrentUpdate (try again).
    """
    options, bucket, source = settings.read(Settings), steps.summaries(), originals.document(event)
    wanted = results.Wanted(searchable=options.searchable_pdf == "true", redacted=options.redact in {"copy", "both"})
    document = results.write(bucket, source, event, wanted)
    versioned_writes.settle(bucket, source.key)
    if deletions.settle(bucket, source, event["work"]):
        document = None
    flags = len(document["flags"]) if document else 0
    answer = {"key": source.key, "summary": keys.summary(source.key), "flags": flags}
    if document is None:
        count("DocumentsSuperseded")
        return {"outcome": "superseded", **answer}
    packets.settle(Bucket(source.bucket), bucket, source.key)
    events.put(options.event_bus, EVENT_SOURCE, "DocumentSummarized", summary_document.event(bucket.name, document))
    count("DocumentsSummarized")
    measure("SecondsToSummary", "Seconds", _seconds_since(event["received_at"]))
    logger().info("summarized", extra={"work": event["work"], "flags": flags})
    return {"outcome": "summarized", **answer}


def _seconds_since(moment: str) -> float:
    """From when S3 took the object; never below zero, since S3's clock is another one."""
    received = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return max(0.0, (datetime.now(UTC) - received).total_seconds())
