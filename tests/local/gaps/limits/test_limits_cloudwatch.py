"""CloudWatch refuses data, alarms, dashboards, log groups and filters that are none."""

from __future__ import annotations

import json
import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.gaps._doors import RefusedError
from local.gaps.cloudwatch import points
from tests.local.gaps.harness import Cloud
from tests.local.gaps.refusals import answered, refused, stack_refused

VALUE, COMBINATION, MISSING = "InvalidParameterValue", "InvalidParameterCombination", "MissingParameter"
STATISTICS = {"SampleCount": 1.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}


def ago(**time_: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time_)


DATA: list[tuple[dict[str, Any], str, str]] = [
    ({"Value": math.nan}, VALUE, "MetricData.member.1.Value"),
    ({"Value": math.inf}, VALUE, "MetricData.member.1.Value"),
    ({"Value": -math.inf}, VALUE, "MetricData.member.1.Value"),
    ({"Value": 2.0**361}, VALUE, "MetricData.member.1.Value"),
    ({"Value": -(2.0**361)}, VALUE, "MetricData.member.1.Value"),
    ({"Values": [1.0, math.nan]}, VALUE, "Values.member.2"),
    ({"Values": [1.0] * 151}, VALUE, "150"),
    ({"Values": [1.0, 2.0], "Counts": [1.0]}, VALUE, "same size"),
    ({"Value": 1.0, "StatisticValues": STATISTICS}, COMBINATION, "mutually exclusive"),
    ({"Value": 1.0, "Values": [1.0]}, COMBINATION, "mutually exclusive"),
    ({}, MISSING, "Value"),
    ({"StatisticValues": {**STATISTICS, "Minimum": 2.0}}, VALUE, "contradict"),
    ({"StatisticValues": {**STATISTICS, "Sum": math.nan}}, VALUE, "StatisticValues.Sum"),
    ({"Value": 1.0, "Unit": "Furlongs"}, VALUE, "Unit"),
    ({"Value": 1.0, "StorageResolution": 30}, VALUE, "StorageResolution"),
    ({"Value": 1.0, "Timestamp": ago(days=15)}, VALUE, "Timestamp"),
    ({"Value": 1.0, "Timestamp": ago(hours=-3)}, VALUE, "Timestamp"),
    ({"Value": 1.0, "MetricName": "x" * 256}, VALUE, "MetricName"),
    ({"Value": 1.0, "Dimensions": [{"Name": f"d{n}", "Value": "x"} for n in range(31)]}, VALUE, "30"),
    ({"Value": 1.0, "Dimensions": [{"Name": ":d", "Value": "x"}]}, VALUE, "Name"),
    ({"Value": 1.0, "Dimensions": [{"Name": "d", "Value": " "}]}, VALUE, "Dimensions"),
]


class TestData:
    @pytest.mark.parametrize(("datum", "code", "says"), DATA, ids=lambda value: str(value)[:60])
    def test_cbor(self, cloud: Cloud, datum: dict[str, Any], code: str, says: str) -> None:
        put = cloud.client("cloudwatch").put_metric_data
        refused(put, code, says, Namespace="Mine", MetricData=[{"MetricName": "m", **datum}])

    @pytest.mark.parametrize("namespace", ["AWS/Lambda", ":mine", "x" * 256])
    def test_namespaces(self, cloud: Cloud, namespace: str) -> None:
        data = [{"MetricName": "m", "Value": 1.0}]
        refused(cloud.client("cloudwatch").put_metric_data, VALUE, "Namespace", Namespace=namespace, MetricData=data)

    def test_a_thousand_and_not_one_more(self, cloud: Cloud) -> None:
        put, data = cloud.client("cloudwatch").put_metric_data, [{"MetricName": "m", "Value": 1.0}] * 1001
        refused(put, VALUE, "1000", Namespace="Mine", MetricData=data)
        put(Namespace="Mine", MetricData=data[:1000])

    def test_what_is_just_right(self, cloud: Cloud) -> None:
        good = [
            {"Value": 2.0**360, "Timestamp": ago(days=13.9)},
            {"Value": 0.0, "Timestamp": ago(hours=-1.9), "StorageResolution": 1},
            {"Values": [1.0] * 150, "Counts": [2.0] * 150, "Unit": "Bytes/Second"},
            {"StatisticValues": STATISTICS, "Dimensions": [{"Name": f"d{n}", "Value": "x"} for n in range(30)]},
        ]
        data = [{"MetricName": "m", **one} for one in good]
        cloud.client("cloudwatch").put_metric_data(Namespace="Mine", MetricData=data)

    def test_the_query_protocol(self, cloud: Cloud) -> None:
        """As older SDKs send it; the answer is read from XML."""
        body = "Action=PutMetricData&Namespace=Mine&MetricData.member.1.MetricName=m&MetricData.member.1.Value="
        assert "<Code>InvalidParameterValue</Code>" in answered(cloud, "monitoring", "/", body + "NaN")
        assert "MetricData.member.1.Unit" in answered(
            cloud, "monitoring", "/", body + "1&MetricData.member.1.Unit=Furlongs"
        )
        assert "PutMetricDataResponse" in answered(cloud, "monitoring", "/", body + "1")

    def test_lists_of_the_query_protocol(self) -> None:
        given = {"A": ["b"], "L.member.2.X": ["2"], "L.member.1.X": ["1"], "L.member.10.X": "10"}
        assert points.from_query(given) == {"A": "b", "L": [{"X": "1"}, {"X": "2"}, {"X": "10"}]}

    def test_numbers_as_text(self) -> None:
        with pytest.raises(RefusedError, match="invalid"):
            points.check({"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": "many"}]})


ALARM = {
    "MetricName": "m",
    "Namespace": "Mine",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
ALARMS: list[dict[str, Any]] = [
    {"Period": 45},
    {"Period": 15},
    {"Period": 60, "EvaluationPeriods": 1441},
    {"Period": 3600, "EvaluationPeriods": 169},
    {"Statistic": "Median"},
    {"ExtendedStatistic": "p99"},
    {"Statistic": None},
    {"Threshold": None},
    {"Period": None},
    {"Namespace": None},
    {"ComparisonOperator": "Above"},
    {"Unit": "Furlongs"},
    {"DatapointsToAlarm": 2},
    {"TreatMissingData": "guess"},
    {"AlarmActions": [f"arn:aws:sns:us-east-1:123456789012:t{n}" for n in range(6)]},
    {"AlarmDescription": "x" * 1025},
]


class TestAlarms:
    @pytest.mark.parametrize("members", ALARMS, ids=str)
    def test_both_doors(self, cloud: Cloud, members: dict[str, Any]) -> None:
        alarm = {name: value for name, value in {**ALARM, **members}.items() if value is not None}
        put = cloud.client("cloudwatch").put_metric_alarm
        refused(put, "ValidationError", "", AlarmName=cloud.name("alarm"), **alarm)
        stack_refused(cloud, "AWS::CloudWatch::Alarm", alarm)

    @pytest.mark.parametrize(("period", "periods"), [(10, 3), (60, 1440), (3600, 168), (86400, 7)])
    def test_a_day_or_a_week(self, cloud: Cloud, period: int, periods: int) -> None:
        alarm = {**ALARM, "Period": period, "EvaluationPeriods": periods}
        cloud.client("cloudwatch").put_metric_alarm(AlarmName=cloud.name("alarm"), **alarm)


BODIES: list[Any] = [
    "{",
    [],
    {},
    {"widgets": "none"},
    {"widgets": ["one"]},
    {"widgets": [{"type": "poem", "properties": {}}]},
    {"widgets": [{"type": "text"}]},
    {"widgets": [{"type": "text", "properties": {"markdown": "x"}, "x": 24}]},
    {"widgets": [{"type": "text", "properties": {"markdown": "x"}, "width": 25}]},
    {"widgets": [{"type": "text", "properties": {"markdown": "x"}, "height": "6"}]},
    {"widgets": [{"type": "text", "properties": {"markdown": "x"}}] * 501},
]


class TestDashboards:
    @pytest.mark.parametrize("body", BODIES, ids=lambda value: str(value)[:60])
    def test_both_doors(self, cloud: Cloud, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        put = cloud.client("cloudwatch").put_dashboard
        refused(put, "InvalidParameterInput", "body is invalid", DashboardName=cloud.name("d"), DashboardBody=text)
        stack_refused(cloud, "AWS::CloudWatch::Dashboard", {"DashboardBody": text}, "body is invalid")

    def test_names_and_a_good_one(self, cloud: Cloud) -> None:
        put, body = cloud.client("cloudwatch").put_dashboard, json.dumps({"widgets": [], "start": "-PT1H"})
        refused(put, "InvalidParameterInput", "DashboardName", DashboardName="a b", DashboardBody=body)
        put(DashboardName=cloud.name("d"), DashboardBody=body)


METRIC = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
FILTERS: list[dict[str, Any]] = [
    {"filterName": "a:b"},
    {"filterPattern": "[a, b"},
    {"filterPattern": "{ $.a = 1"},
    {"filterPattern": '"open'},
    {"metricTransformations": [METRIC, METRIC]},
    {"metricTransformations": [{**METRIC, "metricValue": "many"}]},
    {"metricTransformations": [{**METRIC, "unit": "Furlongs"}]},
    {"metricTransformations": [{**METRIC, "metricName": "a:b"}]},
    {"metricTransformations": [{**METRIC, "dimensions": {f"d{n}": "$.a" for n in range(4)}}]},
    {"metricTransformations": [{**METRIC, "dimensions": {"d": "$.a"}, "defaultValue": 0.0}]},
]


class TestLogs:
    @pytest.fixture(scope="class")
    @classmethod
    def group(cls, cloud: Cloud) -> str:
        name = cloud.name("group")
        cloud.client("logs").create_log_group(logGroupName=name)
        return name

    @pytest.mark.parametrize("members", FILTERS, ids=lambda value: str(value)[:80])
    def test_metric_filters(self, cloud: Cloud, group: str, members: dict[str, Any]) -> None:
        good = {"logGroupName": group, "filterName": "f", "filterPattern": "", "metricTransformations": [METRIC]}
        refused(cloud.client("logs").put_metric_filter, "InvalidParameterException", "", **{**good, **members})
        stack_refused(cloud, "AWS::Logs::MetricFilter", upper({**good, **members}))

    @pytest.mark.parametrize("days", [2, 0, 4000])
    def test_retention(self, cloud: Cloud, group: str, days: int) -> None:
        put = cloud.client("logs").put_retention_policy
        refused(put, "InvalidParameterException", "retentionInDays", logGroupName=group, retentionInDays=days)
        stack_refused(cloud, "AWS::Logs::LogGroup", {"RetentionInDays": days})

    @pytest.mark.parametrize("members", [{"logGroupName": "a b"}, {"logGroupClass": "COLD"}], ids=str)
    def test_groups(self, cloud: Cloud, members: dict[str, str]) -> None:
        request = {"logGroupName": cloud.name("g"), **members}
        refused(cloud.client("logs").create_log_group, "InvalidParameterException", "", **request)
        stack_refused(cloud, "AWS::Logs::LogGroup", upper(request))

    def test_events(self, cloud: Cloud, group: str) -> None:
        logs, now = cloud.client("logs"), int(time.time() * 1000)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        refused(logs.create_log_stream, "InvalidParameterException", "", logGroupName=group, logStreamName="a:b")
        where = {"logGroupName": group, "logStreamName": "s"}
        backwards = [{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]
        refused(logs.put_log_events, "InvalidParameterException", "chronological", **where, logEvents=backwards)
        large = [{"timestamp": now, "message": "x" * (1024 * 1024 + 1)}]
        refused(logs.put_log_events, "InvalidParameterException", "too large", **where, logEvents=large)
        logs.put_log_events(**where, logEvents=backwards[::-1])


def upper(value: Any) -> Any:
    """Members of a request as properties of a template."""
    if isinstance(value, list):
        return [upper(item) for item in value]
    if isinstance(value, dict):
        return {
            key[0].upper() + key[1:]: [{"Key": k, "Value": v} for k, v in item.items()]
            if key == "dimensions"
            else upper(item)
            for key, item in value.items()
        }
    return value
