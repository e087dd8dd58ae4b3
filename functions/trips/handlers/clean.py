"""Clean: a batch of records from Firehose -> the same records with clean rows, or why not.

Imports nothing but the standard library; boto3 only comes in when rows were left out or are sent again. Each record
gets its one result, whatever is in it: a record fails only if nothing in it can be read, if it is one row that is
larger than an answer, or if what is left out of it or sent again cannot be stored or sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from common import settings
from common.observability import Context
from trips.cleaning import counts, firehose_answer, records, rejected_rows, sent_again
from trips.recipe import parser


@dataclass(frozen=True)
class Settings:
    """``balance``: rows kept in all for each row of the smaller class of a record; 0 keeps every row.

    ``csv_header``: "true" begins each record's CSV with a header. ``partition_by``: "arrival", or "event": the day on
    which a trip began, for Firehose's dynamic partitioning.
    """

    lake_bucket: str
    recipe: str
    output_format: str
    balance: str
    csv_header: str = "false"
    partition_by: str = "arrival"


def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{records: [{recordId, data}]}`` in, ``{records: [{recordId, result, data}]}`` out, ids and order the same."""
    start = time.perf_counter()
    options = settings.read(Settings)
    recipe = parser.named(options.recipe)
    wish = records.Wish(
        options.output_format, float(options.balance), options.csv_header == "true", options.partition_by == "event"
    )
    outcomes = records.records(event["records"], recipe, wish)
    firehose_answer.fit(outcomes)
    rejected_rows.store(outcomes, options.lake_bucket)
    sent_again.send(outcomes, event["deliveryStreamArn"])
    result = {"records": [outcome.answer() for outcome in outcomes]}
    counts.emit(outcomes, (time.perf_counter() - start) * 1000)
    return result
