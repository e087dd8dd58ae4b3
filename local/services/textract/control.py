"""What a test asks of the next jobs and calls, and the count of what was asked of Textract."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.cloud.http import Request, Response
from local.services.textract.errors import TextractError
from local.services.textract.shapes import error_status
from local.services.textract.throttle import Throttles

THROTTLES = Throttles()


@dataclass(frozen=True, slots=True)
class JobFault:
    """How a job differs from one that simply succeeds."""

    delay: float = 0.0
    """Seconds that the job is IN_PROGRESS longer than its work takes."""
    status: str = "SUCCEEDED"
    """SUCCEEDED, FAILED or PARTIAL_SUCCESS, whatever the work gives."""
    message: str = ""
    """StatusMessage of a failed job."""
    lost_pages: tuple[int, ...] = ()
    """Pages that a PARTIAL_SUCCESS leaves out and warns of."""
    notifications: int = 1
    """How often the completion is published: 0 for never, 2 for twice."""
    times: int | None = 1
    """Jobs that are struck; None for all until cleared."""


@dataclass(slots=True)
class _CallFault:
    code: str
    operation: str | None
    times: int | None


_STATUSES = ("SUCCEEDED", "FAILED", "PARTIAL_SUCCESS")
_lock = threading.Lock()
_jobs: list[JobFault] = []
_calls: list[_CallFault] = []
_usage: Counter[str] = Counter()


def add_job_fault(fault: JobFault) -> None:
    """Strike the next jobs with ``fault``; the oldest fault strikes first.

    Raises:
        ValueError: a status, delay, count or page that cannot be.
    """
    if fault.status not in _STATUSES:
        raise ValueError(f"status {fault.status!r}: use one of {', '.join(_STATUSES)}")
    if fault.delay < 0 or fault.notifications < 0 or (fault.times is not None and fault.times < 1):
        raise ValueError("delay and notifications are 0 or more, times is 1 or more")
    if any(page < 1 for page in fault.lost_pages):
        raise ValueError("lost_pages count from 1")
    with _lock:
        _jobs.append(fault)


def add_call_fault(code: str, operation: str | None = None, times: int | None = 1) -> None:
    """Let the next calls (of ``operation``, or of any) fail with the error ``code``.

    Raises:
        ValueError: no error of Textract's service model, or times below 1.
    """
    if error_status(code) is None:
        raise ValueError(f"error {code!r} is not one of Textract's service model")
    if times is not None and times < 1:
        raise ValueError("times is 1 or more")
    with _lock:
        _calls.append(_CallFault(code, operation, times))


def job_fault() -> JobFault:
    """What strikes the job that starts now."""
    with _lock:
        if not _jobs:
            return JobFault()
        first = _jobs[0]
        if first.times is not None:
            if first.times == 1:
                _jobs.pop(0)
            else:
                _jobs[0] = replace(first, times=first.times - 1)
        return first


def strike(operation: str) -> None:
    """Raise what a test has asked for a call of ``operation``; nothing where no fault matches."""
    with _lock:
        for fault in _calls:
            if fault.operation in (None, operation):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        _calls.remove(fault)
                raise TextractError(fault.code, "Failed on request of a test", error_status(fault.code) or 400)


def clear() -> None:
    """No faults any more."""
    with _lock:
        _jobs.clear()
        _calls.clear()


def count(name: str, number: int = 1) -> None:
    """Add to the usage: an operation's name, ``pages``, ``notifications``, or an error's name."""
    with _lock:
        _usage[name] += number


def usage() -> dict[str, int]:
    """All counts since the last reset."""
    with _lock:
        return dict(sorted(_usage.items()))


def reset_usage() -> None:
    """Begin to count anew."""
    with _lock:
        _usage.clear()


def control(request: Request) -> Response:
    """The switchboard below ``/_local/textract``; no AWS path and no signature.

    ``POST jobs`` {delay, status, message, lost_pages, notifications, times}; ``POST calls`` {error, operation, times};
    ``DELETE jobs`` or ``calls`` clears both; ``POST throttle`` {setting} with "on", "off", a factor, or null;
    ``GET`` or ``DELETE usage``.
    """
    what = request.path.rstrip("/").rpartition("/")[2]
    if (request.method, what) == ("GET", "usage"):
        return _json(200, usage())
    if request.method == "DELETE" and what in ("jobs", "calls", "usage"):
        (reset_usage if what == "usage" else clear)()
        return _json(200, {})
    if request.method == "POST" and what in ("jobs", "calls", "throttle"):
        return _post(what, request.body)
    return _json(404, {"message": "Use POST on jobs, calls or throttle, DELETE on jobs, calls or usage, GET on usage."})


def _post(what: str, body: bytes) -> Response:
    try:
        wish = json.loads(body or b"{}")
        if what == "jobs":
            add_job_fault(_job_wish(wish))
        elif what == "calls":
            add_call_fault(str(wish["error"]), wish.get("operation"), wish.get("times", 1))
        else:
            setting = wish["setting"]
            THROTTLES.override(None if setting is None else str(setting))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _json(400, {"message": f"{what} cannot be set: {error}"})
    return _json(200, {})


def _job_wish(wish: Mapping[str, Any]) -> JobFault:
    times = wish.get("times", 1)
    return JobFault(
        delay=float(wish.get("delay", 0)),
        status=str(wish.get("status", "SUCCEEDED")),
        message=str(wish.get("message", "")),
        lost_pages=tuple(int(page) for page in wish.get("lost_pages", ())),
        notifications=int(wish.get("notifications", 1)),
        times=None if times is None else int(times),
    )


def _json(status: int, value: Mapping[str, object]) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(value).encode())
