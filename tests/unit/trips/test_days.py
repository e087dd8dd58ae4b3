"""Event-time partitions: each record's rows are of one day, the others go again, nothing is lost, late rows count."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from tests.unit.trips.builders import BIKES, HEADER, chunk, event, line, parsed
from tests.unit.trips.test_clean import lake, metrics, stream  # noqa: F401 - fixtures
from trips.cleaning import records
from trips.handlers import clean

ARRIVAL = int(datetime(2019, 8, 2, tzinfo=UTC).timestamp() * 1000)
WISH = records.Wish("json", by_day=True)


def on(day: str, **more: str) -> str:
    return line(start_time=f"{day} 10:00:00", end_time=f"{day} 10:09:00", **more)


def sent(*payloads: bytes) -> dict:
    made = event(*payloads)
    for entry in made["records"]:
        entry["approximateArrivalTimestamp"] = ARRIVAL
    return made


@pytest.fixture
def by_event(lake, stream, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PARTITION_BY", "event")
    return stream


def test_a_record_of_one_day_names_it(by_event):
    answer = clean.handler(sent(chunk(on("2019-07-31"), on("2019-07-31"))), None)
    (entry,) = answer["records"]
    assert entry["metadata"] == {"partitionKeys": {"day": "2019-07-31"}}
    assert len(parsed(base64.b64decode(entry["data"]))) == 2
    assert by_event.records == []


def test_rows_of_other_days_go_again_as_they_came_and_then_stay(by_event, capsys):
    days = ["2019-07-30", "2019-07-31", "2019-07-31", "2019-08-01"]
    answer = clean.handler(sent(chunk(*(on(day, bike_id=str(n)) for n, day in enumerate(days)))), None)
    (entry,) = answer["records"]
    assert entry["metadata"]["partitionKeys"]["day"] == "2019-07-31"
    assert by_event.records == [chunk(on("2019-07-30", bike_id="0")), chunk(on("2019-08-01", bike_id="3"))]
    found = metrics(capsys.readouterr().out)
    assert (found["RowsIn"], found["RowsOut"], found["RowsSentAgain"]) == (2, 2, 2)
    again, by_event.records = by_event.records, []
    answer = clean.handler(sent(*again), None)
    assert [e["metadata"]["partitionKeys"]["day"] for e in answer["records"]] == ["2019-07-30", "2019-08-01"]
    assert by_event.records == []


def test_rows_left_out_stay_with_the_first_record(by_event, lake):  # noqa: F811
    clean.handler(sent(chunk(on("2019-07-30"), on("2019-07-30"), on("2019-07-31"), on("2019-07-31", bike_id=""))), None)
    (stored,) = lake.objects.all()
    assert json.loads(stored.get()["Body"].read())["column"] == "bike_id"
    assert by_event.records == [chunk(on("2019-07-31"))]


def test_what_cannot_be_sent_again_fails_whole(by_event):
    by_event.refusals = 1_000_000
    event_sent = sent(chunk(on("2019-07-30"), on("2019-07-31")), chunk(on("2019-07-31")))
    answer = clean.handler(event_sent, None)
    assert [entry["result"] for entry in answer["records"]] == ["ProcessingFailed", "Ok"]
    assert answer["records"][0]["data"] == event_sent["records"][0]["data"]
    assert "metadata" not in answer["records"][0]


def test_late_rows_are_stored_with_their_day_and_counted(by_event, capsys):
    clean.handler(sent(chunk(on("2019-07-20"), on("2019-07-20")), chunk(on("2019-07-30"))), None)
    assert metrics(capsys.readouterr().out)["RowsLate"] == 2
    clean.handler(sent(chunk(on("2019-07-30"))), None)
    assert "RowsLate" not in metrics(capsys.readouterr().out)


@pytest.mark.parametrize("day", ["2009-12-31", "2019-08-04", "2031-03-01"])
def test_days_that_no_query_would_look_at_are_left_out(day):
    (outcome,) = records.records(sent(chunk(on("2019-07-31"), on(day)))["records"], BIKES, WISH)
    assert [(left.line, left.reason, left.column) for left in outcome.left] == [(3, "day", "start_time")]
    assert (outcome.rows, outcome.day, outcome.again) == (1, "2019-07-31", [])
    (outcome,) = records.records(sent(chunk(on(day)))["records"], BIKES, WISH)
    assert (outcome.result, outcome.rows, len(outcome.left)) == ("Dropped", 0, 1)


def test_lines_keep_their_place_under_blank_lines_and_windows_ends(by_event):
    data = b"\xef\xbb\xbf\r\n" + chunk(on("2019-07-31"), on("2019-07-31"), "", on("2019-07-30")).replace(b"\n", b"\r\n")
    clean.handler(sent(data), None)
    assert by_event.records == [f"{HEADER}\n{on('2019-07-30')}\r\n".encode()]


def test_each_day_is_balanced_when_it_is_answered(by_event, monkeypatch, capsys):
    monkeypatch.setenv("BALANCE", "2.1")
    rows = [on("2019-07-31", bike_share_for_all_trip="Yes")] * 10 + [on("2019-07-31")] * 90
    clean.handler(sent(chunk(*rows, on("2019-07-30"))), None)
    found = metrics(capsys.readouterr().out)
    assert (found["RowsOut"], found["RowsSampledOut"], found["RowsSentAgain"]) == (21, 79, 1)


def test_a_trip_that_begins_after_its_row_came_is_left_out_by_arrival_too():
    """A clock that is wrong, or a time zone; the local day may be one ahead of UTC."""
    data = chunk(on("2019-08-04", bike_id="1"), on("2019-08-03", bike_id="2"), on("2100-01-01"), on("1900-01-01"))
    (outcome,) = records.records(sent(b"\n" + data)["records"], BIKES, records.Wish("json"))
    assert [row["start_time"][:10] for row in parsed(outcome.data)] == ["2019-08-03", "1900-01-01"]
    assert [(left.line, left.reason, left.column) for left in outcome.left] == [
        (3, "day", "start_time"),
        (5, "day", "start_time"),
    ]
    assert outcome.left[0].text == on("2019-08-04", bike_id="1")
