"""Reject: a message that will never become audio -> a file that says why, an event, a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import events, executions, settings
from common.objects import encode
from common.observability import Context, count, observed
from narration.model import EVENT_SOURCE, SCHEMA
from narration.publishing import audio_bucket, keys


@dataclass(frozen=True)
class Settings:
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{message, error: {Error, Cause}, at}`` in; the document that was written out.

    ``at`` is the execution's start, so that a repeated run writes the same bytes.
    """
    audio = audio_bucket.bucket()
    stored = audio.get(event["message"])
    document = {
        "schema": SCHEMA,
        "article": _article_id(stored.body) if stored else None,
        "error": event["error"]["Error"],
        "message": executions.sentence_of(event["error"]["Cause"]),
        "source": f"s3://{audio.name}/{event['message']}",
        "at": event["at"],
    }
    audio.put(keys.rejected(event["message"].rpartition("/")[2].removesuffix(".json")), encode(document))
    events.put(settings.read(Settings).event_bus, EVENT_SOURCE, "ArticleRejected", document)
    count("ArticlesRejected")
    return document


def _article_id(message: bytes) -> str | None:
    from narration.article import messages  # late: it brings pydantic

    return messages.article_id(message)
