"""An answer in its three states, with the same members in each (events/schemas/knowledge/ask-answer.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.answers.asked import Ask
from knowledge.model import SCHEMA, Hit

Document = dict[str, Any]

GONE = "What this answer rested on has changed, is gone, or may no longer be read by you. Ask again."


def running(ask: Ask) -> Document:
    """What is told until there is an answer: also while its execution has failed and waits for a redrive."""
    return {
        "schema": SCHEMA,
        "id": ask.id,
        "state": "running",
        "question": ask.question,
        "session_id": ask.session,
        "asked_at": ask.asked_at,
        "answered_at": None,
        "answer": None,
        "reason": None,
        "citations": [],
        "warnings": [],
        "model": None,
        "tokens": 0,
    }


def answered(
    ask: Ask, answer: str, citations: Sequence[Document], warnings: Sequence[Document], model: str, tokens: int, at: str
) -> Document:
    """``citations``: as ``citations.of`` makes them; ``warnings``: ``{code, message}``; ``at``: RFC 3339."""
    return {
        **running(ask),
        "state": "answered",
        "answered_at": at,
        "answer": answer,
        "citations": list(citations),
        "warnings": list(warnings),
        "model": model,
        "tokens": tokens,
    }


def refused(ask: Ask, error: str, message: str, tokens: int, at: str) -> Document:
    """``error``: name of a RefusedAsk; ``message``: its sentence."""
    reason = {"error": error, "message": message}
    return {**running(ask), "state": "refused", "answered_at": at, "reason": reason, "tokens": tokens}


def without_sources(answer: Mapping[str, Any]) -> Document:
    """An answer whose sources are not all as they were: nothing of it is told. It stays as it is kept."""
    reason = {"error": "SourcesGone", "message": GONE}
    return {**answer, "state": "refused", "answer": None, "reason": reason, "citations": [], "warnings": []}


def hits(answer: Mapping[str, Any]) -> list[Hit]:
    """The passages that an answer cites, as far as they have to be looked at again: each document once."""
    cited = {
        (reference["key"], reference["version"]): reference["page"]
        for citation in answer["citations"]
        for reference in citation["references"]
    }
    return [Hit(key, version, page, 0, "", 0, 0, 0.0) for (key, version), page in cited.items()]
