"""Clean: a batch of records from Firehose -> the same records with clean rows, or why not.

Imports nothing but the standard library; boto3 only comes in when rows were left out. Each record gets its one result,
whatever is in it: a record fails only if nothing in it can be read, if its answer is too large, or if the rows left
out of it cannot be stored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common import emf, settings
from common.errors import StorageUnavailable
from trips.cleaning import firehose_answer, records, rejected_rows
from trips.cleaning.firehose_answer import DROPPED, FAILED, OK, Outcome
from trips.recipe import parser

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """``balance``: rows kept in all for each row of the smaller class of a record; 0 keeps every row."""

    lake_bucket: str
    recipe: str
    output_format: str
    balance: str


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """``{records: [{recordId, data}]}`` in, ``{records: [{recordId, result, data}]}`` out, ids and order the same."""
    begun = time.perf_counter()
    known = settings.read(Settings)
    meaning = parser.named(known.recipe)
    outcomes = records.records(event["records"], meaning, known.output_format, float(known.balance))
    firehose_answer.fit(outcomes)
    _keep(outcomes, known.lake_bucket)
    result = {"records": [outcome.answer() for outcome in outcomes]}
    _count(outcomes, (time.perf_counter() - begun) * 1000)
    return result


def _keep(outcomes: Sequence[Outcome], bucket: str) -> None:
    """Store the rows left out. Where that cannot be done, their records fail, so that Firehose keeps them whole."""
    body = rejected_rows.lines(outcomes)
    if not body:
        return
    from botocore.exceptions import BotoCoreError, ClientError

    from common.objects import Bucket

    try:
        Bucket(bucket).put(rejected_rows.key(body), body, content_type="application/x-ndjson")
    except (StorageUnavailable, ClientError, BotoCoreError):
        _log.exception("rows left out cannot be stored in %s", bucket)
        for outcome in outcomes:
            if outcome.left:
                outcome.fail("The rows left out of it cannot be stored.")
        firehose_answer.fit(outcomes)


def _count(outcomes: Sequence[Outcome], milliseconds: float) -> None:
    results = [outcome.result for outcome in outcomes]
    rows, left = sum(outcome.rows for outcome in outcomes), sum(len(outcome.left) for outcome in outcomes)
    sampled_out = sum(outcome.sampled_out for outcome in outcomes)
    emf.emit(
        {
            "RecordsOk": ("Count", results.count(OK)),
            "RecordsDropped": ("Count", results.count(DROPPED)),
            "RecordsFailed": ("Count", results.count(FAILED)),
            "RowsIn": ("Count", rows + left + sampled_out),
            "RowsOut": ("Count", rows),
            "RowsIncomplete": ("Count", left),
            "RowsSampledOut": ("Count", sampled_out),
            "TransformMilliseconds": ("Milliseconds", milliseconds),
        },
        properties={
            "columns": rejected_rows.columns(outcomes),
            "problems": sorted({outcome.problem for outcome in outcomes if outcome.problem}),
        },
    )
    for reason, count in rejected_rows.reasons(outcomes).items():
        emf.emit({"RowsIncomplete": ("Count", count)}, {"Reason": reason})
