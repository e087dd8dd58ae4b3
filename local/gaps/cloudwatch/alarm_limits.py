"""CloudWatch: ranges and combinations of an alarm.

AWS: the lengths, ranges and enums of the model (botocore: PutMetricAlarm); periods of 10, 20, 30 s or whole minutes;
all periods together at most a day, or a week where a period is an hour or longer; Namespace, MetricName and one
statistic, or Metrics; a threshold. ValidationError (API reference, PutMetricAlarm).
MiniStack: takes what comes; what an alarm means is checked by ``cloudwatch/alarms``.
"""

from __future__ import annotations

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Record
from local.gaps.cloudwatch.points import guarded

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.cloudwatch._put_metric_alarm": "(params, cbor_data, is_cbor, is_json=False)",
}

CODE = "ValidationError"
DAY, WEEK, HOUR = 86_400, 604_800, 3_600

_by_model = _doors.by_model("cloudwatch", "PutMetricAlarm", CODE)
_METRIC = ("MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions", "Unit")


def _invalid(message: str) -> RefusedError:
    return RefusedError(CODE, message)


def _horizon(periods: int, period: int) -> None:
    most, named = (WEEK, "week") if period >= HOUR else (DAY, "day")
    if periods * period > most:
        raise _invalid(
            f"Metrics cannot be checked across more than a {named} (EvaluationPeriods * Period must be <= {most})."
        )


def _plain(alarm: Record) -> None:
    if not (alarm.get("MetricName") and alarm.get("Namespace")):
        raise _invalid("MetricName and Namespace, or Metrics, must be specified.")
    if bool(alarm.get("Statistic")) == bool(alarm.get("ExtendedStatistic")):
        raise _invalid("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if not alarm.get("Period"):
        raise _invalid("Period must be specified for a metric.")
    if alarm.get("Threshold") is None and not alarm.get("ThresholdMetricId"):
        raise _invalid("Threshold must be specified.")


def check(alarm: Record) -> None:
    """Raise RefusedError for an alarm, or its properties, that CloudWatch does not take."""
    _by_model(alarm)
    if alarm.get("Metrics"):
        given = [name for name in _METRIC if alarm.get(name)]
        if given:
            raise _invalid(f"{given[0]} must not be set if Metrics is set.")
        stats = [query.get("MetricStat") or {} for query in alarm["Metrics"]]
        period = max([int(each.get("Period") or 0) for each in (*stats, *alarm["Metrics"])] or [0])
    else:
        _plain(alarm)
        period = int(alarm["Period"])
    if period and period not in (10, 20, 30) and period % 60:
        raise _invalid("Period must be 10, 20, 30 or a multiple of 60.")
    _horizon(int(alarm.get("EvaluationPeriods") or 1), period)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudwatch._put_metric_alarm", guarded(check))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::CloudWatch::Alarm": check}))
