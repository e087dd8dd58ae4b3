"""Values that can be true: empties, categories, bounds, the ends of a trip, offsets, and hours that clocks change."""

from __future__ import annotations

import json

import pytest

from tests.unit.trips.builders import BIKES, chunk, line, row
from tests.unit.trips.test_rows import carefully, read, reasons, written
from trips.cleaning.writing import Writer
from trips.recipe import parser, zones

TEXT = (parser.FOLDER / "bike_share.toml").read_text()
NEEDED = "\nrequired = true"
OPTIONAL = parser.parse(
    TEXT.replace('"end_station_name"\ntype = "string"' + NEEDED, '"end_station_name"\ntype = "string"').replace(
        '"bike_id"\ntype = "integer"' + NEEDED, '"bike_id"\ntype = "integer"'
    )
)
REFUSES = parser.parse(TEXT.replace('zone = "America/Los_Angeles"', 'zone = "America/Los_Angeles"\noffsets = "refuse"'))
NO_ZONE = parser.parse(TEXT.replace('zone = "America/Los_Angeles"', ""))
SECONDS = parser.parse(TEXT.replace('trip_month = "month"', 'trip_month = "month"\nlasted = "seconds"'))


def only(data, recipe=BIKES):
    (made,) = [json.loads(text) for text in Writer(recipe, "json").write(read(data, recipe)).splitlines()]
    return made


def trip(start, end, **more):
    return line(start_time=start, end_time=end, **more)


EMPTIES = ["", " ", "NULL", "null", "NaN", "nan", "\\N", '""', "N/A", "<NA>", "\u00a0"]


class TestEmpty:
    @pytest.mark.parametrize("text", EMPTIES)
    @pytest.mark.parametrize(
        "column", ["bike_id", "end_station_name", "start_time", "start_station_latitude", "user_type"]
    )
    def test_what_stands_for_nothing_is_no_value(self, column, text):
        plain = ",".join({**row(), column: text}.values())
        assert reasons(chunk(line(), plain)) == [(3, "empty", column)]
        assert [left[1] for left in carefully(chunk(line(), plain)).left] == ["empty"]

    @pytest.mark.parametrize("text", EMPTIES)
    def test_an_optional_column_is_null(self, text):
        plain = ",".join({**row(), "bike_id": text, "end_station_name": text}.values())
        made = only(chunk(plain), OPTIONAL)
        assert (made["bike_id"], made["end_station_name"]) == (None, None)

    @pytest.mark.parametrize("text", ["NA", "None", "Null Street", "nano", "N"])
    def test_names_that_look_like_it_are_names(self, text):
        assert only(chunk(line(end_station_name=text)))["end_station_name"] == text

    def test_a_recipe_has_its_own(self):
        own = parser.parse(TEXT.replace('header = "first"', 'header = "first"\nempty = ["-"]'))
        assert reasons(chunk(line(), line(user_type="-")), own) == [(3, "empty", "user_type")]
        assert only(chunk(line(end_station_name="NULL")), own)["end_station_name"] == "NULL"


class TestCategories:
    @pytest.mark.parametrize("text", [" Yes", "Yes ", "yes", "YES", "\tYes\u00a0"])
    def test_blanks_and_case_make_no_other_class(self, text):
        table = read(chunk(line(bike_share_for_all_trip=text)))
        assert table.rows[0][13] == '"Yes"'

    def test_an_unknown_class_is_left_out_where_it_would_be_the_other_one(self):
        assert reasons(chunk(line(), line(bike_share_for_all_trip="Maybe"))) == [
            (3, "category", "bike_share_for_all_trip")
        ]

    def test_an_unknown_category_is_kept_and_counted(self):
        table = read(chunk(line(), line(user_type="Guest"), line(user_type="Guest"), line(user_type="customer")))
        assert [text.strip('"') for text in table.columns[12]] == ["Subscriber", "Guest", "Guest", "Customer"]
        assert table.told == {("unknown", "user_type"): 2, ("spelling", "user_type"): 1}

    def test_a_row_that_is_left_out_counts_nothing(self):
        assert read(chunk(line(), line(user_type="Guest", bike_share_for_all_trip="?"))).told == {}


class TestBounds:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("duration_sec", "-1"),
            ("duration_sec", "86401"),
            ("start_station_latitude", "90.1"),
            ("end_station_latitude", "-122.4"),
            ("end_station_longitude", "180.5"),
            ("start_station_longitude", "1e300"),
        ],
    )
    def test_out_of_bounds(self, column, value):
        assert reasons(chunk(line(), line(**{column: value}), line())) == [(3, "bounds", column)]

    def test_bounds_belong_to_what_is_allowed(self):
        edges = line(start_station_latitude="90.0", end_station_longitude="-180.0", duration_sec="86400")
        assert len(read(chunk(edges, line(duration_sec="0")))) == 2

    def test_a_place_that_was_not_known(self):
        lyft = parser.named("lyft")
        names = ",".join(column.name for column in lyft.columns)
        values = "r1,classic_bike,2024-01-01 10:00:00,2024-01-01 10:09:00,A,1,B,2,37.1,-122.1,0.0,0.0,member"
        assert reasons(f"{names}\n{values}\n".encode(), lyft) == [(2, "bounds", "end_lat")]


class TestTrips:
    @pytest.mark.parametrize(
        ("end", "reason"),
        [("2019-07-31 09:59:59", "order"), ("2019-08-01 10:00:01", "long"), ("2018-07-31 10:00:00", "order")],
    )
    def test_a_trip_ends_after_it_began_and_within_a_day(self, end, reason):
        good = trip("2019-07-31 10:00:00", "2019-07-31 10:00:00")
        assert reasons(chunk(good, trip("2019-07-31 10:00:00", end), good)) == [(3, reason, "end_time")]

    def test_a_bad_time_does_not_hide_a_bad_trip(self):
        data = chunk(line(end_time="2019-02-30 10:00:00"), trip("2019-07-31 10:00:00", "2019-07-31 09:00:00"), line())
        assert reasons(data) == [(2, "invalid", "end_time"), (3, "order", "end_time")]
        assert len(read(data)) == 1


class TestOffsets:
    @pytest.mark.parametrize(
        ("text", "local"),
        [
            ("2019-07-31T17:00:00Z", "2019-07-31 10:00:00.000000"),
            ("2019-07-31 17:00:00+00:00", "2019-07-31 10:00:00.000000"),
            ("2019-07-31T19:00:00.5+02:00", "2019-07-31 10:00:00.500000"),
            ("2019-07-31T10:00:00-07:00", "2019-07-31 10:00:00.000000"),
            ("2019-07-31T10:00:00-0700", "2019-07-31 10:00:00.000000"),
        ],
    )
    def test_an_offset_is_converted_to_the_zone_of_the_recipe(self, text, local):
        made = only(chunk(trip(text, "2019-07-31 10:09:00")))
        assert (made["start_time"], made["hour_of_day"]) == (local, 10)
        assert written(carefully(chunk(trip(text, "2019-07-31 10:09:00")))) == written(
            read(chunk(trip(text, "2019-07-31 10:09:00")))
        )

    def test_the_day_is_the_local_one(self):
        made = only(chunk(trip("2019-08-01T01:00:00Z", "2019-08-01T01:09:00Z")))
        assert (made["start_time"], made["day_of_week"], made["trip_month"]) == (
            "2019-07-31 18:00:00.000000",
            "Wednesday",
            7,
        )

    @pytest.mark.parametrize("recipe", [REFUSES, NO_ZONE])
    def test_or_it_is_refused_and_never_dropped(self, recipe):
        data = chunk(line(), line(start_time="2019-08-01T06:59:41Z"), line(end_time="2019-08-01 00:14:11-07:00"))
        assert reasons(data, recipe) == [(3, "zone", "start_time"), (4, "zone", "end_time")]

    def test_the_first_and_the_last_day_of_all_years(self):
        assert [reason for _, reason, _ in reasons(chunk(line(), line(start_time="0001-01-01T00:00:00Z")))] == [
            "invalid"
        ]


@pytest.mark.parametrize("time", ["1512011581430121234", "1564617600", "7/31/2019 23:40", "2019-07-31 24:00:00"])
def test_what_is_no_iso_time_is_never_read_as_one(time):
    """The first one, nanoseconds since 1970, would be a time of 1512."""
    assert reasons(chunk(line(start_time=time, end_time=time))) == [(2, "invalid", "start_time")]


class TestClocks:
    """California put its clocks forward on 2019-03-10 at 2, and back on 2019-11-03 at 2."""

    def test_an_hour_that_no_clock_showed(self):
        data = chunk(line(), trip("2019-03-10 02:30:00", "2019-03-10 03:30:00"), line())
        assert reasons(data) == [(3, "clock", "start_time")]
        assert reasons(data, NO_ZONE) == []

    def test_an_hour_that_comes_twice_is_kept_and_counted(self):
        from trips.cleaning import proof

        table = read(chunk(trip("2019-11-03 01:50:00", "2019-11-03 01:10:00"), line()))
        assert (len(table), table.left) == (2, [])
        assert proof.ambiguous(table.stamps, table.changed) == 2
        assert reasons(chunk(line(), trip("2019-11-02 01:50:00", "2019-11-02 01:10:00"))) == [(3, "order", "end_time")]

    @pytest.mark.parametrize(
        ("start", "end", "seconds"),
        [
            ("2019-07-31 10:00:00", "2019-07-31 10:14:30.9", 870),
            ("2019-03-10 01:50:00", "2019-03-10 03:10:00", 20 * 60),
            ("2019-11-03 00:50:00", "2019-11-03 02:10:00", 140 * 60),
            ("2019-11-03 01:50:00", "2019-11-03 01:10:00", 20 * 60),
        ],
    )
    def test_seconds_are_those_that_passed(self, start, end, seconds):
        assert only(chunk(trip(start, end)), SECONDS)["lasted"] == seconds

    def test_zones_come_from_the_copy_of_dateutil_where_a_system_has_none(self, monkeypatch):
        import zoneinfo

        plain = zones.changes("Europe/Berlin", 2031)
        monkeypatch.setattr(zoneinfo, "ZoneInfo", _NoSystemData)
        zones.zone.cache_clear()
        zones.changes.cache_clear()
        try:
            assert zones.changes("Europe/Berlin", 2031) == plain
            assert [change.exists for change in plain] == [False, True]
        finally:
            zones.zone.cache_clear()
            zones.changes.cache_clear()


class _NoSystemData:
    def __new__(cls, name):
        import zoneinfo

        raise zoneinfo.ZoneInfoNotFoundError(name)

    @staticmethod
    def from_file(file, key):
        from zoneinfo._zoneinfo import ZoneInfo

        return ZoneInfo.from_file(file, key=key)


class TestWholeNumbersWithAFraction:
    """``to_csv`` of a frame with a missing station writes 21.0: it must cost nothing."""

    def test_they_match_the_expression(self):
        from trips.cleaning.rows import _CsvReader

        head = read(chunk(line())).header
        text = line(start_station_id="21.0", end_station_id="22.", bike_id="23.000")
        (quick,) = _CsvReader(BIKES, head).quickly(text) or []
        assert quick[-1] == ""
        assert (quick[3], quick[7], quick[11]) == ("21", "22", "23")

    @pytest.mark.parametrize("text", ["21.5", "1234567890123456.0", "-0.0", "021.0", ".0"])
    def test_what_is_no_whole_number_is_read_with_care(self, text):
        data = chunk(line(), line(bike_id=text))
        assert reasons(data) == [(left[0], left[1], left[2]) for left in carefully(data).left]
        assert written(read(data)) == written(carefully(data))

    def test_numbers_in_quotes_are_read_fast_where_the_first_line_has_them_so(self):
        from trips.cleaning.rows import _CsvReader

        quoted = ",".join(f'"{value}"' for value in row().values())
        table = read(chunk(quoted, quoted, line()))
        assert (len(table), table.left) == (3, [])
        assert table.rows[0][11] == table.rows[2][11] == "3510"
        first, second = _CsvReader(BIKES, table.header).quickly(f"{quoted}\n{line()}") or []
        assert first[-1] == ""
        assert second[-1] == line(), "read with care"
