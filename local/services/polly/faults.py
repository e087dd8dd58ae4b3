"""Failures on request, and a count of what was asked: how a test makes Polly fail, and sees what it cost."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from local.cloud.http import Request, Response
from local.services.polly.errors import InvalidSsml, PollyError, ServiceFailure, Throttled

MODES = ("down", "throttle", "refuse")


@dataclass(slots=True)
class _Fault:
    mode: str
    match: re.Pattern[str]
    times: int | None

    def error(self) -> PollyError:
        if self.mode == "down":
            return ServiceFailure()
        if self.mode == "throttle":
            return Throttled()
        return InvalidSsml("Invalid SSML request: refused on request of a test")


_lock = threading.Lock()
_faults: list[_Fault] = []
_usage: Counter[str] = Counter()


def set_faults(mode: str, match: str = "", times: int | None = None) -> None:
    """Let SynthesizeSpeech fail where ``match`` (a regular expression) is found in the request's text.

    ``mode``: "down" (HTTP 500, ServiceFailureException), "throttle" (ThrottlingException), "refuse"
    (InvalidSsmlException), or "off", which clears all faults. ``times`` is how often it fails, None for until
    cleared. Faults add up; the oldest that matches strikes.

    Raises:
        ValueError: an unknown mode, a pattern that is no regular expression, or times below 1.
    """
    if mode == "off":
        with _lock:
            _faults.clear()
        return
    if mode not in MODES:
        raise ValueError(f"mode {mode!r}: use one of {', '.join(MODES)} or off")
    if times is not None and times < 1:
        raise ValueError(f"times {times}: use 1 or more, or leave it out")
    try:
        pattern = re.compile(match)
    except re.error as error:
        raise ValueError(f"match {match!r} is not a regular expression: {error}") from error
    with _lock:
        _faults.append(_Fault(mode, pattern, times))


def strike(text: str) -> None:
    """Raise what a test has asked for ``text``; nothing where no fault matches."""
    with _lock:
        for fault in _faults:
            if fault.match.search(text):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        _faults.remove(fault)
                raise fault.error()


def count(characters: int) -> None:
    """Note one SynthesizeSpeech that was answered, with what it billed."""
    with _lock:
        _usage["requests"] += 1
        _usage["characters"] += characters


def usage() -> dict[str, int]:
    """``requests`` answered with audio or marks, and ``characters`` billed for them, since the last reset."""
    with _lock:
        return {"requests": _usage["requests"], "characters": _usage["characters"]}


def reset_usage() -> None:
    """Begin to count anew."""
    with _lock:
        _usage.clear()


def control(request: Request) -> Response:
    """``POST`` {mode, match, times} or ``DELETE`` on ``.../faults``, ``GET`` or ``DELETE`` on ``.../usage``.

    No AWS path and no signature: a test's switchboard.
    """
    route = (request.method, request.path.rstrip("/").rpartition("/")[2])
    if route == ("POST", "faults"):
        return _post_fault(request)
    if route == ("DELETE", "faults"):
        set_faults("off")
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
        set_faults(str(wish["mode"]), str(wish.get("match", "")), wish.get("times"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _json(400, {"message": f"Send {{mode, match, times}} as JSON: {error}"})
    return _json(200, {})


def _json(status: int, value: Mapping[str, object]) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(value).encode())
