"""Textract's raw answer in S3: its parts, and a marker that says that all of them are there, and to which questions.

An answer is paid for by the page, so Analyze and StartAnalysis look for the marker before they ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from common.objects import encode
from documents import keys, steps
from documents.errors import WorkGone
from documents.model import SCHEMA
from documents.textract import blocks

MARKER = "answer"


def kept(work: str, fingerprint: str) -> int | None:
    """How many parts the whole answer to these questions has, or None where it is not there."""
    found = steps.summaries().get(keys.step(work, MARKER))
    marker = found.json() if found else {}
    return int(marker["parts"]) if marker.get("questions") == fingerprint else None


def adopt(work: str, first: str, fingerprint: str) -> int | None:
    """Takes the answer over that ``first``, an earlier work on the same version, has paid for; how many parts, or None.

    A document that is asked for again (``again``) is another work, and Textract would read the same pages once more.
    """
    number = None if first == work else kept(first, fingerprint)
    if number is None:
        return None
    try:
        for index, part in enumerate(parts(first, number)):
            keep(work, index, part)
    except WorkGone:
        return None  # what is kept for a week goes at any moment
    finish(work, fingerprint, number)
    return number


def keep(work: str, number: int, part: Mapping[str, Any]) -> None:
    """One part as Textract gave it, in the order of its blocks."""
    plain = {name: value for name, value in part.items() if name != "ResponseMetadata"}
    steps.summaries().put(keys.answer(work, number), json.dumps(plain, separators=(",", ":")).encode())


def finish(work: str, fingerprint: str, parts: int) -> None:
    """Says that the answer is whole. Parts beyond it, of an attempt that was cut otherwise, go first."""
    bucket = steps.summaries()
    expected = {keys.answer(work, number) for number in range(parts)}
    for found in list(bucket.keys(keys.answers(work))):
        if found not in expected:
            bucket.delete(found)
    bucket.put(keys.step(work, MARKER), encode({"schema": SCHEMA, "parts": parts, "questions": fingerprint}))


def parts(work: str, number: int | None = None) -> Iterator[dict[str, Any]]:
    """The answer part by part, in order, one of them in memory at a time.

    ``number``: how many there must be (``state["answer"]["parts"]``); without it, as many as lie there in a row.
    Raises WorkGone where one that has to be there is not.
    """
    bucket, count = steps.summaries(), 0
    while number is None or count < number:
        stored = bucket.get(keys.answer(work, count))
        if stored is None:
            if number is None and count:
                return
            raise steps.lost(work, f"answer/{count}")
        yield blocks.load(stored.body)
        count += 1
