"""Balance: all of the smaller class, so many of the larger, from everywhere in the chunk, the same on a retry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES, classes, event, parsed
from trips.cleaning import balance, records


@given(st.lists(st.booleans(), max_size=60), st.floats(1, 5), st.text())
def test_the_smaller_class_whole_and_so_many_of_the_larger(ones, ratio, seed):
    kept = balance.select(ones, ratio, seed)
    assert len(set(kept)) == len(kept)
    smaller, larger = sorted((sum(ones), len(ones) - sum(ones)))
    value = sum(ones) == smaller if smaller != larger else None
    assert len(kept) == smaller + min(larger, int(ratio * smaller) - smaller)
    if value is not None and smaller:
        assert sum(ones[index] == value for index in kept) == smaller
    assert kept == balance.select(ones, ratio, seed)


def test_as_the_reference_counts():
    ones = [n < 45 for n in range(500)]
    assert len(balance.select(ones, 2.1, "a")) == int(2.1 * 45)


def test_the_smaller_class_is_whichever_is_smaller():
    ones = [n >= 53 for n in range(500)]
    kept = balance.select(ones, 2.1, "a")
    assert sum(not ones[index] for index in kept) == 53


@pytest.mark.parametrize("ones", [[True] * 9, [False] * 9, []])
def test_one_class_alone_is_not_balanced(ones):
    assert balance.select(ones, 2.1, "a") == []


def test_rows_come_from_everywhere_in_a_chunk():
    """Each tenth of the larger class gives about a tenth of the sample: chi-squared over 200 seeds, 9 degrees of
    freedom; 40 has a probability of less than one in 100,000, and the seeds are fixed."""
    ones = [n % 10 == 0 for n in range(500)]
    tenths = [0] * 10
    for seed in range(200):
        for index in balance.select(ones, 2.1, str(seed)):
            tenths[index // 50] += not ones[index]
    mean = sum(tenths) / 10
    assert mean > 1000
    assert sum((count - mean) ** 2 / mean for count in tenths) < 40


def test_records_have_samples_of_their_own():
    """Seeded by the record's id: the same for a retry, another for another record."""
    data = classes([n % 10 == 0 for n in range(200)])
    first, second = records.records(event(data, data)["records"], BIKES, records.Wish("json", 2.1))
    again, _ = records.records(event(data, data)["records"], BIKES, records.Wish("json", 2.1))
    assert first.data == again.data
    assert {entry["bike_id"] for entry in parsed(first.data)} != {entry["bike_id"] for entry in parsed(second.data)}
    assert (first.rows, first.sampled_out) == (42, 158)


def test_off_every_row_is_kept_in_order():
    data = classes([n % 10 == 0 for n in range(50)])
    (outcome,) = records.records(event(data)["records"], BIKES, records.Wish("json"))
    assert [entry["bike_id"] for entry in parsed(outcome.data)] == list(range(1, 51))
