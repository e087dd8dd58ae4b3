"""EventBridge: what a rule may be.

AWS: PutRule needs an event pattern or a schedule; ``rate(1 minute)`` but ``rate(2 minutes)``; cron has six fields in
their ranges, of which exactly one day field is ``?``; schedules belong to the default bus; a pattern is a JSON object
of legal matchers with at most 2,048 characters (botocore: PutRule; User Guide, "Schedule expressions", "Creating
event patterns", "EventBridge quotas"). ValidationException, InvalidEventPatternException, LimitExceededException.
MiniStack: takes ``rate(1 minutes)``, numbers out of their ranges, longer patterns and schedules on any bus; through a
template everything.
"""

from __future__ import annotations

import json
import re

from ministack.services import eventbridge

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.eventbridge.handle_request": "(method, path, headers, body, query_params)",
    "services.eventbridge._event_pattern_error": "(pattern_str)",
    "services.eventbridge._parse_cron_fields": "(expr)",
}

MAX_PATTERN = 2048

_RATE = re.compile(r"rate\((\d+) +(minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.+)\)")
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_DAYS = slice(2, 5, 2)
_by_model = _doors.by_model("events", "PutRule")


def is_schedule(expression: str) -> bool:
    """Whether EventBridge takes ``expression`` for a rule's schedule."""
    if rate := _RATE.fullmatch(expression):
        value = int(rate[1])
        return value > 0 and (value == 1) == (rate[3] == "")
    cron = _CRON.fullmatch(expression)
    fields = cron[1].split() if cron else []
    if len(fields) != len(_RANGES) or fields[_DAYS].count("?") != 1:
        return False
    in_range = all(_in_range(field, *bounds) for field, bounds in zip(fields, _RANGES, strict=True))
    return in_range and eventbridge._parse_cron_fields(expression) is not None


def _in_range(field: str, low: int, high: int) -> bool:
    """Every number of a field; what follows a slash or a hash is a step or a week of the month."""
    return all(low <= int(number) <= high for number in re.findall(r"(?<![/#\d])\d+", field))


def _pattern(pattern: Json) -> None:
    text = pattern if isinstance(pattern, str) else json.dumps(pattern, separators=(",", ":"))
    if wrong := eventbridge._event_pattern_error(text):
        raise RefusedError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {wrong}")
    if len(text) > MAX_PATTERN:
        raise RefusedError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def check(rule: Record) -> None:
    """Raise RefusedError for a rule, or a rule's properties, that AWS would not make."""
    pattern, schedule = rule.get("EventPattern"), rule.get("ScheduleExpression")
    _by_model({**rule, "EventPattern": None})
    if not pattern and not schedule:
        raise RefusedError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule and not is_schedule(str(schedule)):
        raise RefusedError("ValidationException", "Parameter ScheduleExpression is not valid.")
    if schedule and str(rule.get("EventBusName") or "default").rpartition("/")[2] != "default":
        raise RefusedError("ValidationException", "ScheduleExpression is supported only on the default event bus.")
    if pattern:
        _pattern(pattern)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.eventbridge.handle_request", _doors.at_json_service({"PutRule": check}))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::Events::Rule": check}))
