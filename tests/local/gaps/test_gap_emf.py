"""Embedded metric format becomes metrics, and each invocation counts."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.cloudwatch.emf import EmfError, documents, parse
from tests.local.gaps.harness import Cloud, until

NOW = 1_800_000_000.0


def document(**members: Any) -> dict[str, Any]:
    directive = {
        "Namespace": "Test",
        "Dimensions": [["service"], ["service", "family"]],
        "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"}],
    }
    base = {
        "_aws": {"Timestamp": int(NOW * 1000), "CloudWatchMetrics": [directive]},
        "service": "narration",
        "family": "claude",
        "Latency": [1, 2.5],
    }
    return base | members


class TestFormat:
    def test_each_dimension_set_gets_every_value(self) -> None:
        data = parse(json.dumps(document()), NOW)
        assert [datum.dimensions for datum in data] == [
            (("service", "narration"),),
            (("family", "claude"), ("service", "narration")),
        ]
        assert {(datum.values, datum.unit, datum.timestamp) for datum in data} == {((1.0, 2.5), "Milliseconds", NOW)}

    @pytest.mark.parametrize(
        "members",
        [
            {"Latency": list(range(101))},
            {"Latency": []},
            {"Latency": "fast"},
            {"Latency": True},
            {"family": 7},
            {"family": ""},
            {"family": None},
        ],
        ids=str,
    )
    def test_what_cloudwatch_refuses(self, members: dict[str, Any]) -> None:
        with pytest.raises(EmfError):
            parse(json.dumps(document(**members)), NOW)

    def test_too_many_dimensions(self) -> None:
        keys = [f"d{n}" for n in range(31)]
        broken = document(**dict.fromkeys(keys, "x"))
        broken["_aws"]["CloudWatchMetrics"][0]["Dimensions"] = [keys]
        with pytest.raises(EmfError, match="31 keys"):
            parse(json.dumps(broken), NOW)

    def test_unknown_unit_and_old_timestamp(self) -> None:
        broken = document()
        broken["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] = "Furlongs"
        with pytest.raises(EmfError, match="Furlongs"):
            parse(json.dumps(broken), NOW)
        with pytest.raises(EmfError, match="14 days"):
            parse(json.dumps(document()), NOW + 15 * 24 * 3600)

    def test_a_metric_without_a_value_is_left_out(self) -> None:
        lacking = document()
        del lacking["Latency"]
        assert parse(json.dumps(lacking), NOW) == []

    def test_only_whole_lines_count(self) -> None:
        line = json.dumps(document())
        assert documents(f"START\n{line}\nINFO {line}\n{{}}\n") == [line]

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                            st.sampled_from(["_aws", "CloudWatchMetrics", "Timestamp", "Namespace", "x"]), inner,
                            max_size=4)))  # fmt: skip
    def test_any_json_is_data_or_an_emf_error(self, value: Any) -> None:
        with contextlib.suppress(EmfError):
            assert isinstance(parse(json.dumps(value), NOW), list)


def statistics(cloud: Cloud, namespace: str, name: str, dimensions: dict[str, str], stat: str) -> list[float]:
    """Values of one metric over the last hour."""
    now = datetime.now(UTC)
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1)
    )
    return list(answer["MetricDataResults"][0]["Values"])


EMITTING = """
import json, time
def handler(event, context):
    print(json.dumps({
        "_aws": {"Timestamp": event["at"], "CloudWatchMetrics": [{
            "Namespace": event["namespace"], "Dimensions": [["service"], ["service", "kind"]],
            "Metrics": [{"Name": "Value", "Unit": "Count"}]}]},
        "service": "s", "kind": "k", "Value": event["values"]}))
    if event.get("fail"):
        raise ValueError("on purpose")
"""


class TestFunction:
    def test_log_lines_become_metrics_at_their_own_time(self, cloud: Cloud) -> None:
        function, namespace = cloud.function(EMITTING), cloud.name("Emf")
        at = time.time() - 600
        payload = {"at": int(at * 1000), "namespace": namespace, "values": [1, 2, 3]}
        cloud.invoke(function, payload)
        until(lambda: statistics(cloud, namespace, "Value", {"service": "s"}, "Sum") == [6.0])
        assert statistics(cloud, namespace, "Value", {"service": "s", "kind": "k"}, "SampleCount") == [3.0]
        assert statistics(cloud, namespace, "Value", {"kind": "k"}, "Sum") == []
        assert statistics(cloud, namespace, "Value", {}, "Sum") == []
        answer = cloud.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName="Value",
            Dimensions=[{"Name": "service", "Value": "s"}],
            StartTime=at - 60,
            EndTime=at + 60,
            Period=60,
            Statistics=["Sum"],
        )
        assert [point["Sum"] for point in answer["Datapoints"]] == [6.0]

    def test_a_refused_document_is_counted(self, cloud: Cloud) -> None:
        function, namespace = cloud.function(EMITTING), cloud.name("Emf")
        payload = {"at": int(time.time() * 1000), "namespace": namespace, "values": list(range(101))}
        cloud.invoke(function, payload)
        group = {"LogGroupName": f"/aws/lambda/{function.rsplit(':', 1)[1]}"}
        until(lambda: statistics(cloud, "AWS/Logs", "EMFValidationErrors", group, "Sum") == [1.0])
        assert statistics(cloud, namespace, "Value", {"service": "s"}, "Sum") == []

    def test_every_kind_of_invocation_counts_once(self, cloud: Cloud) -> None:
        function = cloud.function(EMITTING)
        name = {"FunctionName": function.rsplit(":", 1)[1]}
        payload = {"at": int(time.time() * 1000), "namespace": cloud.name("Emf"), "values": [1]}
        cloud.invoke(function, payload)
        cloud.invoke(function, payload | {"fail": True})
        cloud.invoke(function, payload, "Event")
        until(lambda: sum(statistics(cloud, "AWS/Lambda", "Invocations", name, "Sum")) == 3.0)
        assert sum(statistics(cloud, "AWS/Lambda", "Errors", name, "Sum")) == 1.0
        assert sum(statistics(cloud, "AWS/Lambda", "Duration", name, "SampleCount")) == 3.0
        assert sum(statistics(cloud, "AWS/Lambda", "Throttles", name, "Sum")) == 0.0

    def test_a_throttle_is_no_invocation(self, cloud: Cloud) -> None:
        function = cloud.function(EMITTING)
        name = {"FunctionName": function.rsplit(":", 1)[1]}
        client = cloud.client("lambda")
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        with pytest.raises(client.exceptions.TooManyRequestsException):
            cloud.invoke(function, b"{}")
        assert sum(statistics(cloud, "AWS/Lambda", "Throttles", name, "Sum")) == 1.0
        assert statistics(cloud, "AWS/Lambda", "Invocations", name, "Sum") == []


class TestWaysIn:
    """What an alarm on silence compares with what comes out."""

    def test_a_topic_counts_what_is_published(self, cloud: Cloud) -> None:
        name, sns = cloud.name("topic"), cloud.client("sns")
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.publish(TopicArn=topic, Message="one")
        sns.publish_batch(
            TopicArn=topic, PublishBatchRequestEntries=[{"Id": str(n), "Message": "more"} for n in range(2)]
        )
        assert sum(statistics(cloud, "AWS/SNS", "NumberOfMessagesPublished", {"TopicName": name}, "Sum")) == 3.0

    def test_a_rule_counts_an_event_once_whatever_targets_it_has(self, cloud: Cloud) -> None:
        name, events = cloud.name("rule"), cloud.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
        targets = [{"Id": str(number), "Arn": cloud.queue()[1]} for number in range(2)]
        events.put_targets(Rule=name, Targets=targets)
        entry = {"Source": name, "DetailType": "it", "Detail": "{}"}
        events.put_events(Entries=[entry, entry, {**entry, "Source": "another"}])
        until(lambda: sum(statistics(cloud, "AWS/Events", "TriggeredRules", {"RuleName": name}, "Sum")) == 2.0)

    def test_calls_of_all_functions_are_counted_together(self, cloud: Cloud) -> None:
        before = sum(statistics(cloud, "AWS/Lambda", "Invocations", {}, "Sum"))
        for _ in range(2):
            cloud.invoke(cloud.function(EMITTING), {})
        until(lambda: sum(statistics(cloud, "AWS/Lambda", "Invocations", {}, "Sum")) >= before + 2)
