"""Alarms look at the clock, at exactly their metric, and act once."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.gaps.cloudwatch.alarms import AlarmRefusedError, validate
from tests.local.gaps.harness import Cloud, until


def put(cloud: Cloud, namespace: str, name: str, value: float, ago: float = 0, **dimensions: str) -> None:
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Value": value,
        "Timestamp": datetime.now(UTC) - timedelta(seconds=ago),
    }
    cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def state(cloud: Cloud, name: str) -> str:
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarms[0]["StateValue"])


def topic(cloud: Cloud) -> tuple[str, str]:
    """A topic's ARN and the URL of a queue behind it."""
    sns, (url, queue) = cloud.client("sns"), cloud.queue()
    arn = sns.create_topic(Name=cloud.name("topic"))["TopicArn"]
    attributes = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    return arn, url


def alarm(cloud: Cloud, namespace: str, **more: Any) -> str:
    name = cloud.name("alarm")
    settings = {
        "AlarmName": name,
        "Namespace": namespace,
        "MetricName": "Value",
        "Statistic": "Sum",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **more,
    }
    settings = {key: value for key, value in settings.items() if value is not None}
    cloud.client("cloudwatch").put_metric_alarm(**settings)
    return name


def ratio(namespace: str) -> list[dict[str, Any]]:
    """Metric math: failures / calls."""

    def stat(name: str) -> dict[str, Any]:
        return {"Metric": {"Namespace": namespace, "MetricName": name}, "Period": 60, "Stat": "Sum"}

    return [
        {"Id": "failures", "MetricStat": stat("Failures"), "ReturnData": False},
        {"Id": "calls", "MetricStat": stat("Calls"), "ReturnData": False},
        {"Id": "ratio", "Expression": "FILL(failures, 0) / calls", "Label": "ratio", "ReturnData": True},
    ]


class TestEvaluation:
    def test_breach_acts_once_and_ends_by_the_clock(self, cloud: Cloud) -> None:
        namespace, (arn, url) = cloud.name("A"), topic(cloud)
        name = alarm(cloud, namespace, AlarmActions=[arn], OKActions=[arn], TreatMissingData="notBreaching")
        until(lambda: state(cloud, name) == "OK")
        put(cloud, namespace, "Value", 3, ago=15)
        until(lambda: state(cloud, name) == "ALARM")
        # Nothing is ever put again: only the clock can end it, after the points of the evaluation range.
        until(lambda: state(cloud, name) == "OK", 45)
        messages = cloud.received(url, 3)
        changes = [(m["OldStateValue"], m["NewStateValue"]) for m in map(json.loads, (m["Body"] for m in messages))]
        assert changes == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM"), ("ALARM", "OK")]

    def test_no_data_at_all_can_alarm(self, cloud: Cloud) -> None:
        name = alarm(cloud, cloud.name("A"), TreatMissingData="breaching")
        until(lambda: state(cloud, name) == "ALARM")

    def test_other_dimensions_do_not_count(self, cloud: Cloud) -> None:
        namespace = cloud.name("A")
        dimensions = [{"Name": "service", "Value": "s"}]
        mine = alarm(cloud, namespace, Dimensions=dimensions, TreatMissingData="notBreaching")
        none = alarm(cloud, namespace, TreatMissingData="notBreaching")
        finer = alarm(cloud, namespace, Dimensions=[*dimensions, {"Name": "f", "Value": "x"}])
        put(cloud, namespace, "Value", 5, service="s", f="x")
        until(lambda: state(cloud, finer) == "ALARM")
        assert (state(cloud, mine), state(cloud, none)) == ("OK", "OK")

    def test_m_of_n(self, cloud: Cloud) -> None:
        namespace = cloud.name("A")
        two = {"Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
        for ago, value in ((150, 5), (90, 0), (30, 0)):
            put(cloud, namespace, "Value", value, ago)
        name = alarm(cloud, namespace, **two)
        until(lambda: state(cloud, name) == "OK")
        put(cloud, namespace, "Value", 5, 90)
        put(cloud, namespace, "Value", 5, 30)
        until(lambda: state(cloud, name) == "ALARM")

    def test_percentile(self, cloud: Cloud) -> None:
        namespace = cloud.name("A")
        values = {"MetricName": "Value", "Values": [float(n) for n in range(100)]}
        cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[values])
        high = alarm(cloud, namespace, Statistic=None, ExtendedStatistic="p90", Threshold=89, Period=60)
        higher = alarm(cloud, namespace, Statistic=None, ExtendedStatistic="p90", Threshold=90, Period=60)
        until(lambda: (state(cloud, high), state(cloud, higher)) == ("ALARM", "OK"))

    def test_metric_math(self, cloud: Cloud) -> None:
        namespace, name = cloud.name("A"), cloud.name("alarm")
        cloudwatch = cloud.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Metrics=ratio(namespace),
            EvaluationPeriods=1,
            Threshold=0.05,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
        put(cloud, namespace, "Calls", 100)
        put(cloud, namespace, "Failures", 5)
        until(lambda: state(cloud, name) == "OK")
        put(cloud, namespace, "Failures", 1)
        until(lambda: state(cloud, name) == "ALARM")
        described = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        assert [query["Id"] for query in described["Metrics"]] == ["failures", "calls", "ratio"]
        assert "MetricName" not in described

    def test_a_topic_that_cloudwatch_may_not_use_gets_nothing(self, cloud: Cloud) -> None:
        (arn, url), (good, good_url) = topic(cloud), topic(cloud)
        sns = cloud.client("sns")
        key = {"AttributeName": "KmsMasterKeyId", "AttributeValue": "alias/aws/sns"}
        sns.set_topic_attributes(TopicArn=arn, **key)
        name = alarm(cloud, cloud.name("A"), TreatMissingData="breaching", AlarmActions=[arn, good])
        until(lambda: state(cloud, name) == "ALARM")
        cloud.received(good_url)
        assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=url)


class TestRefusals:
    @pytest.mark.parametrize(
        "change",
        [
            {"DatapointsToAlarm": 2},
            {"TreatMissingData": "whatever"},
            {"ExtendedStatistic": "p101", "Statistic": None},
            {"Statistic": None, "ExtendedStatistic": "tm101"},
            {"Statistic": None, "ExtendedStatistic": "PR(10%:90%)"},
            {"Period": 90},
            {"ComparisonOperator": "LessThanLowerThreshold"},
        ],
        ids=str,
    )
    def test_what_put_metric_alarm_refuses(self, cloud: Cloud, change: dict[str, Any]) -> None:
        with pytest.raises(ClientError) as error:
            alarm(cloud, cloud.name("A"), **change)
        assert error.value.response["Error"]["Code"] == "ValidationError"

    def test_search_and_unknown_ids(self) -> None:
        base = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
        for expression in ("SEARCH('{A} m', 'Sum', 60)", "other + 1"):
            with pytest.raises(ValueError, match=r"SEARCH|unknown ids"):
                validate({**base, "Metrics": [{"Id": "a", "Expression": expression, "Period": 60}]})
        with pytest.raises(AlarmRefusedError, match="Exactly one"):
            validate({**base, "Metrics": [{**query, "ReturnData": True} for query in ratio("N")]})


class TestTemplate:
    def test_metric_math_of_a_template(self, cloud: Cloud) -> None:
        namespace = cloud.name("A")
        properties = {
            "Metrics": ratio(namespace),
            "EvaluationPeriods": 1,
            "Threshold": "0.05",
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        name = cloud.stack(
            {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}, Name={"Ref": "Alarm"}
        )["Name"]
        put(cloud, namespace, "Calls", 10)
        put(cloud, namespace, "Failures", 5)
        until(lambda: state(cloud, name) == "ALARM")


class TestGetMetricData:
    def test_expressions_and_order(self, cloud: Cloud) -> None:
        namespace, minute = cloud.name("A"), 60
        for ago, calls in ((150, 10), (90, 20), (30, 40)):
            put(cloud, namespace, "Calls", calls, ago)
        put(cloud, namespace, "Failures", 10, 90)
        now = time.time()
        answer = cloud.client("cloudwatch").get_metric_data(
            MetricDataQueries=ratio(namespace), StartTime=now - 5 * minute, EndTime=now + minute
        )
        assert [(r["Id"], r["Values"]) for r in answer["MetricDataResults"]] == [("ratio", [0.0, 0.5, 0.0])]
        stamps = answer["MetricDataResults"][0]["Timestamps"]
        assert stamps == sorted(stamps, reverse=True)

    def test_statistics_that_leave_values_out(self, cloud: Cloud) -> None:
        namespace, now = cloud.name("A"), time.time()
        for calls in (*range(1, 10), 1000):
            put(cloud, namespace, "Calls", calls, 30)
        cloudwatch, wanted = cloud.client("cloudwatch"), {"tm90": 5.0, "IQM": 5.5, "TC(2:5)": 3.0, "p50": 5.5}
        metric = {"Namespace": namespace, "MetricName": "Calls"}
        queries = [
            {"Id": f"q{index}", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": name}}
            for index, name in enumerate(wanted)
        ]
        window = {"StartTime": now - 7200, "EndTime": now + 60}
        answer = cloudwatch.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
        assert [result["Values"] for result in answer] == [[value] for value in wanted.values()]
        (point,) = cloudwatch.get_metric_statistics(**metric, **window, Period=3600, ExtendedStatistics=list(wanted))[
            "Datapoints"
        ]
        assert point["ExtendedStatistics"] == wanted

    def test_an_alarm_on_one(self, cloud: Cloud) -> None:
        namespace = cloud.name("A")
        datum = {"MetricName": "Value", "Values": [1.0, 1000.0], "Counts": [99.0, 1.0]}
        cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])
        changed = {"Statistic": None, "Threshold": 5, "Period": 60}
        mean = alarm(cloud, namespace, **changed, ExtendedStatistic="tm100")
        trimmed = alarm(cloud, namespace, **changed, ExtendedStatistic="tm99")
        until(lambda: state(cloud, mean) == "ALARM")
        until(lambda: state(cloud, trimmed) == "OK")

    def test_unknown_statistic_is_refused(self, cloud: Cloud) -> None:
        metric = {"Namespace": "N", "MetricName": "M"}
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "tm90.x"}}
        with pytest.raises(ClientError):
            cloud.client("cloudwatch").get_metric_data(
                MetricDataQueries=[query], StartTime=time.time() - 60, EndTime=time.time()
            )
