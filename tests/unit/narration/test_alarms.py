"""The alarm that is made of several metrics rings when it should, by the local cloud's metric math."""

from __future__ import annotations

import pytest

from tests.alarm_values import value
from tests.template.translate import resolved

STAMPS = (0, 300, 600)
WAITS, DONE = dict.fromkeys(STAMPS, 3.0), dict.fromkeys(STAMPS, 0.0)


def rings(**series: dict[int, float]) -> list[float]:
    """The value of the alarm's expression, period by period, where nothing waits but what ``series`` says."""
    return value(resolved()["Resources"]["SpeechStandsStillAlarm"]["Properties"], series, STAMPS)


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
    assert rings(nextDelayed=WAITS, made=DONE, held=dict.fromkeys(STAMPS, 1.0)) == [0, 0, 0]
    assert rings(nextDelayed=WAITS, made=DONE, held={300: 1.0}) == [3, 0, 3]


def test_an_article_that_the_ceiling_holds_hides_none_that_polly_keeps_waiting():
    held = dict.fromkeys(STAMPS, 2.0)
    assert rings(nextDelayed=WAITS, made=DONE, held=held, handed={0: 1.0, 600: 4.0}) == [3, 0, 3]


def test_it_rings_again_once_something_is_spoken_no_more():
    assert rings(nextVisible=WAITS, made={300: 5.0}) == [3, 0, 3]
