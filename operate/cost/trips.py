"""What trips have cost, beside the way of the source article: the same stream, and pandas in the function."""

from __future__ import annotations

import math
from collections.abc import Iterator

from operate import amounts
from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way, unknown
from operate.cost.meter import Metric
from operate.cost.stack import STREAM, Stack

ROUNDED_BYTES = 5 * 1024
"""Firehose bills each record as if it had a multiple of 5 KB (aws.amazon.com/firehose/pricing)."""
GB = 1024**3
PANDAS_TIMES = 3.7
"""As much time as ours takes a frame of pandas per record, in a warm process (``bench trips``, docs/trips.md)."""


def bill(stack: Stack) -> Bill:
    rows = stack.counted("trips", "RowsIn")["RowsIn"]
    streamed, used = tuple(_firehose(stack)), around.compute(stack, "Trips")
    slower = (
        used.line()
        if used.usd is None
        else Line("Lambda with pandas", f"{PANDAS_TIMES} times as many GB-seconds", used.usd * PANDAS_TIMES)
    )
    return Bill(
        "trips",
        rows,
        "trips",
        1_000_000,
        Way("what was paid", (*streamed, used.line())),
        (Way("the article's own way: pandas in the function", (*streamed[:1], slower)),),
        ("S3, Athena and CloudWatch are not in it.",),
        ("firehose_usd", "lambda_usd"),
    )


def billed_bytes(records: float, size: float) -> float:
    """What Firehose bills for ``records`` of ``size`` bytes together, taken as equally large."""
    return math.ceil(size / records / ROUNDED_BYTES) * ROUNDED_BYTES * records if records else 0.0


def _firehose(stack: Stack) -> Iterator[Line]:
    name = next(iter(stack.of_type(STREAM, "Trips").values()), "")
    wanted = ("IncomingRecords", "IncomingBytes")
    found = stack.meter.read(
        {each: Metric("AWS/Firehose", each, (("DeliveryStreamName", name),)) for each in wanted if name}
    )
    records, size = (found.get(each) for each in wanted)
    if records is None or size is None:
        yield unknown("Firehose", "AWS/Firehose has no metric of this stream yet")
        return
    gigabytes, rates = billed_bytes(records, size) / GB, prices.table("firehose_usd")
    amount = f"about {gigabytes:,.4f} GB billed, of {amounts.of(records, 'record')} with {size / GB:,.4f}"
    yield Line("Firehose", amount, gigabytes * rates["gb"])
    if stack.parameters.get("UseParquet") == "true":
        yield Line("Firehose, Parquet", f"{gigabytes:,.4f} GB", gigabytes * rates["converted_gb"])
    if stack.parameters.get("PartitionBy") == "event":
        yield Line("Firehose, partitions", f"{gigabytes:,.4f} GB", gigabytes * rates["partitioned_gb"])
