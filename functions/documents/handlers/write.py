"""Write: all that was found out about a version -> tables, copies, and last of all the summary, which commits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from common import events, settings
from common.objects import Bucket
from common.observability import count, logger, measure, observed
from documents import keys, steps
from documents.meaning import packets
from documents.model import EVENT_SOURCE, Extraction, Inspection, Source, Table
from documents.outputs import copies, csv_tables, summary_document, versioned_writes

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CSV = "text/csv; charset=utf-8"

AT_A_TIME = 16
"""Tables that are written side by side: a report of 3,000 pages has thousands, and each takes two requests."""


@dataclass(frozen=True)
class Settings:
    event_bus: str
    searchable_pdf: str = "true"
    redact: str = "none"


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The state after Summarize in; ``{outcome, key, summary, flags}`` out.

    ``outcome`` is ``superseded`` where a newer version has its summary: then nothing of this one stays.
    Raises WorkGone, DocumentGone, ConcurrentUpdate (try again).
    """
    known, bucket, source = settings.read(Settings), steps.summaries(), steps.document(event)
    document = _write(known, bucket, source, event)
    versioned_writes.settle(bucket, source.key)
    flags = len(document["flags"]) if document else 0
    answer = {"key": source.key, "summary": keys.summary(source.key), "flags": flags}
    if document is None:
        count("DocumentsSuperseded")
        return {"outcome": "superseded", **answer}
    packets.settle(Bucket(source.bucket), bucket, source.key)
    events.put(known.event_bus, EVENT_SOURCE, "DocumentSummarized", summary_document.event(bucket.name, document))
    count("DocumentsSummarized")
    measure("SecondsToSummary", "Seconds", _seconds_since(event["received_at"]))
    logger().info("summarized", extra={"work": event["work"], "flags": flags})
    return {"outcome": "summarized", **answer}


def _write(known: Settings, bucket: Bucket, source: Source, event: dict[str, Any]) -> dict[str, Any] | None:
    """The summary that was committed, or None where a newer version is there."""
    if versioned_writes.is_older(source, bucket.head(keys.summary(source.key))):
        return None
    work, inspection = event["work"], Inspection(**event["inspection"])
    extraction = steps.extraction(work)
    if not _put_tables(bucket, source, extraction):
        return None
    outputs = _put_copies(known, bucket, source, event, extraction)
    if outputs is None:
        return None
    document = summary_document.build(
        source, inspection, extraction, steps.enrichment(work), steps.summary(work), outputs
    )
    if not versioned_writes.put(bucket, keys.summary(source.key), versioned_writes.encode(document), source):
        return None
    versioned_writes.forget(bucket, versioned_writes.rejected_key(source), source)
    return document


def _put_tables(bucket: Bucket, source: Source, extraction: Extraction) -> bool:
    from concurrent.futures import ThreadPoolExecutor

    def put(number: int, table: Table) -> bool:
        return versioned_writes.put(
            bucket, keys.table(source.key, number), csv_tables.csv_text(table).encode(), source, CSV
        )

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return all(pool.map(put, range(1, len(extraction.tables) + 1), extraction.tables))


def _put_copies(
    known: Settings, bucket: Bucket, source: Source, event: dict[str, Any], extraction: Extraction
) -> dict[str, str | None] | None:
    """Keys of the copies by their names; None where a newer version's are there."""
    searchable, redacted = known.searchable_pdf == "true", known.redact in {"copy", "both"}
    outputs: dict[str, str | None] = {}
    work, inspection = event["work"], Inspection(**event["inspection"])
    parts = event.get("answer", {}).get("parts", 0)
    if not copies.wanted(inspection, searchable=searchable, redacted=redacted):
        return outputs
    with TemporaryDirectory() as folder:
        path = Path(folder) / "document"
        steps.download(source, path)
        enrichment = steps.enrichment(work, redacting=redacted)
        material = copies.Material(source, work, parts, inspection, extraction, enrichment, path, Path(folder))
        made = [copies.searchable(material) if searchable else None, copies.redacted(material) if redacted else None]
        for copy in filter(None, made):
            if not versioned_writes.put(bucket, copy.key, copy.path, source, copy.media_type):
                return None
            outputs[copy.name] = copy.key
    return outputs


def _seconds_since(moment: str) -> float:
    """From when S3 took the object; never below zero, since S3's clock is another one."""
    received = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return max(0.0, (datetime.now(UTC) - received).total_seconds())
