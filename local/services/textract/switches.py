"""Textract's quotas, what a test may ask of the next jobs and calls, and the count of what was asked.

Below ``/_local/textract``: ``POST jobs`` {delay, status, message, lost_pages, notifications, times}; ``POST calls``
{error, operation, times}; ``DELETE jobs`` or ``calls`` clears both; ``POST throttle`` {setting}: on, off, a factor,
or null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.services.errors import ServiceError
from local.services.shapes import ServiceModel
from local.services.switchboard import Faults, Switch, Switchboard, Usage
from local.services.textract.errors import LimitExceeded, Throttled
from local.services.throttle import Quota, Throttle, Throttles

MODEL = ServiceModel("textract", "2018-06-27")

# Requests per second, by default, in us-east-1 ("Amazon Textract endpoints and quotas", AWS General Reference); most
# other Regions have less.
QUOTAS = {
    "AnalyzeDocument": Quota.per_second(10),
    "DetectDocumentText": Quota.per_second(25),
    "StartDocumentAnalysis": Quota.per_second(10),
    "GetDocumentAnalysis": Quota.per_second(10),
    "StartDocumentTextDetection": Quota.per_second(15),
    "GetDocumentTextDetection": Quota.per_second(25),
}
JOBS = 100
"""Jobs of one Start operation at the same time."""
THROTTLES = Throttles("LOCAL_TEXTRACT_THROTTLE", QUOTAS, Throttled)


def admit_job(throttle: Throttle, running: int) -> None:
    """Whether one more job may run beside ``running`` others.

    Raises:
        LimitExceeded: it may not.
    """
    if running + 1 > throttle.scaled(JOBS):
        raise LimitExceeded


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


_STATUSES = ("SUCCEEDED", "FAILED", "PARTIAL_SUCCESS")
_JOB_FAULTS: Faults[JobFault] = Faults()
_CALL_FAULTS: Faults[str] = Faults()
USAGE = Usage()
"""By operation, error name, ``pages`` and ``notifications``."""


def add_job_fault(fault: JobFault, times: int | None = 1) -> None:
    """Strike the next jobs with ``fault``; the oldest fault strikes first.

    Raises:
        ValueError: a status, delay, count or page that cannot be.
    """
    if fault.status not in _STATUSES:
        raise ValueError(f"status {fault.status!r}: use one of {', '.join(_STATUSES)}")
    if fault.delay < 0 or fault.notifications < 0:
        raise ValueError("delay and notifications are 0 or more")
    if any(page < 1 for page in fault.lost_pages):
        raise ValueError("lost_pages count from 1")
    _JOB_FAULTS.add(fault, times)


def add_call_fault(code: str, operation: str | None = None, times: int | None = 1) -> None:
    """Let the next calls (of ``operation``, or of any) fail with the error ``code``.

    Raises:
        ValueError: no error of Textract's service model, or times below 1.
    """
    if MODEL.error_status(code) is None:
        raise ValueError(f"error {code!r} is not one of Textract's service model")
    _CALL_FAULTS.add(code, times, lambda called: operation in (None, called))


def job_fault() -> JobFault:
    """What strikes the job that starts now."""
    return _JOB_FAULTS.strike() or JobFault()


def strike(operation: str) -> None:
    """Raise what a test has asked for a call of ``operation``; nothing where no fault applies."""
    code = _CALL_FAULTS.strike(operation)
    if code is not None:
        raise ServiceError(code, "Failed on request of a test", MODEL.error_status(code) or 400)


def clear() -> None:
    """No faults any more."""
    _JOB_FAULTS.clear()
    _CALL_FAULTS.clear()


def _set_job(wish: dict[str, Any]) -> None:
    fault = JobFault(
        delay=float(wish.get("delay", 0)),
        status=str(wish.get("status", "SUCCEEDED")),
        message=str(wish.get("message", "")),
        lost_pages=tuple(int(page) for page in wish.get("lost_pages", ())),
        notifications=int(wish.get("notifications", 1)),
    )
    add_job_fault(fault, wish.get("times", 1))


def _set_call(wish: dict[str, Any]) -> None:
    add_call_fault(str(wish["error"]), wish.get("operation"), wish.get("times", 1))


def _set_throttle(wish: dict[str, Any]) -> None:
    setting = wish["setting"]
    THROTTLES.override(None if setting is None else str(setting))


control = Switchboard(
    USAGE,
    {
        "jobs": Switch("{delay, status, message, lost_pages, notifications, times}", _set_job, clear),
        "calls": Switch("{error, operation, times}", _set_call, clear),
        "throttle": Switch("{setting}", _set_throttle),
    },
)
