"""Comprehend's quotas, the faults that a test may ask for, and the count of what was asked.

``POST /_local/comprehend/faults`` ``{"error": "ThrottlingException", "operation": "DetectSentiment", "times": 3}`` (no
operation: any).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from local.services.errors import ServiceError
from local.services.switchboard import Faults, Switch, Switchboard, Usage
from local.services.throttle import Quota, Throttles

# Requests per second of an operation on one document and of a batch operation: the defaults of the developer guide's
# "Guidelines and quotas", from memory in 2026-11; an account may have had them raised.
_SINGLE, _BATCH = Quota.per_second(20), Quota.per_second(10)
QUOTAS = {
    "DetectSentiment": _SINGLE,
    "BatchDetectSentiment": _BATCH,
    "DetectDominantLanguage": _SINGLE,
    "BatchDetectDominantLanguage": _BATCH,
    "DetectEntities": _SINGLE,
    "BatchDetectEntities": _BATCH,
    "DetectPiiEntities": _SINGLE,
    "ContainsPiiEntities": _SINGLE,
    "DetectToxicContent": _SINGLE,
}
SETTING = "LOCAL_COMPREHEND_THROTTLE"
ERRORS: Mapping[str, int] = {
    "ThrottlingException": 400,
    "TooManyRequestsException": 400,
    "InvalidRequestException": 400,
    "TextSizeLimitExceededException": 400,
    "UnsupportedLanguageException": 400,
    "ResourceUnavailableException": 400,
    "AccessDeniedException": 400,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
"""Errors a test may ask for, with their HTTP status."""
_MESSAGES = {"ThrottlingException": "Rate exceeded", "TooManyRequestsException": "Too many requests"}


def throttled() -> ServiceError:
    """The rate of the operation is used up."""
    return ServiceError("ThrottlingException", "Rate exceeded")


THROTTLES = Throttles(SETTING, QUOTAS, throttled)
FAULTS: Faults[str] = Faults()
USAGE = Usage("requests", "characters", "units")
"""Calls that were answered, altogether and by operation, their characters and billed units; ``faults`` that struck."""


def set_fault(error: str, operation: str = "", times: int | None = None) -> None:
    """Let an operation (or any) fail with ``error``, so often or until cleared.

    Raises:
        ValueError: an error that Comprehend does not have, or times below 1.
    """
    if error not in ERRORS:
        raise ValueError(f"error {error!r}: use one of {', '.join(ERRORS)}")
    FAULTS.add(error, times, lambda called: operation in ("", called))


def strike(operation: str) -> None:
    """Raise the oldest fault that is meant for this operation; nothing where there is none."""
    error = FAULTS.strike(operation)
    if error is not None:
        USAGE.count(faults=1)
        raise ServiceError(error, _MESSAGES.get(error, "Asked for by a test."), ERRORS[error])


def count(operation: str, texts: Iterable[str]) -> None:
    """Note a call that was answered, with the units it bills: 100 characters each, three per request at least."""
    sizes = [len(text) for text in texts]
    billed = sizes if operation.startswith("Batch") else [sum(sizes)]
    units = sum(max(3, math.ceil(size / 100)) for size in billed)
    USAGE.count(requests=1, characters=sum(sizes), units=units, **{operation: 1})


def _set(wish: dict[str, Any]) -> None:
    set_fault(str(wish["error"]), str(wish.get("operation", "")), wish.get("times"))


control = Switchboard(USAGE, {"faults": Switch("{error, operation, times}", _set, FAULTS.clear)})
