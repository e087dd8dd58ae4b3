"""An answer in its three states, with the same members in each (events/schemas/knowledge/ask-answer.json)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from knowledge.answers.asked import Ask
from knowledge.answers.citations import text_of
from knowledge.model import SCHEMA, Hit

if TYPE_CHECKING:
    from knowledge.answers.judging import Told

Document = dict[str, Any]

RESTS_ON: Final = "rests_on"
"""The member of a kept answer that nobody is told: its documents (``judging.Told``)."""
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


def answered(ask: Ask, told: Told, citations: Sequence[Document], model: str, tokens: int, at: str) -> Document:
    """``citations``: as ``citations.of`` makes them; ``at``: RFC 3339. What it rests on is kept, and told to nobody."""
    return {
        **running(ask),
        "state": "answered",
        "answered_at": at,
        "answer": text_of(told.sentences),
        "citations": list(citations),
        "warnings": list(told.warnings),
        "model": model,
        "tokens": tokens,
        RESTS_ON: named(told.rests_on),
    }


def refused(ask: Ask, error: str, message: str, tokens: int, at: str) -> Document:
    """``error``: name of a RefusedAsk; ``message``: its sentence."""
    reason = {"error": error, "message": message}
    return {**running(ask), "state": "refused", "answered_at": at, "reason": reason, "tokens": tokens}


def without_sources(answer: Mapping[str, Any]) -> Document:
    """An answer whose sources are not all as they were: nothing of it is told. It stays as it is kept."""
    reason = {"error": "SourcesGone", "message": GONE}
    return {**to_tell(answer), "state": "refused", "answer": None, "reason": reason, "citations": [], "warnings": []}


def to_tell(answer: Mapping[str, Any]) -> Document:
    """A kept answer as its asker sees it."""
    return {name: value for name, value in answer.items() if name != RESTS_ON}


def hits(answer: Mapping[str, Any]) -> list[Hit]:
    """What has to be looked at again before an answer is told: each document that it cites or rests on, once. A passage
    of a knowledge base stands among what it rests on alone, with the id of its base."""
    references = [reference for citation in answer["citations"] for reference in citation["references"]]
    ours = [reference for reference in references if "key" in reference]
    return unnamed([*ours, *answer.get(RESTS_ON, ())])


def named(hits: Iterable[Hit]) -> list[Document]:
    """``{key, version}`` of each document, once; ``{key: "", version, base}`` of each passage of a knowledge base."""
    found = sorted({(hit.key, hit.version, hit.base) for hit in hits})
    return [{"key": key, "version": version, **({"base": base} if base else {})} for key, version, base in found]


def unnamed(sources: Iterable[Mapping[str, Any]]) -> list[Hit]:
    """The other way round: enough of a hit to look at its document."""
    found = sorted({(source["key"], source["version"], source.get("base", "")) for source in sources})
    return [Hit(key, version, 0, 0, "", 0, 0, 0.0, base=base) for key, version, base in found]
