"""Pairs as one JSON document: what is written is read again, and another form has another number."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.model import Pair
from llm.paid import pair_batches
from llm.paid.pair_batches import NotABatch
from tests.unit.llm.builders import pair, pairs


@given(
    st.lists(
        st.builds(
            pair,
            request_id=st.text(max_size=5),
            prompt=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            input_tokens=st.none() | st.integers(0, 10**6),
            latency_ms=st.none() | st.floats(0, 1e6),
            truncated=st.booleans(),
        ),
        max_size=25,
    )
)
def test_a_batch_comes_back_as_it_was(given_pairs):
    body = pair_batches.dump(given_pairs)
    assert pair_batches.load(body) == given_pairs
    assert pair_batches.dump(pair_batches.load(body)) == body


def test_a_batch_is_small():
    with pytest.raises(NotABatch, match="at most 25"):
        pair_batches.dump(pairs(26))
    assert [len(batch) for batch in pair_batches.batches(pairs(60))] == [25, 25, 10]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"schema": 2, "pairs": []}', b'{"schema": 1, "pairs": [{}]}', b'{"schema": 1, "pairs": 7}'],
)
def test_anything_else_is_no_batch(body):
    with pytest.raises(NotABatch):
        pair_batches.load(body)


def test_members_of_a_later_version_are_left_out():
    body = pair_batches.dump(pairs(1)).replace(b'"app":', b'"mood":"good","app":')
    assert pair_batches.load(body) == pairs(1)


PINNED = (1, "e54937a5dccb702a")


def test_another_pair_is_another_schema():
    """Pairs lie in the bucket for a day, so that a new version reads what the old one wrote."""
    form = "\n".join(f"{field.name}: {field.type}" for field in fields(Pair))
    found = (pair_batches.SCHEMA, hashlib.sha256(form.encode()).hexdigest()[:16])
    assert found == PINNED, (
        "llm.model.Pair has another form: a member with a default value may come; for anything else raise "
        f"llm.paid.pair_batches.SCHEMA and read both. Then pin {found!r} here."
    )
