"""Items of the application's one DynamoDB table: state that is not an object, each with a date on which it may go.

Writes carry their condition with them, so that two writers never both win; a lost condition is an answer (``False``,
``None``), not an error. Names of items begin with their kind and ``#``: ``document#...``, ``spending#...``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from common import aws
from common.errors import ConcurrentUpdate, StorageUnavailable

KEY = "pk"
EXPIRES = "expires"
"""DynamoDB deletes an item some time after this second of the epoch; readers must not count on when."""

TRIES = 5

Item = dict[str, Any]

MOST_ACTIONS = 100
"""Of a transaction (API reference, "TransactWriteItems")."""

_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
"""Why a transaction was cancelled and may pass later."""
_BUSY = frozenset({"ProvisionedThroughputExceededException", "TransactionConflictException", "InternalServerError"})


class Table:
    """The few DynamoDB operations this application needs. Values are text, whole numbers, booleans, lists, maps, and
    sets of texts.

    ``client``: of DynamoDB, where it is not the worker's.
    """

    def __init__(self, name: str, client: Any = None) -> None:
        self.name = name
        self._client = client

    def _dynamodb(self) -> Any:
        return self._client or aws.client("dynamodb")

    def get(self, key: str) -> Item | None:
        """The item as the last write left it, or None; one whose date has passed counts as gone."""
        with self._named():
            answer = self._dynamodb().get_item(TableName=self.name, Key=_plain({KEY: key}), ConsistentRead=True)
        item = _read(answer["Item"]) if "Item" in answer else None
        return None if item and item.get(EXPIRES, time.time()) < time.time() else item

    def put(
        self, key: str, item: Mapping[str, Any], *, seconds: int, condition: str = "", values: Mapping[str, Any] = {}
    ) -> bool:
        """Writes the whole item, to go after ``seconds``; False if ``condition`` did not hold for what is there.

        ``condition`` is a DynamoDB condition expression; ``#name`` in it is the attribute ``name``, ``:name`` comes
        from ``values``. An item whose date has passed may still be there, so a condition has to allow for it:
        ``absent()`` does.
        """
        whole = {**item, KEY: key, EXPIRES: int(time.time()) + seconds}
        arguments: dict[str, Any] = {"TableName": self.name, "Item": _plain(whole)}
        return self._conditional("put_item", arguments, condition, values) is not None

    def put_if_absent(self, key: str, item: Mapping[str, Any], *, seconds: int) -> bool:
        """Writes an item once; False where it is there already."""
        return self.put(key, item, seconds=seconds, condition=absent(), values={"now": int(time.time())})

    def add(self, key: str, name: str, amount: int, *, seconds: int, at_most: int | None = None) -> int | None:
        """Adds to a counter of an item and returns the sum; None, and nothing added, if it would pass ``at_most``.

        An item whose date has passed begins anew with ``amount``, whether DynamoDB has deleted it or not.
        Raises ConcurrentUpdate where that happens again and again.
        """
        if at_most is not None and amount > at_most:
            return None
        for _ in range(TRIES):
            taken = self.take(key, name, amount, seconds=seconds, at_most=at_most)
            if taken is not None:
                return taken
            item = self.get(key)
            if item is None and self.put_if_absent(key, {name: amount}, seconds=seconds):
                return amount
            if item is not None and at_most is not None and item.get(name, 0) + amount > at_most:
                return None
        raise ConcurrentUpdate(f"{key} in {self.name} was begun anew again and again.")

    def take(self, key: str, name: str, amount: int, *, seconds: int, at_most: int | None = None) -> int | None:
        """The same by one request, for keys that are never used again: None also where the item's date has passed."""
        now = int(time.time())
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "Key": _plain({KEY: key}),
            "UpdateExpression": "ADD #counter :amount SET #expires = if_not_exists(#expires, :expires)",
            "ReturnValues": "UPDATED_NEW",
        }
        values = {"amount": amount, "expires": now + seconds, "now": now}
        condition = "(attribute_not_exists(#expires) OR #expires >= :now)"
        if at_most is not None:
            condition += " AND (attribute_not_exists(#counter) OR #counter <= :room)"
            values["room"] = at_most - amount
        names = {"#counter": name, "#expires": EXPIRES}
        answer = self._conditional("update_item", arguments, condition, values, names)
        return None if answer is None else int(_read(answer["Attributes"])[name])

    def amend(
        self, key: str, changes: Mapping[str, Any], *, seconds: int, condition: str, values: Mapping[str, Any] = {}
    ) -> bool:
        """Sets some attributes of an item and leaves the others as they are; makes it where there is none.

        False if ``condition`` (as in ``put``) did not hold. A new item goes after ``seconds``.
        """
        marks = {f"set{number}": name for number, name in enumerate(changes)}
        sets = [f"#{mark} = :{mark}" for mark in marks] + [f"#{EXPIRES} = if_not_exists(#{EXPIRES}, :until)"]
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "Key": _plain({KEY: key}),
            "UpdateExpression": f"SET {', '.join(sets)}",
        }
        filled = {mark: changes[name] for mark, name in marks.items()} | {"until": int(time.time()) + seconds}
        names = {f"#{mark}": name for mark, name in marks.items()} | {f"#{EXPIRES}": EXPIRES}
        return self._conditional("update_item", arguments, condition, {**filled, **values}, names) is not None

    def add_member(self, key: str, name: str, member: str, *, seconds: int, at_most: int) -> bool:
        """Adds a text to a set of an item (a Python ``set`` when it is read) and moves the item's date to ``seconds``
        from now; makes both where they are not there. Again, late or in another order it comes to the same set.

        False, and nothing written, where the set has ``at_most`` other members: an item holds 400 KB.
        """
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "Key": _plain({KEY: key}),
            "UpdateExpression": "ADD #set :members SET #expires = :until",
        }
        condition = "attribute_not_exists(#set) OR size(#set) < :room OR contains(#set, :member)"
        values = {"members": {member}, "member": member, "room": at_most, "until": int(time.time()) + seconds}
        names = {"#set": name, "#expires": EXPIRES}
        return self._conditional("update_item", arguments, condition, values, names) is not None

    def remove_members(
        self, members: Sequence[tuple[str, str, str]], *, key: str, condition: str, values: Mapping[str, Any]
    ) -> bool:
        """Takes texts out of sets of items: key, name of the set and text of each. False, and some of them not taken
        out, if ``condition`` (as in ``put``) did not hold for the item ``key`` at the moment of a removal.

        A hundred items are one transaction: it happens at one moment, or not at all.
        """
        held = {"TableName": self.name, "Key": _plain({KEY: key}), "ConditionExpression": condition}
        held |= {"ExpressionAttributeNames": _names(condition)}
        held |= {"ExpressionAttributeValues": {f":{name}": value for name, value in _plain(values).items()}}
        for start in range(0, len(members), MOST_ACTIONS - 1):
            removals = [{"Update": self._removal(*each)} for each in members[start : start + MOST_ACTIONS - 1]]
            if not self._transact([{"ConditionCheck": held}, *removals]):
                return False
        return True

    def _removal(self, key: str, name: str, member: str) -> dict[str, Any]:
        """An item that is not there is made by it, so it has a date then."""
        return {
            "TableName": self.name,
            "Key": _plain({KEY: key}),
            "UpdateExpression": "DELETE #set :members SET #expires = if_not_exists(#expires, :now)",
            "ExpressionAttributeNames": {"#set": name, "#expires": EXPIRES},
            "ExpressionAttributeValues": _plain({":members": {member}, ":now": int(time.time())}),
        }

    def _transact(self, actions: list[dict[str, Any]]) -> bool:
        from botocore.exceptions import ClientError

        with self._named():
            try:
                self._dynamodb().transact_write_items(TransactItems=actions)
            except ClientError as error:
                reasons = {str(each.get("Code")) for each in error.response.get("CancellationReasons", [])}
                if "ConditionalCheckFailed" in reasons:
                    return False
                if reasons & _PASSING:
                    raise StorageUnavailable(
                        f"DynamoDB's {self.name} is busy ({', '.join(sorted(reasons))})."
                    ) from error
                raise
        return True

    def delete(self, key: str, *, condition: str = "", values: Mapping[str, Any] = {}) -> bool:
        """Deletes an item; False if ``condition`` did not hold."""
        arguments: dict[str, Any] = {"TableName": self.name, "Key": _plain({KEY: key})}
        return self._conditional("delete_item", arguments, condition, values) is not None

    def _conditional(
        self,
        operation: str,
        arguments: dict[str, Any],
        condition: str,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Any:
        from botocore.exceptions import ClientError

        if condition:
            arguments["ConditionExpression"] = condition
        named = _names(condition) | dict(names or {})
        if named:
            arguments["ExpressionAttributeNames"] = named
        used = {name: value for name, value in values.items() if _used(name, arguments)}
        if used:
            arguments["ExpressionAttributeValues"] = {f":{name}": value for name, value in _plain(used).items()}
        with self._named():
            try:
                return getattr(self._dynamodb(), operation)(**arguments)
            except ClientError as error:
                if aws.code_of(error) == "ConditionalCheckFailedException":
                    return None
                raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """DynamoDB's passing troubles under the name that state machines retry."""
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

        try:
            yield
        except ClientError as error:
            if not (aws.is_transient(error) or aws.code_of(error) in _BUSY):
                raise
            raise StorageUnavailable(f"DynamoDB's {self.name} is busy ({aws.code_of(error)}).") from error
        except (ConnectionError, HTTPClientError) as error:
            raise StorageUnavailable(f"DynamoDB could not be reached ({type(error).__name__}).") from error


def absent() -> str:
    """The condition that there is no item, or only one whose date has passed; wants ``now`` among the values."""
    return f"attribute_not_exists(#{KEY}) OR #{EXPIRES} < :now"


def _names(condition: str) -> dict[str, str]:
    import re

    return {f"#{name}": name for name in re.findall(r"#(\w+)", condition)}


def _used(name: str, arguments: Mapping[str, Any]) -> bool:
    """DynamoDB refuses values that no expression names."""
    import re

    written = f"{arguments.get('ConditionExpression', '')} {arguments.get('UpdateExpression', '')}"
    return re.search(rf":{name}\b", written) is not None


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeSerializer

    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items()}


def _read(values: Mapping[str, Any]) -> Item:
    from boto3.dynamodb.types import TypeDeserializer

    deserialize = TypeDeserializer().deserialize
    return {name: _whole(deserialize(value)) for name, value in values.items()}


def _whole(value: Any) -> Any:
    """DynamoDB's numbers are decimals; ours are whole."""
    match value:
        case Decimal():
            return int(value)
        case list():
            return [_whole(part) for part in value]
        case dict():
            return {name: _whole(part) for name, part in value.items()}
    return value
