"""BatchReport: the map's result files -> ``batches/<name>/report.json``, and ``failures.jsonl`` to be fed back in."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.objects import Bucket, encode
from common.observability import logger, observed
from documents import keys, steps
from documents.batch import document_list, outcomes
from documents.errors import BatchIncomplete
from documents.model import SCHEMA

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """What BatchPrepare gave, with ``request``, ``execution``, ``started_at``, ``ended_at`` and ``results``.

    ``results``: the map's ``{MapRunArn, ResultWriterDetails}``, null where there was nothing to do.
    ``{report, failures, counts}`` out; a repeated call writes the same. Raises BatchIncomplete after the report was
    written, where a document has no outcome or more than one; StorageUnavailable (try again).
    """
    bucket = steps.summaries()
    total = event["documents"] + event["skipped"]
    tally = outcomes.Tally(skipped=event["skipped"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = _fetched(bucket, event["list"], folder / "list")
        tally.expect(document_list.listed_keys(listed))
        failures = _write(bucket, event, tally, listed, folder)
    counts = tally.report(total)
    report = {
        "schema": SCHEMA,
        "batch": event["batch"],
        **{name: event[name] for name in ("request", "execution", "started_at", "ended_at", "left_out")},
        "map_run": event["results"] and event["results"]["MapRunArn"],
        "counts": counts,
        "failures": failures,
    }
    place = keys.batch(event["batch"], "report.json")
    bucket.put(place, encode(report))
    logger().info("batch reported", extra=counts)
    if not tally.is_whole(total):
        raise BatchIncomplete(
            f"{counts['missing']} documents have no outcome and {tally.surplus} too many came;"
            f" s3://{bucket.name}/{place} and the failures beside it say which: feed them in again."
        )
    return {"report": place, "failures": failures, "counts": counts}


def _write(bucket: Bucket, event: dict[str, Any], tally: outcomes.Tally, listed: Path, folder: Path) -> str | None:
    """Where the failures were written; None where there are none."""
    path, lines = folder / "failures", 0
    rows = _rows(_files(bucket, event["results"]), folder / "part")
    with path.open("wb") as out:
        for row in tally.failures(rows, document_list.listed_keys(listed)):
            out.write(document_list.line(row.failure()))
            lines += 1
    if not lines:
        return None
    place = keys.batch(event["batch"], "failures.jsonl")
    with path.open("rb") as file:
        bucket.put(place, file, content_type="application/x-ndjson")
    return place


def _files(bucket: Bucket, results: dict[str, Any] | None) -> Iterator[tuple[str, Bucket, str]]:
    """Status, bucket and key of each result file. Raises BatchIncomplete without the map's own list of them."""
    if results is None:
        return
    details = results["ResultWriterDetails"]
    found = bucket.get(details["Key"])
    if found is None:
        raise BatchIncomplete(f"The map's manifest s3://{bucket.name}/{details['Key']} is gone; start the batch again.")
    for status, files in found.json()["ResultFiles"].items():
        for file in files:
            yield status, bucket, file["Key"]


def _rows(files: Iterator[tuple[str, Bucket, str]], path: Path) -> Iterator[outcomes.Row]:
    """Outputs of children that succeeded, records of those that did not; one line in memory at a time."""
    for status, bucket, key in files:
        read = outcomes.of_output if status == "SUCCEEDED" else outcomes.of_execution
        with _fetched(bucket, key, path).open(encoding="utf-8", newline="\n") as lines:
            yield from (read(json.loads(line)) for line in lines if line.strip())


def _fetched(bucket: Bucket, key: str, path: Path) -> Path:
    if bucket.download(key, path) is None:
        raise BatchIncomplete(f"s3://{bucket.name}/{key} is gone; start the batch again.")
    return path
