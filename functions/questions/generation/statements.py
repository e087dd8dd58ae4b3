"""One statement of the model: asked for once, paid for once, however often the worker runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import settings, spending
from common.admission import Turn
from common.observability import count
from questions import steps
from questions.errors import ModelRefused, ModelThrottled, ModelUnavailable
from questions.model import MODEL_CALLS, SPENDING, plain
from services import bedrock


@dataclass(frozen=True)
class Settings:
    state_table: str
    model_id: str
    daily_model_calls: int


def write(work: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    """``{generated: n}``, and ``missing`` where the tables cannot answer; ``work`` as the machine sends it.

    Throttling is waited for within the turn. Raises ModelRefused, WorkGone, StorageUnavailable, CeilingReached,
    PipelinePaused.
    """
    number = int(work["attempt"])
    kept = steps.kept_attempt(work["work"], number)
    if kept is None:
        kept = steps.keep_attempt(work["work"], number, _ask(work, number, turn))
    missing = {"missing": kept["missing"]} if kept.get("missing") else {}
    return {"generated": number, **missing}


def _ask(work: Mapping[str, Any], number: int, turn: Turn) -> dict[str, Any]:
    from questions.generation import completions, prompts

    known, place = settings.read(Settings), work["work"]
    request = prompts.request(
        known.model_id,
        work["question"],
        steps.tables(place),
        steps.turns(place),
        steps.attempts(place, number),
        work["database"],
    )
    with spending.open_purse(known.state_table, SPENDING, MODEL_CALLS, known.daily_model_calls) as purse:
        answer = turn.patiently(lambda: purse.pay(1, lambda: _converse(request)))
    completion = completions.read(answer)
    problem = completion.problem()
    usage = answer.get("usage") or {}
    count("ModelInputTokens", usage.get("inputTokens") or 0)
    count("ModelOutputTokens", usage.get("outputTokens") or 0)
    return {
        "sql": completion.sql,
        "missing": completion.missing or "",
        "stop_reason": completion.stop_reason,
        "tokens": completion.tokens,
        "problem": plain(problem) if problem else None,
    }


def _converse(request: dict[str, Any]) -> dict[str, Any]:
    """Bedrock's answer. Raises ModelThrottled, ModelUnavailable, ModelRefused."""
    return bedrock.ask(request, ModelThrottled, ModelUnavailable, ModelRefused, parameter="QuestionsModelId")
