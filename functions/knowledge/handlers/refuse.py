"""Refuse: an ask that gets no answer as it is -> the reason, kept as its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import executions, settings
from common.doors import kept, taken
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from knowledge.answers import documents, judging, work
from knowledge.answers.asked import Ask
from knowledge.answers.work import Composed


@dataclass(frozen=True)
class Settings:
    knowledge_bucket: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``error: {Error, Cause}`` in, and ``{work}`` where passages were found.

    ``{outcome, id, error, answer}`` out. An answer that is there already stays.
    Raises StorageUnavailable, ConcurrentUpdate (try again).
    """
    known, ask, error = settings.read(Settings), Ask.of(event), event["error"]
    composed = work.composed(event["work"]) if event.get("work") else None
    tokens = composed.completion.tokens if composed else 0
    unsupported = len(composed.completion.sentences) if composed and error["Error"] == "NothingSupported" else 0
    at = taken.moment(datetime.now(UTC).timestamp())
    document = documents.refused(ask, error["Error"], _sentence(ask, error, composed), tokens, at)
    answer = kept.put(Bucket(known.knowledge_bucket), document)
    count("AnswersRefused", error=error["Error"])
    count("UnsupportedSentences", unsupported)
    count("RefusedTokens", tokens)
    logger().info("refused", extra={"id": ask.id, "error": error["Error"]})
    return {"outcome": answer["state"], "id": ask.id, "error": error["Error"], "answer": kept.key(ask.id)}


def _sentence(ask: Ask, error: Mapping[str, str], composed: Composed | None) -> str:
    """For who asked. What names words of the question comes by no error, since errors are logged."""
    told = None
    if error["Error"] == "NotInDocuments":
        told = judging.not_said(ask.question, composed) if composed else work.refusal(work.place(ask.id))
    return told or executions.sentence_of(error["Cause"])
