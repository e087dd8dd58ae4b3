"""What a test or an operator may switch on the local Comprehend: failures, rates; and what was asked of it.

``POST /_local/comprehend/faults`` ``{"error": "ThrottlingException", "operation": "DetectSentiment", "times": 3}`` (no
operation: any; no times: until ``DELETE``); ``GET`` and ``DELETE /_local/comprehend/usage``.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local.cloud.http import Request, Response
from local.services.comprehend.errors import ComprehendError

SETTING = "LOCAL_COMPREHEND_THROTTLE"
"""``on`` (default), ``off``, or a factor such as ``0.5`` or ``10`` on every rate."""

SINGLE_RATE = 20.0
BATCH_RATE = 10.0
"""Requests a second of an operation on one document and of a batch operation: the defaults of the developer guide's
"Guidelines and quotas", from memory in 2026-11; an account may have had them raised."""

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


@dataclass(slots=True)
class _Fault:
    error: str
    operation: str
    times: int | None


_lock = threading.Lock()
_faults: list[_Fault] = []
_usage: Counter[str] = Counter()


def set_fault(error: str, operation: str = "", times: int | None = None) -> None:
    """Let an operation (or any) fail with ``error``, so often or until cleared.

    Raises:
        ValueError: an error that Comprehend does not have, or times below 1.
    """
    if error not in ERRORS:
        raise ValueError(f"error {error!r}: use one of {', '.join(ERRORS)}")
    if times is not None and times < 1:
        raise ValueError(f"times {times}: use 1 or more, or leave it out")
    with _lock:
        _faults.append(_Fault(error, operation, times))


def clear_faults() -> None:
    with _lock:
        _faults.clear()


def strike(operation: str) -> None:
    """Raise the oldest fault that is meant for this operation; nothing where there is none."""
    with _lock:
        fault = next((one for one in _faults if one.operation in ("", operation)), None)
        if fault is None:
            return
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                _faults.remove(fault)
        _usage["faults"] += 1
    raise ComprehendError(fault.error, _MESSAGES.get(fault.error, "Asked for by a test."), ERRORS[fault.error])


_MESSAGES = {"ThrottlingException": "Rate exceeded", "TooManyRequestsException": "Too many requests"}


class Rates:
    """A token bucket for each operation of each account and Region."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def admit(self, operation: str, account: str, region: str) -> None:
        """Take one token, or raise ThrottlingException; ValueError where the setting cannot be read."""
        factor = _factor(os.environ.get(SETTING, "on"))
        if factor is None:
            return
        rate = factor * (BATCH_RATE if operation.startswith("Batch") else SINGLE_RATE)
        room = max(1.0, rate)
        with self._lock:
            now = self._clock()
            tokens, filled = self._buckets.get((operation, account, region), (room, now))
            tokens = min(room, tokens + (now - filled) * rate)
            allowed = tokens >= 1
            self._buckets[operation, account, region] = (tokens - allowed, now)
        if not allowed:
            raise ComprehendError("ThrottlingException", "Rate exceeded")


def _factor(setting: str) -> float | None:
    if setting == "off":
        return None
    try:
        factor = 1.0 if setting == "on" else float(setting)
    except ValueError:
        factor = 0.0
    if not 0 < factor < math.inf:
        raise ValueError(f"{SETTING}={setting!r}: set it to on, off, or a factor such as 0.5")
    return factor


_RATES = Rates()
admit = _RATES.admit


def count(operation: str, texts: Iterable[str]) -> None:
    """Note a call that was answered, with the units it bills: 100 characters each, three a request at least."""
    sizes = [len(text) for text in texts]
    each = sizes if operation.startswith("Batch") else [sum(sizes)]
    with _lock:
        _usage["requests"] += 1
        _usage[operation] += 1
        _usage["characters"] += sum(sizes)
        _usage["units"] += sum(max(3, math.ceil(size / 100)) for size in each)


def usage() -> dict[str, int]:
    """``requests``, calls by operation, ``characters`` and billed ``units`` since the last reset."""
    with _lock:
        return {"requests": 0, "characters": 0, "units": 0, **_usage}


def reset_usage() -> None:
    with _lock:
        _usage.clear()


def control(request: Request) -> Response:
    """The switchboard of tests: no AWS path and no signature."""
    route = (request.method, request.path.rstrip("/").rpartition("/")[2])
    if route == ("POST", "faults"):
        return _post_fault(request)
    if route == ("DELETE", "faults"):
        clear_faults()
        return _json(200, {})
    if route == ("GET", "usage"):
        return _json(200, usage())
    if route == ("DELETE", "usage"):
        reset_usage()
        return _json(200, {})
    return _json(404, {"message": "Use POST or DELETE on faults, GET or DELETE on usage."})


def _post_fault(request: Request) -> Response:
    try:
        wish = json.loads(request.body)
        set_fault(str(wish["error"]), str(wish.get("operation", "")), wish.get("times"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _json(400, {"message": f"Send {{error, operation, times}} as JSON: {error}"})
    return _json(200, {})


def _json(status: int, value: Mapping[str, object]) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(value).encode())
