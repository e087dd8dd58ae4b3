"""Reading: every clean row, and a reason for every other one; the quick way and the careful way agree."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES, HEADER, chunk, json_lines, line, row
from trips.cleaning import rows
from trips.cleaning.line_pattern import clean_line
from trips.cleaning.writing import Writer
from trips.errors import UnreadableRecord
from trips.recipe import parser

JSON_RECIPE = parser.parse((parser.FOLDER / "bike_share.toml").read_text().replace('format = "csv"', 'format = "json"'))


def read(data, wanted=BIKES):
    return rows.read(data, wanted)


def reasons(data, wanted=BIKES):
    return [(left.line, left.reason, left.column) for left in read(data, wanted).left]


def carefully(data):
    """The same record without the expression that clean lines match."""
    with mock.patch("trips.cleaning.rows.clean_line", return_value=None):
        return read(data)


def written(table):
    """What is stored for a table: canonical whatever way it was read."""
    return Writer(BIKES, "json").write(table)


class TestForms:
    def test_a_chunk_with_its_header(self):
        table = read(chunk(line(), line(bike_id="7")))
        assert [row[11] for row in table.rows] == ["3510", "7"]
        assert table.left == []

    def test_json_lines(self):
        table = read(json_lines(row(), row(bike_id="7")), JSON_RECIPE)
        assert written(table) == written(read(chunk(line(), line(bike_id="7"))))

    def test_numbers_of_json_are_numbers(self):
        table = read(json_lines({**row(), "bike_id": 12, "start_station_latitude": 37.5, "extra": [1]}), JSON_RECIPE)
        assert (table.rows[0][11], table.rows[0][5]) == ("12", "37.5")

    def test_columns_may_stand_in_another_order(self):
        names = HEADER.split(",")
        values = row()
        data = chunk(",".join(f'"{values[name]}"' for name in reversed(names)), header=",".join(reversed(names)))
        assert written(read(data)) == written(read(chunk(line())))

    def test_columns_that_the_recipe_does_not_know_are_dropped(self):
        data = chunk(line() + ",42", header=HEADER + ",weather")
        assert read(data).rows == read(chunk(line())).rows
        assert read(data).header.unknown == ("weather",)

    def test_no_matter_how_many(self):
        data = chunk(line() + ",42" * 400, header=HEADER + "".join(f",c{n}" for n in range(400)))
        assert written(read(data)) == written(read(chunk(line())))
        assert clean_line(BIKES, tuple(f"{HEADER}{',c' * 400}".split(",")), frozenset()) is None

    def test_a_dropped_column_may_be_missing(self):
        without = HEADER.removesuffix(",rental_access_method")
        assert read(chunk(line().removesuffix(","), header=without)).rows == read(chunk(line())).rows

    def test_windows_line_ends_a_byte_order_mark_and_blank_lines(self):
        data = b"\xef\xbb\xbf" + chunk(line(), "", line()).replace(b"\n", b"\r\n")
        assert read(data).rows == read(chunk(line(), line())).rows

    def test_nothing_is_no_row(self):
        for data in (b"", b"\n \n", HEADER.encode(), chunk()):
            assert (len(read(data)), read(data).left) == (0, [])


class TestReasons:
    def test_a_required_column_without_a_value(self):
        assert reasons(chunk(line(), line(start_station_id="", start_station_name=""))) == [
            (3, "empty", "start_station_id")
        ]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("duration_sec", "12.5"),
            ("duration_sec", "1_000"),
            ("duration_sec", "\uff11\uff12"),
            ("duration_sec", "9" * 19),
            ("start_station_latitude", "1e999"),
            ("start_station_latitude", "0x10"),
            ("start_time", "yesterday"),
            ("start_time", "2019-02-30 10:00:00"),
            ("start_time", "2019-07-31 24:00:01"),
            ("end_time", "2019-07-31"),
            ("end_time", "2019-13-01 10:00:00.5"),
        ],
    )
    def test_a_value_that_is_not_of_its_type(self, column, value):
        assert reasons(chunk(line(), line(**{column: value}), line())) == [(3, "invalid", column)]

    def test_blanks_are_no_value(self):
        assert reasons(chunk(line(), line(start_time=" "))) == [(3, "empty", "start_time")]

    def test_too_few_and_too_many_columns(self):
        assert reasons(chunk("1,2,3", line(), line() + ",1,2")) == [(2, "columns", ""), (4, "columns", "")]

    def test_an_open_quote_costs_its_own_line_only(self):
        data = chunk(line(), line().replace('"Valencia', '""Valencia', 1), '"' + line(), line())
        table = read(data)
        assert len(table.rows) == 2
        assert [left.line for left in table.left] == [3, 4]

    def test_bytes_that_are_no_text_cost_their_own_line_only(self):
        data = chunk(line(), line(), line()).replace(b"Valencia", b"\xff\xfe", 1)
        table = read(data)
        assert (len(table.rows), [left.reason for left in table.left]) == (2, ["encoding"])

    def test_json_that_is_no_object(self):
        data = json_lines(row()) + b'[1]\n"a"\n{"a"\n' + b"[" * 5000
        assert [reason for _, reason, _ in reasons(data, JSON_RECIPE)] == ["json"] * 4

    def test_constants_of_python_are_no_json_and_yet_mean_something(self):
        """json.dumps writes NaN where pandas has no value: one of them must not cost the row its reason."""
        lyft = parser.parse((parser.FOLDER / "lyft.toml").read_text().replace('format = "csv"', 'format = "json"'))
        names = {column.name: "7" for column in lyft.columns}
        times = {"started_at": "2024-05-01 10:00", "ended_at": "2024-05-01 10:09", "member_casual": "member"}
        good = {**names, **times, "start_lat": 37.5, "start_lng": -122, "end_lat": float("nan"), "end_lng": None}
        data = json_lines(good, {**good, "end_lat": float("inf")}, {**good, "ride_id": float("nan")})
        assert b"NaN" in data
        assert read(data, lyft).columns[10] == ("",)
        assert reasons(data, lyft) == [(2, "invalid", "end_lat"), (3, "empty", "ride_id")]

    def test_json_values_that_no_column_takes(self):
        data = json_lines(row(), {**row(), "user_type": ["a"]}, {**row(), "bike_id": True}, {**row(), "bike_id": None})
        assert reasons(data, JSON_RECIPE) == [
            (2, "invalid", "user_type"),
            (3, "invalid", "bike_id"),
            (4, "empty", "bike_id"),
        ]

    def test_half_a_surrogate_is_no_text(self):
        data = json_lines(row()) + json_lines(row()).replace(b"Valencia", b"\\ud800")
        assert reasons(data, JSON_RECIPE) == [(2, "invalid", "start_station_name")]


class TestUnreadable:
    @pytest.mark.parametrize("data", [b"hello world", b"\xff\xd8\xff\xe0", b"\x00,\x01\n3,4\n", b"\x00" * 99])
    def test_nothing_can_be_read(self, data):
        with pytest.raises(UnreadableRecord):
            read(data)

    def test_one_readable_row_is_enough(self):
        table = read(chunk("hello world", line()))
        assert (len(table.rows), len(table.left)) == (1, 1)


class TestTypes:
    """Types of a column never depend on what else a record holds."""

    def test_a_station_id_is_an_integer_beside_a_missing_one(self):
        assert b'"start_station_id":2019,' in written(read(chunk(line(), line(start_station_id=""))))
        assert b'"start_station_id":2019,' in written(read(chunk(line(start_station_id="2019.0"))))

    def test_a_number_is_one_without_a_fraction_too(self):
        assert b'"start_station_latitude":37.0,' in written(read(chunk(line(start_station_latitude="37"))))

    @pytest.mark.parametrize(("form", "number"), [("007.5", "7.5"), ("+7.5", "7.5"), ("-.5", "-0.5"), ("7.", "7.0")])
    def test_numbers_have_one_form(self, form, number):
        table = read(chunk(line(start_station_latitude=form)))
        assert f'"start_station_latitude":{number},'.encode() in written(table)

    @pytest.mark.parametrize("form", ["2019-07-31T23:59:41", "2019-07-31 23:59:41.000", "2019-08-01T06:59:41Z"])
    def test_times_have_one_form(self, form):
        assert b'"start_time":"2019-07-31 23:59:41.000000"' in written(read(chunk(line(start_time=form))))


# Values as producers write them, good and bad ones, and pieces of CSV that break lines.
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "870",
            "-0",
            "007",
            "007.5",
            "2019.0",
            "1234567890123456.0",
            "21.",
            "1e3",
            "37.5",
            "nan",
            "NULL",
            "\\N",
            "Yes",
            "2019-07-31 23:59:41.4",
            "2019-08-01T06:59:41Z",
            "2019-07-31 23:59:41-0700",
            " ",
            " yes ",
            "0",
            "91",
            "٣",
        ]
    ),
    st.text(alphabet='ab,"\r\t\x00é\u2028', max_size=5),
)
LINES = st.one_of(
    st.just(line()),
    st.builds(lambda name, value: line(**{name: value}), st.sampled_from(HEADER.split(",")), VALUES),
    st.text(alphabet='01,"\r abc', max_size=30),
)


def test_a_first_line_that_is_no_csv_costs_itself_alone():
    """A lone carriage return beside a number in quotes, which csv.reader raises for."""
    assert reasons(chunk('\r"0"', line())) == [(2, "columns", "")]
    assert len(read(chunk('\r"0"', line()))) == 1


@given(st.lists(LINES, max_size=12))
@example(['\r"0"'])
def test_the_quick_way_and_the_careful_way_agree(lines):
    data = chunk(*lines)
    try:
        slow = carefully(data)
    except UnreadableRecord:
        with pytest.raises(UnreadableRecord):
            read(data)
        return
    fast = read(data)
    assert fast.left == slow.left
    assert written(fast) == written(slow)


@given(st.lists(LINES, max_size=12))
def test_every_line_is_a_row_or_left_out_or_blank(lines):
    data = chunk(line(), *lines)
    table = read(data)
    blank = sum(not text.strip() for text in data.decode().split("\n"))
    assert len(table.rows) + len(table.left) + blank == len(data.decode().split("\n")) - 1
