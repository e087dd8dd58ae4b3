"""Trips from the stream to the lake, to Athena's answers and to training sets, through AWS's APIs alone.

On the local cloud the pipeline is deployed by itself, once for each format of the lake; with MILLRACE_E2E=aws the
deployed stack is used as it is.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud.testing import ROOT, start_cloud
from local.demo.trips import maker
from tests.e2e import stacks
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually

FORMATS = {
    "json": {"OutputFormat": "json"},
    "csv": {"OutputFormat": "csv"},
    "event": {"PartitionBy": "event"},
    "parquet": {"UseParquet": "true"},
}
PATIENCE = 600.0 if stacks.wants_aws() else 60.0
"""Seconds until rows that are not in the lake count as lost; on AWS Firehose collects for minutes."""


class Lake:
    """A stack of the trips pipeline, and what one test may know of it."""

    def __init__(self, stack: stacks.Stack) -> None:
        self.stack = stack
        self.bucket = stack.outputs["LakeBucketName"]
        table = stack.client("glue").get_table(DatabaseName=stack.outputs["TripsDatabaseName"], Name="trips")["Table"]
        self.by_event = "NOW+" in table["Parameters"]["projection.day.range"]

    def put(self, *records: bytes) -> None:
        answer = self.stack.client("firehose").put_record_batch(
            DeliveryStreamName=self.stack.outputs["TripsStreamName"], Records=[{"Data": data} for data in records]
        )
        assert answer["FailedPutCount"] == 0

    def ask(self, sql: str) -> list[list[str]]:
        athena = self.stack.client("athena")
        query = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.stack.outputs["TripsDatabaseName"]},
            WorkGroup=self.stack.outputs["TripsWorkGroupName"],
        )["QueryExecutionId"]

        def ended() -> dict[str, Any] | None:
            found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return None if found["Status"]["State"] in ("QUEUED", "RUNNING") else found

        execution = eventually(ended, "answer of Athena")
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        key = execution["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{self.bucket}/")
        return list(csv.reader(io.StringIO(self.body(key).decode())))[1:]

    def rows(self, where: str) -> list[list[str]] | None:
        return self.ask(f"SELECT * FROM trips WHERE {where}") or None  # noqa: S608 - the test's own text

    def body(self, key: str) -> bytes:
        return bytes(self.stack.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def lines(self, prefix: str) -> list[dict[str, Any]]:
        pages = self.stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [json.loads(line) for key in keys for line in self.body(key).splitlines()]


@pytest.fixture(scope="module", params=["deployed"] if stacks.wants_aws() else list(FORMATS))
def lake(request: pytest.FixtureRequest) -> Iterator[Lake]:
    if stacks.wants_aws():
        yield Lake(stacks.deployed())
        return
    parameters = {**FORMATS[request.param], "TripsBufferSeconds": "1"}
    cloud = start_cloud(ROOT / "pipelines" / "trips.yaml", parameters=parameters, stack="trips")
    try:
        yield Lake(stacks.local(cloud))
    finally:
        assert cloud.stop() == 0


def trip(**changes: str) -> str:
    """One trip that no other test has: its user type is new."""
    values = dict(zip(maker.HEADER.split(","), next(csv.reader([next(maker.lines(1))])), strict=True))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow({**values, **changes}.values())
    return text.getvalue()


def test_a_trip_is_a_row_with_its_features(lake):
    mark = f"e2e-{uuid.uuid4().hex}"
    name = 'Pier "9", North\\South'
    times = {"start_time": "2019-07-31 17:59:59.9999", "end_time": "2019-07-31 18:10:00"}
    row = trip(user_type=mark, start_station_name=name, **times)
    lake.put(f"{maker.HEADER}\n{row}".encode())
    where = f"user_type = '{mark}'"
    (found,) = eventually(lambda: lake.rows(where), "trip in the lake", PATIENCE)
    columns = "start_time, start_station_name, day_of_week, hour_of_day, trip_month, part_of_day, day"
    (features,) = lake.ask(f"SELECT {columns} FROM trips WHERE {where}")  # noqa: S608
    assert features[:6] == ["2019-07-31 17:59:59.999900", name, "Wednesday", "17", "7", "afternoon"]
    assert features[6] <= time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400))
    assert len(found) == 19
    if lake.by_event:
        assert features[6] == "2019-07-31"


def test_swapped_columns_under_a_header_in_other_words_are_never_stored_exchanged(lake):
    mark = f"e2e-{uuid.uuid4().hex}"
    (values,) = csv.reader([trip(user_type=mark).strip()])
    columns = maker.HEADER.split(",")
    values[1], values[2] = values[2], values[1]
    columns[1], columns[2] = "End Time", "Start Time"
    told, other = ",".join(columns), ",".join([*columns[:1], "ende", "beginn", *columns[3:]])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    lake.put(f"{told}\n{text.getvalue()}".encode(), f"{other}\n{text.getvalue()}".encode())
    eventually(lambda: lake.rows(f"user_type = '{mark}'"), "trip in the lake", PATIENCE)
    (times,) = lake.ask(f"SELECT start_time < end_time FROM trips WHERE user_type = '{mark}'")  # noqa: S608
    assert times == ["true"]

    def left_out() -> dict[str, Any] | None:
        return next((entry for entry in lake.lines("errors/rows/") if mark in entry["text"]), None)

    entry = eventually(left_out, "record left out", PATIENCE)
    assert (entry["reason"], entry["rows"], entry["text"].splitlines()[0]) == ("header", 1, other)


def test_one_bad_record_and_one_bad_row_cost_nothing_else(lake):
    mark = f"e2e-{uuid.uuid4().hex}"
    nonsense = f"no trip at all {mark}".encode()
    good, bad = trip(user_type=mark), trip(user_type=mark, start_station_id="", start_station_name="")
    lake.put(f"{maker.HEADER}\n{good}{bad}".encode(), nonsense, b"", f"{maker.HEADER}\n{good}".encode())

    def both() -> list[list[str]] | None:
        found = lake.rows(f"user_type = '{mark}'") or []
        return found if len(found) >= 2 else None

    assert len(eventually(both, "two trips", PATIENCE)) == 2

    def left_out() -> dict[str, Any] | None:
        return next((entry for entry in lake.lines("errors/rows/") if mark in entry["text"]), None)

    entry = eventually(left_out, "row left out", PATIENCE)
    assert (entry["reason"], entry["column"], entry["line"]) == ("empty", "start_station_id", 3)

    def kept() -> dict[str, Any] | None:
        found = lake.lines("errors/processing-failed/")
        return next((e for e in found if base64.b64decode(e["rawData"]) == nonsense), None)

    assert eventually(kept, "record under the error prefix", PATIENCE)["errorCode"] == "Lambda.ProcessingFailedStatus"


def test_training_sets_are_balanced_complete_and_the_same_again(lake):
    month = "2011-05"
    lines = [line.replace("2019-07-", "2011-05-") for line in maker.lines(1200)]
    chunks = [lines[at : at + 300] for at in range(0, len(lines), 300)]
    lake.put(*("\n".join([maker.HEADER, *chunk]).encode() for chunk in chunks))
    wanted = sum(",,," not in line for line in lines)

    def all_of_them() -> bool | None:
        found = lake.ask("SELECT count(DISTINCT start_time) FROM trips WHERE start_time LIKE '2011-05-%'")
        return int(found[0][0]) >= wanted - 5 or None  # two trips may begin in the same 0.1 ms

    eventually(all_of_them, "trips of the month", PATIENCE)
    first, second = (build(lake, month=month, seed=7) for _ in range(2))
    assert first == second
    check(first, "training-set")
    sets = first["files"]
    assert sets["train"]["rows"] == int(2.1 * sets["train"]["positives"])
    assert set(sets) == {"train", "validation", "test"}
    seen: set[str] = set()
    for name, entry in sets.items():
        (channel,) = (each for each in first["channels"] if each["channelName"] == name)
        assert channel["s3DataSource"]["S3Uri"] == f"s3://{lake.bucket}/{entry['manifest']}"
        prefix, *parts = json.loads(lake.body(entry["manifest"]))
        assert [f"{prefix['prefix']}{part}" for part in parts] == [
            f"s3://{lake.bucket}/{part['key']}" for part in entry["parts"]
        ]
        for part in entry["parts"]:
            body = lake.body(part["key"])
            assert (len(body), hashlib.sha256(body).hexdigest()) == (part["bytes"], part["sha256"])
            header, *found = csv.reader(io.StringIO(body.decode()))
            assert header == [column["name"] for column in first["columns"]]
            assert len(found) == part["rows"]
            rows = {"|".join(row) for row in found}
            assert not rows & seen, f"{name} has rows of another set"
            seen |= rows
    assert len(seen) == sum(entry["rows"] for entry in sets.values())
    assert json.loads(lake.body(first["manifest"])) == first


def test_compact_rows_come_into_the_lake_once_although_no_answer_holds_them(lake):
    """A record of 85 bytes per row is six times as large in JSON: it goes again in pieces."""
    mark = f"e2e-{uuid.uuid4().hex[:6]}"
    fixed = ["9", "2011-06-01 10:00:00", "2011-06-01 10:00:09", "1", "A", "1.0", "1.0", "2", "B", "1.0", "1.0"]
    lines = [",".join([*fixed, str(bike), mark, "No", ""]) for bike in range(9000)]
    lake.put("\n".join([maker.HEADER, *lines, ""]).encode())

    def all_of_them() -> list[str] | None:
        sql = f"SELECT count(*), count(DISTINCT bike_id) FROM trips WHERE user_type = '{mark}'"  # noqa: S608
        found = lake.ask(sql)[0]
        return found if int(found[1]) == len(lines) else None

    assert eventually(all_of_them, "compact rows", PATIENCE) == ["9000", "9000"]


def test_a_month_without_trips_has_a_name(lake):
    assert build(lake, month="1999-01")["errorType"] == "NothingToTrainOn"


def build(lake: Lake, **event: Any) -> dict[str, Any]:
    answer = lake.stack.client("lambda").invoke(
        FunctionName=lake.stack.outputs["TripsBuildTrainingSetName"], Payload=json.dumps(event).encode()
    )
    return dict(json.loads(answer["Payload"].read()))


@pytest.mark.skipif(stacks.wants_aws(), reason="a deployed stack's alarms belong to its owner")
def test_a_record_that_cannot_be_read_raises_the_alarm(lake):
    lake.put(b"\xff\xfe")
    name = lake.stack.physical_id("TripsRecordsFailedAlarm")

    def on() -> bool | None:
        (alarm,) = lake.stack.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarm["StateValue"] == "ALARM" or None

    assert eventually(on, "alarm")
