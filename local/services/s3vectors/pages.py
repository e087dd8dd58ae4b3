"""Tokens of lists and answers that go on: opaque to the client, good for the request that they were given to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from local.services.s3vectors.errors import Invalid


def token(request: Any, at: Any) -> str:
    """A token to go on at ``at`` with the same ``request`` (its members without the token)."""
    return base64.urlsafe_b64encode(json.dumps([_mark(request), at]).encode()).decode()


def place(given: str | None, request: Any) -> Any:
    """Where a token says to go on; None without one. Raises Invalid for one that is not of this request."""
    if given is None:
        return None
    try:
        mark, at = json.loads(base64.urlsafe_b64decode(given.encode()))
    except (binascii.Error, ValueError, TypeError) as error:
        raise _strange() from error
    if mark != _mark(request):
        raise _strange()
    return at


def _strange() -> Invalid:
    return Invalid("Invalid next token", [("/nextToken", "Invalid next token")])


def _mark(request: Any) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:16]
