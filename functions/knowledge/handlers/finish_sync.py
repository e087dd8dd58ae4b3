"""FinishSync: what became of all portions -> the report, and the cursor, which is moved last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from knowledge.connectors import kept, reports, turns
from knowledge.model import SCHEMA

TROUBLES = ("foreign", "without_its_access_file", "refused", "too_large", "key_too_long")
"""Why a document or an access file that should have come did not; a person has to look."""


@dataclass(frozen=True)
class Settings:
    knowledge_bucket: str
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{execution, phases}`` in, ``{outcome: synced, report: <key>, counts}`` out.

    A repeated call says the same. Raises WorkGone, SyncOvertaken, StorageUnavailable, ConcurrentUpdate (try again).
    """
    known, run = settings.read(Settings), kept.run(event["execution"])
    bucket, table = Bucket(known.knowledge_bucket), Table(known.state_table)
    report = kept.report(bucket, run)
    if report is None or not report["committed"]:
        turns.check(table, event["execution"])
        report = _commit(bucket, event, run)
    counts = report["counts"]
    kept.close(bucket, run)
    turns.leave(table, event["execution"])
    count("DocumentsSynced", counts["copied"])
    count("DocumentsUnsynced", counts["removed"])
    count("DocumentsWithoutAccess", counts["without_access"])
    count("SyncSkipped", sum(counts[name] for name in TROUBLES))
    count("AccessFilesUnreadable", counts["access_unreadable"])
    logger().info("repository synced", extra=counts)
    return {"outcome": "synced", "report": kept.REPORT, "counts": counts}


def _commit(bucket: Bucket, event: dict[str, Any], run: str) -> dict[str, Any]:
    """The report, once the cursor is where it belongs; what died in between goes on."""
    last, found = kept.manifest(bucket), reports.Sum()
    head, listed = kept.listing(bucket, run)
    for number, phase in enumerate(event["phases"]):
        for outcome in kept.outcomes(bucket, run, number, phase["portions"]):
            found.add(outcome)
    entries = reports.manifest(listed, kept.before(last, kept.opened(bucket)), found)
    said = {
        "schema": SCHEMA,
        "execution": event["execution"],
        "counts": reports.counts(entries, found, head["left_out"]),
        "circles": head["circles"],
    }
    report = reports.report(entries, found, said)
    if last.run != run:
        kept.keep_report(bucket, run, report, committed=False)
        kept.commit(bucket, run, entries, head["grouped"], over=head["over"])
    else:
        report = kept.report(bucket, run) or report  # as it was made from the manifest before
    kept.keep_report(bucket, run, report, committed=True)
    return report
