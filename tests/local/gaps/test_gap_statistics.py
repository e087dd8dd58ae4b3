"""Statistics that leave values out, as the CloudWatch user guide defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.cloudwatch._statistics import parse

TEN = [(float(value), 1.0) for value in (10, 1, 9, 2, 8, 3, 7, 4, 6, 5)]
#: 1 nine times, 100 once.
HEAVY = [(1.0, 9.0), (100.0, 1.0)]


@pytest.mark.parametrize(
    ("name", "samples", "expected"),
    [
        ("tm90", TEN, 5.0),
        ("TM(:90%)", TEN, 5.0),
        ("TM(10%:90%)", TEN, 5.5),
        ("TM(2:4)", TEN, 3.5),
        ("TM(2:)", TEN, 6.5),
        ("tm90", HEAVY, 1.0),
        ("tm95", HEAVY, (9 + 50) / 9.5),
        ("tm100", HEAVY, 10.9),
        ("IQM", TEN, 5.5),
        ("tc90", TEN, 9.0),
        ("TC(2:4)", TEN, 2.0),
        ("TC(200:300)", TEN, 0.0),
        ("ts90", TEN, 45.0),
        ("TS(:3)", TEN, 6.0),
        ("wm90", TEN, 5.4),
        ("WM(10%:90%)", TEN, 5.5),
        ("WM(3:8)", TEN, 5.5),
        ("PR(:3)", TEN, 30.0),
        ("PR(3:5)", TEN, 20.0),
        ("TM(200:300)", TEN, None),
    ],
)
def test_values(name: str, samples: list[tuple[float, float]], expected: float | None) -> None:
    statistic = parse(name)
    assert statistic is not None
    assert statistic.of(samples) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name",
    ["tm", "tm101", "TM90", "tm90%", "TM()", "TM(:)", "TM(1:2%)", "TM(%:5)", "TM(5:1)", "TM(5%:101%)", "PR(1%:2%)",
     "PR(5)", "pr(:5)", "iqm", "IQM(1:2)", "tm90.12345678901", "xx90", "Average", "p90"],
)  # fmt: skip
def test_what_is_none(name: str) -> None:
    assert parse(name) is None


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 50)), min_size=1), st.integers(1, 100))
def test_means_stay_between_the_values_and_parts_make_the_whole(samples: list[tuple[float, float]], share: int) -> None:
    weighted = [(value, float(weight)) for value, weight in samples]
    total = sum(weight for _, weight in weighted)
    below, above = parse(f"TC(:{share}%)"), parse(f"TC({share}%:)")
    assert below is not None
    assert above is not None
    assert (below.of(weighted) or 0) + (above.of(weighted) or 0) == pytest.approx(total)
    for kind in ("tm", "wm"):
        mean = parse(f"{kind}{share}")
        assert mean is not None
        found = mean.of(weighted)
        assert found is not None
        low, high = min(value for value, _ in weighted), max(value for value, _ in weighted)
        assert low - 1e-6 <= found <= high + 1e-6
