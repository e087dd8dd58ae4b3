"""Filters as a stranger sends them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.doors.errors import InvalidRequest
from knowledge.retrieval import filters
from knowledge.retrieval.filters import Filters


@pytest.mark.parametrize(
    ("sent", "filters_"),
    [
        (None, Filters()),
        ({}, Filters()),
        ({"type": None, "folder": None}, Filters()),
        ({"type": " invoice "}, Filters(type="invoice")),
        ({"language": "de"}, Filters(language="de")),
        ({"from": "1970-01-02", "to": "1970-01-02"}, Filters(first=1, last=1)),
        ({"from": "1969-12-31"}, Filters(first=-1)),
        ({"to": "2026-11-30"}, Filters(last=(date(2026, 11, 30) - date(1970, 1, 1)).days)),
        ({"folder": "a/b"}, Filters(folder="a/b/")),
        ({"folder": "a/ b/"}, Filters(folder="a/ b/")),
        ({"folder": " a"}, Filters(folder=" a/")),
    ],
)
def test_what_is_sent_is_read(sent: object, filters_: Filters):
    assert filters.read(sent) == filters_


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ([], "JSON object"),
        ("type", "JSON object"),
        ({"types": "a"}, "'types'"),
        ({"type": ""}, "type"),
        ({"type": 7}, "type"),
        ({"type": {"$ne": ""}}, "type"),
        ({"type": "x" * 65}, "type"),
        ({"language": "deu"}, "language"),
        ({"language": "DE"}, "language"),
        ({"from": "2026-02-30"}, "from has to be a day"),
        ({"from": "20261130"}, "from has to be a day"),
        ({"to": "30.11.2026"}, "to has to be a day"),
        ({"to": 20261130}, "to"),
        ({"from": "2026-11-30", "to": "2026-11-29"}, "before"),
        ({"folder": "x" * 1_025}, "folder"),
        ({"folder": ["a"]}, "folder"),
        ({"acl": "0" * 32}, "'acl'"),
    ],
)
def test_what_is_no_filter_is_refused_by_name(sent: object, named: str):
    with pytest.raises(InvalidRequest, match=named):
        filters.read(sent)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists)


@given(st.dictionaries(st.sampled_from(filters.MEMBERS) | st.text(max_size=3), JSON) | JSON)
def test_whatever_is_sent_is_a_filter_or_refused(sent: object):
    try:
        found = filters.read(sent)
    except InvalidRequest:
        return
    assert all(len(each) == 1 for each in filters.conditions(found))


def test_there_is_no_query_for_nobodys_sets():
    with pytest.raises(ValueError, match="everybody"):
        filters.where([], [])
    assert filters.where(["a"], []) == {"acl": {"$in": ["a"]}}
