"""Filters of QueryVectors, against a reference in plain Python that looks at one vector after the other."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.services.s3vectors import filters
from local.services.s3vectors.errors import Invalid
from local.services.s3vectors.vectors import Record, Vectors, row_of

HIDDEN = frozenset({"text"})
NAMES = st.sampled_from(["acl", "page", "refs", "on"])
SINGLES = st.one_of(st.sampled_from(["a", "ab", "b", "", "1"]), st.sampled_from([0, 1, 2, 1.0, 0.5, -3]), st.booleans())
VALUES = st.one_of(SINGLES, st.lists(SINGLES, min_size=1, max_size=3))
METADATA = st.dictionaries(NAMES, VALUES, max_size=4)
NUMBERS = st.sampled_from([-3, 0, 0.5, 1, 1.5, 2])
OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$ne"]), SINGLES),
    st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), NUMBERS),
    st.tuples(st.sampled_from(["$in", "$nin"]), st.lists(SINGLES, min_size=1, max_size=3)),
    st.tuples(st.just("$exists"), st.booleans()),
    st.tuples(st.just("$startsWith"), st.sampled_from(["", "a", "ab"])),
)
LEAVES = st.one_of(
    st.tuples(NAMES, SINGLES).map(lambda pair: {pair[0]: pair[1]}),
    st.tuples(NAMES, st.lists(OPERATIONS, min_size=1, max_size=2).map(dict)).map(lambda pair: {pair[0]: pair[1]}),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: {pair[0]: pair[1]}
    ),
    max_leaves=6,
)


def same(one: Any, other: Any) -> bool:
    """True is not 1, "1" is not 1, 1.0 is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return isinstance(one, str) == isinstance(other, str) and bool(one == other)


ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def holds(operation: str, operand: Any, present: bool, members: list[Any]) -> bool:
    equal = any(same(one, each) for one in members for each in (operand if isinstance(operand, list) else [operand]))
    if operation in ("$eq", "$in", "$ne", "$nin"):
        return equal is (operation in ("$eq", "$in"))
    if operation == "$exists":
        return present is operand
    if operation == "$startsWith":
        return any(isinstance(one, str) and one.startswith(operand) for one in members)
    return any(ORDERED[operation](one, operand) for one in members if not isinstance(one, str | bool))


def matches(wanted: dict[str, Any], metadata: dict[str, Any]) -> bool:
    ((name, value),) = wanted.items()
    if name == "$and":
        return all(matches(one, metadata) for one in value)
    if name == "$or":
        return any(matches(one, metadata) for one in value)
    found = metadata.get(name, [])
    members = found if isinstance(found, list) else [found]
    tests = value if isinstance(value, dict) else {"$eq": value}
    return all(holds(operation, operand, name in metadata, members) for operation, operand in tests.items())


def found(vectors: Vectors, wanted: Any) -> set[str]:
    near = vectors.nearest(row_of([1, 0]), 1_000, filters.parse(wanted, HIDDEN))
    return {record.key for _, record in near}


@settings(max_examples=400, deadline=None)
@given(st.lists(METADATA, max_size=12), st.lists(METADATA, max_size=4), FILTERS)
def test_a_filter_lets_through_what_it_says(before: list[dict], after: list[dict], wanted: dict):
    """After some were written over and some deleted, too."""
    vectors = Vectors(2, "cosine", HIDDEN)
    kept = {f"k{n}": one for n, one in enumerate(before)}
    vectors.put(Record(key, row_of([1, 1]), one) for key, one in kept.items())
    again = {f"k{2 * n}": one for n, one in enumerate(after)}
    vectors.put(Record(key, row_of([1, 1]), one) for key, one in again.items())
    vectors.delete(["k1", "k3"])
    kept = {key: one for key, one in {**kept, **again}.items() if key not in ("k1", "k3")}
    assert found(vectors, wanted) == {key for key, one in kept.items() if matches(wanted, one)}


@pytest.fixture(scope="module")
def films() -> Vectors:
    """The examples of the user guide."""
    made = Vectors(2, "cosine", HIDDEN)
    metadata: dict[str, dict[str, Any]] = {
        "one": {"genre": "documentary", "year": 2020},
        "list": {"genre": ["documentary", "romance"], "year": 2019},
        "drama": {"genre": "drama", "year": 2021},
        "bare": {"text": "documentary"},
    }
    made.put(Record(key, row_of([1, 0]), one) for key, one in metadata.items())
    return made


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"genre": "documentary"}, {"one", "list"}),
        ({"genre": {"$eq": "documentary"}}, {"one", "list"}),
        ({"genre": {"$ne": "drama"}}, {"one", "list", "bare"}),
        ({"year": {"$gt": 2019}}, {"one", "drama"}),
        ({"year": {"$gte": 2020, "$lte": 2020}}, {"one"}),
        ({"genre": {"$in": ["comedy", "documentary"]}}, {"one", "list"}),
        ({"genre": {"$nin": ["comedy", "documentary"]}}, {"drama", "bare"}),
        ({"genre": {"$exists": True}}, {"one", "list", "drama"}),
        ({"genre": {"$exists": False}}, {"bare"}),
        ({"genre": {"$startsWith": "d"}}, {"one", "list", "drama"}),
        ({"$and": [{"genre": {"$eq": "drama"}}, {"year": {"$gte": 2020}}]}, {"drama"}),
        ({"$or": [{"genre": {"$eq": "drama"}}, {"year": {"$lt": 2020}}]}, {"drama", "list"}),
        ({"genre": "nothing"}, set()),
        ({"year": "2020"}, set()),
        ({"nowhere": 1}, set()),
    ],
)
def test_the_examples_of_the_user_guide(films: Vectors, wanted: dict[str, Any], expected: set[str]):
    assert found(films, wanted) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        [],
        "genre",
        3,
        {"genre": "a", "year": 1},
        {"genre": {}},
        {"genre": ["a"]},
        {"genre": None},
        {"genre": {"$eq": ["a"]}},
        {"genre": {"$eq": None}},
        {"genre": {"$eq": {"a": 1}}},
        {"genre": {"$gt": "a"}},
        {"genre": {"$gt": True}},
        {"genre": {"$in": []}},
        {"genre": {"$in": "a"}},
        {"genre": {"$in": [["a"]]}},
        {"genre": {"$nin": [None]}},
        {"genre": {"$exists": "true"}},
        {"genre": {"$exists": 1}},
        {"genre": {"$startsWith": 1}},
        {"genre": {"$like": "a"}},
        {"genre": {"$eq": "a", "like": "b"}},
        {"$and": []},
        {"$and": {"genre": "a"}},
        {"$or": [{"genre": "a"}, {}]},
        {"$not": {"genre": "a"}},
        {"$or": [{"$and": [{"text": "a"}]}]},
        {"text": {"$exists": True}},
    ],
)
def test_filters_that_cannot_be(wanted: Any):
    with pytest.raises(Invalid, match="Invalid query filter: ") as caught:
        filters.parse(wanted, HIDDEN)
    assert caught.value.fields[0][0] == "/filter"


def test_at_most_a_hundred_constraints():
    hundred = [f"s{n}" for n in range(100)]
    filters.parse({"acl": {"$in": hundred}}, HIDDEN)
    filters.parse({"$or": [{"acl": one} for one in hundred]}, HIDDEN)
    for wanted in (
        {"acl": {"$in": [*hundred, "more"]}},
        {"$and": [{"acl": {"$in": hundred}}, {"page": {"$gt": 1}}]},
        {"$or": [*({"acl": one} for one in hundred), {"acl": "more"}]},
    ):
        with pytest.raises(Invalid, match="101 constraints"):
            filters.parse(wanted, HIDDEN)


def test_a_filter_without_end_is_refused():
    wanted: dict[str, Any] = {"acl": "a"}
    for _ in range(40):
        wanted = {"$and": [wanted]}
    with pytest.raises(Invalid, match="nested"):
        filters.parse(wanted, HIDDEN)
