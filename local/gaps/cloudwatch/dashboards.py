"""CloudWatch: what the body of a dashboard may be.

AWS: a JSON object with a list of at most 500 widgets, each with a type and properties, inside a grid of 24 columns; a
name of letters, digits, ``-`` and ``_``; else InvalidParameterInput (User Guide, "Dashboard body structure and
syntax"; botocore: PutDashboard).
MiniStack: takes any text.
"""

from __future__ import annotations

import json
import re

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record
from local.gaps.cloudwatch.points import guarded

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.cloudwatch._put_dashboard": "(params, cbor_data, is_cbor, is_json=False)",
}

MAX_WIDGETS = 500
#: Where a widget may begin and how far it may reach.
GRID = {"x": (0, 23), "y": (0, 10_000), "width": (1, 24), "height": (1, 1000)}

_TYPES = ("metric", "text", "log", "alarm", "explorer", "custom")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


def _widget(widget: Json, path: str) -> list[str]:
    if not isinstance(widget, dict):
        return [f"{path}: Should be object"]
    problems = []
    if widget.get("type") not in _TYPES:
        problems.append(f"{path}/type: Should be equal to one of the allowed values: {', '.join(_TYPES)}")
    if not isinstance(widget.get("properties"), dict):
        problems.append(f"{path}/properties: Should have required property 'properties'")
    for name, (low, high) in GRID.items():
        value = widget.get(name, low)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            problems.append(f"{path}/{name}: Should be an integer from {low} to {high}")
    return problems


def problems(body: Json) -> list[str]:
    """What is wrong with the body of a dashboard, which may be its text."""
    try:
        document = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return ["The field DashboardBody must be a valid JSON object"]
    if not isinstance(document, dict):
        return ["The field DashboardBody must be a valid JSON object"]
    widgets = document.get("widgets")
    if not isinstance(widgets, list):
        return ["/: Should have required property 'widgets'"]
    if len(widgets) > MAX_WIDGETS:
        return [f"/widgets: Should not have more than {MAX_WIDGETS} items"]
    return [said for index, widget in enumerate(widgets) for said in _widget(widget, f"/widgets/{index}")]


def check(data: Record) -> None:
    """Raise RefusedError for a dashboard that CloudWatch does not take."""
    name = data.get("DashboardName")
    found = problems(data.get("DashboardBody"))
    if name is not None and not _NAME.fullmatch(str(name)):
        found.insert(0, f"The value {name} for parameter DashboardName is invalid")
    if found:
        raise RefusedError(
            "InvalidParameterInput",
            f"The dashboard body is invalid, there are {len(found)} validation errors: {json.dumps(found)}",
        )


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudwatch._put_dashboard", guarded(check))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::CloudWatch::Dashboard": check}))
