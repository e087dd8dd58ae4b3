"""A small lake to be asked. Loan ``n`` lasts ``n`` seconds, so "at least n" has another answer for each ``n``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from questions.model import Column, Table

DATABASE, BUCKET = "town", "lake-of-the-town"
LOANS, DAYS, KINDS = 400, ("2024-05-01", "2024-05-02"), ("Member", "Guest")
LOAN_TABLE = Table(
    DATABASE,
    "loans",
    (
        Column("loan_id", "bigint"),
        Column("kind", "string"),
        Column("duration_sec", "bigint"),
        Column("begun", "string"),
        Column("day", "string", "Day on which the loan began", True),
    ),
    "One row per loan of a boat.",
)
ROWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "loans": [
        {
            "loan_id": 70_000 + number,
            "kind": KINDS[number % 2],
            "duration_sec": number,
            "begun": f"{DAYS[number % 2]} 1{number % 9}:00:00",
            "day": DAYS[number % 2],
        }
        for number in range(1, LOANS + 1)
    ]
}
SERDE = "org.openx.data.jsonserde.JsonSerDe"
Client = Callable[[str], Any]


def question(number: int) -> str:
    """Another one for each of 1 to LOANS."""
    return f"How many loans where duration is at least {number}?"


def answer(number: int) -> int:
    """What is right."""
    return LOANS + 1 - number


def make(
    client: Client,
    tables: Sequence[Table] = (LOAN_TABLE,),
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = ROWS,
    database: str = DATABASE,
    bucket: str = BUCKET,
) -> None:
    """A bucket, and a Glue database with these tables. Partition keys are text, and each row names its own."""
    client("s3").create_bucket(Bucket=bucket)
    client("glue").create_database(DatabaseInput={"Name": database})
    for table in tables:
        _make_table(client, table, rows.get(table.name, ()), database, bucket)


def _make_table(client: Client, table: Table, rows: Sequence[Mapping[str, Any]], database: str, bucket: str) -> None:
    keys = [column.name for column in table.columns if column.partition]
    place = f"s3://{bucket}/{table.name}/"
    folders: dict[str, list[str]] = {}
    for row in rows:
        folder = "".join(f"{key}={row[key]}/" for key in keys)
        inside = {name: value for name, value in row.items() if name not in keys}
        folders.setdefault(folder, []).append(json.dumps(inside))
    for folder, lines in folders.items():
        client("s3").put_object(Bucket=bucket, Key=f"{table.name}/{folder}rows.json", Body="\n".join(lines).encode())
    storage = {
        "Columns": [{"Name": c.name, "Type": c.type, "Comment": c.comment} for c in table.columns if not c.partition],
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": SERDE},
    }
    described = {
        "Name": table.name,
        "Description": table.comment,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "json"},
        "PartitionKeys": [{"Name": c.name, "Type": c.type, "Comment": c.comment} for c in table.columns if c.partition],
        "StorageDescriptor": {**storage, "Location": place},
    }
    client("glue").create_table(DatabaseName=database, TableInput=described)
    for folder in folders if keys else ():
        values = [part.partition("=")[2] for part in folder.strip("/").split("/")]
        partition = {"Values": values, "StorageDescriptor": {**storage, "Location": f"{place}{folder}"}}
        client("glue").create_partition(DatabaseName=database, TableName=table.name, PartitionInput=partition)


def objects(client: Client, bucket: str = BUCKET) -> dict[str, str]:
    """Keys and ETags of all that lies in the bucket."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}


def catalogue(client: Client) -> dict[str, list[str]]:
    """Databases and the names of their tables."""
    glue, found = client("glue"), {}
    for page in glue.get_paginator("get_databases").paginate():
        for database in page["DatabaseList"]:
            tables = glue.get_paginator("get_tables").paginate(DatabaseName=database["Name"])
            found[database["Name"]] = sorted(table["Name"] for page in tables for table in page["TableList"])
    return found
