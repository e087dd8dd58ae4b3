"""Clean: a batch of records from Firehose -> the same records with clean rows, or why not.

Imports nothing but the standard library; boto3 only comes in when rows were left out. Each record gets its one result,
whatever is in it: a record fails only if nothing in it can be read, if its answer is too large, or if the rows left
out of it cannot be stored.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from common import settings
from common.observability import Context
from trips.cleaning import counts, firehose_answer, records, rejected_rows
from trips.recipe import parser


@dataclass(frozen=True)
class Settings:
    """``balance``: rows kept in all for each row of the smaller class of a record; 0 keeps every row."""

    lake_bucket: str
    recipe: str
    output_format: str
    balance: str


def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{records: [{recordId, data}]}`` in, ``{records: [{recordId, result, data}]}`` out, ids and order the same."""
    start = time.perf_counter()
    options = settings.read(Settings)
    recipe = parser.named(options.recipe)
    outcomes = records.records(event["records"], recipe, options.output_format, float(options.balance))
    firehose_answer.fit(outcomes)
    rejected_rows.store(outcomes, options.lake_bucket)
    result = {"records": [outcome.answer() for outcome in outcomes]}
    counts.emit(outcomes, (time.perf_counter() - start) * 1000)
    return result
