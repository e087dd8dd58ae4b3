"""Claims: one holder at a time, and what one holder has done the next one does not do again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from botocore.client import BaseClient

from common.table import Table
from llm.errors import ClaimLost, LogObjectBusy
from llm.logs.claims import GRACE_SECONDS, LEASE_SECONDS, WAIT_SECONDS, Claim, Claims
from tests.unit.llm import worker

OBJECT = ("bucket", "key", '"etag"')


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(account, monkeypatch, request):
    with worker.running(monkeypatch, request.node.name):
        yield Clock()


def claims(clock):
    return Claims(Table(worker.TABLE), clock)


def test_a_claim_is_taken_once(clock):
    claim = claims(clock).take(*OBJECT)
    assert (claim.position, claim.waits) == (0, 0)
    with pytest.raises(LogObjectBusy):
        claims(clock).take(*OBJECT)


def test_quotes_around_an_entity_tag_are_nothing(clock):
    claims(clock).take("bucket", "key", '"etag"')
    with pytest.raises(LogObjectBusy):
        claims(clock).take("bucket", "key", "etag")
    assert claims(clock).take("bucket", "key", "other") is not None


def test_what_is_done_stays_done(clock):
    claims(clock).finish(claims(clock).take(*OBJECT))
    assert claims(clock).take(*OBJECT) is None
    clock.now += 10 * LEASE_SECONDS
    assert claims(clock).take(*OBJECT) is None


def test_after_the_lease_somebody_else_goes_on(clock):
    first = claims(clock).checkpoint(claims(clock).take(*OBJECT), 40)
    clock.now += LEASE_SECONDS + GRACE_SECONDS
    second = claims(clock).take(*OBJECT)
    assert second.position == 40
    for late in (lambda: claims(clock).checkpoint(first, 50), lambda: claims(clock).finish(first)):
        with pytest.raises(ClaimLost):
            late()
    claims(clock).finish(second)
    assert claims(clock).take(*OBJECT) is None


def test_a_lease_ends_with_its_worker_whatever_it_does(clock):
    """Not a whole run after its last checkpoint: whoever takes over waits for minutes."""
    claim = claims(clock).take(*OBJECT, 100)
    clock.now += 99
    claims(clock).checkpoint(claim, 10)
    clock.now += GRACE_SECONDS
    with pytest.raises(LogObjectBusy):
        claims(clock).take(*OBJECT, 100)
    clock.now += 1
    assert claims(clock).take(*OBJECT, 100).position == 10


def test_what_is_given_back_can_be_taken_at_once(clock):
    claims(clock).release(claims(clock).checkpoint(claims(clock).take(*OBJECT), 20))
    assert claims(clock).take(*OBJECT).position == 20


def test_a_wait_is_counted_once_however_many_messages_there_are(clock):
    claims(clock).release(claims(clock).take(*OBJECT), waited=True)
    with pytest.raises(LogObjectBusy):
        claims(clock).take(*OBJECT)
    clock.now += WAIT_SECONDS + 1
    again = claims(clock).take(*OBJECT)
    assert again.waits == 1
    claims(clock).release(again)
    assert claims(clock).take(*OBJECT).waits == 1


def test_of_many_at_once_one_gets_it(clock, monkeypatch):
    """DynamoDB looks at a condition and writes in one step; moto does so only where one request waits for the other."""
    one_by_one, call = Lock(), BaseClient._make_api_call

    def request(*arguments):
        with one_by_one:
            return call(*arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", request)

    def attempt(_):
        try:
            return claims(clock).take(*OBJECT)
        except LogObjectBusy:
            return None

    with ThreadPoolExecutor(8) as pool:
        found = [claim for claim in pool.map(attempt, range(16)) if claim]
    assert len(found) == 1
    clock.now += LEASE_SECONDS + GRACE_SECONDS
    with ThreadPoolExecutor(8) as pool:
        assert len([claim for claim in pool.map(attempt, range(16)) if claim]) == 1


def test_a_claim_is_plain_data():
    assert Claim("k") == Claim("k", 0, 0, 0)
