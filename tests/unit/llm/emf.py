"""Embedded metric format as its specification has it, to check every document that is written.

SCHEMA follows the JSON schema in the CloudWatch User Guide, "Specification: Embedded metric format"; ``problems`` adds
what the page says in words and a schema cannot: targets exist, dimensions are texts, at most 100 numbers, 256 KB.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

_PREFIXED = [f"{size}{unit}" for size in ("", "Kilo", "Mega", "Giga", "Tera") for unit in ("Bytes", "Bits")]
UNITS = ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"]
UNITS += _PREFIXED + [f"{unit}/Second" for unit in _PREFIXED]
_NAME = {"type": "string", "minLength": 1, "maxLength": 255}
_METRIC = {
    "type": "object",
    "required": ["Name"],
    "properties": {"Name": _NAME, "Unit": {"enum": UNITS}, "StorageResolution": {"enum": [1, 60]}},
    "additionalProperties": False,
}
_DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "properties": {
        "Namespace": _NAME,
        "Dimensions": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "array", "minItems": 0, "maxItems": 30, "items": _NAME, "uniqueItems": True},
        },
        "Metrics": {"type": "array", "maxItems": 100, "items": _METRIC},
    },
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {"type": "array", "items": _DIRECTIVE},
            },
        }
    },
}
VALIDATOR = Draft202012Validator(SCHEMA)
MOST_BYTES = 256 * 1024


def _never(text: str) -> Any:
    raise AssertionError(f"{text} is no JSON")


def problems(line: str) -> Iterator[str]:
    """What the specification has against a line of the log."""
    if len(line.encode()) >= MOST_BYTES:
        yield "larger than a log event"
    document = json.loads(line, parse_constant=_never)
    yield from (error.message for error in VALIDATOR.iter_errors(document))
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for name in {name for names in directive["Dimensions"] for name in names}:
            if not isinstance(document.get(name), str) or not 1 <= len(document[name]) <= 1024:
                yield f"dimension {name} has no text"
        for metric in directive["Metrics"]:
            value = document.get(metric["Name"])
            values = value if isinstance(value, list) else [value]
            if not 1 <= len(values) <= 100:
                yield f"{metric['Name']} has {len(values)} values"
            if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
                yield f"{metric['Name']} is no number"


Series = dict[tuple[str, tuple[tuple[str, str], ...], int], list[float]]


def series(text: str) -> Series:
    """(metric, dimensions beside service, minute) -> values, of all documents in a log. Raises on a bad one."""
    found: Series = defaultdict(list)
    for line in text.splitlines():
        if '"_aws"' not in line:
            continue
        assert list(problems(line)) == [], line[:500]
        document = json.loads(line)
        minute = document["_aws"]["Timestamp"] // 60_000
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = tuple(sorted((name, document[name]) for name in names if name != "service"))
                for metric in directive["Metrics"]:
                    value = document[metric["Name"]]
                    found[metric["Name"], dimensions, minute] += value if isinstance(value, list) else [value]
    return found


def totals(text: str) -> dict[str, float]:
    """Metric -> its sum under [service]."""
    found: dict[str, float] = defaultdict(float)
    for (metric, dimensions, _), values in series(text).items():
        if not dimensions:
            found[metric] += sum(values)
    return dict(found)
