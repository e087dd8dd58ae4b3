"""30,000 rows through every door of a model: what it sees is the same, whatever form they were sent in."""

from __future__ import annotations

from hypothesis import given, settings

from tests.unit.training import doors_of_rows

EXAMPLES = 30_000


@settings(max_examples=EXAMPLES, database=None)
@given(doors_of_rows.row)
def test_a_row_is_the_same_through_every_door(row):
    found = doors_of_rows.encoded(row)
    assert all(each == found["arrays"] for each in found.values()), found
