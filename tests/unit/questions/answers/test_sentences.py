"""Rows as a sentence: what stands there, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.answers import sentences


def columns(**types):
    return [{"name": name, "type": kind} for name, kind in types.items()]


COUNT, UNNAMED = columns(trips="bigint"), columns(_col0="bigint")
PER_DAY = columns(day="date", trips="bigint")


@pytest.mark.parametrize(
    ("given_columns", "rows", "more", "sentence"),
    [
        (COUNT, [], False, "The query found no rows."),
        (COUNT, [["7"]], False, "trips: 7."),
        (UNNAMED, [["7"]], False, "7."),
        (COUNT, [[None]], False, "trips: no value."),
        (PER_DAY, [["2019-07-01", "7"]], False, "day: 2019-07-01, trips: 7."),
        (PER_DAY, [["2019-07-01", "7"], ["2019-07-02", "8"]], False, "2 rows. The first: day: 2019-07-01, trips: 7."),
        (COUNT, [["7"]] * 20, True, "More than 20 rows. The first: trips: 7."),
        (columns(a="varchar"), [["two\n lines\t here "]], False, "a: two lines here."),
        (columns(a="varchar"), [["x" * 81]], False, f"a: {'x' * 79}…."),
        (columns(a="varchar"), [["1E7"]], False, "a: 1E7."),
    ],
)
def test_rows_are_said(given_columns, rows, more, sentence):
    assert sentences.text(given_columns, rows, more=more) == sentence


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1.23456789E7", "12345678.9"),
        ("12.0", "12"),
        ("0.0", "0"),
        ("-0.5", "-0.5"),
        ("3.3333333333333335", "3.333333"),
        ("1.0E-7", "1.0E-7"),
        ("1.0E20", "1.0E20"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("", ""),
    ],
)
def test_a_double_is_said_as_people_write_it(value, said):
    assert sentences.text(columns(a="double"), [[value]]) == f"a: {said}."


@pytest.mark.parametrize(
    ("count", "end"), [(6, "c5: 5."), (7, "c5: 5, and 1 more column."), (9, "c5: 5, and 3 more columns.")]
)
def test_not_every_column_is_said(count, end):
    found = columns(**{f"c{number}": "bigint" for number in range(count)})
    assert sentences.text(found, [[str(number) for number in range(count)]]).endswith(end)


VALUES = st.none() | st.text()


@given(
    st.lists(st.tuples(st.text(), st.sampled_from(["double", "varchar", "array(bigint)"]), VALUES), min_size=1),
    st.booleans(),
)
def test_any_row_is_one_line_of_bounded_length(cells, more):
    found = sentences.text([{"name": n, "type": t} for n, t, _ in cells], [[value for *_, value in cells]], more=more)
    assert "\n" not in found
    assert len(found) < 1200
    assert found.endswith(".")
