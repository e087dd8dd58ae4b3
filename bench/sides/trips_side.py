"""One side of ``bench.trips`` in a process of its own: ``python -m bench.sides.trips_side SIDE EVENT ROUNDS``.

Prints CPU milliseconds for the import, the first event and the best later one, and the peak memory in MB, as JSON.
Sides: ``reference`` (pandas, as it is usually written), ``polars`` (the same in polars), ``same`` (ours, doing what the
reference does: CSV, balanced), ``stream`` (ours, as it is deployed: JSON lines, every row), ``stored`` (``stream`` with
the client of boto3 that the first rows left out need), ``boto3`` (nothing but ``import boto3``). Imports nothing of the
project before the clock runs.
"""

import json
import logging  # as json and traceback, which Lambda's runtime has imported before any handler
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from bench.sides import peak

RUNTIME = (json, logging, traceback)
PARTS = ((5, "night"), (12, "morning"), (18, "afternoon"), (21, "evening"))


def reference():
    """The transform that people write first: a DataFrame per record, apply for the part of the day, sample(frac=1)."""
    import base64
    import io

    import pandas as pd

    def part_of_day(hour):
        return next((name for before, name in PARTS if hour < before), "night")

    def handler(event):
        records = []
        for record in event["records"]:
            text = base64.b64decode(record["data"]).decode("utf-8")
            df = pd.read_csv(io.StringIO(text), index_col=0)
            df = df.drop(columns=["rental_access_method"])
            df["start_time"] = pd.to_datetime(df["start_time"])
            df["end_time"] = pd.to_datetime(df["end_time"])
            df["day_of_week"] = df["start_time"].dt.day_name()
            df["hour_of_day"] = df["start_time"].dt.hour
            df["trip_month"] = df["start_time"].dt.month
            df["part_of_day"] = df["hour_of_day"].apply(part_of_day)
            df = df.dropna()
            ones = len(df[df["bike_share_for_all_trip"] == "Yes"])
            df = df.sort_values("bike_share_for_all_trip").tail(int(2.1 * ones)).sample(frac=1)
            data = base64.b64encode(df.to_csv().encode("utf-8")).decode("utf-8")
            records.append({"recordId": record["recordId"], "result": "Ok", "data": data})
        return {"records": records}

    return handler


def in_polars():
    """The same work in polars, a frame per record."""
    import base64
    import io

    import polars as pl

    start, hour = pl.col("start_time"), pl.col("start_time").dt.hour()
    part = pl.lit("night")
    for before, name in reversed(PARTS):
        part = pl.when(hour < before).then(pl.lit(name)).otherwise(part)
    features = (
        start.dt.to_string("%A").alias("day_of_week"),
        hour.alias("hour_of_day"),
        start.dt.month().alias("trip_month"),
        part.alias("part_of_day"),
    )

    def handler(event):
        records = []
        for record in event["records"]:
            df = pl.read_csv(io.BytesIO(base64.b64decode(record["data"])), infer_schema_length=None)
            df = df.drop("rental_access_method").drop_nulls()
            df = df.with_columns(pl.col("start_time", "end_time").str.to_datetime("%Y-%m-%d %H:%M:%S%.f"))
            df = df.with_columns(*features)
            ones = df.filter(pl.col("bike_share_for_all_trip") == "Yes").height
            df = df.sort("bike_share_for_all_trip").tail(int(2.1 * ones)).sample(fraction=1, shuffle=True)
            data = base64.b64encode(df.write_csv().encode()).decode()
            records.append({"recordId": record["recordId"], "result": "Ok", "data": data})
        return {"records": records}

    return handler


def ours(output, balance):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "functions"))
    os.environ.update(
        LAKE_BUCKET="lake",
        RECIPE="bike_share",
        OUTPUT_FORMAT=output,
        BALANCE=balance,
        POWERTOOLS_SERVICE_NAME="trips",
        POWERTOOLS_METRICS_NAMESPACE="Millrace/Trips",
    )
    from common import emf
    from trips.cleaning import rejected_rows
    from trips.handlers import clean

    def nothing(*_arguments: object, **_more: object) -> None:
        """Storing is the network's time, and the output here is for the figures."""

    emf.emit = rejected_rows.store = nothing
    handler: Any = clean.handler
    return lambda event: handler(event, None)


def stored():
    handler = ours("json", "0")

    def with_a_client(event):
        from common import aws

        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        aws.client("s3")
        return handler(event)

    return with_a_client


SIDES = {
    "reference": reference,
    "polars": in_polars,
    "same": lambda: ours("csv", "2.1"),
    "stream": lambda: ours("json", "0"),
    "stored": stored,
    "boto3": lambda: __import__("boto3") and (lambda event: event),
}


def main() -> None:
    side, path, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    event = json.loads(path.read_text())
    begun = time.process_time()
    handler = SIDES[side]()
    imported = time.process_time()
    handler(event)
    first = time.process_time()
    times = []
    for _ in range(rounds):
        clock = time.process_time()
        handler(event)
        times.append(time.process_time() - clock)
    memory = peak.megabytes()
    print(
        json.dumps(
            {
                "import": 1000 * (imported - begun),
                "first": 1000 * (first - imported),
                "warm": 1000 * min(times or [first - imported]),
                "peak": memory,
            }
        )
    )


if __name__ == "__main__":
    main()
