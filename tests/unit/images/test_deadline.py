from __future__ import annotations

import threading

import pytest

from images.doors import deadline
from images.errors import DamagedImage, OutOfTime


def test_results_and_errors_come_through():
    assert deadline.within(5, lambda: 7) == 7
    with pytest.raises(DamagedImage):
        deadline.within(5, lambda: (_ for _ in ()).throw(DamagedImage("broken.")))


def test_work_that_takes_too_long_is_left_behind_and_nothing_begins_beside_it():
    let_go, begun = threading.Event(), []
    try:
        with pytest.raises(OutOfTime):
            deadline.within(0.05, lambda: let_go.wait(30))
        with pytest.raises(OutOfTime):
            deadline.within(0.05, lambda: begun.append(1))
        assert begun == []
    finally:
        let_go.set()
    assert deadline.within(5, lambda: "free again") == "free again"


def test_some_time_is_kept_for_the_answer(context):
    context.milliseconds = 10_000
    assert deadline.left(context) == 10 - deadline.MARGIN_SECONDS
    context.milliseconds = 200
    assert deadline.left(context) == 0
