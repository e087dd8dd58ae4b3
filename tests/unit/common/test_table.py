"""Items in DynamoDB: conditions that hold or are lost, dates, counters under contention, and names for trouble."""

from __future__ import annotations

import time

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from common import aws, table
from common.errors import StorageUnavailable
from common.table import Table

NAME, HOUR = "state", 3600


@pytest.fixture
def items(account):
    boto3.client("dynamodb").create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Table(NAME)


@pytest.fixture
def clock(monkeypatch):
    """Moves the time that the module sees."""
    real, ahead = time.time, [0.0]
    monkeypatch.setattr(table.time, "time", lambda: real() + ahead[0])

    def on(seconds):
        ahead[0] += seconds

    return on


def raw(key):
    return boto3.client("dynamodb").get_item(TableName=NAME, Key={"pk": {"S": key}}).get("Item")


# Items


@pytest.mark.parametrize(
    "value",
    ["", "text", "日本", 0, 7, -(2**60), True, False, None, [], ["a", 1, {"b": [2]}], {}, {"a": {"b": [1, "c", None]}}],
)
def test_values_come_back_as_they_were(items, value):
    assert items.put("a", {"value": value}, seconds=HOUR)
    found = items.get("a")["value"]
    assert found == value
    assert type(found) is type(value)


def test_an_item_carries_its_key_and_its_date(items):
    before = int(time.time())
    items.put("a", {}, seconds=HOUR)
    found = items.get("a")
    assert found["pk"] == "a"
    assert before + HOUR <= found["expires"] <= time.time() + HOUR


def test_nothing_there_is_none(items):
    assert items.get("a") is None


def test_put_replaces_the_whole_item(items):
    items.put("a", {"one": 1}, seconds=HOUR)
    items.put("a", {"two": 2}, seconds=HOUR)
    assert "one" not in items.get("a")


def test_reading_sees_the_last_write(items, monkeypatch):
    asked = []
    plain = aws.client("dynamodb")
    monkeypatch.setattr(plain, "get_item", lambda **arguments: asked.append(arguments) or {})
    items.get("a")
    assert asked[0]["ConsistentRead"] is True


# Dates


def test_an_item_whose_date_has_passed_counts_as_gone(items, clock):
    items.put("a", {"n": 1}, seconds=HOUR)
    clock(HOUR - 2)
    assert items.get("a") is not None
    clock(3)
    assert items.get("a") is None
    assert raw("a") is not None  # DynamoDB has not deleted it yet


def test_put_if_absent_takes_the_place_of_what_has_expired(items, clock):
    assert items.put_if_absent("a", {"n": 1}, seconds=HOUR)
    assert not items.put_if_absent("a", {"n": 2}, seconds=HOUR)
    assert items.get("a")["n"] == 1
    clock(HOUR + 2)
    assert items.put_if_absent("a", {"n": 3}, seconds=HOUR)
    assert items.get("a")["n"] == 3


def test_a_counter_whose_date_has_passed_begins_again(items, clock):
    assert items.add("a", "spent", 5, seconds=HOUR, at_most=8) == 5
    assert items.add("a", "spent", 4, seconds=HOUR, at_most=8) is None
    clock(HOUR + 2)
    assert items.add("a", "spent", 4, seconds=HOUR, at_most=8) == 4
    assert items.get("a")["spent"] == 4
    assert items.add("b", "spent", 4, seconds=1) == 4
    clock(3)
    assert items.add("b", "spent", 1, seconds=HOUR) == 1


# Conditions


def test_a_condition_that_does_not_hold_writes_nothing(items):
    items.put("a", {"owner": "x", "n": 1}, seconds=HOUR)
    values = {"owner": "y"}
    assert not items.put("a", {"n": 2}, seconds=HOUR, condition="#owner = :owner", values=values)
    assert items.get("a")["n"] == 1
    assert items.put("a", {"n": 2}, seconds=HOUR, condition="#owner = :owner", values={"owner": "x"})
    assert items.get("a")["n"] == 2


def test_names_that_dynamodb_reserves_are_written_with_a_hash(items):
    items.put("a", {"status": "open", "counter": 1, "name": "n"}, seconds=HOUR)
    condition = "#status = :status AND #counter = :one AND #name = :name"
    values = {"status": "open", "one": 1, "name": "n"}
    assert items.put("a", {}, seconds=HOUR, condition=condition, values=values)


def test_values_that_no_condition_names_do_no_harm(items):
    assert items.put("a", {}, seconds=HOUR, values={"unused": 1})
    assert items.put("a", {}, seconds=HOUR, condition="attribute_exists(#pk)", values={"unused": 1})


def test_delete_with_and_without_a_condition(items):
    items.put("a", {"n": 1}, seconds=HOUR)
    assert not items.delete("a", condition="#n = :n", values={"n": 2})
    assert items.get("a") is not None
    assert items.delete("a", condition="#n = :n", values={"n": 1})
    assert items.get("a") is None
    assert items.delete("a")


def test_one_of_many_that_put_at_once_wins(items):
    won = []
    for number in range(8):
        if Table(NAME).put_if_absent("a", {"n": number}, seconds=HOUR):
            won.append(number)
    assert len(won) == 1
    assert items.get("a")["n"] == won[0]


# Counters


def test_add_gives_the_sum(items):
    assert [items.add("a", "n", amount, seconds=HOUR) for amount in (3, 4, -2)] == [3, 7, 5]


def test_add_stops_at_the_limit_and_adds_nothing_then(items):
    assert items.add("a", "n", 11, seconds=HOUR, at_most=10) is None
    assert items.get("a") is None
    assert items.add("a", "n", 10, seconds=HOUR, at_most=10) == 10
    assert items.add("a", "n", 1, seconds=HOUR, at_most=10) is None
    assert items.get("a")["n"] == 10


def test_add_keeps_other_counters_and_the_first_date(items):
    items.add("a", "n", 1, seconds=HOUR)
    first = items.get("a")["expires"]
    items.add("a", "m", 2, seconds=9 * HOUR)
    found = items.get("a")
    assert (found["n"], found["m"], found["expires"]) == (1, 2, first)


def test_the_limit_holds_whoever_adds(items):
    """One write says both what is added and what may not be passed; DynamoDB makes it whole (moto's threads race)."""
    sums = [Table(NAME).add("a", "n", 3, seconds=HOUR, at_most=20) for _ in range(12)]
    assert sums == [3, 6, 9, 12, 15, 18, *[None] * 6]
    assert items.get("a")["n"] == 18


# Sets


def test_a_set_has_what_was_added_in_any_order_and_number(items):
    for member in ("b", "a", "b"):
        assert items.add_member("a", "names", member, seconds=HOUR, at_most=5)
    assert items.add_member("a", "others", "c", seconds=HOUR, at_most=5)
    found = items.get("a")
    assert (found["names"], found["others"]) == ({"a", "b"}, {"c"})


def test_a_full_set_takes_no_other_member(items):
    assert [items.add_member("a", "names", member, seconds=HOUR, at_most=2) for member in "abca"] == [
        True,
        True,
        False,
        True,
    ]
    assert items.get("a")["names"] == {"a", "b"}


def test_members_are_taken_out_while_a_condition_holds(items):
    items.put("guard", {"turn": "a"}, seconds=HOUR)
    for number in range(150):
        for member in "ab":
            items.add_member(f"{number}", "names", member, seconds=HOUR, at_most=5)
    there = [(f"{number}", "names", "b") for number in range(150)]
    held = {"key": "guard", "condition": "#turn = :turn"}
    assert not items.remove_members(there, **held, values={"turn": "b"})
    assert not items.remove_members(there, key="none", condition="#turn = :turn", values={"turn": "a"})
    assert items.get("0")["names"] == {"a", "b"}
    for _ in range(2):
        assert items.remove_members(there, **held, values={"turn": "a"})
    assert all(items.get(f"{number}")["names"] == {"a"} for number in range(150))
    assert items.remove_members([("0", "names", "a"), ("1", "others", "a")], **held, values={"turn": "a"})
    assert "names" not in items.get("0")


@pytest.mark.parametrize(
    ("reason", "error"),
    [("TransactionConflict", StorageUnavailable), ("ThrottlingError", StorageUnavailable), ("Other", ClientError)],
)
def test_a_transaction_that_is_cancelled_says_whether_it_may_pass(items, monkeypatch, reason, error):
    cancelled = said("TransactionCanceledException")
    cancelled.response["CancellationReasons"] = [{"Code": "None"}, {"Code": reason}]
    refusing(monkeypatch, "transact_write_items", cancelled)
    with pytest.raises(error):
        items.remove_members([("a", "names", "b")], key="guard", condition="#turn = :turn", values={"turn": "a"})


def test_a_member_moves_the_items_date_on(items, clock):
    items.add_member("a", "names", "b", seconds=HOUR, at_most=5)
    clock(HOUR - 2)
    items.add_member("a", "names", "c", seconds=HOUR, at_most=5)
    clock(HOUR - 2)
    assert items.get("a")["names"] == {"b", "c"}


# Names for trouble

CALLS = {
    "get_item": lambda items: items.get("a"),
    "put_item": lambda items: items.put("a", {}, seconds=HOUR),
    "update_item": lambda items: items.add("a", "n", 1, seconds=HOUR),
    "delete_item": lambda items: items.delete("a"),
}


def refusing(monkeypatch, operation, error):
    """DynamoDB answers `operation` with an error, however often it is asked."""

    class Refusing:
        def __getattr__(self, name):
            assert name == operation

            def call(**_arguments):
                raise error

            return call

    monkeypatch.setattr(aws, "client", lambda _service: Refusing())


def said(code, status=400):
    response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Operation")


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    "error",
    [
        said("ThrottlingException"),
        said("RequestLimitExceeded"),
        said("ProvisionedThroughputExceededException"),
        said("TransactionConflictException"),
        said("InternalServerError", 500),
        EndpointConnectionError(endpoint_url="https://dynamodb.example.org"),
    ],
    ids=lambda error: getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__),
)
def test_what_may_pass_later_is_storage_unavailable(items, monkeypatch, operation, error):
    refusing(monkeypatch, operation, error)
    with pytest.raises(StorageUnavailable, match="DynamoDB"):
        CALLS[operation](items)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])
def test_any_other_refusal_keeps_its_name(items, monkeypatch, operation, code):
    refusing(monkeypatch, operation, said(code))
    with pytest.raises(ClientError, match=code):
        CALLS[operation](items)
