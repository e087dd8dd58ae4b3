"""CloudWatch embedded metric format: metrics out of a function's log lines.

AWS: a log event that is one JSON document with an ``_aws`` member of the embedded metric format becomes
metrics: one for each dimension set and name, arrays as many values, at the time the document names. A
document that breaks the format gives none of its metrics, only EMFParsingErrors or EMFValidationErrors in
AWS/Logs (CloudWatch User Guide, "Specification: Embedded metric format"; Logs User Guide, "Monitoring with
CloudWatch metrics").
MiniStack: keeps the log line and makes no metrics.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.cloudwatch.metric_data import store

LEANS_ON = {
    "services.lambda_svc._emit_lambda_logs": ("(func, request_id, log_text, error, duration_ms, *, log_source=None)"),
}

MAX_VALUES = 100
MAX_DIMENSIONS = 30
MAX_METRICS = 100
#: Seconds: how old a data point may be, and how far in the future (API reference, PutMetricData, Timestamp).
OLDEST, NEWEST = 14 * 24 * 3600, 2 * 3600

UNITS = frozenset(
    ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "None"]
    + [prefix + unit for prefix in ("", "Kilo", "Mega", "Giga", "Tera") for unit in ("Bytes", "Bits")]
    + [prefix + unit for prefix in ("", "Kilo", "Mega", "Giga", "Tera") for unit in ("Bytes/Second", "Bits/Second")]
    + ["Count/Second"]
)

_log = logging.getLogger("local.gaps.cloudwatch.emf")


class EmfError(ValueError):
    """A document that claims to be embedded metric format and is not."""


@dataclass(frozen=True)
class Datum:
    """Values of one metric at one moment (epoch seconds)."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    timestamp: float
    unit: str
    values: tuple[float, ...]


def documents(text: str) -> list[str]:
    """The lines of ``text`` that are meant as embedded metric format: a JSON object with "_aws" in it."""
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("{") and '"_aws"' in line]


def parse(line: str, now: float) -> list[Datum]:
    """The data of one document. Raises EmfError, and then CloudWatch would take none of it."""
    try:
        root = json.loads(line)
    except ValueError as error:
        raise EmfError(f"The line is not one JSON document: {error}") from error
    metadata = root.get("_aws") if isinstance(root, dict) else None
    if not isinstance(metadata, dict) or "CloudWatchMetrics" not in metadata:
        return []
    timestamp = _timestamp(metadata.get("Timestamp"), now)
    directives = metadata["CloudWatchMetrics"]
    if not isinstance(directives, list):
        raise EmfError("CloudWatchMetrics must be an array.")
    return [datum for directive in directives for datum in _directive(root, directive, timestamp)]


def _timestamp(value: Json, now: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EmfError("_aws.Timestamp must be a number of milliseconds since 1970.")
    seconds = value / 1000
    if not now - OLDEST <= seconds <= now + NEWEST:
        raise EmfError(f"_aws.Timestamp {value} is more than 14 days old or 2 hours ahead.")
    return seconds


def _directive(root: Record, directive: Json, timestamp: float) -> list[Datum]:
    if not isinstance(directive, dict):
        raise EmfError("Each member of CloudWatchMetrics must be an object.")
    namespace, sets = directive.get("Namespace"), directive.get("Dimensions")
    metrics = directive.get("Metrics")
    if not isinstance(namespace, str) or not 1 <= len(namespace) <= 1024:
        raise EmfError("Namespace must be text of 1 to 1024 characters.")
    if not isinstance(sets, list) or not all(isinstance(keys, list) for keys in sets):
        raise EmfError("Dimensions must be an array of arrays.")
    if not isinstance(metrics, list) or len(metrics) > MAX_METRICS:
        raise EmfError(f"Metrics must be an array of at most {MAX_METRICS} definitions.")
    resolved = [_dimensions(root, keys) for keys in sets] or [()]
    data = []
    for metric in metrics:
        if not isinstance(metric, dict) or not isinstance(metric.get("Name"), str):
            raise EmfError("Each metric definition needs a Name.")
        unit = metric.get("Unit", "None")
        if unit not in UNITS:
            raise EmfError(f"The unit {unit} of {metric['Name']} does not exist.")
        if metric["Name"] in root:
            values = _values(metric["Name"], root[metric["Name"]])
            data += [Datum(namespace, metric["Name"], keys, timestamp, unit, values) for keys in resolved]
    return data


def _dimensions(root: Record, keys: list[Json]) -> tuple[tuple[str, str], ...]:
    if len(keys) > MAX_DIMENSIONS:
        raise EmfError(f"A dimension set has {len(keys)} keys, at most {MAX_DIMENSIONS} are allowed.")
    for key in keys:
        value = root.get(key) if isinstance(key, str) else None
        if not isinstance(value, str) or not 1 <= len(value) <= 1024:
            raise EmfError(f"The dimension {key} has no text value of 1 to 1024 characters at the root.")
    return tuple(sorted((key, root[key]) for key in keys))


def _values(name: str, value: Json) -> tuple[float, ...]:
    values = value if isinstance(value, list) else [value]
    if not 1 <= len(values) <= MAX_VALUES:
        raise EmfError(f"The metric {name} has {len(values)} values, 1 to {MAX_VALUES} are allowed.")
    if any(isinstance(item, bool) or not isinstance(item, int | float) for item in values):
        raise EmfError(f"The metric {name} must be a number or an array of numbers.")
    return tuple(float(item) for item in values)


def publish(text: str, log_group: str) -> None:
    """Turn the embedded metric format documents in a function's output into metrics."""
    now = time.time()
    for line in documents(text):
        try:
            data = parse(line, now)
        except EmfError as error:
            _log.warning("Embedded metrics in %s were dropped: %s", log_group, error)
            kind = "EMFParsingErrors" if error.__cause__ is not None else "EMFValidationErrors"
            store("AWS/Logs", kind, {"LogGroupName": log_group}, now, "Count", [1.0])
            continue
        for datum in data:
            store(datum.namespace, datum.name, dict(datum.dimensions), datum.timestamp, datum.unit, list(datum.values))


def _reading(emit: Callable[..., None]) -> Callable[..., None]:
    def emit_lambda_logs(func: Record, request_id: str, log_text: str, *rest: Json, **more: Json) -> None:
        emit(func, request_id, log_text, *rest, **more)
        config = func.get("config") or func
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        publish(log_text or "", group)

    return emit_lambda_logs


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._emit_lambda_logs", _reading)
