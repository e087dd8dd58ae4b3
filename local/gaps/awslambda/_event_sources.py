"""What Lambda does for queues and streams alike: reports of partial failures, and the rights of the function's role."""

from __future__ import annotations

import json
from collections.abc import Iterable

from local.gaps import _authority
from local.gaps._types import Json, Record


def decoded(body: Json) -> Json:
    """The function's answer; text and bytes as the JSON they hold. Raises ValueError."""
    if isinstance(body, str | bytes):
        return json.loads(body) if body else None
    return body


def invalid_report(body: Json, ids: frozenset[str]) -> str | None:
    """Why the answer of a function counts as a failure of the whole batch; None when it is a valid report."""
    try:
        body = decoded(body)
    except ValueError:
        return "the answer is not JSON"
    if not body:
        return None
    if not isinstance(body, dict) or "batchItemFailures" not in body:
        return "the answer has no batchItemFailures"
    failures = body["batchItemFailures"] or []
    if not isinstance(failures, list):
        return "batchItemFailures is not a list"
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    unknown = [identifier for identifier in named if not isinstance(identifier, str) or identifier not in ids]
    return f"the itemIdentifiers {unknown} are not of this batch" if unknown else None


def denied(config: Record, source: str, actions: Iterable[str], *, keys: bool = True) -> _authority.Denied | None:
    """The first of ``actions`` on ``source`` that the function's role does not allow. ``keys`` are not asked when a
    mapping is made, only when it reads."""
    role, name = str(config.get("Role", "")), str(config.get("FunctionName"))
    refusals = (_authority.role_may(role, name, action, source, keys=keys) for action in actions)
    return next((refusal for refusal in refusals if refusal is not None), None)
