"""How often one identity may ask: counted in the table, never guessed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from common.doors import rates
from common.doors.errors import TooManyRequests
from common.errors import StorageUnavailable
from common.table import Table
from tests.doors import one_request_at_a_time

MINUTE = 29_919_240 * 60.0


@pytest.fixture
def items(account):
    boto3.client("dynamodb").create_table(
        TableName="state",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table("state")


def admitted(items, times, now=MINUTE, who="ann", door="questions", most=3):
    came = 0
    for _ in range(times):
        try:
            rates.admit(items, door, who, most, now)
        except TooManyRequests:
            continue
        came += 1
    return came


def test_a_minute_has_so_many(items):
    assert admitted(items, 5) == 3
    assert admitted(items, 5, MINUTE + 59.999) == 0
    assert admitted(items, 5, MINUTE + 60) == 3


def test_each_identity_and_each_door_has_its_own(items):
    assert admitted(items, 5) == admitted(items, 5, who="bob") == admitted(items, 5, door="answers") == 3


@pytest.mark.parametrize(("into", "seconds"), [(0.0, 60), (0.5, 60), (1.0, 59), (59.0, 1), (59.999, 1)])
def test_the_caller_is_told_when_the_next_minute_begins(items, into, seconds):
    rates.admit(items, "questions", "ann", 1, MINUTE)
    with pytest.raises(TooManyRequests) as told:
        rates.admit(items, "questions", "ann", 1, MINUTE + into)
    assert told.value.headers() == {"Retry-After": str(seconds)}
    assert f"{seconds} s" in str(told.value)


def test_many_at_once_are_no_more(items, monkeypatch):
    one_request_at_a_time(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: admitted(items, 1), range(20))) == 3


def test_no_table_is_no_free_pass(items, monkeypatch):
    class Silent:
        def update_item(self, **_):
            from botocore.exceptions import ReadTimeoutError

            raise ReadTimeoutError(endpoint_url="x")

    with pytest.raises(StorageUnavailable):
        rates.admit(Table("state", Silent()), "questions", "ann", 3, MINUTE)
