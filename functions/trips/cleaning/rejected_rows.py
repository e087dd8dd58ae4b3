"""Rows that were left out -> one object of JSON lines, each with its reason, under ``errors/rows/``.

A line has all that is needed to send it again (``operate resend``): the row as it came, and the header of its record.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Sequence

from common.errors import StorageUnavailable
from trips.cleaning.firehose_answer import Outcome, fit
from trips.cleaning.rows import Left

_log = logging.getLogger(__name__)

PREFIX = "errors/rows/"
SCHEMA = 2
"""1 had no header, so that rows of it are sent again under the recipe's own order."""


def lines(outcomes: Sequence[Outcome]) -> bytes:
    """One line for each row left out; nothing if there is none.

    ``{schema, record, line, reason, column, header, text}``; a record whose header is not understood is one line with
    its whole text, with ``rows`` and ``problem``; ``bytes`` is the text in base64 where it is no UTF-8.
    """
    return "".join(
        json.dumps(_entry(outcome, left), ensure_ascii=False) + "\n" for outcome in outcomes for left in outcome.left
    ).encode()


def _entry(outcome: Outcome, left: Left) -> dict[str, object]:
    whole = left.reason == "header" and bool(left.problem)
    original = left.text.encode("utf-8", "surrogateescape")
    # Bytes that are no UTF-8 came as lone surrogates; they are shown, since JSON cannot hold them.
    shown = left.text.encode("utf-8", "backslashreplace").decode()
    return {
        "schema": SCHEMA,
        "record": outcome.record_id,
        "line": left.line,
        "reason": left.reason,
        "column": left.column,
        "header": "" if whole else outcome.head.encode("utf-8", "backslashreplace").decode(),
        "text": shown,
        **({"rows": left.rows, "problem": left.problem} if whole else {}),
        **({} if original == shown.encode() else {"bytes": b64encode(original).decode()}),
    }


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
