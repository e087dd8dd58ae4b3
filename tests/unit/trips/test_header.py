"""The header matrix: what is understood, what is told, what leaves the whole record out."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import HEADER, ROW, chunk, json_lines, line, row
from tests.unit.trips.test_rows import JSON_RECIPE, read, reasons, written
from trips.cleaning.line_pattern import clean_line
from trips.recipe import parser

NAMES = tuple(HEADER.split(","))
PLAIN = written(read(chunk(line())))
WITHOUT = parser.parse(
    (parser.FOLDER / "bike_share.toml").read_text().replace('header = "first"', 'header = "none"', 1)
)
ALIASES = parser.parse(
    (parser.FOLDER / "bike_share.toml")
    .read_text()
    .replace('name = "bike_id"', 'name = "bike_id"\naliases = ["Vehicle No.", "rad"]')
    .replace('name = "user_type"\ntype = "string"\n', 'name = "user_type"\ntype = "string"\nrequired = false\n#', 1)
    .replace("#values", "values")
    .replace('required = true\n\n[[column]]\nname = "bike_share_for', '\n[[column]]\nname = "bike_share_for')
)


def record(names, values=None, separator=",", order=None):
    """A record with these names over the values of a row, in the row's order or another one."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(names)
    values = list((values or row()).values())
    writer.writerow([values[place] for place in order] if order else values)
    return text.getvalue().encode()


def renamed(**changes):
    return [changes.get(name, name) for name in NAMES]


UNDERSTOOD = {
    "as the recipe has it": (NAMES, ()),
    "capitals": ([name.upper() for name in NAMES], NAMES),
    "blanks for underscores": ([name.replace("_", " ") for name in NAMES], "not rental"),
    "titles with blanks": ([name.replace("_", " ").title() for name in NAMES], NAMES),
    "camel case": (["".join(part.title() for part in name.split("_")) for name in NAMES], NAMES),
    "hyphens": ([name.replace("_", "-") for name in NAMES], NAMES),
    "blanks around": ([f" {name} " for name in NAMES], NAMES),
    "wide letters": (["".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in name) for name in NAMES], NAMES),
}


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_case_blanks_and_underscores_do_not_matter_and_are_told(case):
    names, told = UNDERSTOOD[case]
    table = read(record(names))
    assert written(table) == PLAIN
    assert bool(table.header.adapted) == bool(told)
    for adapted in table.header.adapted:
        cell, _, name = adapted.partition(" -> ")
        assert cell in names
        assert name in NAMES


def test_a_recipe_lists_aliases():
    for alias in ("Vehicle No.", "vehicle no", "RAD"):
        table = read(record(renamed(bike_id=alias)), ALIASES)
        assert [column[0] for column in table.columns][11] == "3510"
        assert table.header.adapted == (f"{alias} -> bike_id",)


def test_an_accent_may_be_a_character_of_its_own():
    recipe = parser.parse((parser.FOLDER / "bike_share.toml").read_text().replace('"bike_id"', '"v\u00e9lo"'))
    for name in ("v\u00e9lo", "ve\u0301lo", "VE\u0301LO"):
        assert len(read(chunk(line(), header=HEADER.replace("bike_id", name)), recipe)) == 1


def test_a_byte_order_mark_quotes_and_blank_lines_are_no_names():
    quoted = ",".join(f'"{name}"' for name in NAMES)
    for head in ("\ufeff" + HEADER, quoted, "\ufeff" + quoted, "\n \n" + HEADER, HEADER + "\r"):
        table = read(chunk(line(), header=head))
        assert written(table) == PLAIN
        assert table.header.adapted == ()
    assert reasons(chunk(line(bike_id=""), header="\n \n" + HEADER)) == [(4, "empty", "bike_id")]


def test_the_row_numbers_of_pandas_are_no_column():
    for head in ("", "Unnamed: 0", "index"):
        table = read(chunk("0," + line(), "1," + line(), header=f"{head},{HEADER}"))
        assert (len(table), table.left, table.header.unknown) == (2, [], ())


@given(st.permutations(range(len(NAMES))))
def test_a_value_follows_its_name_wherever_it_stands(order):
    assert written(read(record([NAMES[place] for place in order], order=order))) == PLAIN


@given(st.permutations(range(len(NAMES))), st.sampled_from(list(UNDERSTOOD)))
def test_swapped_columns_are_never_stored_exchanged(order, case):
    names = list(UNDERSTOOD[case][0])
    assert written(read(record([names[place] for place in order], order=order))) == PLAIN


LEFT_OUT = {
    "no header": (list(row().values()), ""),
    "start and end swapped in a header that is not known": (
        ["dauer", "ende", "beginn", *(f"c{n}" for n in range(12))],
        "",
    ),
    "another language": ([f"spalte {n}" for n in range(15)], ""),
    "another system": (["ride_id", "rideable_type", "started_at", "ended_at", *(f"c{n}" for n in range(11))], ""),
    "a required column renamed": (renamed(end_time="finish"), "end_time"),
    "a required column missing": ([name if name != "end_time" else "" for name in NAMES], "end_time"),
    "one name twice": (renamed(end_time="start_time"), "start_time"),
    "one column by two names": (renamed(end_time="Start Time"), "start_time"),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_header_that_is_not_understood_leaves_the_whole_record_out(case):
    names, column = LEFT_OUT[case]
    data = record(names)
    table = read(data)
    assert len(table) == 0
    (left,) = table.left
    assert (left.reason, left.column, left.line) == ("header", column, 1)
    assert left.text == data.decode(), "it is kept whole"
    assert left.problem.endswith(".")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("comma", ["", ", "])
def test_other_separators_are_no_header(separator, comma):
    (left,) = read(record(NAMES, row(start_station_name=f"24th{comma} St"), separator=separator)).left
    assert (left.reason, left.rows) == ("header", 2)
    assert "another one" in left.problem


def test_its_rows_are_counted_and_the_line_of_names_is_none():
    (left,) = read(chunk(*[line()] * 7, header=",".join(renamed(end_time="finish")))).left
    assert left.rows == 7
    (left,) = read("\n".join([line()] * 7).encode()).left
    assert left.rows == 7


def test_an_unknown_column_beside_a_missing_one_may_be_its_new_name():
    optional = renamed(bike_id="vehicle")
    recipe = parser.parse((parser.FOLDER / "lyft.toml").read_text())
    names = [column.name for column in recipe.columns]
    values = "r1,classic_bike,2024-01-01 10:00:00,2024-01-01 10:09:00,A,1,B,2,37.1,-122.1,37.2,-122.2,member"
    assert len(read(f"{','.join(names)}\n{values}\n".encode(), recipe)) == 1
    short = [name for name in names if name != "end_lng"]
    fewer = values.replace(",-122.2", "")
    assert len(read(f"{','.join(short)}\n{fewer}\n".encode(), recipe)) == 1, "an optional column may be missing"
    with_new = read(f"{','.join(short)},end_long\n{fewer},-122.2\n".encode(), recipe)
    assert [(left.reason, left.column) for left in with_new.left] == [("header", "end_lng")]
    assert read(record(optional)).left[0].column == "bike_id"


class TestWithoutAHeader:
    def test_positions_are_those_of_the_recipe_only_where_it_says_so(self):
        table = read(f"{line()}\n{line()}\n".encode(), WITHOUT)
        assert (len(table), table.left, table.head) == (2, [], "")
        assert table.rows[0] == read(chunk(line())).rows[0]

    def test_a_header_in_the_same_order_is_no_row(self):
        assert read(chunk(line()), WITHOUT).rows == read(chunk(line())).rows

    def test_a_header_in_another_order_leaves_the_record_out(self):
        swapped = renamed(start_time="end_time", end_time="start_time")
        assert [left.reason for left in read(record(swapped), WITHOUT).left] == ["header"]

    def test_rows_swapped_by_position_end_before_they_begin(self):
        swapped = line(start_time=ROW["end_time"], end_time=ROW["start_time"])
        assert reasons(swapped.encode(), WITHOUT) == [(1, "order", "end_time")]


class TestJson:
    """The names of an object are its header."""

    def test_names_are_compared_as_those_of_a_header(self):
        renamed_row = {name.replace("_", " ").title(): value for name, value in row().items()}
        table = read(json_lines(renamed_row, row()), JSON_RECIPE)
        assert len(table) == 2
        assert table.rows[0] == table.rows[1]
        assert table.told["name", "bike_id"] == 1

    def test_names_that_the_recipe_does_not_know_are_dropped_and_told(self):
        table = read(json_lines({**row(), "weather": "fog"}, {**row(), "wind": 3}), JSON_RECIPE)
        assert (len(table), table.header.unknown) == (2, ("weather", "wind"))

    def test_a_name_that_is_left_out_has_no_value(self):
        fewer = {name: value for name, value in row().items() if name != "bike_id"}
        assert reasons(json_lines(row(), fewer), JSON_RECIPE) == [(2, "empty", "bike_id")]

    def test_an_unknown_name_beside_a_missing_one_is_not_understood(self):
        other = {("vehicle" if name == "bike_id" else name): value for name, value in row().items()}
        assert reasons(json_lines(row(), other), JSON_RECIPE) == [(2, "header", "bike_id")]

    def test_one_column_by_two_names_is_not_understood(self):
        twice = json.dumps({**row(), "Bike ID": "7"})
        same = json.dumps(row())[:-1] + ', "bike_id": "7"}'
        data = f"{json.dumps(row())}\n{twice}\n{same}\n".encode()
        assert reasons(data, JSON_RECIPE) == [(2, "header", "bike_id"), (3, "header", "bike_id")]


SYSTEMS = {
    "lyft": (
        "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,"
        "end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual",
        "C7E2,electric_bike,2024-03-05 08:15:18.160,2024-03-05 08:25:09.642,Market St at 10th St,SF-J23,,,"
        "37.77,-122.41,37.78,-122.4,casual",
    ),
    "divvy": (
        '"ride_id","rideable_type","started_at","ended_at","start_station_name","start_station_id",'
        '"end_station_name","end_station_id","start_lat","start_lng","end_lat","end_lng","member_casual"',
        '"C1D6","classic_bike","2024-01-12 15:30:27","2024-01-12 15:37:59","Wells St & Elm St","KA1504000135",'
        '"Kingsbury St & Kinzie St","KA1503000043",41.903267384,-87.634736776,41.88917683258,-87.6385057718,"member"',
    ),
    "citi_bike": (
        "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,"
        "end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual",
        "9F2A,classic_bike,2023-06-01 00:00:00.000,2023-06-01 00:14:09.001,E 2 St & Ave B,5515.02,W 4 St,6157.04,"
        "40.72,-73.98,40.73,-74.0,member",
    ),
    "citi_bike_2020": (
        '"tripduration","starttime","stoptime","start station id","start station name","start station latitude",'
        '"start station longitude","end station id","end station name","end station latitude",'
        '"end station longitude","bikeid","usertype","birth year","gender"',
        '789,"2020-01-01 00:00:55.3900","2020-01-01 00:14:05.1470",504,"1 Ave & E 16 St",40.73221853,-73.98165557,'
        '307,"Canal St & Rutgers St",40.71427487,-73.98990025,30326,"Subscriber",1992,1',
    ),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_recipes_of_systems_take_their_files_by_the_fast_path(name):
    head, text = SYSTEMS[name]
    recipe = parser.named(name)
    table = read(f"{head}\n{text}\n{text}\n".encode(), recipe)
    assert (len(table), table.left, table.header.adapted, table.header.unknown, table.told) == (2, [], (), (), {})
    from trips.cleaning.rows import _CsvReader

    (first, second) = _CsvReader(recipe, table.header).quickly(f"{text}\n{text}") or []
    assert first == second
    assert first[-1] == "", "the line is not read with care"
    assert clean_line(recipe, table.header.columns, frozenset()) is not None
