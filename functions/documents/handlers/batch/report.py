"""BatchReport: the map's result files -> ``batches/<name>/report.json``, and ``failures.jsonl`` to be fed back in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from common.objects import Bucket, encode
from common.observability import Context, logger, observed
from documents import keys, steps
from documents.batch import document_list, manifests, outcomes, result_files
from documents.errors import BatchIncomplete
from documents.model import SCHEMA


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """What BatchPrepare gave, with ``request``, ``execution``, ``started_at``, ``ended_at`` and ``results``.

    ``results``: the map's ``{MapRunArn, ResultWriterDetails}``, null where there was nothing to do.
    ``{report, failures, counts, hint}`` out; a repeated call writes the same.

    Raises BatchIncomplete after the report was written, where a document has no outcome or more than one;
    StorageUnavailable (try again).
    """
    bucket = steps.summaries()
    total = event["documents"] + event["skipped"]
    tally = outcomes.Tally(skipped=event["skipped"])
    with tempfile.TemporaryDirectory() as folder:
        failures = _put_failures(bucket, event, tally, Path(folder))
    counts = tally.report(total)
    report = {
        "schema": SCHEMA,
        "batch": event["batch"],
        **{name: event[name] for name in ("request", "execution", "started_at", "ended_at", "left_out")},
        "map_run": event["results"] and event["results"]["MapRunArn"],
        "counts": counts,
        "failures": failures,
        "hint": _hint(event) if not total else None,
    }
    place = keys.batch(event["batch"], "report.json")
    bucket.put(place, encode(report))
    if report["hint"]:
        logger().warning(report["hint"], extra=counts)
    logger().info("batch reported", extra=counts)
    if not tally.is_whole(total):
        raise BatchIncomplete(
            f"{counts['missing']} documents have no outcome and {tally.surplus} too many came;"
            f" s3://{bucket.name}/{place} and the failures beside it say which: feed them in again."
        )
    return {"report": place, "failures": failures, "counts": counts, "hint": report["hint"]}


def _hint(event: dict[str, Any]) -> str:
    """What to look at where a batch found no document: it succeeds, and a prefix is mistyped easily."""
    request, left_out = event["request"], event["left_out"]
    if left_out["not_documents"]:
        return (
            f"No document was found: all {left_out['not_documents']:,} keys are folders or other things that are none."
        )
    if request.get("prefix") is not None:
        return (
            f"No object of the inbox has a key that begins with {request['prefix']!r}:"
            " look at its letters, and whether it ends in a slash that is not there."
        )
    return f"The manifest {request['manifest']} names no document."


def _put_failures(bucket: Bucket, event: dict[str, Any], tally: outcomes.Tally, folder: Path) -> str | None:
    """Counts everything; where the failures were written, None where there are none."""
    listed = result_files.fetched(bucket, event["list"], folder / "list")
    tally.expect(manifests.of_json_lines(listed))
    rows = result_files.rows(bucket, event["results"], folder / "part")
    failures = (row.failure() for row in tally.failures(rows, manifests.of_json_lines(listed)))
    if not document_list.write(failures, folder / "failures"):
        return None
    place = keys.batch(event["batch"], "failures.jsonl")
    document_list.put(bucket, place, folder / "failures")
    return place
