"""Answer: a query that succeeded -> the session's turn, the answer, an event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import events, settings
from common.doors import kept
from common.objects import Bucket
from common.observability import Context, count, logger, measure, observed
from common.table import Table
from questions.answers import attempts, documents, results, sessions
from questions.answers.asked import Question
from questions.model import EVENT_SOURCE

DAY = 86_400


@dataclass(frozen=True)
class Settings:
    answers_bucket: str
    state_table: str
    event_bus: str
    kept_days: int


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``{sql, warnings, attempt, work, run: {query}}`` in; ``{outcome, id, answer}`` out.

    The turn is there before the answer can be seen: who reads it may go on at once. An answer that is there already
    stays. Raises QueryUnavailable, StorageUnavailable, ConcurrentUpdate, ServiceUnavailable (try again).
    """
    known, question = settings.read(Settings), Question.of(event)
    bucket, now = Bucket(known.answers_bucket), datetime.now(UTC)
    tried, found = attempts.read(bucket, event), results.read(event["run"]["query"])
    names = [column["name"] for column in found.columns]
    sessions.add(Table(known.state_table), question, event["sql"], names, known.kept_days * DAY)
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    answer = kept.put(bucket, documents.answered(question, event["sql"], event["warnings"], tried, found, at))
    events.put(known.event_bus, EVENT_SOURCE, *documents.event(bucket.name, question, answer))
    count("Answered")
    count("FirstPass", int(len(tried) == 1))
    count("Repaired", int(len(tried) > 1))
    count("AnswerTokens", attempts.tokens(tried))
    measure("BytesScanned", "Bytes", found.bytes_scanned)
    measure("AnswerSeconds", "Seconds", max(0.0, (now - datetime.fromisoformat(question.asked_at)).total_seconds()))
    logger().info("answered", extra={"id": question.id, "attempts": len(tried)})
    return {"outcome": answer["state"], "id": question.id, "answer": kept.key(question.id)}
