"""CloudWatch: GetMetricData as on AWS, and points that do not get lost.

AWS: a metric is a namespace, a name and exactly these dimensions; one published under [service, family] is no
part of the one under [service], and none of both is the one without dimensions (User Guide, "Dimensions":
"CloudWatch doesn't aggregate across dimensions for your custom metrics"). GetMetricData evaluates metric
math, and lists the newest value first unless ScanBy says otherwise (API reference, GetMetricData).
MiniStack: adds up all dimension sets for a query without dimensions, answers "Expressions not implemented",
lists the oldest value first, takes an unknown statistic for the average, knows of the extended ones the
percentiles alone, and drops points that a worker thread records while a request evicts old ones.

GetMetricData over the old query protocol stays MiniStack's: the SDKs use JSON or CBOR.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from ministack.services import cloudwatch as cw

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record
from local.gaps.cloudwatch import _insights, _statistics
from local.gaps.cloudwatch._metric_math import Frame, MathError, Series, Value, evaluate, names

LEANS_ON = {
    "services.cloudwatch._metrics": "AccountRegionScopedDict",
    "services.cloudwatch._metric_bucket": "(key)",
    "services.cloudwatch._evict_old_metrics": "()",
    "services.cloudwatch._store_datum": ("(namespace, name, dims, ts, unit, value, values, counts, stat_values)"),
    "services.cloudwatch.record_metric": "(namespace, metric_name, value, unit='None', dimensions=None)",
    "services.cloudwatch._get_metric_data": "(params, cbor_data, is_cbor, is_json=False)",
    "services.cloudwatch._dims_key": "(dims)",
    "services.cloudwatch._calc_stats": "(points)",
    "services.cloudwatch._stat_value": "(stats, stat_name, points=None)",
    "services.cloudwatch._is_percentile_stat": "(stat_name)",
    "services.cloudwatch._percentile_samples": "(points)",
    "services.cloudwatch._parse_ts": "(value)",
    "services.cloudwatch._ts_iso": "(epoch)",
    "services.cloudwatch._cbor_metric_data_result": "(result)",
    "services.cloudwatch._cbor_ok": "(data)",
    "services.cloudwatch._json_ok": "(data)",
    "services.cloudwatch._error": "(code, message, status, use_json=False, use_cbor=False)",
}

STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{0,10})?|100)")

#: Held by everything that adds, evicts or reads metric points.
_lock = threading.RLock()


def is_statistic(name: str) -> bool:
    """Whether ``name`` is a statistic: a basic one, a percentile, or one that leaves values out."""
    return name in STATISTICS or _PERCENTILE.fullmatch(name) is not None or _statistics.parse(name) is not None


def read(
    metric: Mapping[str, Json], statistic: str, period: int, start: float, end: float, unit: str | None = None
) -> Series:
    """The values of exactly this metric in ``start <= t < end``, by the start of each aligned period (epoch
    seconds).

    ``metric`` is {Namespace, MetricName, Dimensions}. Raises MathError for a statistic that is not supported.
    """
    if not is_statistic(statistic):
        raise MathError(f"{statistic} is no statistic.")
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    key = (metric.get("Namespace"), metric.get("MetricName"), cw._dims_key(dimensions))
    buckets: dict[int, list[Record]] = {}
    with _lock:
        for point in cw._metrics.get(key) or []:
            if start <= point["Timestamp"] < end and unit in (None, point["Unit"]):
                buckets.setdefault(int(point["Timestamp"] // period) * period, []).append(point)
    values = {stamp: cw._stat_value(cw._calc_stats(points), statistic, points) for stamp, points in buckets.items()}
    return {stamp: float(value) for stamp, value in values.items() if value is not None}


def select(text: str, period: int, start: float, end: float) -> Series:
    """The values of a Metrics Insights query in ``start <= t < end``. Raises MathError."""
    try:
        query = _insights.parse(text)
    except _insights.QueryError as error:
        raise MathError(str(error)) from error
    buckets: dict[int, list[float]] = {}
    with _lock:
        for (namespace, name, _), points in list(cw._metrics.items()):
            for point in points:
                taken = query.takes(namespace, name, point.get("Dimensions") or {})
                if taken and start <= point["Timestamp"] < end:
                    stamp = int(point["Timestamp"] // period) * period
                    number = (point.get("_stat") or {}).get("SampleCount") or point.get("Count", 1)
                    buckets.setdefault(stamp, []).extend([point["Value"]] * int(number))
    return {stamp: query.of(values) for stamp, values in buckets.items()}


def used(expression: str) -> set[str]:
    """The ids that an expression uses; a query uses none. Raises MathError for one that is neither."""
    return set() if _insights.is_query(expression) else names(expression)


def one_query(queries: Iterable[Record]) -> None:
    """A request, or an alarm, has at most one Metrics Insights query, and that one its Period (API reference,
    GetMetricData; MetricDataQuery, "Period"). Raises MathError."""
    found = [query for query in queries if _insights.is_query(query.get("Expression") or "")]
    if len(found) > 1:
        raise MathError("Only one Metrics Insights query is allowed in a request.")
    if found and not found[0].get("Period"):
        raise MathError(f"Period must be specified for the query {found[0]['Id']}.")
    for query in found:
        select(query["Expression"], 60, 0, 0)


def store(namespace: str, name: str, dimensions: Record, timestamp: float, unit: str, values: list[float]) -> None:
    """Add values observed at ``timestamp`` (epoch seconds) to a metric."""
    cw._store_datum(namespace, name, dimensions, timestamp, unit, None, values, None, None)


def period_of(queries: Iterable[Record]) -> int:
    """The period in seconds of a set of queries: the longest of its metrics, else of its expressions, else
    60.
    """
    stats = [int(query["MetricStat"].get("Period", 60)) for query in queries if query.get("MetricStat")]
    plain = [int(query["Period"]) for query in queries if query.get("Period")]
    return max(stats or plain or [60])


def compute(queries: list[Record], start: float, end: float, period: int) -> dict[str, Value]:
    """The value of every query by its id, expressions after what they use. Raises MathError."""
    first = int(start // period) * period
    stamps = tuple(range(first, int(end - 1e-9) + 1, period))
    series: dict[str, Value] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            own = int(stat.get("Period", period))
            series[query["Id"]] = read(stat["Metric"], stat["Stat"], own, start, end, stat.get("Unit"))
    waiting = [query for query in queries if query.get("Expression")]
    for query in [each for each in waiting if _insights.is_query(each["Expression"])]:
        series[query["Id"]] = select(query["Expression"], int(query["Period"]), start, end)
        waiting.remove(query)
    while waiting:
        ready = [query for query in waiting if used(query["Expression"]) <= series.keys()]
        if not ready:
            raise MathError(f"The expression {waiting[0]['Expression']} uses an id that no query has.")
        for query in ready:
            series[query["Id"]] = evaluate(query["Expression"], Frame(dict(series), stamps, period))
            waiting.remove(query)
    return series


def _result(query: Record, label: str, series: Series, newest_first: bool) -> Record:
    stamps = sorted(series, reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or label,
        "Timestamps": [cw._ts_iso(stamp) for stamp in stamps],
        "Values": [series[stamp] for stamp in stamps],
        "StatusCode": "Complete",
    }


def _results(data: Record) -> list[Record]:
    queries = data.get("MetricDataQueries", [])
    start, end = cw._parse_ts(data.get("StartTime")), cw._parse_ts(data.get("EndTime"))
    end = time.time() if end is None else end
    start = 0.0 if start is None else start
    newest_first = data.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    period = period_of(queries)
    one_query(queries)
    values = compute(queries, start, end, period)
    results = []
    for query in queries:
        if not query.get("ReturnData", True):
            continue
        value = values[query["Id"]]
        label = (query.get("MetricStat") or {}).get("Metric", {}).get("MetricName", query["Id"])
        if isinstance(value, float | int):
            value = {int(start // period) * period: float(value)}
        for series in value if isinstance(value, list) else [value]:
            results.append(_result(query, label, series, newest_first))
    return results


def _with_math(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def get_metric_data(params: Record, cbor_data: Record, is_cbor: bool, is_json: bool = False) -> Answer:
        if not (is_cbor or is_json):
            return original(params, cbor_data, is_cbor, is_json)
        try:
            results = _results(cbor_data)
        except MathError as error:
            return error_answer("ValidationError", str(error), is_cbor, is_json)
        if is_cbor:
            results = [cw._cbor_metric_data_result(result) for result in results]
        body = {"MetricDataResults": results, "Messages": []}
        answer: Answer = cw._cbor_ok(body) if is_cbor else cw._json_ok(body)
        return answer

    return get_metric_data


def _with_trimmed(value: Callable[..., float | None]) -> Callable[..., float | None]:
    def stat_value(stats: Record, stat_name: str, points: list[Record] | None = None) -> float | None:
        trimmed = _statistics.parse(stat_name)
        if trimmed is None:
            return value(stats, stat_name, points)
        samples = cw._percentile_samples(points or [])
        return trimmed.of(samples) if samples else None

    return stat_value


def _or_trimmed(is_percentile: Callable[[str], bool]) -> Callable[[str], bool]:
    def is_extended(stat_name: str) -> bool:
        return is_percentile(stat_name) or _statistics.parse(stat_name) is not None

    return is_extended


def error_answer(code: str, message: str, is_cbor: bool, is_json: bool) -> Answer:
    """An error of CloudWatch in the protocol of the request."""
    answer: Answer = cw._error(code, message, 400, use_json=is_json, use_cbor=is_cbor)
    return answer


def _locked(call: Callable[..., None]) -> Callable[..., None]:
    def with_lock(*args: Json, **kwargs: Json) -> None:
        with _lock:
            call(*args, **kwargs)

    return with_lock


def utc(epoch: float) -> str:
    """A time as CloudWatch writes it in reasons and messages."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%d/%m/%y %H:%M:%S")


def install() -> None:
    """Close the gap in this process."""
    for name in ("record_metric", "_store_datum", "_evict_old_metrics"):
        _seams.replace(f"services.cloudwatch.{name}", _locked)
    _seams.replace("services.cloudwatch._stat_value", _with_trimmed)
    _seams.replace("services.cloudwatch._is_percentile_stat", _or_trimmed)
    _seams.replace("services.cloudwatch._get_metric_data", _with_math)
