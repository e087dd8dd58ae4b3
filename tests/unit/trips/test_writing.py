"""Writing: features of the start, JSON and CSV that other readers understand."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES, chunk, json_lines, line, row
from tests.unit.trips.test_rows import JSON_RECIPE
from trips.cleaning.rows import read
from trips.cleaning.writing import Writer


def written(data, output="json", wanted=BIKES):
    table = read(data, wanted)
    return Writer(wanted, output).write(table.rows, table.times).decode()


@pytest.mark.parametrize(
    ("time", "day", "hour", "month", "part"),
    [
        ("2019-07-31 23:59:41.4641", "Wednesday", 23, 7, "night"),
        ("2020-02-29 04:59:59.9999", "Saturday", 4, 2, "night"),
        ("2020-02-29 05:00:00.0000", "Saturday", 5, 2, "morning"),
        ("2020-03-01 11:59:59", "Sunday", 11, 3, "morning"),
        ("2020-03-01 12:00:00", "Sunday", 12, 3, "afternoon"),
        ("2020-12-31 17:59:59", "Thursday", 17, 12, "afternoon"),
        ("2020-12-31 18:00:00", "Thursday", 18, 12, "evening"),
        ("2020-12-31 20:59:59", "Thursday", 20, 12, "evening"),
        ("2020-12-31 21:00:00", "Thursday", 21, 12, "night"),
        ("2020-12-31 00:00:00", "Thursday", 0, 12, "night"),
    ],
)
def test_features_are_those_of_the_start(time, day, hour, month, part):
    made = json.loads(written(chunk(line(start_time=time, end_time="2021-06-01 10:00:00"))))
    assert [made[name] for name in ("day_of_week", "hour_of_day", "trip_month", "part_of_day")] == [
        day,
        hour,
        month,
        part,
    ]


def test_a_row_whole():
    assert json.loads(written(chunk(line()))) == {
        "duration_sec": 870,
        "start_time": "2019-07-31 23:59:41.464100",
        "end_time": "2019-08-01 00:14:11.649300",
        "start_station_id": 2019,
        "start_station_name": "Valencia St at 24th St",
        "start_station_latitude": 37.601812,
        "start_station_longitude": -122.380944,
        "end_station_id": 633,
        "end_station_name": "El Embarcadero at Grand Ave",
        "end_station_latitude": 37.61248,
        "end_station_longitude": -122.2206,
        "bike_id": 3510,
        "user_type": "Subscriber",
        "bike_share_for_all_trip": "No",
        "day_of_week": "Wednesday",
        "hour_of_day": 23,
        "trip_month": 7,
        "part_of_day": "night",
    }


def test_csv_has_no_header_so_that_joined_records_have_none_between_their_rows():
    joined = written(chunk(line()), "csv") + written(chunk(line()), "csv")
    assert [len(cells) for cells in csv.reader(io.StringIO(joined))] == [len(BIKES.outputs)] * 2


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(NAMES)
def test_any_name_survives_in_json(name):
    made = json.loads(written(json_lines(row(start_station_name=name)), wanted=JSON_RECIPE))
    assert made["start_station_name"] == name


@given(NAMES)
def test_any_name_survives_in_csv_but_for_line_ends(name):
    text = written(json_lines(row(start_station_name=name)), "csv", JSON_RECIPE)
    assert text.count("\n") == 1
    (cells,) = csv.reader(io.StringIO(text))
    assert cells[4] == name.replace("\r", " ").replace("\n", " ")
