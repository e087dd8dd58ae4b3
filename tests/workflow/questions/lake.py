"""A small lake: a Glue database, a partitioned table of rides, and its rows in a bucket."""

from __future__ import annotations

import json
from typing import Any

from local.cloud.testing import Cloud

DATABASE, BUCKET = "lake", "lake-of-rides"
SERDE = "org.openx.data.jsonserde.JsonSerDe"
COLUMNS = (("ride_id", "bigint"), ("user_type", "string"), ("duration_sec", "bigint"), ("start_time", "string"))
DAYS = ("2019-07-01", "2019-07-02", "2019-08-03")
WIDE_DAY = "2019-06-01"
"""Its rows have more bytes than one query may scan."""
MOST_BYTES = 10 << 20


def rows(day: str) -> list[dict[str, Any]]:
    """Four rides of a day: two of subscribers (60 and 120 s), two of customers (300 and 600 s)."""
    found = [("Subscriber", 60), ("Subscriber", 120), ("Customer", 300), ("Customer", 600)]
    number = int(day.replace("-", ""))
    return [
        {"ride_id": number * 10 + at, "user_type": kind, "duration_sec": lasts, "start_time": f"{day} 1{at}:00:00"}
        for at, (kind, lasts) in enumerate(found)
    ]


def make(cloud: Cloud) -> None:
    s3, glue = cloud.client("s3"), cloud.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    for day in DAYS:
        body = "".join(json.dumps(row) + "\n" for row in rows(day))
        s3.put_object(Bucket=BUCKET, Key=f"rides/day={day}/rows.json", Body=body.encode())
    many = "".join(json.dumps({**row, "user_type": "x" * 1000}) + "\n" for row in rows(WIDE_DAY))
    s3.put_object(Bucket=BUCKET, Key=f"rides/day={WIDE_DAY}/rows.json", Body=many.encode() * 3000)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    glue.create_table(
        DatabaseName=DATABASE,
        TableInput={
            "Name": "rides",
            "Description": "One row per ride of a shared bike.",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "day", "Type": "string", "Comment": "Day on which the ride began"}],
            "Parameters": {
                "EXTERNAL": "TRUE",
                "classification": "json",
                "projection.enabled": "true",
                "projection.day.type": "date",
                "projection.day.format": "yyyy-MM-dd",
                "projection.day.range": "2019-01-01,2019-12-31",
                "storage.location.template": f"s3://{BUCKET}/rides/day=${{day}}/",
            },
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS],
                "Location": f"s3://{BUCKET}/rides/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": SERDE},
            },
        },
    )
