from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.article.versions import compare, instant
from narration.errors import VersionConflict


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_integers_compare_as_integers(a, b):
    assert compare(a, b) == (a > b) - (a < b)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1)),
    st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1)),
    st.integers(-1439, 1439),
    st.integers(-1439, 1439),
)
def test_times_compare_as_datetime_does(a, b, a_offset, b_offset):
    first = a.replace(tzinfo=timezone(timedelta(minutes=a_offset)))
    second = b.replace(tzinfo=timezone(timedelta(minutes=b_offset)))
    assert compare(first.isoformat(), second.isoformat()) == (first > second) - (first < second)


@pytest.mark.parametrize(
    ("a", "b", "order"),
    [
        ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z", 0),
        ("2026-11-20T08:00:00-00:00", "2026-11-20t08:00:00z", 0),
        ("2026-11-20T08:00:00.100000001Z", "2026-11-20T08:00:00.1Z", 1),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z", 1),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", -1),
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z", 1),
        (10, 9, 1),
    ],
)
def test_order(a, b, order):
    assert compare(a, b) == order
    assert compare(b, a) == -order


@pytest.mark.parametrize(("a", "b"), [(7, "2026-11-20T08:00:00Z"), ("2026-11-20T08:00:00Z", 7)])
def test_a_change_of_kind_is_a_conflict(a, b):
    with pytest.raises(VersionConflict, match="kind"):
        compare(a, b)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T08:00:00",
        "2026-02-30T08:00:00Z",
        "2026-11-20 08:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:00:00.Z",
        "2026-11-20T08:00:00Z\n",
        "٢٠٢٦-11-20T08:00:00Z",
        "2026-11-20T08:00:00+0200",
    ],
)
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match=r"not an RFC 3339|day is out|year 0 is"):
        instant(text)


def test_instant_is_in_seconds():
    epoch = instant("1970-01-01T00:00:00Z")
    then = datetime(2026, 11, 20, 8, 30, 0, 250_000, tzinfo=UTC)
    assert float(instant("2026-11-20T08:30:00.25Z") - epoch) == then.timestamp()
