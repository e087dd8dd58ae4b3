"""The alarm that is made of several metrics rings when it should, by the local cloud's metric math."""

from __future__ import annotations

import pytest

from local.gaps.cloudwatch._metric_math import Frame, evaluate
from tests.template.resources import watched
from tests.template.translate import resolved

STAMPS = (0, 60, 120)
WAITS, DONE = dict.fromkeys(STAMPS, 3.0), dict.fromkeys(STAMPS, 0.0)


def rings(**series: dict[int, float]) -> list[float]:
    """The value of the alarm's expression, minute by minute, where nothing waits but what ``series`` says."""
    alarm = resolved()["Resources"]["SpeechStandsStillAlarm"]["Properties"]
    (expression,) = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    ids = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one]
    assert len(list(watched(alarm))) == len(ids) == 9
    found = evaluate(expression, Frame({name: series.get(name, {}) for name in ids}, STAMPS, 60))
    return [found[stamp] for stamp in STAMPS]


@pytest.mark.parametrize("lane", ["first", "next"])
@pytest.mark.parametrize("kind", ["Visible", "NotVisible", "Delayed"])
def test_it_rings_where_something_waits_and_nothing_is_spoken(lane, kind):
    """Also where all that waits is held by workers, or is sent again for later, and where no worker runs at all."""
    assert rings(**{lane + kind: WAITS}) == [3, 3, 3]
    assert rings(**{lane + kind: WAITS}, made=DONE) == [3, 3, 3]


def test_it_is_silent_while_anything_is_spoken_or_nothing_waits():
    assert rings(nextVisible=WAITS, made=dict.fromkeys(STAMPS, 1.0)) == [0, 0, 0]
    assert rings() == [0, 0, 0]


def test_it_is_silent_while_nothing_may_be_bought():
    """At the ceiling and in a pause each ask comes by at least every four minutes, and says why it goes away again."""
    assert rings(nextDelayed=WAITS, made=DONE, ceiling=dict.fromkeys(STAMPS, 1.0)) == [0, 0, 0]
    assert rings(nextDelayed=WAITS, made=DONE, ceiling=DONE, paused={60: 1.0}) == [3, 0, 3]


def test_it_rings_again_once_something_is_spoken_no_more():
    assert rings(nextVisible=WAITS, made={60: 5.0}) == [3, 0, 3]
