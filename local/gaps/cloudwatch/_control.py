"""A side door for tests: metrics that an AWS service would send, and a clock of the alarms that can be put forward.

AWS: services write into namespaces that begin with AWS/, others cannot (API reference, PutMetricData); a test of an
alarm has to wait, or to call SetAlarmState, which proves nothing about what the alarm looks at.
MiniStack: the same, and few services of it write metrics.

``POST /_local/cloudwatch/points`` ``{"points": [{"namespace", "metric", "dimensions", "ago", "value"}]}``: values at
so many seconds before now, by the clock of the alarms; all alarms are looked at then.
``POST /_local/cloudwatch/clock`` ``{"forward": 3600}``: that clock goes on by an hour. Both answer with its time.
"""

from __future__ import annotations

from local.cloud.http import Request, Response, as_json
from local.gaps.cloudwatch import alarms
from local.gaps.cloudwatch.metric_data import store

PATH = "/_local/cloudwatch"


def control(request: Request) -> Response:
    """Answer one request below PATH."""
    if request.method != "POST":
        return as_json(405, {"message": "Only POST is known here."})
    try:
        wanted = request.json()
        if request.path == f"{PATH}/clock":
            alarms.put_forward(float(wanted["forward"]))
        elif request.path == f"{PATH}/points":
            _keep([_point(each) for each in wanted["points"]])
        else:
            return as_json(404, {"message": f"Below {PATH}/ there are clock and points."})
    except (ValueError, KeyError, TypeError):
        return as_json(400, {"message": "Send forward in seconds, or points with namespace, metric and value."})
    return as_json(200, {"now": alarms.now()})


_Point = tuple[str, str, dict[str, str], float, float]


def _point(given: dict[str, object]) -> _Point:
    dimensions = given.get("dimensions") or {}
    if not isinstance(dimensions, dict):
        raise TypeError("dimensions are names with values")
    ago, value = float(str(given.get("ago", 0))), float(str(given["value"]))
    return str(given["namespace"]), str(given["metric"]), {str(k): str(v) for k, v in dimensions.items()}, ago, value


def _keep(points: list[_Point]) -> None:
    """All of them before the alarms are looked at, for a ratio means nothing by halves."""
    now = alarms.now()
    for namespace, metric, dimensions, ago, value in points:
        store(namespace, metric, dimensions, now - ago, "None", [value])
    alarms.look_at_all(now)
