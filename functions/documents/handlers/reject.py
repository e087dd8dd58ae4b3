"""Reject: a version of a document that will never be summarised as it is -> a file that says why, an event, a count."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common import events, settings
from common.objects import Bucket, encode
from common.observability import count, observed
from documents import keys, steps
from documents.errors import KeyTooLong
from documents.model import EVENT_SOURCE, SCHEMA, Source
from documents.outputs import versioned_writes

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """``{document, error: {Error, Cause}, at}`` in; ``{outcome, key, error, message, rejected}`` out.

    ``at`` is the execution's start, so that a repeated run writes the same bytes. ``outcome`` is ``rejected``, or
    ``superseded`` where this version or a newer one has a summary, or a newer one a refusal: that stays as it is.
    Raises ConcurrentUpdate (try again).
    """
    source, bucket = steps.document(event), steps.summaries()
    document = {
        "schema": SCHEMA,
        "error": event["error"]["Error"],
        "message": _sentence(event["error"]["Cause"]),
        "source": f"s3://{source.bucket}/{source.key}",
        "at": event["at"],
    }
    kept_as = versioned_writes.rejected_key(source)
    answer = {"key": source.key, "error": document["error"], "message": document["message"]}
    if not _commit(bucket, kept_as, encode(document), source):
        return {"outcome": "superseded", **answer}
    events.put(settings.read(Settings).event_bus, EVENT_SOURCE, "DocumentRejected", document)
    count("DocumentsRejected")
    return {"outcome": "rejected", **answer, "rejected": kept_as}


def _commit(bucket: Bucket, kept_as: str, body: bytes, source: Source) -> bool:
    """Writes the refusal, unless there is a result that makes it old; False where there is."""
    if _has_result(bucket, source) or not versioned_writes.put(bucket, kept_as, body, source):
        return False
    if _has_result(bucket, source):  # it came between the look and the write
        versioned_writes.forget(bucket, kept_as, source)
        return False
    return True


def _has_result(bucket: Bucket, source: Source) -> bool:
    try:
        found = bucket.head(keys.summary(source.key))
    except KeyTooLong:
        return False
    return found is not None and not versioned_writes.is_newer(source, found)


def _sentence(cause: str) -> str:
    """Lambda's Cause is JSON with the exception's message inside."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause
