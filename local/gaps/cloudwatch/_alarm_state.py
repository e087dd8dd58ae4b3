"""The state of a metric alarm from its data points, as the CloudWatch User Guide describes it.

"Configuring how CloudWatch alarms treat missing data": more points are retrieved than are evaluated; while at
least EvaluationPeriods real ones are among them the most recent real ones decide; otherwise the missing ones
are filled as TreatMissingData says, as few times as possible. "Avoiding premature transitions": where nothing
is filled in, a breaching point alone counts only once it is as old as DatapointsToAlarm and nothing newer is
within the threshold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
MissingData: TypeAlias = Literal["missing", "ignore", "breaching", "notBreaching"]

#: Data points retrieved beyond EvaluationPeriods; the tables of the User Guide retrieve 5 for 3.
EXTRA_POINTS = 2

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def state_of(
    breaching: Sequence[bool | None],
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing: MissingData,
    present: State,
) -> State:
    """The new state.

    ``breaching`` holds the retrieved points, oldest first: whether each breaches the threshold, None where
    the metric had no data. ``present`` is the state so far, which "ignore" keeps.
    """
    real = [point for point in breaching if point is not None]
    enough = len(real) >= evaluation_periods
    hits = sum(real[-evaluation_periods:])
    if not enough and missing == "breaching":
        hits += evaluation_periods - len(real)
    if hits >= datapoints_to_alarm:
        return "ALARM"
    if enough or missing in ("breaching", "notBreaching"):
        return "OK"
    unknown: State = "INSUFFICIENT_DATA" if missing == "missing" else present
    if not real:
        return unknown
    age_of_oldest = len(breaching) - next(i for i, point in enumerate(breaching) if point is not None)
    if not all(real) or age_of_oldest < datapoints_to_alarm:
        return "OK"
    return "ALARM" if missing == "missing" else present
