"""Generate: a statement is asked for once and paid for once, whoever asks how often."""

from __future__ import annotations

from typing import Any

import pytest

from common.spending import accounts
from common.table import Table
from questions import steps
from questions.errors import ModelRefused, ModelThrottled, ModelUnavailable
from questions.generation import statements
from questions.model import MODEL_CALLS, SPENDING, Problem
from services import bedrock
from tests.unit.questions.answers.builders import TABLE
from tests.unit.questions.running.conftest import RIGHT, WORK, refused

ASK = {"id": "0a1b", "work": WORK, "attempt": 0, "question": "How many rides on 2019-07-01?", "database": "lake"}


class Turn:
    """Waits for nothing: what a service refuses ends the test's call."""

    def patiently(self, call: Any) -> Any:
        return call()


class Model:
    def __init__(self, text: str, stop_reason: str = "end_turn") -> None:
        self.text, self.stop_reason = text, stop_reason
        self.requests: list[dict[str, Any]] = []

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        return {
            "stopReason": self.stop_reason,
            "output": {"message": {"content": [{"text": self.text}]}},
            "usage": {"inputTokens": 900, "outputTokens": 40, "totalTokens": 940},
        }


def spent() -> int:
    import time

    return accounts.read(Table(TABLE), SPENDING, MODEL_CALLS, accounts.day_of(time.time())).spent


def test_a_statement_is_kept_and_paid_for_once(lake, monkeypatch):
    model = Model(f"```sql\n{RIGHT}\n```")
    monkeypatch.setattr(bedrock, "converse", model)
    assert statements.write(ASK, Turn()) == {"generated": 0}
    assert statements.write(ASK, Turn()) == {"generated": 0}
    assert (len(model.requests), spent()) == (1, 1)
    kept = steps.kept_attempt(WORK, 0)
    assert (kept["sql"], kept["tokens"], kept["problem"]) == (RIGHT, 940, None)


def test_two_workers_at_once_have_one_statement(lake, monkeypatch):
    """The slower one has paid, too, and takes what the faster one kept."""
    slow = Model("```sql\nSELECT 2\n```")

    def overtaken(request: dict[str, Any]) -> dict[str, Any]:
        steps.keep_attempt(WORK, 0, {"sql": RIGHT, "missing": "", "problem": None})
        return slow(request)

    monkeypatch.setattr(bedrock, "converse", overtaken)
    assert statements.write(ASK, Turn()) == {"generated": 0}
    assert steps.kept_attempt(WORK, 0)["sql"] == RIGHT


def test_what_the_tables_do_not_hold_is_said(lake, monkeypatch):
    monkeypatch.setattr(bedrock, "converse", Model("CANNOT: nothing about the weather"))
    assert statements.write(ASK, Turn()) == {"generated": 0, "missing": "nothing about the weather"}
    assert statements.write(ASK, Turn())["missing"] == "nothing about the weather"


@pytest.mark.parametrize(
    ("text", "reason", "name"),
    [
        ("I am not sure.", "end_turn", "NO_STATEMENT"),
        ("```sql\nSELECT", "max_tokens", "COMPLETION_CUT"),
        ("", "content_filtered", "COMPLETION_FILTERED"),
    ],
)
def test_an_answer_without_a_statement_is_an_attempt_with_a_problem(lake, monkeypatch, text, reason, name):
    monkeypatch.setattr(bedrock, "converse", Model(text, reason))
    assert statements.write(ASK, Turn()) == {"generated": 0}
    assert steps.attempts(WORK, 1)[0].problem.name == name


def test_a_repair_shows_what_was_wrong(lake, monkeypatch):
    steps.keep_attempt(WORK, 0, {"sql": "SELECT nothing FROM rides", "missing": "", "problem": None})
    steps.say_wrong(WORK, 0, Problem("COLUMN_NOT_FOUND", "Column 'nothing' cannot be resolved", 1, 8, ("user_type",)))
    model = Model(f"```sql\n{RIGHT}\n```")
    monkeypatch.setattr(bedrock, "converse", model)
    assert statements.write({**ASK, "attempt": 1}, Turn()) == {"generated": 1}
    (request,) = model.requests
    assert "COLUMN_NOT_FOUND" in str(request)
    assert "user_type" in str(request)


@pytest.mark.parametrize(
    ("code", "error", "paid"),
    [
        ("ThrottlingException", ModelThrottled, 0),
        ("ServiceUnavailableException", ModelUnavailable, None),
        ("AccessDeniedException", ModelRefused, 0),
        ("ValidationException", ModelRefused, 0),
    ],
)
def test_what_bedrock_refuses_has_a_name_and_costs_nothing(lake, monkeypatch, code, error, paid):
    def fail(_request: dict[str, Any]) -> dict[str, Any]:
        raise refused(code, "no")

    monkeypatch.setattr(bedrock, "converse", fail)
    with pytest.raises(error):
        statements.write(ASK, Turn())
    assert steps.kept_attempt(WORK, 0) is None
    assert paid is None or spent() == paid
