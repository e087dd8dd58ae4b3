"""What a door tells: JSON with a status, and errors as ``{schema, error, message}``; never what went wrong inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from common.doors.errors import DoorRefusal
from common.errors import MillraceError, SpendingStopped, TransientError

SCHEMA = 1
LATER_SECONDS = 2
"""After which a request that could not be served just now may come again."""
STOPPED_SECONDS = 60
"""The same where nothing may be bought: that ends at midnight (UTC), or when a person ends it."""

Response = dict[str, Any]


def answer(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A response in payload format 2.0. What a door tells is one caller's, so nobody may keep it for others."""
    fixed = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return {"statusCode": status, "headers": {**fixed, **(headers or {})}, "body": json.dumps(document)}


def of_error(error: MillraceError) -> Response:
    """A refusal under its own status; what may pass later as 503 with a time.

    Anything else is a defect and is raised again: Lambda counts it, API Gateway answers 500 without a word of it.
    """
    if isinstance(error, DoorRefusal):
        return answer(error.status, _problem(type(error).__name__, str(error)), error.headers())
    if isinstance(error, SpendingStopped):
        sentence = "Nothing more is bought today, or just now: it goes on at midnight UTC, or when an operator says so."
        return answer(503, _problem("Unavailable", sentence), {"Retry-After": str(STOPPED_SECONDS)})
    if isinstance(error, TransientError):
        sentence = f"A service behind this address is busy. Send the same again in {LATER_SECONDS} s."
        return answer(503, _problem("Unavailable", sentence), {"Retry-After": str(LATER_SECONDS)})
    raise error


def _problem(name: str, sentence: str) -> dict[str, Any]:
    return {"schema": SCHEMA, "error": name, "message": sentence}
