"""The day's account of scanned megabytes: looked at before, taken from after, once per query."""

from __future__ import annotations

import time

import pytest

from common.errors import CeilingReached, PipelinePaused
from common.spending import accounts, pauses
from common.table import Table
from questions.model import SCANNED, SPENDING
from questions.running import scans
from tests.unit.questions.answers.builders import TABLE

MEGABYTE = 1 << 20


def spent() -> int:
    return accounts.read(Table(TABLE), SPENDING, SCANNED, accounts.day_of(time.time())).spent


@pytest.mark.parametrize(
    ("scanned", "megabytes"), [(0, 10), (1, 10), (10 * MEGABYTE, 10), (10 * MEGABYTE + 1, 11), (500 * MEGABYTE, 500)]
)
def test_what_athena_bills_is_taken(lake, scanned, megabytes):
    assert scans.take("q1", scanned, billed=True) == megabytes
    assert spent() == megabytes


def test_a_query_is_taken_once_however_often_it_is_told_of(lake):
    for _ in range(3):
        scans.take("q1", 20 * MEGABYTE, billed=True)
    scans.take("q2", 30 * MEGABYTE, billed=True)
    assert spent() == 50


def test_a_failed_query_is_not_billed(lake):
    assert scans.take("q1", 900 * MEGABYTE, billed=False) == 0
    assert spent() == 0


def test_a_worker_that_dies_between_the_account_and_the_mark_takes_it_again_and_never_forgets(lake, monkeypatch):
    with monkeypatch.context() as dying:
        dying.setattr(Table, "put_if_absent", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            scans.take("q1", 20 * MEGABYTE, billed=True)
    assert spent() == 20
    scans.take("q1", 20 * MEGABYTE, billed=True)
    assert spent() == 40


def test_at_the_ceiling_nothing_is_let_in_until_it_is_raised(lake):
    scans.take("q1", 991 * MEGABYTE, billed=True)
    with pytest.raises(CeilingReached, match="scanned-megabytes"):
        scans.check()
    day = accounts.day_of(time.time())
    accounts.raise_ceiling(Table(TABLE), SPENDING, SCANNED, day, 100, "me", "now")
    scans.check()


def test_a_query_that_was_let_in_may_pass_the_ceiling(lake):
    scans.check()
    scans.take("q1", 5000 * MEGABYTE, billed=True)
    assert spent() == 5000
    with pytest.raises(CeilingReached):
        scans.check()


def test_nothing_runs_in_a_pause(lake):
    pauses.begin(Table(TABLE), SPENDING, pauses.Pause("me", "now"))
    with pytest.raises(PipelinePaused, match="operate resume questions"):
        scans.check()
