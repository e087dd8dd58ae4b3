"""What the application counted, as CloudWatch has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any


def total(cloudwatch: Any, namespace: str, metric: str, service: str, *, hours: int = 3, **split: str) -> float:
    """The sum of a metric of one `service` over the last hours (23 at most); 0 where there is none.

    Some are counted per another dimension too: `split` names it.
    """
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in {"service": service, **split}.items()],
        StartTime=now - timedelta(hours=hours),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))
