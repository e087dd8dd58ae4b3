"""Writing: features of the start, JSON and CSV that other readers understand."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES, chunk, json_lines, line, row
from tests.unit.trips.test_rows import JSON_RECIPE
from trips.cleaning.rows import read
from trips.cleaning.writing import Writer
from trips.recipe import parser


def written(data, output="json", wanted=BIKES):
    table = read(data, wanted)
    return Writer(wanted, output).write(table).decode()


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
    made = json.loads(written(chunk(line(start_time=time, end_time=time))))
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


def cells(text: str) -> list[list[str]]:
    """CSV as LazySimpleSerDe reads it with a backslash for escape.delim: no quotes, an escaped character is itself."""
    rows = []
    for text_line in text.removesuffix("\n").split("\n"):
        parts = re.findall(r"((?:[^\\,]|\\.)*)(?:,|$)", text_line)
        rows.append([re.sub(r"\\(.)", r"\1", part) for part in parts[: text_line.count(",") + 1]])
    return [row[: len(BIKES.outputs)] for row in rows]


def test_csv_has_no_header_so_that_joined_records_have_none_between_their_rows():
    joined = written(chunk(line()), "csv") + written(chunk(line()), "csv")
    assert [len(found) for found in csv.reader(io.StringIO(joined))] == [len(BIKES.outputs)] * 2


def test_csv_with_a_header_by_option():
    table = read(chunk(line(), line()), BIKES)
    head, *rest = Writer(BIKES, "csv", header=True).write(table).decode().splitlines()
    assert head == ",".join(name for name, _ in BIKES.outputs)
    assert rest == Writer(BIKES, "csv").write(table).decode().splitlines()
    assert Writer(BIKES, "csv", header=True).write(read(chunk(line(bike_id="")), BIKES)) == b"", "no rows, no header"


def test_the_day_of_the_week_as_the_number_that_pandas_gives_it():
    numbers = parser.named("bike_share_numbers")
    days = {"2019-07-29": 0, "2019-07-31": 2, "2019-08-04": 6}
    for day, number in days.items():
        times = {"start_time": f"{day} 10:00:00", "end_time": f"{day} 10:10:00"}
        assert json.loads(written(chunk(line(**times)), wanted=numbers))["day_of_week"] == number


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name.strip().casefold() not in BIKES.empty
)


@given(NAMES)
def test_any_name_survives_in_json_without_the_blanks_at_its_ends(name):
    made = json.loads(written(json_lines(row(start_station_name=name)), wanted=JSON_RECIPE))
    assert made["start_station_name"] == name.strip()


@given(NAMES)
def test_any_name_survives_in_csv_but_for_line_ends(name):
    text = written(json_lines(row(start_station_name=name)), "csv", JSON_RECIPE)
    assert text.count("\n") == 1
    (found,) = cells(text)
    assert len(found) == len(BIKES.outputs)
    assert found[4] == name.strip().replace("\r", " ").replace("\n", " ")
