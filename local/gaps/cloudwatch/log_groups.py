"""CloudWatch Logs: groups, streams, events and metric filters.

AWS: names, classes and lengths of the model (botocore: CreateLogGroup, CreateLogStream, PutMetricFilter), as
InvalidParameterException; retention in days of a list, in templates too; a filter with an opened bracket is closed;
a metric filter has a number or a field as its value, at most three dimensions, and none beside a default; events come
in the order of their times and have at most 1 MB (API reference, PutLogEvents, MetricTransformation).
MiniStack: asks the list of days through the API alone.
"""

from __future__ import annotations

import re

from ministack.services import cloudwatch_logs as logs

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.cloudwatch_logs.handle_request": "(method, path, headers, body, query_params)",
    "services.cloudwatch_logs._VALID_RETENTION_DAYS": "frozenset",
}

CODE = "InvalidParameterException"
MAX_DIMENSIONS = 3
MAX_EVENT = 1024 * 1024

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?|\$\.?[\w.\[\]'\"-]+")
_BRACKETS = {"{": "}", "[": "]", "%": "%"}


def _invalid(message: str) -> RefusedError:
    return RefusedError(CODE, message)


def _model(operation: str) -> _doors.Check:
    return _doors.by_model("logs", operation, CODE)


def _retention(data: Record) -> None:
    days = data.get("retentionInDays")
    if days is not None and int(days) not in logs._VALID_RETENTION_DAYS:
        allowed = ", ".join(str(one) for one in sorted(logs._VALID_RETENTION_DAYS))
        raise _invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]"
        )


def _pattern(data: Record) -> None:
    pattern = str(data.get("filterPattern") or "").strip()
    closing = _BRACKETS.get(pattern[:1])
    if (closing and not (len(pattern) > 1 and pattern.endswith(closing))) or pattern.count('"') % 2:
        raise _invalid("Invalid filter pattern")


def _metrics(data: Record) -> None:
    for metric in data.get("metricTransformations") or []:
        if not _NUMBER.fullmatch(str(metric.get("metricValue") or "")):
            raise _invalid(f"Invalid metric value '{metric.get('metricValue')}': a number or a field of the pattern.")
        dimensions = metric.get("dimensions") or []
        if len(dimensions) > MAX_DIMENSIONS:
            raise _invalid(f"A metric transformation has at most {MAX_DIMENSIONS} dimensions.")
        if dimensions and metric.get("defaultValue") is not None:
            raise _invalid("Invalid metric transformation: dimensions and defaultValue exclude each other.")


def _events(data: Record) -> None:
    events = data.get("logEvents") or []
    stamps = [event.get("timestamp", 0) for event in events]
    if stamps != sorted(stamps):
        raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
    for event in events:
        size = len(str(event.get("message", "")).encode("utf-8", "surrogatepass"))
        if size > MAX_EVENT:
            raise _invalid(f"Log event too large: {size} bytes exceeds limit of {MAX_EVENT}")


def _destination(data: Record) -> None:
    arn = data.get("destinationArn")
    if arn is not None and not str(arn).startswith("arn:"):
        raise _invalid("Invalid destinationArn: it must be the ARN of a stream, a function or a destination.")


_filter = _doors.both(_model("PutMetricFilter"), _pattern, _metrics)
_subscription = _doors.both(_model("PutSubscriptionFilter"), _pattern, _destination)

_CALLS: dict[str, _doors.Check] = {
    "CreateLogGroup": _model("CreateLogGroup"),
    "CreateLogStream": _model("CreateLogStream"),
    "PutRetentionPolicy": _retention,
    "PutMetricFilter": _filter,
    "PutSubscriptionFilter": _subscription,
    "PutLogEvents": _events,
}


def _lowered(value: Json) -> Json:
    """A template's properties as members of a request, which begin with a small letter."""
    if isinstance(value, list):
        return [_lowered(item) for item in value]
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lowered(item) for key, item in value.items()}
    return value


def _from_template(*checks: _doors.Check) -> _doors.Check:
    def check(properties: Record) -> None:
        members = {key: value for key, value in _lowered(properties).items() if key != "tags"}
        for one in checks:
            one(members)

    return check


_TEMPLATES = {
    "AWS::Logs::LogGroup": _from_template(_model("CreateLogGroup"), _retention),
    "AWS::Logs::LogStream": _from_template(_model("CreateLogStream")),
    "AWS::Logs::MetricFilter": _from_template(_filter),
    "AWS::Logs::SubscriptionFilter": _from_template(_subscription),
}


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudwatch_logs.handle_request", _doors.at_json_service(_CALLS))
    _seams.replace(_doors.HANDLERS, _doors.in_templates(_TEMPLATES))
