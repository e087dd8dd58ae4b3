"""A batch of a queue: each message once, and those that fail come back alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import batches


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def exception(self, text: str, extra: dict[str, Any]) -> None:
        self.lines.append((text, extra))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    kept = Log()
    monkeypatch.setattr(batches, "logger", lambda: kept)
    return kept


def event(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def work(record: dict[str, Any]) -> object:
    """What a message's body tells it to do."""
    match record["body"]:
        case "raise":
            raise ValueError("what people wrote")
        case "false":
            return False
        case "none":
            return None
    return record["body"]


def failed(answer: dict[str, Any]) -> list[str]:
    assert set(answer) == {"batchItemFailures"}
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


@given(st.lists(st.sampled_from(["raise", "false", "none", "", "done"]), max_size=12))
def test_those_that_fail_come_back_alone(bodies: list[str]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "logger", Log)
        answer = batches.each(event(*bodies), work)
    assert failed(answer) == [f"m{number}" for number, body in enumerate(bodies) if body in {"raise", "false"}]


def test_each_message_is_worked_on_once_and_in_order(log: Log):
    seen: list[str] = []
    batches.each(event("a", "b", "c"), lambda record: seen.append(record["body"]))
    assert seen == ["a", "b", "c"]


def test_only_false_itself_is_a_failure(log: Log):
    """Counters and empty answers are results."""
    assert failed(batches.each(event("x"), lambda _: 0)) == []
    assert failed(batches.each(event("x"), lambda _: "")) == []
    assert log.lines == []


def test_an_exception_is_logged_with_its_message(log: Log):
    assert failed(batches.each(event("done", "raise"), work)) == ["m1"]
    assert log.lines == [("message failed", {"message_id": "m1"})]


def test_what_has_said_why_is_not_logged_again(log: Log):
    assert failed(batches.each(event("false"), work)) == ["m0"]
    assert log.lines == []


def test_a_process_that_has_to_end_ends(log: Log):
    def stop(_: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batches.each(event("x"), stop)
