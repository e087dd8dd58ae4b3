"""The Firehose transform and a model read a row alike: a row of the lake is the same cells as that row sent as JSON."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.trips import builders as trips
from training.model import Column
from training.transform import fitted, rows
from trips.cleaning import records
from trips.cleaning.records import Wish

KINDS = {"integer": "number", "number": "number", "string": "category", "timestamp": "category"}
COLUMNS = tuple(Column(name, KINDS[kind]) for name, kind in trips.BIKES.outputs)
ODD = ["12", " 12", "012", "+12", "12.0", "1e2", ".5", "5.", "-0", "1_000", "\u0663", "nan", "1e400", "", "NULL", "x"]


def cleaned(line: str, output: str) -> str:
    """One row as the stream writes it into the lake; empty where it leaves it out."""
    entry = trips.record(trips.chunk(line))
    (outcome,) = records.records([entry], trips.BIKES, Wish(output))
    return outcome.data.decode()


def agree(line: str) -> bool:
    """Whether the lake has the row; if so, its JSON and its CSV are the same cells as the JSON sent to a model."""
    written = cleaned(line, "json")
    if not written:
        return False
    fit = fitted.fit(COLUMNS, {})
    stored = list(json.loads(written, parse_int=str, parse_float=str).values())
    (sent,) = rows.parse(written.encode(), "application/jsonlines", COLUMNS)
    # The lake's CSV escapes by backslashes (LazySimpleSerDe); Athena answers with what they stand for.
    (listed,) = csv.reader([cleaned(line, "csv")], escapechar="\\", quoting=csv.QUOTE_NONE)
    (posted,) = rows.parse(rows.to_csv([listed], [column.name for column in COLUMNS]), "text/csv", COLUMNS)
    assert fit.encode(sent) == fit.encode(stored) == fit.encode(posted)
    assert [column.name for column in COLUMNS] == list(json.loads(written))
    return True


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("column", ["duration_sec", "start_station_latitude", "bike_id"])
def test_a_number_that_the_lake_keeps_is_the_model_s_number(column, text):
    agree(trips.line(**{column: text}))


def test_an_ordinary_row_is_kept_and_agrees():
    assert agree(trips.line())
    assert agree(trips.line(start_station_name="A \\ B, C"))


@settings(max_examples=200)
@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"'), min_size=1, max_size=12),
    latitude=st.floats(-90, 90).map(repr) | st.sampled_from(ODD),
    seconds=st.integers(0, 86_400).map(str) | st.sampled_from(ODD),
)
def test_whatever_the_lake_keeps_agrees(name, latitude, seconds):
    agree(trips.line(start_station_name=name, start_station_latitude=latitude, duration_sec=seconds))
