"""The alarms that are made of several metrics ring when they should, by the local cloud's metric math."""

from __future__ import annotations

import pytest

from tests.alarm_values import value
from tests.template.resources import watched
from tests.template.translate import resolved

STAMPS = (0, 300, 600)
WAITS, DONE = dict.fromkeys(STAMPS, 3.0), dict.fromkeys(STAMPS, 0.0)
STEPS = {"Analysis": "PagesAnalyzed", "Jobs": "JobsStarted", "Summaries": "SummariesMade"}

HANDED = {"Analysis": "AnalysesHandedBack", "Jobs": "JobsHandedBack", "Summaries": "SummariesHandedBack"}


def rings(step: str, **series: dict[int, float]) -> list[float]:
    """The value of the alarm's expression, period by period, where nothing waits but what ``series`` says."""
    return value(resolved()["Resources"][f"{step}StandStillAlarm"]["Properties"], series, STAMPS)


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
def test_it_is_silent_while_nothing_may_be_bought(step):
    assert rings(step, nextDelayed=WAITS, made=DONE, held={0: 1.0, 600: 1.0}) == [0, 3, 0]


@pytest.mark.parametrize("step", STEPS)
def test_one_large_job_that_the_ceiling_holds_hides_nothing_that_waits_for_another_reason(step):
    """It comes by every four minutes and says so; whoever waits because the service is away says that as often."""
    held, away = dict.fromkeys(STAMPS, 2.0), {0: 1.0, 600: 4.0}
    assert rings(step, nextDelayed=WAITS, made=DONE, handed=away, held=held) == [3, 0, 3]
    assert rings(step, nextDelayed=WAITS, made={0: 1.0}, handed=away, held=held) == [0, 0, 3]


@pytest.mark.parametrize(("step", "made"), STEPS.items())
def test_it_watches_its_own_lanes(step, made):
    metrics = list(watched(resolved()["Resources"][f"{step}StandStillAlarm"]["Properties"]))
    own = [metric["MetricName"] for metric in metrics if metric["Namespace"] == "Millrace/Documents"]
    queues = {str(metric["Dimensions"]) for metric in metrics if metric["Namespace"] == "AWS/SQS"}
    assert own == [made, HANDED[step], HANDED[step]]
    assert len(queues) == 2
    assert all(step in queue for queue in queues)


@pytest.mark.parametrize(
    ("series", "failing"),
    [
        ({"enrich": {0: 9.0}, "held": {0: 9.0}, "claim": {0: 0.0}}, 0),
        ({"enrich": {0: 14.0}, "held": {0: 9.0}, "write": {0: 1.0}}, 6),
        ({"transform": {0: 5.0}}, 5),
    ],
    ids=["all wait at the ceiling", "some of them fail", "nobody waits"],
)
def test_what_waits_for_money_is_no_function_that_fails(series, failing):
    assert value(resolved()["Resources"]["DocumentsFunctionsAlarm"]["Properties"], series, (0,)) == [failing]
