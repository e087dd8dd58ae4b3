"""What QueryVectors may be asked, and which rows match.

S3 user guide, "Metadata filtering": one condition is ``{"key": value}`` or ``{"key": {"$operator": value, ...}}``,
several stand in ``$and`` or ``$or``; a list in the metadata matches where one of its members does; at most 100
constraints, of which each value that is compared is one, so that ``$in`` with three values is three. A key that is not
filterable is refused with 400 ("Querying vectors").

What AWS does not document is decided here: ``$exists`` is one constraint; ``$ne`` and ``$nin`` match what has no such
key, as they are the contrary of ``$eq`` and ``$in``; numbers and prefixes are compared with each member of a list; a
number is never equal to a text or a boolean.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.services.s3vectors.errors import Invalid
from local.services.s3vectors.metadata import is_single

MOST_CONSTRAINTS: Final = 100
DEEPEST: Final = 32
"""Of ``$and`` and ``$or`` in each other; not documented."""

Value = tuple[str, Any]
"""A single value with its kind: 1 and 1.0 are one number, true is none."""
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def value_of(single: Any) -> Value:
    """A text, number or boolean as it is compared."""
    kind = "boolean" if isinstance(single, bool) else "string" if isinstance(single, str) else "number"
    return kind, single


@dataclass
class Postings:
    """The rows of each value of one key. A list is in the rows of each of its members."""

    rows: dict[Value, set[int]] = field(default_factory=dict)
    having: set[int] = field(default_factory=set)

    def add(self, row: int, value: Any) -> None:
        self.having.add(row)
        for one in _members(value):
            self.rows.setdefault(value_of(one), set()).add(row)

    def remove(self, row: int, value: Any) -> None:
        self.having.discard(row)
        for one in _members(value):
            rows = self.rows.get(value_of(one), set())
            rows.discard(row)
            if not rows:
                self.rows.pop(value_of(one), None)

    def where(self, matches: Callable[[Value], bool]) -> set[int]:
        found: set[int] = set()
        return found.union(*(rows for value, rows in self.rows.items() if matches(value)))


@dataclass(frozen=True)
class Scope:
    """What a filter is answered from: the postings of each key, and all rows."""

    postings: Mapping[str, Postings]
    all: set[int]


Test = Callable[[Scope], set[int]]


def parse(wanted: Any, hidden: frozenset[str]) -> Test:
    """A filter as a question to a scope. ``hidden``: keys that are not filterable.

    Raises Invalid.
    """
    tests = _Reader(hidden)
    made = tests.condition(wanted, 0)
    if tests.constraints > MOST_CONSTRAINTS:
        raise invalid(f"the filter has {tests.constraints} constraints, the most is {MOST_CONSTRAINTS}")
    return made


def invalid(why: str) -> Invalid:
    """AWS says no more than the first three words; the rest says what to change."""
    message = f"Invalid query filter: {why}"
    return Invalid(message, [("/filter", message)])


class _Reader:
    """Reads one filter and counts its constraints."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        self.constraints = 0

    def condition(self, wanted: Any, depth: int) -> Test:
        if not isinstance(wanted, dict) or len(wanted) != 1:
            raise invalid("a condition is an object with one key; several conditions stand in $and")
        if depth > DEEPEST:
            raise invalid(f"conditions are nested more than {DEEPEST} deep")
        ((name, value),) = wanted.items()
        if name in ("$and", "$or"):
            return self._joined(name, value, depth)
        if name.startswith("$"):
            raise invalid(f"{name} is no logical operator; there are $and and $or")
        if name in self._hidden:
            raise invalid(f"the metadata key '{name}' is not filterable")
        return self._of_key(name, value)

    def _joined(self, name: str, value: Any, depth: int) -> Test:
        if not isinstance(value, list) or not value:
            raise invalid(f"{name} takes a list of one condition or more")
        tests = [self.condition(one, depth + 1) for one in value]
        if name == "$or":
            return lambda scope: set[int]().union(*(test(scope) for test in tests))
        return lambda scope: set.intersection(*(test(scope) for test in tests))

    def _of_key(self, name: str, value: Any) -> Test:
        if not isinstance(value, dict):
            return self._comparison(name, "$eq", value)
        if not value:
            raise invalid(f"the condition of '{name}' is empty")
        tests = [self._comparison(name, each, operand) for each, operand in value.items()]
        return lambda scope: set.intersection(*(test(scope) for test in tests))

    def _comparison(self, name: str, operation: str, operand: Any) -> Test:
        self.constraints += len(operand) if isinstance(operand, list) else 1
        match operation:
            case "$eq" | "$ne":
                values = {value_of(_single(operation, operand))}
            case "$in" | "$nin":
                values = _several(operation, operand)
            case "$exists":
                return _exists(name, operand)
            case "$startsWith":
                return _starting(name, operand)
            case _:
                return _ordered(name, operation, operand)
        same = _same(name, values)
        return same if operation in ("$eq", "$in") else lambda scope: scope.all - same(scope)


def _same(name: str, values: Iterable[Value]) -> Test:
    def rows(scope: Scope) -> set[int]:
        found: set[int] = set()
        known = scope.postings.get(name)
        return found if known is None else found.union(*(known.rows.get(value, ()) for value in values))

    return rows


def _matching(name: str, matches: Callable[[Value], bool]) -> Test:
    def rows(scope: Scope) -> set[int]:
        known = scope.postings.get(name)
        return set() if known is None else known.where(matches)

    return rows


def _exists(name: str, operand: Any) -> Test:
    if not isinstance(operand, bool):
        raise invalid("$exists takes true or false")

    def having(scope: Scope) -> set[int]:
        known = scope.postings.get(name)
        return set() if known is None else set(known.having)

    return having if operand else lambda scope: scope.all - having(scope)


def _starting(name: str, operand: Any) -> Test:
    if not isinstance(operand, str):
        raise invalid("$startsWith takes a string")
    return _matching(name, lambda value: value[0] == "string" and value[1].startswith(operand))


def _ordered(name: str, operation: str, operand: Any) -> Test:
    compare = _ORDERED.get(operation)
    if compare is None:
        raise invalid(f"'{operation}' is no operator")
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        raise invalid(f"{operation} takes a number")
    return _matching(name, lambda value: value[0] == "number" and compare(value[1], operand))


def _single(operation: str, operand: Any) -> Any:
    if not is_single(operand):
        raise invalid(f"{operation} takes a string, a number or a boolean")
    return operand


def _several(operation: str, operand: Any) -> set[Value]:
    if not isinstance(operand, list) or not operand or not all(is_single(one) for one in operand):
        raise invalid(f"{operation} takes a list of one string, number or boolean, or more")
    return {value_of(one) for one in operand}


def _members(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else (value,)
