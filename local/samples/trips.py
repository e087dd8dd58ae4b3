"""A month of trips in the lake, from which the sample makes a training set."""

from __future__ import annotations

from local.samples.stack import Stack, wait

ROWS, A_RECORD = 2_000, 500
PREFIX = "trips/day="


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("LakeBucketName", PREFIX))


def seed(stack: Stack) -> list[str]:
    """Streams them, unless some are there; what it put where."""
    from local.demo.trips import maker

    if not seeded(stack):
        header, *lines = maker.text(ROWS).splitlines(keepends=True)
        records = [
            {"Data": (header + "".join(lines[at : at + A_RECORD])).encode()} for at in range(0, len(lines), A_RECORD)
        ]
        stack.client("firehose").put_record_batch(DeliveryStreamName=stack.outputs["TripsStreamName"], Records=records)
        wait(lambda: next(stack.keys("LakeBucketName", PREFIX), None), "the trips in the lake")
    return [f"trips: s3://{stack.outputs['LakeBucketName']}/{PREFIX}..., {ROWS:,} of July 2019"]
