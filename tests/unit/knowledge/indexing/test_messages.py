"""Messages of the index: events of two kinds and our own; anything else is refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.indexing import messages
from knowledge.indexing.messages import Message, NotAMessage

AT = "2026-11-30T12:00:00Z"
SINCE = 1_796_040_000.0
KEYS = st.text(min_size=1, max_size=50)


def event(kind, **detail):
    return json.dumps({"id": "1", "detail-type": kind, "source": "x", "time": AT, "detail": detail})


@given(KEYS, st.sampled_from(sorted(messages.DOCUMENT_EVENTS)))
def test_events_about_documents(key, kind):
    assert messages.read(event(kind, source=f"s3://inbox/{key}")) == Message(document=key, since=SINCE)


@pytest.mark.parametrize("kind", sorted(messages.OBJECT_EVENTS))
def test_events_about_access_files(kind):
    found = messages.read(event(kind, bucket={"name": "inbox"}, object={"key": "a b/\u00fc+%20/access.json"}))
    assert found == Message(access="a b/\u00fc+%20/access.json", since=SINCE)


@given(
    st.builds(Message, document=KEYS, since=st.floats(0, 1e10), handed=st.integers(0, 99), check=st.booleans())
    | st.builds(Message, access=KEYS, after=st.text(max_size=20), since=st.just(0.0))
)
def test_our_own_come_back_as_they_were(message):
    assert messages.read(message.body()) == message


def test_what_a_person_sends():
    assert messages.read('{"schema": 1, "document": "a.pdf"}') == Message(document="a.pdf")
    assert messages.read('{"schema": 1, "access": "access.json", "since": 5}').since == 5


@pytest.mark.parametrize(
    "body",
    [
        "", "no json", "[]", "1", "{}",
        '{"schema": 2, "document": "a"}',
        '{"schema": 1}',
        '{"schema": 1, "document": "a", "access": "b"}',
        '{"schema": 1, "document": 7}',
        '{"schema": 1, "document": "a", "handed": "1"}',
        '{"schema": 1, "document": "a", "unknown": 1}',
        event("DocumentSummarized", bucket="x"),
        event("Something", source="s3://inbox/a"),
        event("DocumentDeleted", source="s3://inbox/"),
        event("Object Created", object={}),
    ],
)  # fmt: skip
def test_anything_else_is_refused(body):
    with pytest.raises(NotAMessage):
        messages.read(body)
