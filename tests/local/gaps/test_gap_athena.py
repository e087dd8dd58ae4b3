"""Athena as a client meets it: who may read what, what is refused, what is scanned, stopped and left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until

JSON = "org.openx.data.jsonserde.JsonSerDe"
DAYS = {"2020-01-01": [("a", 1), ("b", 2)], "2020-01-02": [("a", 3)], "2020-01-03": [("c", 40)]}


class Lake:
    """A database with one partitioned table of JSON lines, and a bucket with its rows and the answers."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.bucket, self.database = cloud.name("lake"), cloud.name("db").replace("-", "_")
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        cloud.client("glue").create_database(DatabaseInput={"Name": self.database})
        self.sizes: dict[str, int] = {}
        for day, rows in DAYS.items():
            self.put(
                f"rows/day={day}/part.json", b"".join(json.dumps({"zone": z, "n": n}).encode() + b"\n" for z, n in rows)
            )
            self.sizes[day] = len(self.body(f"rows/day={day}/part.json"))
        self.table("t", "rows/", {"projection.enabled": "true", "projection.day.type": "date"} | _RANGE)

    def put(self, key: str, body: bytes) -> None:
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def body(self, key: str) -> bytes:
        return bytes(self.cloud.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def table(self, name: str, folder: str, parameters: dict[str, str] | None = None) -> None:
        columns = [{"Name": "zone", "Type": "string"}, {"Name": "n", "Type": "bigint"}]
        descriptor = {
            "Columns": columns,
            "Location": f"s3://{self.bucket}/{folder}",
            "SerdeInfo": {"SerializationLibrary": JSON},
        }
        keys = [{"Name": "day", "Type": "string"}]
        table = {"Name": name, "StorageDescriptor": descriptor, "PartitionKeys": keys, "Parameters": parameters or {}}
        self.cloud.client("glue").create_table(DatabaseName=self.database, TableInput=table)

    @property
    def rights(self) -> dict[str, list[dict[str, Any]]]:
        """What a reader needs, by kind."""
        glue, bucket = f"arn:aws:glue:{REGION}:{ACCOUNT}", f"arn:aws:s3:::{self.bucket}"
        return {
            "athena": [allow("athena:*", "*")],
            "catalogue": [
                allow("glue:GetDatabase", f"{glue}:*"),
                *(allow("glue:GetTable", f"{glue}:{r}") for r in ("catalog", "database/*", "table/*")),
            ],
            "bucket": [allow("s3:ListBucket", bucket), allow("s3:GetBucketLocation", bucket)],
            "rows": [allow("s3:GetObject", f"{bucket}/rows/*")],
            "answers": [allow("s3:PutObject", f"{bucket}/answers/*")],
        }

    def start(self, sql: str, athena: Any = None, **more: Any) -> str:
        request = {
            "QueryExecutionContext": {"Database": self.database},
            "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/answers/"},
            **more,
        }
        return str((athena or self.athena).start_query_execution(QueryString=sql, **request)["QueryExecutionId"])

    @property
    def athena(self) -> Any:
        return self.cloud.client("athena")

    def ended(self, query: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return None if found["Status"]["State"] in ("QUEUED", "RUNNING") else found

        return dict(until(look, 60))

    def ask(self, sql: str, **more: Any) -> list[list[str | None]]:
        """The rows of an answer, with its header."""
        execution = self.ended(self.start(sql, **more))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = self.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["ResultSet"]["Rows"]]

    def failed(self, sql: str, **more: Any) -> str:
        """The reason of a query that does not succeed."""
        status = self.ended(self.start(sql, **more))["Status"]
        assert status["State"] in ("FAILED", "CANCELLED"), status
        return str(status["StateChangeReason"])


_RANGE = {"projection.day.format": "yyyy-MM-dd", "projection.day.range": "2019-12-31,NOW"}


@pytest.fixture(scope="module")
def lake(cloud: Cloud) -> Lake:
    return Lake(cloud)


def refusal(call: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


class TestAnswers:
    def test_the_answer_lies_where_it_is_said_to(self, lake: Lake) -> None:
        execution = lake.ended(lake.start("SELECT zone, n, day, NULL AS nothing FROM t WHERE day = '2020-01-02'"))
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        key = execution["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{lake.bucket}/")
        assert lake.body(key) == b'"zone","n","day","nothing"\n"a","3","2020-01-02",\n'
        assert lake.body(f"{key}.metadata")

    def test_pages_count_the_header(self, lake: Lake) -> None:
        query = lake.start("SELECT zone FROM t ORDER BY n")
        lake.ended(query)
        first = lake.athena.get_query_results(QueryExecutionId=query, MaxResults=3)
        second = lake.athena.get_query_results(QueryExecutionId=query, NextToken=first["NextToken"])
        found = [row["Data"][0]["VarCharValue"] for page in (first, second) for row in page["ResultSet"]["Rows"]]
        assert found == ["zone", "a", "b", "a", "c"]
        assert "NextToken" not in second

    def test_types_of_columns(self, lake: Lake) -> None:
        query = lake.start("SELECT zone, n, CAST(1.5 AS decimal(5,2)) AS d, ARRAY[1] AS l FROM t LIMIT 1")
        lake.ended(query)
        found = lake.athena.get_query_results(QueryExecutionId=query)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        assert [(c["Name"], c["Type"], c["Precision"], c["Scale"]) for c in found] == [
            ("zone", "varchar", 2147483647, 0),
            ("n", "bigint", 19, 0),
            ("d", "decimal", 5, 2),
            ("l", "array", 0, 0),
        ]
