"""CloudWatch alarms that look at the clock.

AWS: an alarm is evaluated again and again whether data comes or not, over aligned periods, M of the last N,
on the metric with exactly its dimensions, on a metric math expression or on a Metrics Insights query;
TreatMissingData decides about gaps, and a change of state acts once (User Guide, "Alarm evaluation" and
"Configuring how CloudWatch alarms treat missing data"; API reference, PutMetricAlarm). An alarm cannot SEARCH.
An action on a topic needs that topic's policy to let CloudWatch publish, and a key whose policy names CloudWatch:
with ``alias/aws/sns`` nothing is ever delivered (User Guide, "Notifying users on alarm changes").
MiniStack: evaluates on PutMetricData only, over all dimensions at once, one value for the whole window,
without M of N or missing data; loses ``Metrics`` (metric math) and refuses it in a template; asks no topic
policy.

MiniStack's own evaluation is switched off here. A thread looks at every alarm every two seconds, AWS every
minute (every ten seconds for short periods): alarms are early here, never late. The clock of the alarms, and of
nothing else, can be put forward (``_control``): so a test sees in seconds what takes a day.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence

from ministack.services import cloudwatch as cw
from ministack.services import sns

from local.gaps import _authority, _seams
from local.gaps._types import Answer, Json, Record
from local.gaps.cloudwatch._alarm_state import COMPARISONS, EXTRA_POINTS, State, state_of
from local.gaps.cloudwatch._metric_math import MathError
from local.gaps.cloudwatch.metric_data import compute, error_answer, is_statistic, one_query, period_of, used, utc

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.cloudwatch._alarms": "AccountRegionScopedDict",
    "services.cloudwatch._evaluate_alarm": "(alarm)",
    "services.cloudwatch._evaluate_all_alarms": "()",
    "services.cloudwatch._evaluate_parent_alarms": "(child, seen=frozenset())",
    "services.cloudwatch._dispatch_alarm_actions": "(alarm, old_state, new_state, reason)",
    "services.cloudwatch._is_sns_action_arn": "(action)",
    "services.cloudwatch._record_history": (
        "(alarm_name, old_state, new_state, reason, alarm_type='MetricAlarm', reason_data=None)"
    ),
    "services.cloudwatch._put_metric_alarm": "(params, cbor_data, is_cbor, is_json=False)",
    "services.cloudwatch._set_alarm_state": "(params, cbor_data, is_cbor, is_json=False)",
    "services.cloudformation.provisioners._cw_metric_alarm_record": "(name, props)",
    "services.sns._topic_by_arn_any_scope": "(topic_arn)",
}

#: Seconds between two looks at all alarms.
LOOK_EVERY = 2.0

_log = logging.getLogger("local.gaps.cloudwatch.alarms")

#: Held while a state changes, so that an evaluation and a SetAlarmState do not both act on one change.
_lock = threading.RLock()

#: Seconds that the clock of the alarms is ahead of the machine's.
_ahead = 0.0

_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_MATH_LEAVES_OUT = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")


class AlarmRefusedError(ValueError):
    """CloudWatch would refuse this alarm, or the local cloud cannot evaluate it."""


def _queries(alarm: Record) -> list[Record]:
    """The alarm's metric data queries; a plain metric becomes one."""
    if alarm.get("Metrics"):
        return list(alarm["Metrics"])
    metric = {key: alarm.get(key) for key in ("Namespace", "MetricName")} | {"Dimensions": alarm.get("Dimensions")}
    stat = {
        "Metric": metric,
        "Period": alarm.get("Period", 60),
        "Stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
        "Unit": alarm.get("Unit") or None,
    }
    return [{"Id": "m", "MetricStat": stat, "ReturnData": True}]


def _returned(queries: Sequence[Record]) -> Record:
    shown = [query for query in queries if query.get("ReturnData", True)]
    if len(shown) != 1:
        raise AlarmRefusedError(f"Exactly one element of Metrics may return data, {len(shown)} do.")
    return shown[0]


def validate(alarm: Record) -> None:
    """Raise AlarmRefusedError, or MathError, for an alarm that AWS would not accept."""
    periods = int(alarm.get("EvaluationPeriods") or 0)
    if periods < 1 or not 1 <= int(alarm.get("DatapointsToAlarm") or periods) <= periods:
        raise AlarmRefusedError("DatapointsToAlarm must be between 1 and EvaluationPeriods.")
    if alarm.get("ComparisonOperator") not in COMPARISONS:
        raise AlarmRefusedError(f"ComparisonOperator {alarm.get('ComparisonOperator')} is not supported.")
    treated = alarm.get("TreatMissingData") or "missing"
    if treated not in ("missing", "ignore", "breaching", "notBreaching"):
        raise AlarmRefusedError(f"TreatMissingData must not be {treated}.")
    if alarm.get("Metrics") and alarm.get("MetricName"):
        raise AlarmRefusedError("An alarm has either Metrics or MetricName, not both.")
    queries = _queries(alarm)
    _returned(queries)
    one_query(queries)
    ids = {query["Id"] for query in queries}
    for query in queries:
        if query.get("Expression"):
            missing = used(query["Expression"]) - ids
            if missing:
                raise AlarmRefusedError(f"The expression {query['Expression']} uses the unknown ids {missing}.")
        elif not is_statistic(query["MetricStat"]["Stat"]):
            raise AlarmRefusedError(f"The statistic {query['MetricStat']['Stat']} is not supported.")
    period = period_of(queries)
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise AlarmRefusedError("Period must be 10, 20, 30 or a multiple of 60 seconds.")


def data_points(alarm: Record, now: float) -> list[tuple[int, float | None]]:
    """Start (epoch seconds) and value of the periods that an evaluation at ``now`` retrieves, oldest
    first.
    """
    queries = _queries(alarm)
    period = period_of(queries)
    last = int(now // period) * period
    count = int(alarm["EvaluationPeriods"]) + EXTRA_POINTS
    stamps = [last - period * back for back in reversed(range(count))]
    value = compute(queries, stamps[0], last + period, period)[_returned(queries)["Id"]]
    if isinstance(value, list):
        raise MathError("An alarm needs a single time series.")
    return [(stamp, value.get(stamp) if isinstance(value, dict) else value) for stamp in stamps]


def evaluate(alarm: Record, now: float) -> tuple[State, str, Record]:
    """New state, reason in words and reason data of an alarm at ``now`` (epoch seconds)."""
    points = data_points(alarm, now)
    compare, threshold = COMPARISONS[alarm["ComparisonOperator"]], float(alarm["Threshold"])
    breaching = [None if value is None else compare(value, threshold) for _, value in points]
    periods = int(alarm["EvaluationPeriods"])
    state = state_of(
        breaching,
        periods,
        int(alarm.get("DatapointsToAlarm") or periods),
        alarm.get("TreatMissingData") or "missing",
        alarm["StateValue"],
    )
    real = [(stamp, value) for stamp, value in points if value is not None][-periods:]
    shown = ", ".join(f"{value} ({utc(stamp)})" for stamp, value in real)
    if state == "INSUFFICIENT_DATA":
        reason = f"Insufficient Data: {periods} datapoints were unknown."
    else:
        verb = "crossed" if state == "ALARM" else "did not cross"
        filled = "" if real else f" (missing data is treated as {alarm.get('TreatMissingData')})"
        reason = f"Threshold Crossed: {len(real)} datapoints [{shown}] {verb} the threshold ({threshold}){filled}."
    data = {
        "version": "1.0",
        "period": period_of(_queries(alarm)),
        "recentDatapoints": [value for _, value in real],
        "threshold": threshold,
    }
    return state, reason, data


def look_at(alarm: Record, now: float) -> None:
    """Evaluate one alarm and act on a change of its state."""
    try:
        state, reason, data = evaluate(alarm, now)
    except (MathError, AlarmRefusedError) as error:
        _log.warning("Alarm %s cannot be evaluated: %s", alarm["AlarmName"], error)
        return
    with _lock:
        old = alarm["StateValue"]
        if state == old or cw._alarms.get(alarm["AlarmName"]) is not alarm:
            return
        moment = int(now)
        alarm.update(
            StateValue=state,
            StateReason=reason,
            StateReasonData=json.dumps(data),
            StateUpdatedTimestamp=moment,
            StateTransitionedTimestamp=moment,
        )
        cw._record_history(alarm["AlarmName"], old, state, reason, reason_data=data)
        cw._dispatch_alarm_actions(alarm, old, state, reason)
        cw._evaluate_parent_alarms(alarm)


def now() -> float:
    """Epoch seconds by the clock of the alarms."""
    return time.time() + _ahead


def put_forward(seconds: float) -> None:
    """Let the clock of the alarms go on by that much; it never goes back. Every alarm is looked at."""
    global _ahead  # noqa: PLW0603 - one clock, as there is one thread that looks at it
    _ahead += max(0.0, seconds)
    look_at_all(now())


def look_at_all(now: float) -> None:
    """Evaluate every metric alarm of the default account and region."""
    for alarm in list(cw._alarms.values()):
        look_at(alarm, now)


def _look_for_ever() -> None:
    while True:
        time.sleep(LOOK_EVERY)
        try:
            look_at_all(now())
        except Exception:  # noqa: BLE001 - one broken alarm must not blind the others for the rest of the run
            _log.exception("The alarms could not be evaluated.")


def _deliverable(alarm: Record, action: str) -> bool:
    """Whether CloudWatch may and can publish to the topic ``action``; says why not."""
    if not cw._is_sns_action_arn(action):
        return True
    topic = sns._topic_by_arn_any_scope(action)
    key = ((topic or {}).get("attributes") or {}).get("KmsMasterKeyId") or ""
    if topic is None:
        problem = "does not exist"
    elif key.endswith("alias/aws/sns"):
        problem = "is encrypted with alias/aws/sns, whose key CloudWatch may not use"
    elif not _authority.service_may("cloudwatch.amazonaws.com", "sns:Publish", action, alarm["AlarmArn"]):
        problem = "has a policy that does not let cloudwatch.amazonaws.com publish"
    else:
        return True
    _log.warning("Alarm %s: failed to execute action %s: the topic %s.", alarm["AlarmName"], action, problem)
    return False


def _permitted(dispatch: Callable[..., None]) -> Callable[..., None]:
    def dispatch_alarm_actions(alarm: Record, old_state: str, new_state: str, reason: str) -> None:
        allowed = {
            field: [action for action in alarm.get(field) or [] if _deliverable(alarm, action)] for field in _ACTIONS
        }
        dispatch({**alarm, **allowed}, old_state, new_state, reason)

    return dispatch_alarm_actions


def _keeping_metrics(put: Callable[..., Answer]) -> Callable[..., Answer]:
    def put_metric_alarm(params: Record, cbor_data: Record, is_cbor: bool, is_json: bool = False) -> Answer:
        if not (is_cbor or is_json):
            return put(params, cbor_data, is_cbor, is_json)
        try:
            validate(cbor_data)
        except (AlarmRefusedError, MathError) as error:
            return error_answer("ValidationError", str(error), is_cbor, is_json)
        with _lock:
            answer = put(params, cbor_data, is_cbor, is_json)
            if answer[0] == 200 and cbor_data.get("Metrics"):
                _become_math(cw._alarms[cbor_data["AlarmName"]], cbor_data["Metrics"])
        return answer

    return put_metric_alarm


def _become_math(alarm: Record, metrics: list[Record]) -> None:
    for field in _MATH_LEAVES_OUT:
        alarm.pop(field, None)
    alarm["Metrics"] = metrics


def _numbers(query: Record) -> Record:
    """A query of a template, where numbers and booleans may be text."""
    query = json.loads(json.dumps(query))
    if "ReturnData" in query:
        query["ReturnData"] = str(query["ReturnData"]).lower() == "true"
    for holder in (query, query.get("MetricStat") or {}):
        if "Period" in holder:
            holder["Period"] = int(holder["Period"])
    return dict(query)


def _from_template(record: Callable[..., Record]) -> Callable[..., Record]:
    def metric_alarm_record(name: str, props: Record) -> Record:
        metrics = [_numbers(query) for query in props.get("Metrics") or []]
        if not metrics:
            alarm = record(name, props)
        else:
            plain = {key: value for key, value in props.items() if key != "Metrics"}
            alarm = record(name, {**plain, "MetricName": "-", "Namespace": "-"})
            _become_math(alarm, metrics)
        validate(alarm)
        return alarm

    return metric_alarm_record


def _under_lock(call: Callable[..., Json]) -> Callable[..., Json]:
    def locked(*args: Json) -> Json:
        with _lock:
            return call(*args)

    return locked


def install() -> None:
    """Close the gap in this process and start the thread that looks at the alarms."""
    _seams.replace("services.cloudwatch._evaluate_alarm", lambda _original: lambda _alarm: None)
    _seams.replace("services.cloudwatch._evaluate_all_alarms", lambda _original: lambda: None)
    _seams.replace("services.cloudwatch._dispatch_alarm_actions", _permitted)
    _seams.replace("services.cloudwatch._put_metric_alarm", _keeping_metrics)
    _seams.replace("services.cloudwatch._set_alarm_state", _under_lock)
    _seams.replace("services.cloudformation.provisioners._cw_metric_alarm_record", _from_template)
    threading.Thread(target=_look_for_ever, name="alarms", daemon=True).start()
