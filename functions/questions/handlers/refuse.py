"""Refuse: a question that will never be answered as it is -> the reason, kept as its answer; an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import events, executions, settings
from common.doors import kept
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from questions.answers import attempts, documents
from questions.answers.asked import Question
from questions.model import EVENT_SOURCE


@dataclass(frozen=True)
class Settings:
    answers_bucket: str
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``error: {Error, Cause}`` in, and ``{attempt, work}`` where a model was asked.

    ``{outcome, id, error, answer}`` out. An answer that is there already stays.
    Raises StorageUnavailable, ConcurrentUpdate, ServiceUnavailable (try again).
    """
    known, question, error = settings.read(Settings), Question.of(event), event["error"]
    bucket = Bucket(known.answers_bucket)
    tried, message = attempts.read(bucket, event), executions.sentence_of(error["Cause"])
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    answer = kept.put(bucket, documents.refused(question, error["Error"], message, tried, at))
    events.put(known.event_bus, EVENT_SOURCE, *documents.event(bucket.name, question, answer))
    count("Refused", error=error["Error"])
    count("RefusedTokens", attempts.tokens(tried))
    logger().info("refused", extra={"id": question.id, "error": error["Error"]})
    return {"outcome": answer["state"], "id": question.id, "error": error["Error"], "answer": kept.key(question.id)}
