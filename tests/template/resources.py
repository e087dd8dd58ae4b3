"""Finding one's way in a translated template: resources by type, and what a reference points to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from local.cloud.deploying.template import Template

Problems = Iterator[str]
Rule = Callable[[Template], Problems]


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Logical id and properties of each resource of a type."""
    found = template["Resources"].items()
    return {name: entry.get("Properties", {}) for name, entry in found if entry["Type"] == kind}


def target(value: Any) -> str:
    """The logical id behind a Ref, a GetAtt, or a Sub of one of them; "" for anything else."""
    match value:
        case {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, *_]}:
            return str(name)
        case {"Fn::Sub": [str(_), dict(values)]}:
            return next(filter(None, map(target, values.values())), "")
        case {"Fn::Sub": str(text)}:
            found = re.match(r"\$\{(\w+)", text)
            return found[1] if found else ""
    return ""


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def function_of(reference: Any) -> str:
    """The function behind a reference to it or to its alias."""
    return target(reference).removesuffix("Aliaslive")


def watched(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The metrics an alarm looks at, one or several of metric math, each with Namespace, MetricName and Dimensions."""
    if "MetricName" in alarm:
        yield alarm
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]
