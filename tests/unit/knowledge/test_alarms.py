"""The alarm on the door counts what somebody can mend, by the local cloud's metric math."""

from __future__ import annotations

import pytest

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.alarm_values import value

STAMPS = (0, 60, 120)


def door(**series: float) -> list[float]:
    """Its value, minute by minute; what ``series`` does not name nobody has sent."""
    alarm = read_template(ROOT / "pipelines" / "knowledge.yaml")["Resources"]["KnowledgeDoorAlarm"]["Properties"]
    return value(alarm, {name: dict.fromkeys(STAMPS, each) for name, each in series.items()}, STAMPS)


@pytest.mark.parametrize("counted", [{}, {"unavailable": 4.0}, {"failed": 4.0}, {"stopped": 0.0}])
def test_server_errors_ring_whoever_has_counted_them(counted):
    assert door(answered=4.0, **counted) == [4, 4, 4]


def test_searches_that_could_buy_nothing_do_not():
    assert door(answered=4.0, stopped=4.0) == [0, 0, 0]
    assert door(answered=4.0, stopped=4.0, unavailable=0.0, failed=0.0) == [0, 0, 0]


def test_nor_do_they_where_two_clocks_put_them_into_different_minutes():
    assert door(answered=5.0, stopped=4.0) == [0, 0, 0]


@pytest.mark.parametrize("counted", ["unavailable", "failed"])
def test_what_fails_beside_them_rings(counted):
    assert door(answered=6.0, stopped=4.0, **{counted: 2.0}) == [2, 2, 2]


def test_a_door_that_fails_nobody_is_silent():
    assert max(door(answered=0.0), default=0) == 0
    assert max(door(), default=0) == 0
