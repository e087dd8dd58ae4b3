"""CloudWatch: what PutMetricData accepts.

AWS: no namespace that begins with AWS/, at most 1,000 metrics, 30 dimensions and 150 values for each, finite numbers
between -2^360 and 2^360, a time from two weeks ago to two hours ahead, a unit of the list, Value or StatisticValues
or Values with as many Counts, a resolution of 1 or 60 s (API reference, PutMetricData, MetricDatum, Dimension; User
Guide, "CloudWatch quotas"). InvalidParameterValue, InvalidParameterCombination, MissingParameter, in all three
protocols.
MiniStack: takes whatever comes.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from itertools import count

from ministack.services import cloudwatch as cw

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Answer, Json, Record
from local.gaps.cloudwatch.metric_data import error_answer

LEANS_ON = {
    "services.cloudwatch._put_metric_data": "(params, cbor_data, is_cbor, is_json=False)",
    "services.cloudwatch._parse_ts": "(value)",
    "services.cloudwatch._error": "(code, message, status, use_json=False, use_cbor=False)",
}

MAX_METRICS = 1000
MAX_DIMENSIONS = 30
MAX_VALUES = 150
LARGEST = 2.0**360
OLDEST, NEWEST = 14 * 24 * 3600, 2 * 3600

_STATISTICS = ("SampleCount", "Sum", "Minimum", "Maximum")
_NAME = re.compile(r"[\x20-\x7e]*")


def _value(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValue", message)


def from_query(params: Record) -> Record:
    """The members of a request of the query protocol: ``A.member.1.B`` becomes a list of objects."""
    tree: Record = {}
    for name, value in params.items():
        place = tree
        *path, last = name.split(".")
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value[0] if isinstance(value, list) else value
    return dict(_lists(tree))


def _lists(tree: Json) -> Json:
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"member"}:
        items = tree["member"]
        return [_lists(items[key]) for key in sorted(items, key=int)]
    return {name: _lists(value) for name, value in tree.items()}


def _number(value: Json, path: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise _value(f"The value {value} for parameter {path} is invalid.")
    return number


def _values(datum: Record, path: str) -> None:
    given = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) not in (None, [], {})]
    if ("StatisticValues" in given and len(given) > 1) or {"Value", "Values"} <= set(given):
        raise RefusedError(
            "InvalidParameterCombination",
            f"The parameters {path}.{given[0]} and {path}.{given[1]} are mutually exclusive and you have specified "
            "both.",
        )
    if not given:
        raise RefusedError("MissingParameter", f"At least one of the parameters {path}.Value must be specified.")
    if "Value" in given:
        _number(datum["Value"], f"{path}.Value")
    values, counts = datum.get("Values") or [], datum.get("Counts")
    for name, numbers in (("Values", values), ("Counts", counts or [])):
        if len(numbers) > MAX_VALUES:
            raise _value(f"The collection {path}.{name} must not have a size greater than {MAX_VALUES}.")
        for index, number in enumerate(numbers, 1):
            _number(number, f"{path}.{name}.member.{index}")
    if counts and len(counts) != len(values):
        raise _value(f"The collections {path}.Values and {path}.Counts must be of the same size.")
    if "StatisticValues" in given:
        _statistics(datum["StatisticValues"], f"{path}.StatisticValues")


def _statistics(values: Record, path: str) -> None:
    for name in _STATISTICS:
        if values.get(name) is None:
            raise RefusedError("MissingParameter", f"The parameter {path}.{name} is required.")
    numbers = {name: _number(values[name], f"{path}.{name}") for name in _STATISTICS}
    if numbers["SampleCount"] < 0 or numbers["Minimum"] > numbers["Maximum"]:
        raise _value(f"The values of {path} contradict each other.")


def _dimensions(dimensions: list[Record], path: str) -> None:
    if len(dimensions) > MAX_DIMENSIONS:
        raise _value(f"The collection {path} must not have a size greater than {MAX_DIMENSIONS}.")
    for index, dimension in enumerate(dimensions, 1):
        for name, most in (("Name", 255), ("Value", 1024)):
            text = str(dimension.get(name) or "")
            if not text.strip() or len(text) > most or not _NAME.fullmatch(text):
                raise _value(f"The value {text} for parameter {path}.member.{index}.{name} is invalid.")
        if str(dimension["Name"]).startswith(":"):
            raise _value(f"The value {dimension['Name']} for parameter {path}.member.{index}.Name is invalid.")


def _datum(datum: Record, path: str, now: float) -> None:
    name = datum.get("MetricName")
    if not name:
        raise RefusedError("MissingParameter", f"The parameter {path}.MetricName is required.")
    if len(str(name)) > 255 or not _NAME.fullmatch(str(name)):
        raise _value(f"The value {name} for parameter {path}.MetricName is invalid.")
    units = _doors.model("cloudwatch").model["shapes"]["StandardUnit"]["enum"]
    if datum.get("Unit") and datum["Unit"] not in units:
        raise _value(f"The parameter {path}.Unit must be a value in the set [ {', '.join(units)} ].")
    if datum.get("StorageResolution") is not None and int(datum["StorageResolution"]) not in (1, 60):
        raise _value(f"The parameter {path}.StorageResolution must be 1 or 60.")
    stamp = cw._parse_ts(datum["Timestamp"]) if datum.get("Timestamp") else now
    if stamp is None or not now - OLDEST <= stamp <= now + NEWEST:
        raise _value(
            f"The parameter {path}.Timestamp must specify a time within the past two weeks and at most two hours ahead."
        )
    _dimensions(datum.get("Dimensions") or [], f"{path}.Dimensions")
    _values(datum, path)


def check(data: Record) -> None:
    """Raise RefusedError for a request that CloudWatch does not take."""
    namespace = str(data.get("Namespace") or "")
    if not namespace:
        raise RefusedError("MissingParameter", "The parameter Namespace is required.")
    if namespace.startswith(("AWS/", ":")) or len(namespace) > 255 or not _NAME.fullmatch(namespace):
        raise _value(f"The value {namespace} for parameter Namespace is invalid.")
    metrics: list[Record] = data.get("MetricData") or []
    if len(metrics) > MAX_METRICS:
        raise _value(f"The collection MetricData must not have a size greater than {MAX_METRICS}.")
    now = time.time()
    for index, datum in zip(count(1), metrics, strict=False):
        _datum(datum, f"MetricData.member.{index}", now)


def guarded(rule: Callable[[Record], None]) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """For ``_seams.replace``: one operation of CloudWatch behind ``rule``, in whichever protocol it comes."""

    def make(operation: Callable[..., Answer]) -> Callable[..., Answer]:
        def checked(params: Record, cbor_data: Record, is_cbor: bool, is_json: bool = False) -> Answer:
            try:
                rule(cbor_data if is_cbor or is_json else from_query(params))
            except RefusedError as refused:
                return error_answer(refused.code, refused.message, is_cbor, is_json)
            return operation(params, cbor_data, is_cbor, is_json)

        return checked

    return make


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudwatch._put_metric_data", guarded(check))
