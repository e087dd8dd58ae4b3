"""FinishSync: what became of all portions -> the report, and the cursor, which is moved last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket, encode
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
    """``{execution, run, phases}`` in, ``{outcome: synced, run, report: <key>, counts}`` out.

    A repeated call finds the cursor moved, and says the same. Raises WorkGone, SyncOvertaken, StorageUnavailable,
    ConcurrentUpdate (try again).
    """
    known, run = settings.read(Settings), event["run"]
    bucket, table = Bucket(known.knowledge_bucket), Table(known.state_table)
    last = kept.manifest(bucket)
    if last.run != run:
        turns.check(table, event["execution"])
        _commit(bucket, event, last)
    report = kept.report(bucket, run)
    bucket.put(kept.REPORT, encode(report))
    counts = report["counts"]
    kept.close(bucket, run)
    turns.leave(table, event["execution"])
    count("DocumentsSynced", counts["copied"])
    count("DocumentsUnsynced", counts["removed"])
    count("DocumentsWithoutAccess", counts["without_access"])
    count("SyncSkipped", sum(counts[name] for name in TROUBLES))
    count("AccessFilesUnreadable", counts["access_unreadable"])
    logger().info("repository synced", extra=counts)
    return {"outcome": "synced", "run": run, "report": kept.REPORT, "counts": counts}


def _commit(bucket: Bucket, event: dict[str, Any], last: kept.Manifest) -> None:
    run, found = event["run"], reports.Sum()
    head, listed = kept.listing(bucket, run)
    for number, phase in enumerate(event["phases"]):
        for outcome in kept.outcomes(bucket, run, number, phase["portions"]):
            found.add(outcome)
    entries = reports.manifest(listed, kept.before(last, kept.opened(bucket)), found)
    said = {
        "schema": SCHEMA,
        "run": run,
        "execution": event["execution"],
        "counts": reports.counts(entries, found, head["left_out"]),
        "circles": head["circles"],
    }
    kept.keep_report(bucket, run, reports.report(entries, found, said))
    kept.commit(bucket, run, entries, head["grouped"], over=head["over"])
