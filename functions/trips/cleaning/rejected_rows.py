"""Rows that were left out -> one object of JSON lines, each with its reason, under ``errors/rows/``."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from common.errors import StorageUnavailable
from trips.cleaning.firehose_answer import Outcome, fit

_log = logging.getLogger(__name__)

PREFIX = "errors/rows/"
SCHEMA = 1


def lines(outcomes: Sequence[Outcome]) -> bytes:
    """``{schema, record, line, reason, column, text}`` for each row left out; nothing if there is none."""
    return "".join(
        json.dumps(
            {
                "schema": SCHEMA,
                "record": outcome.record_id,
                "line": left.line,
                "reason": left.reason,
                "column": left.column,
                # Bytes that are no UTF-8 came as lone surrogates; they are shown, since JSON cannot hold them.
                "text": left.text.encode("utf-8", "backslashreplace").decode(),
            },
            ensure_ascii=False,
        )
        + "\n"
        for outcome in outcomes
        for left in outcome.left
    ).encode()


def key(body: bytes) -> str:
    """Named by its content: a retry writes the same object again."""
    import hashlib

    return f"{PREFIX}{hashlib.sha256(body).hexdigest()[:40]}.jsonl"


def store(outcomes: Sequence[Outcome], bucket: str) -> None:
    """Where the rows cannot be stored, their records fail, so that Firehose keeps them whole."""
    body = lines(outcomes)
    if not body:
        return
    from botocore.exceptions import BotoCoreError, ClientError

    from common.objects import Bucket

    try:
        Bucket(bucket).put(key(body), body, content_type="application/x-ndjson")
    except (StorageUnavailable, ClientError, BotoCoreError):
        _log.exception("rows left out cannot be stored in %s", bucket)
        for outcome in outcomes:
            if outcome.left:
                outcome.fail("The rows left out of it cannot be stored.")
        fit(outcomes)
