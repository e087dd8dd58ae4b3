"""Metric math and alarm states, as the CloudWatch User Guide defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.cloudwatch._alarm_state import state_of
from local.gaps.cloudwatch._metric_math import Frame, MathError, evaluate, names

STAMPS = (0, 60, 120, 180)
ERRORS = {0: 5.0, 120: 2.0}
CALLS = {0: 10.0, 60: 0.0, 120: 4.0, 180: 8.0}


def value(expression: str, **series: object) -> object:
    return evaluate(expression, Frame({"e": ERRORS, "m": CALLS, **series}, STAMPS, 60))  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("e / m", {0: 0.5, 120: 0.5}),
        ("100 * e / m", {0: 50.0, 120: 50.0}),
        ("FILL(e, 0)", {0: 5.0, 60: 0.0, 120: 2.0, 180: 0.0}),
        ("FILL(e, 0) / m", {0: 0.5, 120: 0.5, 180: 0.0}),
        ("FILL(e, REPEAT)", {0: 5.0, 60: 5.0, 120: 2.0, 180: 2.0}),
        ("FILL(e, LINEAR)", {0: 5.0, 60: 3.5, 120: 2.0, 180: 2.0}),
        ("IF(m > 5, e)", {0: 5.0}),
        ("IF(m > 5, 1, 0)", {0: 1.0, 60: 0.0, 120: 0.0, 180: 1.0}),
        ("m > 5 AND m < 9", {0: 0.0, 60: 0.0, 120: 0.0, 180: 1.0}),
        ("m >= 10 || m == 0", {0: 1.0, 60: 1.0, 120: 0.0, 180: 0.0}),
        ("-e + 1", {0: -4.0, 120: -1.0}),
        ("SUM([e, m])", {0: 15.0, 60: 0.0, 120: 6.0, 180: 8.0}),
        ("MAX(METRICS())", {0: 10.0, 60: 0.0, 120: 4.0, 180: 8.0}),
        ("SUM(m)", 22.0),
        ("e - AVG(e)", {0: 1.5, 120: -1.5}),
        ("PERIOD(m)", 60.0),
        ("m / PERIOD(m)", {0: 10 / 60, 60: 0.0, 120: 4 / 60, 180: 8 / 60}),
        ("DIFF(m)", {60: -10.0, 120: 4.0, 180: 4.0}),
        ("RUNNING_SUM(e)", {0: 5.0, 120: 7.0}),
        ("ABS(e - 6) ^ 2", {0: 1.0, 120: 16.0}),
        ("CEIL(e / 4)", {0: 2.0, 120: 1.0}),
    ],
)
def test_expressions(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["e +", "x + 1", "__import__('os')", "e.real", "e[0]", "SEARCH('{A,b} c', 'Sum', 300)", "'text'", "e < m < 3",
     "ANOMALY_DETECTION_BAND(e)", "open(1)", "lambda: 1", "1 / 0", "True", "[e, m] + [e, m]", "FILL(1, 0)"],
)  # fmt: skip
def test_what_is_not_metric_math(expression: str) -> None:
    with pytest.raises(MathError):
        value(expression)


def test_names() -> None:
    assert names("IF(FILL(e, REPEAT) > 1, m, MAX([x, y]))") == {"e", "m", "x", "y"}


@given(st.text(max_size=30))
def test_no_text_does_more_than_fail(text: str) -> None:
    try:
        result = value(text)
    except MathError:
        return
    assert isinstance(result, float | dict | list)


def points(text: str) -> list[bool | None]:
    """The notation of the User Guide: 0 within the threshold, X breaching, - missing; oldest first."""
    return [{"0": False, "X": True, "-": None}[sign] for sign in text.split()]


# "Configuring how CloudWatch alarms treat missing data", both tables; the columns are missing, ignore,
# breaching, notBreaching, and "=" stands for "retain current state".
THREE_OF_THREE = [
    ("0 - X - X", "OK OK OK OK"),
    ("0 - - - -", "OK OK OK OK"),
    ("- - - - -", "INSUFFICIENT_DATA = ALARM OK"),
    ("0 X X - X", "ALARM ALARM ALARM ALARM"),
    ("- - X - -", "ALARM = ALARM OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM ALARM ALARM ALARM"),
    ("0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
    ("0 - X - -", "OK OK ALARM OK"),
    ("- - - - 0", "OK OK ALARM OK"),
    ("- - - X -", "ALARM = ALARM OK"),
]


@pytest.mark.parametrize(
    ("row", "needed"),
    [(row, 3) for row in THREE_OF_THREE] + [(row, 2) for row in TWO_OF_THREE],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
@pytest.mark.parametrize("present", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_tables_of_the_user_guide(row: tuple[str, str], needed: int, present: str) -> None:
    retrieved, expected = row
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    found = [state_of(points(retrieved), 3, needed, kind, present) for kind in treatments]  # type: ignore[arg-type]
    assert found == [present if cell == "=" else cell for cell in expected.split()]


def test_a_young_breach_waits_for_company() -> None:
    assert state_of(points("- - - - X"), 3, 3, "missing", "OK") == "OK"
    assert state_of(points("- - - - X"), 1, 1, "missing", "OK") == "ALARM"
