"""The alarms that are made of several metrics ring when they should, by the local cloud's metric math."""

from __future__ import annotations

import pytest

from local.gaps.cloudwatch._metric_math import Frame, evaluate
from tests.template.resources import watched
from tests.template.translate import resolved

STAMPS = (0, 60, 120)
WAITS, DONE = dict.fromkeys(STAMPS, 3.0), dict.fromkeys(STAMPS, 0.0)
STEPS = {"Analysis": "PagesAnalyzed", "Jobs": "JobsStarted", "Summaries": "SummariesMade"}


def rings(step: str, **series: dict[int, float]) -> list[float]:
    """The value of the alarm's expression, minute by minute, where nothing waits but what ``series`` says."""
    alarm = resolved()["Resources"][f"{step}StandStillAlarm"]["Properties"]
    (expression,) = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    ids = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one]
    assert len(list(watched(alarm))) == len(ids) == 9
    found = evaluate(expression, Frame({name: series.get(name, {}) for name in ids}, STAMPS, 60))
    return [found[stamp] for stamp in STAMPS]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lane", ["first", "next"])
@pytest.mark.parametrize("kind", ["Visible", "NotVisible", "Delayed"])
def test_it_rings_where_something_waits_and_nothing_comes_on(step, lane, kind):
    assert rings(step, **{lane + kind: WAITS}) == [3, 3, 3]
    assert rings(step, **{lane + kind: WAITS}, made=DONE) == [3, 3, 3]


@pytest.mark.parametrize("step", STEPS)
def test_it_is_silent_while_anything_comes_on_or_nothing_waits(step):
    assert rings(step, nextVisible=WAITS, made=dict.fromkeys(STAMPS, 1.0)) == [0, 0, 0]
    assert rings(step) == [0, 0, 0]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("why", ["ceiling", "paused"])
def test_it_is_silent_while_nothing_may_be_bought(step, why):
    assert rings(step, nextDelayed=WAITS, made=DONE, **{why: {0: 1.0, 120: 1.0}}) == [0, 3, 0]


@pytest.mark.parametrize(("step", "made"), STEPS.items())
def test_it_watches_its_own_lanes(step, made):
    metrics = list(watched(resolved()["Resources"][f"{step}StandStillAlarm"]["Properties"]))
    own = [metric["MetricName"] for metric in metrics if metric["Namespace"] == "Millrace/Documents"]
    queues = {str(metric["Dimensions"]) for metric in metrics if metric["Namespace"] == "AWS/SQS"}
    assert own == [made, "CeilingReached", "PipelinePaused"]
    assert len(queues) == 2
    assert all(step in queue for queue in queues)


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ({"enrich": {0: 9.0}, "held": {0: 9.0}, "claim": {0: 0.0}}, 0),
        ({"enrich": {0: 14.0}, "held": {0: 9.0}, "write": {0: 1.0}}, 6),
        ({"transform": {0: 5.0}}, 5),
    ],
    ids=["all wait at the ceiling", "some of them fail", "nobody waits"],
)
def test_what_waits_for_money_is_no_function_that_fails(series, value):
    alarm = resolved()["Resources"]["DocumentsFunctionsAlarm"]["Properties"]
    (expression,) = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    ids = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one]
    assert len(ids) == 9
    found = evaluate(expression, Frame({name: series.get(name, {}) for name in ids}, (0,), 300))
    assert found[0] == value
