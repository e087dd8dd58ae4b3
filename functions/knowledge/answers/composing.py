"""An answer of the model to one ask: asked for once, paid for once, however often the worker runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common import settings, spending
from common.admission import Turn
from common.observability import count
from knowledge.answers import turns, work
from knowledge.errors import ModelRefused, ModelThrottled, ModelUnavailable, SourcesGone
from knowledge.model import MODEL_CALLS, SPENDING
from knowledge.retrieval import checks, world
from services import bedrock


@dataclass(frozen=True)
class Settings:
    state_table: str
    model_id: str
    daily_ask_calls: int


def compose(wanted: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    """``{composed: True}``; ``wanted`` as the machine sends it, ``{id, work}``.

    Throttling is waited for within the turn. Raises SourcesGone, ModelRefused, WorkGone, StorageUnavailable,
    ConcurrentUpdate, CeilingReached, PipelinePaused.
    """
    if work.composed(wanted["work"]) is None:
        work.keep_composed(wanted["work"], _ask(work.found(wanted["work"]), turn))
    return {"composed": True}


def _ask(found: work.Found, turn: Turn) -> work.Composed:
    from knowledge.answers import completions, prompts

    known, sees, reader = settings.read(Settings), world.to_check(), found.ask.reader
    # It may have waited for a day: what was taken away meanwhile is not shown to the model.
    looked = checks.Looked()
    hits = prompts.shown(checks.look(sees, reader, found.hits, looked))
    count("RightsDenied", looked.denied)
    if not hits:
        raise SourcesGone("What was found has changed, is gone, or may no longer be read by you. Ask again.")
    said = turns.readable(sees, reader, found.turns)
    request = prompts.request(known.model_id, found.ask.question, hits, said)
    with spending.open_purse(known.state_table, SPENDING, MODEL_CALLS, known.daily_ask_calls) as purse:
        answer = turn.patiently(lambda: purse.pay(1, lambda: _converse(request)))
    usage = answer.get("usage") or {}
    count("ModelInputTokens", usage.get("inputTokens") or 0)
    count("ModelOutputTokens", usage.get("outputTokens") or 0)
    return work.Composed(completions.read(answer), hits, known.model_id, turns.sources(said), found.without_base)


def _converse(request: dict[str, Any]) -> dict[str, Any]:
    """Bedrock's answer. Raises ModelThrottled, ModelUnavailable, ModelRefused."""
    return bedrock.ask(request, ModelThrottled, ModelUnavailable, ModelRefused, parameter="KnowledgeModelId")
