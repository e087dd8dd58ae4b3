"""Embedded metric format without a library, for functions whose budget is a cold start of milliseconds.

Powertools writes the same and more (``common.observability``); importing it costs 0.1 s. One document holds one
timestamp, at most 100 metrics, and any number of further members, which Logs Insights can search and which are
not billed as metrics (CloudWatch User Guide, "Specification: Embedded metric format").
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any


def document(
    values: Mapping[str, tuple[str, float | Sequence[float]]],
    dimensions: Mapping[str, str] | None = None,
    properties: Mapping[str, Any] | None = None,
    *,
    at_ms: int | None = None,
) -> dict[str, Any]:
    """``values``: metric name -> (CloudWatch unit, value or up to 100 of them), under ``[service]``, or
    ``[service, *dimensions]``. ``at_ms``: milliseconds since the epoch, now where it is left out.

    Namespace and service are the variables that Powertools reads too.
    """
    split = dict(dimensions or {})
    directive = {
        "Namespace": os.environ["POWERTOOLS_METRICS_NAMESPACE"],
        "Dimensions": [["service", *split]],
        "Metrics": [{"Name": name, "Unit": unit} for name, (unit, _) in values.items()],
    }
    return {
        **(properties or {}),
        "_aws": {"Timestamp": int(time.time() * 1000) if at_ms is None else at_ms, "CloudWatchMetrics": [directive]},
        "service": os.environ["POWERTOOLS_SERVICE_NAME"],
        **split,
        **{name: value for name, (_, value) in values.items()},
    }


def encode(document: Mapping[str, Any]) -> str:
    """One line of a log. Raises ValueError for a value that is no number, which would spoil the whole document."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n"


def emit(
    values: Mapping[str, tuple[str, float | Sequence[float]]],
    dimensions: Mapping[str, str] | None = None,
    properties: Mapping[str, Any] | None = None,
) -> None:
    """Writes one document as a line of the function's log."""
    sys.stdout.write(encode(document(values, dimensions, properties)))
    sys.stdout.flush()
