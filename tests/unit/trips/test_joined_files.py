"""Files that were joined in one record: each row is read under its own header, never under that of another file."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES, HEADER, ROW, chunk, line, parsed, record
from tests.unit.trips.test_header import WITHOUT
from trips.cleaning import counts, firehose_answer, records
from trips.cleaning.firehose_answer import Outcome
from trips.recipe import parser
from trips.recipe.model import Recipe

JSON = records.Wish("json")
SWAPPED = HEADER.replace("start_time,end_time", "end_time,start_time")
STRANGE = HEADER.replace("bike_id", "vehicle")
TEXTS = parser.parse(
    "\n".join(
        (
            '[input]\nformat = "csv"',
            *(f'[[column]]\nname = "{name}"\ntype = "string"\nrequired = true' for name in "abc"),
        )
    )
)


def clean(data: bytes, recipe: Recipe = BIKES, wish: records.Wish = JSON) -> Outcome:
    (outcome,) = records.records([record(data)], recipe, wish)
    return outcome


def everything(data: bytes, recipe: Recipe = BIKES, wish: records.Wish = JSON) -> list[Outcome]:
    """What becomes of a record and of all that it puts on the stream again."""
    first = clean(data, recipe, wish)
    return [first, *(later for piece in first.again for later in everything(piece, recipe, wish))]


@pytest.mark.parametrize(
    "again", [HEADER, HEADER.upper(), f"\ufeff{HEADER}\r", f'"{HEADER.replace(",", chr(34) + "," + chr(34))}"']
)
def test_the_same_header_once_more_is_no_row_and_told(again, capsys, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "trips")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Trips")
    outcome = clean(chunk(line(bike_id="1"), again, line(bike_id="2"), again, line(bike_id="3")))
    assert [row["bike_id"] for row in parsed(outcome.data)] == [1, 2, 3]
    assert (outcome.left, outcome.again) == ([], [])
    counts.emit([outcome], 0)
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert told["HeadersAdapted"] in (1, [1])
    assert told["values"] == {"repeated:header": 2}


def test_a_header_that_says_other_things_is_never_read_by_the_first():
    """Without it start and end would be stored exchanged, with the result Ok."""
    swapped = line(start_time=ROW["end_time"], end_time=ROW["start_time"], bike_id="2")
    data = chunk(line(bike_id="1"), SWAPPED, swapped, HEADER, line(bike_id="3"))
    first, *others = everything(data)
    assert [row["bike_id"] for row in parsed(first.data)] == [1]
    assert first.again == [chunk(swapped, header=SWAPPED), chunk(line(bike_id="3"))]
    assert (first.again_rows, first.left) == (2, [])
    rows = [row for outcome in others for row in parsed(outcome.data)]
    assert [row["bike_id"] for row in rows] == [2, 3]
    assert {row["start_time"] for row in rows} == {"2019-07-31 23:59:41.464100"}


def test_a_header_below_that_is_not_understood_leaves_out_its_own_rows_alone():
    first, other = everything(chunk(line(), STRANGE, line(), line()))
    assert (len(parsed(first.data)), first.result) == (1, "Ok")
    (left,) = other.left
    assert (left.reason, left.rows, left.text) == ("header", 2, chunk(line(), line(), header=STRANGE).decode())


def test_by_the_day_both_go_again():
    other_day = line(start_time="2019-07-30 10:00:00", end_time="2019-07-30 10:10:00")
    data = chunk(line(), line(), other_day, SWAPPED, line(start_time=ROW["end_time"], end_time=ROW["start_time"]))
    first, *_ = found = everything(data, wish=records.Wish("json", by_day=True))
    assert (first.day, first.rows, first.again_rows) == ("2019-07-31", 2, 2)
    assert sorted(outcome.day for outcome in found) == ["2019-07-30", "2019-07-31", "2019-07-31"]


def test_a_record_that_is_divided_keeps_each_row_under_its_header(monkeypatch):
    monkeypatch.setattr(firehose_answer, "PIECE_BYTES", 2_000)
    swapped = line(start_time=ROW["end_time"], end_time=ROW["start_time"])
    outcome = clean(b"\n" + chunk(*[line()] * 20, SWAPPED, *[swapped] * 3))
    firehose_answer.fit([outcome], most=3_000)
    assert (outcome.result, outcome.again_rows) == ("Dropped", 23)
    assert outcome.again[-1] == chunk(*[swapped] * 3, header=SWAPPED)
    rows = [row for piece in outcome.again for row in parsed(clean(piece).data)]
    assert len(rows) == 23
    assert {row["start_time"] for row in rows} == {"2019-07-31 23:59:41.464100"}


def test_without_headers_one_that_names_other_places_begins_a_record_that_is_left_out():
    order = ",".join(WITHOUT.order)
    first, other = everything(
        b"\n".join([line().encode(), order.encode(), line().encode(), SWAPPED.encode(), line().encode()]), WITHOUT
    )
    assert len(parsed(first.data)) == 2
    assert [left.reason for left in other.left] == ["header"]


def test_where_all_columns_are_texts_a_header_is_no_row_either():
    first, other = everything(b"a,b,c\n1,2,3\na,b,c\n4,5,6\nc,b,a\n9,8,7\n", TEXTS)
    assert parsed(first.data) == [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": "6"}]
    assert parsed(other.data) == [{"a": "7", "b": "8", "c": "9"}]


PARTS = {HEADER: 0, SWAPPED: 0, f"{STRANGE}\n{line()}": 1, "": 0, line(): 1, line(bike_id=""): 1, "no row,x": 1}
"""What may stand in a record, and how many rows each is."""


@given(st.lists(st.sampled_from(sorted(PARTS)), max_size=12))
def test_whatever_is_joined_every_row_comes_out_once(parts):
    found = everything("\n".join([HEADER, line(), *parts]).encode())
    rows = sum(outcome.rows + sum(left.rows for left in outcome.left) for outcome in found)
    # A record with no row at all goes whole to Firehose's own errors, and is counted nowhere else.
    unread = sum(base64.b64decode(outcome.original).count(b"no row") for outcome in found if outcome.problem)
    assert rows + unread == 1 + sum(PARTS[part] for part in parts)
