"""Events out: one entry as EventBridge takes it, and a name for what it does not take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from common import aws, events
from common.errors import ServiceUnavailable
from tests.unit.narration.fake_aws import refusal

TAKEN = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


class Bus:
    """EventBridge with one answer, or one error."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def put_events(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def sent(detail: dict[str, Any], answer: dict[str, Any] | Exception = TAKEN) -> dict[str, Any]:
    """The one entry of an event."""
    bus = Bus(answer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "client", lambda service: {"events": bus}[service])
        events.put("bus", "millrace.narration", "ArticlePublished", detail)
    (request,) = bus.asked
    shape = get_session().get_service_model("events").operation_model("PutEvents").input_shape
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    (entry,) = request["Entries"]
    return dict(entry)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_the_detail_arrives_as_it_was(detail: dict[str, Any]):
    entry = sent(detail)
    assert (entry["EventBusName"], entry["Source"]) == ("bus", "millrace.narration")
    assert entry["DetailType"] == "ArticlePublished"
    assert json.loads(entry["Detail"]) == detail


def test_the_same_detail_is_the_same_text():
    assert sent({"a": 1, "b": 2})["Detail"] == sent({"b": 2, "a": 1})["Detail"]


def test_an_entry_that_is_not_taken_is_an_error():
    """EventBridge calls the request a success all the same."""
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "x"}]}
    with pytest.raises(ServiceUnavailable, match=r"ArticlePublished \(InternalFailure\)"):
        sent({}, answer)


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 400), ("InternalException", 500)])
def test_what_may_pass_later_is_retried(code: str, status: int):
    with pytest.raises(ServiceUnavailable, match=code):
        sent({}, refusal(code, status, "PutEvents"))


def test_a_refusal_stays_what_it_is():
    with pytest.raises(ClientError, match="AccessDeniedException"):
        sent({}, refusal("AccessDeniedException", 400, "PutEvents"))
