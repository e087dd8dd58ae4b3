"""The alarm on the door counts what somebody can mend, by the local cloud's metric math."""

from __future__ import annotations

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.alarm_values import value

STAMPS = (0, 60, 120)


def door(**series: float) -> list[float]:
    """Its value, minute by minute; what ``series`` does not name nobody has sent."""
    alarm = read_template(ROOT / "pipelines" / "knowledge.yaml")["Resources"]["KnowledgeDoorAlarm"]["Properties"]
    return value(alarm, {name: dict.fromkeys(STAMPS, each) for name, each in series.items()}, STAMPS)


def test_server_errors_ring():
    assert door(answered=4.0) == door(answered=4.0, stopped=0.0) == [4, 4, 4]


def test_searches_that_could_buy_nothing_do_not():
    assert door(answered=4.0, stopped=4.0) == [0, 0, 0]


def test_nor_do_those_that_two_clocks_put_into_different_minutes():
    assert door(answered=501.0, stopped=499.0) == [0, 0, 0]


def test_what_fails_beside_them_rings():
    assert door(answered=6.0, stopped=4.0) == [6, 6, 6]


def test_a_door_that_fails_nobody_is_silent():
    assert door(answered=0.0) == door() == door(stopped=0.0) == [0, 0, 0]
