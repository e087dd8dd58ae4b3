"""Refusals: what ``rejected/<key>.json`` says of a version that will never be summarised, and when it is there."""

from __future__ import annotations

from typing import Any

from common import executions
from common.objects import Bucket, encode
from documents import keys
from documents.errors import KeyTooLong
from documents.model import SCHEMA, Source
from documents.outputs import versioned_writes


def document(source: Source, error: str, cause: str, at: str) -> dict[str, Any]:
    """``{schema, error, message, source, at}``; ``cause`` is a sentence, or Lambda's JSON with one inside."""
    return {
        "schema": SCHEMA,
        "error": error,
        "message": executions.sentence_of(cause),
        "source": f"s3://{source.bucket}/{source.key}",
        "at": at,
    }


def key(source: Source) -> str:
    """Where a refusal is kept: under the hash of a key that is too long for one of its own."""
    try:
        return keys.rejected(source.key)
    except KeyTooLong:
        return keys.rejected_by_hash(executions.digest(source.key.encode()))


def commit(bucket: Bucket, source: Source, refusal: dict[str, Any]) -> bool:
    """Writes the refusal, unless there is a result that makes it old; False where there is.

    Raises ConcurrentUpdate (try again).
    """
    place = key(source)
    if _has_result(bucket, source) or not versioned_writes.put(bucket, place, encode(refusal), source):
        return False
    if _has_result(bucket, source):  # it came between the look and the write
        versioned_writes.forget(bucket, place, source)
        return False
    return True


def _has_result(bucket: Bucket, source: Source) -> bool:
    """Whether this version or a newer one has a summary."""
    try:
        summary = bucket.head(keys.summary(source.key))
    except KeyTooLong:
        return False
    return summary is not None and not versioned_writes.is_newer(source, summary)
