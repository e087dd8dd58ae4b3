"""Sending again what was left out: each row once, under its own header, and the transform understands what comes."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from operate import resend, stream
from operate.clients import Target
from operate.errors import OperateError
from tests.unit.operate.test_stream import Firehose
from tests.unit.trips.builders import BIKES, HEADER, chunk, event, json_lines, line, row
from trips.cleaning import records, rejected_rows
from trips.recipe import parser

TEXT = (parser.FOLDER / "bike_share.toml").read_text()
MENDED = parser.parse(TEXT.replace('name = "bike_id"', 'name = "bike_id"\naliases = ["vehicle"]'))
JSON = parser.parse(TEXT.replace('format = "csv"', 'format = "json"'))


class Place:
    """A stack with a lake and a stream."""

    def __init__(self, s3: Any) -> None:
        self.s3, self.firehose, self.recipe = s3, Firehose(), "bike_share"

    def parameters(self) -> dict[str, str]:
        return {"Recipe": self.recipe}

    def output(self, name: str, _instead: str) -> str:
        return {"LakeBucketName": "lake", "TripsStreamName": "trips"}[name]

    def client(self, service: str) -> Any:
        return {"s3": self.s3, "firehose": self.firehose}[service]

    def left_out(self, *payloads: bytes, recipe: Any = BIKES) -> None:
        """What the transform keeps of these records."""
        outcomes = records.records(event(*payloads)["records"], recipe, records.Wish("json"))
        body = rejected_rows.lines(outcomes)
        self.s3.put_object(Bucket="lake", Key=rejected_rows.key(body), Body=body)

    def keys(self, prefix: str = "") -> list[str]:
        found = self.s3.list_objects_v2(Bucket="lake", Prefix=prefix).get("Contents", [])
        return [entry["Key"] for entry in found]

    def lines(self, **wish: Any) -> Iterator[str]:
        target: Target = self  # type: ignore[assignment] # it has what a command asks
        return resend.command(target, resend.Wish(**wish))

    def resend(self, **wish: Any) -> list[str]:
        return list(self.lines(**wish))


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(stream.time, "sleep", lambda _seconds: None)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
        s3.create_bucket(Bucket="lake")
        yield Place(s3)


def test_without_confirm_rows_are_only_counted(place):
    place.left_out(chunk(line(), line(bike_id=""), line(bike_id="")), chunk(line(), header="a,b"))
    assert place.resend() == [
        "         2 rows: empty",
        "         2 rows: header",
        "4 rows of 1 object would be sent again; nothing was: mend the recipe first, deploy it, then add --confirm",
    ]
    assert place.firehose.taken == []
    assert place.keys("errors/resent/") == []


def test_a_record_whose_header_was_not_understood_comes_whole_and_is_understood_by_the_mended_recipe(place):
    data = chunk(line(), line(bike_id="7"), header=HEADER.replace("bike_id", "vehicle"))
    place.left_out(data)
    lines = place.resend(confirm=True)
    assert place.firehose.taken == [data]
    assert lines[-1].startswith("2 rows of 1 object sent again in 1 record;")
    (outcome,) = records.records(event(*place.firehose.taken)["records"], MENDED, records.Wish("json"))
    assert (outcome.rows, outcome.left) == (2, [])


def test_rows_come_under_the_header_of_their_record(place):
    other = ",".join(reversed(HEADER.split(",")))
    swapped = ",".join(reversed(list(row(bike_id="").values())))
    place.left_out(chunk(line(), line(bike_id="")), chunk(swapped, header=other))
    place.resend(confirm=True)
    assert sorted(place.firehose.taken) == sorted([chunk(line(bike_id="")), chunk(swapped, header=other)])


def test_what_was_sent_is_moved_and_is_not_sent_twice(place):
    place.left_out(chunk(line(), line(bike_id="")))
    (key,) = place.keys("errors/rows/")
    place.resend(confirm=True)
    assert place.keys() == [f"errors/resent/rows/{key.rpartition('/')[2]}"]
    assert place.resend(confirm=True) == ["there are no rows to send again"]
    assert len(place.firehose.taken) == 1


def test_one_reason_leaves_the_others_where_they_are(place):
    place.left_out(chunk(line(), line(bike_id=""), line(duration_sec="-1")))
    place.resend(reason="bounds", confirm=True)
    assert place.firehose.taken == [chunk(line(duration_sec="-1"))]
    assert [text.split(": ")[1] for text in place.resend()[:1]] == ["empty"]
    place.resend(confirm=True)
    assert place.firehose.taken[1:] == [chunk(line(bike_id=""))]


def test_a_stream_that_refuses_leaves_everything_in_its_place(place):
    place.left_out(chunk(line(), line(bike_id="")))
    before = place.keys()
    place.firehose.refusals = 1_000_000
    with pytest.raises(stream.StreamError):
        place.resend(confirm=True)
    assert place.keys() == before


def test_bytes_that_are_no_text_come_as_they_were(place):
    bad = line().encode().replace(b"Valencia", b"\xff\xfe")
    place.left_out(chunk(line()) + bad + b"\n")
    place.resend(confirm=True)
    assert place.firehose.taken == [HEADER.encode() + b"\n" + bad + b"\n"]


def test_json_lines_need_no_header(place):
    place.left_out(json_lines(row(), row(bike_id="")), recipe=JSON)
    place.resend(confirm=True)
    assert place.firehose.taken == [json_lines(row(bike_id=""))]


def test_many_rows_are_several_records(place):
    place.left_out(chunk(*[line(bike_id="")] * 1200, line()))
    place.resend(confirm=True)
    assert [data.count(b"\n") - 1 for data in place.firehose.taken] == [500, 500, 200]


def test_rows_of_an_older_version_need_their_header_from_a_file(place, tmp_path):
    old = {"schema": 1, "record": "r", "line": 3, "reason": "empty", "column": "bike_id", "text": line(bike_id="")}
    place.s3.put_object(Bucket="lake", Key="errors/rows/old.jsonl", Body=json.dumps(old).encode() + b"\n")
    with pytest.raises(OperateError, match="--header"):
        place.resend(confirm=True)
    path = tmp_path / "trips.csv"
    path.write_text(f"{HEADER}\n{line()}\n")
    place.resend(confirm=True, header=path)
    assert place.firehose.taken == [chunk(line(bike_id=""))]


def test_records_that_firehose_gave_up_come_as_they_were(place):
    data = [b"\x00 no trip", chunk(line())]
    entries = [
        {"rawData": base64.b64encode(one).decode(), "errorCode": "Lambda.FunctionError", "errorMessage": ""}
        for one in data
    ]
    body = "".join(json.dumps(entry) + "\n" for entry in entries).encode()
    place.s3.put_object(Bucket="lake", Key="errors/processing-failed/day=2026-01-01/x", Body=body)
    assert place.resend(confirm=True) == ["there are no rows to send again"]
    place.resend(failed=True, confirm=True)
    assert place.firehose.taken == data
    assert place.keys() == ["errors/resent/processing-failed/day=2026-01-01/x"]


def given_up(place: Place, *codes: str) -> str:
    """An object of records that Firehose gave up, for these reasons."""
    entries = ({"rawData": base64.b64encode(chunk(line())).decode(), "errorCode": code} for code in codes)
    key = "errors/processing-failed/day=2026-01-01/x"
    place.s3.put_object(Bucket="lake", Key=key, Body="".join(json.dumps(entry) + "\n" for entry in entries).encode())
    return key


def test_one_reason_of_what_firehose_gave_up_leaves_the_others_where_they_are(place):
    """Not among the rows, where they would stop every later command."""
    given_up(place, "Lambda.FunctionError", "Lambda.ProcessingFailedStatus", "Lambda.FunctionError")
    place.resend(failed=True, reason="Lambda.ProcessingFailedStatus", confirm=True)
    assert len(place.firehose.taken) == 1
    assert place.keys("errors/rows/") == []
    assert place.resend(failed=True)[0] == "         2 records: Lambda.FunctionError"
    assert place.resend() == ["there are no rows to send again"]


def test_a_line_that_is_not_known_is_told_and_stops_no_other_object(place):
    place.s3.put_object(Bucket="lake", Key="errors/rows/0.jsonl", Body=b"[1]\n")
    place.left_out(chunk(line(), line(bike_id="")))
    told: list[str] = []
    with pytest.raises(OperateError, match=r"errors/rows/0\.jsonl has a line .* left as they are: 1\."):
        told.extend(place.lines(confirm=True))
    assert told[0] == "         1 row: empty"
    assert len(place.firehose.taken) == 1
    assert place.keys("errors/rows/") == ["errors/rows/0.jsonl"]


LYFT = {
    "ride_id": "A1",
    "rideable_type": "classic_bike",
    "started_at": "2019-05-01 10:00:00.5",
    "ended_at": "2019-05-01 10:10:00",
    "start_station_name": 'Corner, \\ "B"',
    "start_station_id": "",
    "end_station_name": "",
    "end_station_id": "X-2",
    "start_lat": "37.5",
    "start_lng": "-122.25",
    "end_lat": "",
    "end_lng": "",
    "member_casual": "member",
}


@pytest.mark.parametrize("wish", [records.Wish("json"), records.Wish("csv"), records.Wish("csv", header=True)])
@pytest.mark.parametrize("name", ["lyft", "bike_share"])
def test_what_was_given_up_behind_the_transform_comes_as_rows_of_the_recipe(place, name, wish):
    """Else the stream would get the lake's own names, which it does not understand, again and again."""
    recipe = place.recipe = name
    text = io.StringIO()
    csv.DictWriter(text, LYFT, lineterminator="\n").writerow(LYFT)
    data = {"lyft": (",".join(LYFT) + "\n" + text.getvalue() * 2).encode(), "bike_share": chunk(*[line()] * 2)}[name]
    (outcome,) = records.records(event(data)["records"], parser.named(recipe), wish)
    assert outcome.rows == 2
    entry = {"rawData": base64.b64encode(outcome.data).decode(), "errorCode": "DataFormatConversion.InvalidSchema"}
    kinds = ("format-conversion-failed", "processing-failed")
    for kind in kinds:
        place.s3.put_object(Bucket="lake", Key=f"errors/{kind}/day=2026-01-01/x", Body=json.dumps(entry).encode())
    assert place.resend(failed=True, confirm=True)[0] == "         2 records: DataFormatConversion.InvalidSchema"
    assert place.keys() == [f"errors/resent/{kind}/day=2026-01-01/x" for kind in kinds]
    for taken in place.firehose.taken:
        (again,) = records.records(event(taken)["records"], parser.named(recipe), wish)
        assert (again.data, again.left, again.rows) == (outcome.data, [], 2)


def test_what_the_recipe_did_not_write_is_sent_as_it_came(place):
    key = given_up(place, "DynamicPartitioning.MetadataExtractionFailed")
    place.resend(failed=True, confirm=True)
    assert place.firehose.taken == [chunk(line())]
    assert place.keys() == [key.replace("errors/", "errors/resent/")]
