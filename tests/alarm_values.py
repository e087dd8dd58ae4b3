"""What an alarm of several metrics makes of them, by the local cloud's metric math."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.gaps.cloudwatch._metric_math import Frame, evaluate, names


def value(alarm: Mapping[str, Any], series: Mapping[str, Mapping[int, float]], stamps: tuple[int, ...]) -> list[float]:
    """The value that ``alarm`` watches, per period; 0 where there is none. ``series``: by the id of a metric, which has
    no values where it is not there: then it is as if it had never been sent."""
    queries = alarm["Metrics"]
    ids = [one["Id"] for one in queries if "MetricStat" in one]
    assert not series.keys() - set(ids), "the alarm has no such metric"
    known: dict[str, Any] = {name: dict(series.get(name, {})) for name in ids}
    waiting = {one["Id"]: one["Expression"] for one in queries if "Expression" in one}
    (watched,) = [one["Id"] for one in queries if one.get("ReturnData", True)]
    while waiting:
        ready = [each for each, expression in waiting.items() if names(expression) <= known.keys()]
        assert ready, f"{sorted(waiting)} need what is not there"
        for each in ready:
            known[each] = evaluate(waiting.pop(each), Frame(known, stamps, 300))
    return [known[watched].get(stamp, 0) for stamp in stamps]
