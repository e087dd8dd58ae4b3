"""Answers in a bucket: ``answers/<id>.json``, written once; what a caller has read never changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.errors import ConcurrentUpdate
from common.objects import Bucket, encode


def key(identifier: str) -> str:
    return f"answers/{identifier}.json"


def put(bucket: Bucket, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Keeps an answer, unless there is one of this question: the one that is kept is returned.

    Raises ConcurrentUpdate where another write was under way that has left nothing yet (try again).
    """
    if bucket.put_if_absent(key(answer["id"]), encode(answer)):
        return dict(answer)
    found = get(bucket, answer["id"])
    if found is None:
        raise ConcurrentUpdate(f"{key(answer['id'])} is being written by another step.")
    return found


def get(bucket: Bucket, identifier: str) -> dict[str, Any] | None:
    """An answer; None where there is none yet."""
    stored = bucket.get(key(identifier))
    return None if stored is None else dict(stored.json())
