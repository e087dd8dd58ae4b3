"""Answers in the answers bucket: ``answers/<id>.json``, written once; what a caller has read never changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.objects import Bucket, encode


def key(identifier: str) -> str:
    return f"answers/{identifier}.json"


def put(bucket: Bucket, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Keeps an answer, unless there is one of this question: the one that is kept is returned."""
    place = key(answer["id"])
    if bucket.put_if_absent(place, encode(answer)):
        return dict(answer)
    # It is there: deletion is the lifecycle's, days later.
    return get(bucket, answer["id"]) or dict(answer)


def get(bucket: Bucket, identifier: str) -> dict[str, Any] | None:
    """An answer; None where there is none yet."""
    stored = bucket.get(key(identifier))
    return None if stored is None else dict(stored.json())
