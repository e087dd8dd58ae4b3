"""The day's calls and the share of the traffic."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import StorageUnavailable
from common.table import Table
from llm import spending
from llm.spending import Bill, Budget

NOON = 1_795_000_000.0


@pytest.fixture
def table(account: None) -> Table:
    boto3.client("dynamodb").create_table(
        TableName="state",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table("state")


def day(table: Table, calls: int, at: float = NOON) -> Budget:
    return Budget(table, calls, clock=lambda: at)


def test_the_cap_is_held_to_the_call(table: Table):
    account = day(table, 100)
    assert account.reserve(60) is not None
    assert account.reserve(41) is None
    assert account.reserve(40) is not None
    assert account.reserve(1) is None


def test_a_new_day_begins_at_midnight_utc(table: Table):
    assert day(table, 10).reserve(10)
    assert day(table, 10).reserve(1) is None
    assert day(table, 10, NOON + 86_400).reserve(10)


def test_what_was_not_used_is_given_back(table: Table):
    account = day(table, 100)
    reserved = account.reserve(100)
    assert reserved is not None
    reserved.settle(30)
    assert account.reserve(71) is None
    assert account.reserve(70) is not None


def test_it_goes_back_to_the_day_it_came_from(table: Table):
    reserved = day(table, 10).reserve(10)
    assert reserved is not None
    reserved.settle(0)  # after midnight, by another clock
    assert day(table, 10).reserve(10) is not None


def test_a_cap_of_nothing_lets_nothing_pass(table: Table):
    assert day(table, 0).reserve(1) is None
    assert day(table, 0).reserve(0) is not None


def test_workers_share_one_account(table: Table):
    """DynamoDB compares and adds in one step, so their order does not matter (moto's is not thread-safe)."""
    won = [day(table, 50).reserve(7) is not None for _ in range(20)]
    assert won == [True] * 7 + [False] * 13


def test_one_write_a_batch(table: Table, monkeypatch: pytest.MonkeyPatch):
    writes: list[Any] = []
    add = Table.add
    monkeypatch.setattr(Table, "add", lambda self, *a, **k: (writes.append(a), add(self, *a, **k))[1])
    reserved = day(table, 100).reserve(50)
    assert reserved is not None
    reserved.settle(50)
    assert len(writes) == 1


def test_a_busy_table_loses_only_what_would_have_come_back(table: Table, monkeypatch: pytest.MonkeyPatch):
    reserved = day(table, 100).reserve(50)
    assert reserved is not None

    def busy(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("busy")

    monkeypatch.setattr(Table, "add", busy)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "llm")
    reserved.settle(10)


@given(st.text(max_size=60), st.floats(0, 1))
def test_a_repetition_chooses_the_same(request_id: str, share: float):
    assert spending.chosen(request_id, share) == spending.chosen(request_id, share)
    assert spending.chosen(request_id, 1)
    assert not spending.chosen(request_id, 0)


@given(st.text(max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_smaller_shares_are_parts_of_larger_ones(request_id: str, one: float, other: float):
    if spending.chosen(request_id, min(one, other)):
        assert spending.chosen(request_id, max(one, other))


def test_a_share_is_about_that_share():
    found = sum(spending.chosen(f"request-{number}", 0.1) for number in range(10_000))
    assert 850 < found < 1150


def test_rates_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SAMPLE_TOXICITY", raising=False)
    assert spending.rate("toxicity") == 1
    monkeypatch.setenv("SAMPLE_TOXICITY", "0.05")
    assert spending.rate("toxicity") == 0.05


@pytest.mark.parametrize("text", ["1.1", "-0.1", "half", "nan", "10%"])
def test_a_rate_that_is_none_says_what_to_set(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAMPLE_TOXICITY", text)
    with pytest.raises(spending.InvalidRate, match="SampleToxicity to a number from 0 to 1"):
        spending.rate("toxicity")


@pytest.mark.parametrize(("characters", "units"), [(1, 3), (300, 3), (301, 4), (5000, 50)])
def test_comprehends_units(characters: int, units: int):
    bill = Bill()
    bill.comprehend(characters)
    assert (bill.calls, bill.units) == (1, units)


def test_a_batch_is_billed_by_the_document():
    bill = Bill()
    bill.comprehend(10, 10, 1000)
    assert (bill.calls, bill.units) == (3, 3 + 3 + 10)
