"""EventBridge, SNS and SQS are as strict as on AWS: sizes, policies, dead letters, partial failures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.awslambda._event_sources import invalid_report
from local.gaps.eventbridge.entries import MAX_BYTES, problem
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until

QUICK = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAILING = "def handler(event, context):\n    raise ValueError('on purpose')\n"


def entry(source: str, **more: Any) -> dict[str, Any]:
    return {"Source": source, "DetailType": "T", "Detail": "{}", **more}


def rule(cloud: Cloud, source: str, target: str, **more: Any) -> str:
    """A rule's ARN that sends the events of ``source`` to ``target``."""
    events, name = cloud.client("events"), cloud.name("rule")
    arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": target, **more}])
    return str(arn)


def bare_queue(cloud: Cloud) -> tuple[str, str]:
    """A queue whose policy lets nobody but its account in."""
    url, arn = cloud.queue()
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    return url, arn


def texts(message: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}


class TestPutEvents:
    def test_one_megabyte_for_all_entries(self, cloud: Cloud) -> None:
        events, half = cloud.client("events"), json.dumps({"x": "y" * (MAX_BYTES // 2)})
        assert events.put_events(Entries=[entry("a.b", Detail=half)])["FailedEntryCount"] == 0
        with pytest.raises(ClientError) as error:
            events.put_events(Entries=[entry("a.b", Detail=half), entry("a.b", Detail=half)])
        assert error.value.response["Error"]["Code"] == "ValidationException"

    def test_bad_entries_fail_alone(self, cloud: Cloud) -> None:
        bad = [entry("a.b", Detail="{"), entry("a.b", Detail="[1]"), entry("a.b", DetailType="")]
        answer = cloud.client("events").put_events(Entries=[entry("a.b"), *bad, entry("a.b")])
        codes = [item.get("ErrorCode") for item in answer["Entries"]]
        assert codes == [None, "MalformedDetail", "MalformedDetail", "InvalidArgument", None]
        assert answer["FailedEntryCount"] == 3

    @given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=3))
    def test_any_json_object_is_a_detail(self, detail: dict[str, int]) -> None:
        assert problem(entry("s", Detail=json.dumps(detail))) is None


class TestRuleTargets:
    def test_missing_queue_goes_to_the_dead_letter_queue(self, cloud: Cloud) -> None:
        url, dead = cloud.queue()
        source, missing = cloud.name("src"), f"arn:aws:sqs:{REGION}:{ACCOUNT}:no-such-queue"
        arn = rule(cloud, source, missing, DeadLetterConfig={"Arn": dead})
        cloud.client("events").put_events(Entries=[entry(source, Detail='{"a": 1}')])
        message = cloud.received(url)[0]
        assert json.loads(message["Body"])["detail"] == {"a": 1}
        assert texts(message) | {"ERROR_MESSAGE": ""} == {
            "RULE_ARN": arn,
            "TARGET_ARN": missing,
            "ERROR_CODE": "NO_RESOURCE",
            "ERROR_MESSAGE": "",
        }

    def test_a_queue_must_let_the_rule_in(self, cloud: Cloud) -> None:
        (url, arn), (dead_url, dead) = bare_queue(cloud), cloud.queue()
        source = cloud.name("src")
        rule_arn = rule(cloud, source, arn, DeadLetterConfig={"Arn": dead})
        cloud.client("events").put_events(Entries=[entry(source)])
        assert texts(cloud.received(dead_url)[0])["ERROR_CODE"] == "NO_PERMISSIONS"
        statement = {
            **allow("sqs:SendMessage", arn),
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        cloud.client("events").put_events(Entries=[entry(source)])
        assert cloud.received(url)

    @pytest.mark.parametrize("service", ["lambda", "sns"])
    def test_functions_and_topics_too(self, cloud: Cloud, service: str) -> None:
        if service == "lambda":
            target = cloud.function(FAILING)
        else:
            target = cloud.client("sns").create_topic(Name=cloud.name("t"))["TopicArn"]
            nobody = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": target}
            cloud.client("sns").set_topic_attributes(
                TopicArn=target, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [nobody]})
            )
        url, dead = cloud.queue()
        source = cloud.name("src")
        rule(cloud, source, target, DeadLetterConfig={"Arn": dead})
        cloud.client("events").put_events(Entries=[entry(source)])
        assert texts(cloud.received(url)[0])["ERROR_CODE"] == "NO_PERMISSIONS"

    def test_a_machine_is_started_with_the_targets_role(self, cloud: Cloud) -> None:
        machine = cloud.machine(QUICK)
        url, dead = cloud.queue()
        role, source = cloud.role(service="events.amazonaws.com"), cloud.name("src")
        rule(cloud, source, machine, DeadLetterConfig={"Arn": dead}, RoleArn=role)
        cloud.client("events").put_events(Entries=[entry(source)])
        assert texts(cloud.received(url)[0])["ERROR_CODE"] == "NO_PERMISSIONS"
        assert cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"] == []
        source = cloud.name("src")
        rule(cloud, source, machine, RoleArn=cloud.role(allow("states:StartExecution", machine)))
        cloud.client("events").put_events(Entries=[entry(source)])
        until(lambda: cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"])

    def test_a_schedule_acts_with_the_role_of_its_target(self, cloud: Cloud) -> None:
        (url, arn), (dead_url, dead) = bare_queue(cloud), bare_queue(cloud)
        scheduler = cloud.client("scheduler")
        for role in (cloud.role(allow("sqs:SendMessage", dead)), cloud.role(allow("sqs:SendMessage", arn))):
            scheduler.create_schedule(
                Name=cloud.name("schedule"),
                ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": arn, "RoleArn": role, "Input": "{}", "DeadLetterConfig": {"Arn": dead}},
            )
        assert texts(cloud.received(dead_url)[0])["ERROR_CODE"] == "NO_PERMISSIONS"
        assert len(cloud.received(url)) == 1

    def test_a_raising_function_is_retried_and_ends_at_its_own_destination(self, cloud: Cloud) -> None:
        url, queue = cloud.queue()
        role = cloud.role(allow("sqs:SendMessage", queue), service="lambda.amazonaws.com")
        function = cloud.function(FAILING, Role=role)
        client = cloud.client("lambda")
        client.put_function_event_invoke_config(
            FunctionName=function, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue}}
        )
        source = cloud.name("src")
        arn = rule(cloud, source, function)
        client.add_permission(
            FunctionName=function,
            StatementId="rule",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=arn,
        )
        cloud.client("events").put_events(Entries=[entry(source)])
        record = json.loads(cloud.received(url)[0]["Body"])
        assert record["requestContext"]["approximateInvokeCount"] == 2
        assert record["requestPayload"]["source"] == source


class TestSns:
    def test_message_over_256_kib_is_refused(self, cloud: Cloud) -> None:
        sns = cloud.client("sns")
        arn = sns.create_topic(Name=cloud.name("t"))["TopicArn"]
        sns.publish(TopicArn=arn, Message="x" * 262_144)
        with pytest.raises(ClientError) as error:
            sns.publish(TopicArn=arn, Message="ä" * 131_073)
        assert error.value.response["Error"]["Code"] == "InvalidParameter"

    @pytest.mark.parametrize("kind", ["missing", "forbidding"])
    def test_undeliverable_message_goes_to_the_subscriptions_dead_letter_queue(self, cloud: Cloud, kind: str) -> None:
        sns, (url, dead) = cloud.client("sns"), cloud.queue()
        endpoint_url, endpoint = bare_queue(cloud)
        if kind == "missing":
            cloud.client("sqs").delete_queue(QueueUrl=endpoint_url)
        arn = sns.create_topic(Name=cloud.name("t"))["TopicArn"]
        policy = json.dumps({"deadLetterTargetArn": dead})
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=endpoint,
            Attributes={"RedrivePolicy": policy, "RawMessageDelivery": "true"},
        )
        sns.publish(TopicArn=arn, Message="hello")
        message = cloud.received(url)[0]
        assert message["Body"] == "hello"
        assert texts(message)["ERROR_CODE"] == {"missing": "NO_RESOURCE", "forbidding": "NO_PERMISSIONS"}[kind]

    def test_a_function_must_let_the_topic_in(self, cloud: Cloud) -> None:
        sns, (url, dead) = cloud.client("sns"), cloud.queue()
        arn = sns.create_topic(Name=cloud.name("t"))["TopicArn"]
        function = cloud.function(FAILING)
        policy = json.dumps({"deadLetterTargetArn": dead})
        sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function, Attributes={"RedrivePolicy": policy})
        sns.publish(TopicArn=arn, Message="hello")
        assert texts(cloud.received(url)[0])["ERROR_CODE"] == "NO_PERMISSIONS"


REPORTING = """
import json, os
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("BATCH", sorted(bodies))
    if "bad" in bodies:
        return {"batchItemFailures": [{"itemIdentifier": "no-such-id"}]}
    return {"batchItemFailures": []}
"""


class TestSqs:
    def reader(self, cloud: Cloud, queue: str) -> str:
        """The ARN of a role that may read the queue."""
        actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        return cloud.role(*(allow(action, queue) for action in actions), service="lambda.amazonaws.com")

    def consumer(self, cloud: Cloud, queue: str) -> str:
        function = cloud.function(REPORTING, Role=self.reader(cloud, queue), Timeout=2)
        cloud.client("lambda").create_event_source_mapping(
            FunctionName=function,
            EventSourceArn=queue,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        return function

    def test_an_unknown_identifier_brings_the_whole_batch_back(self, cloud: Cloud) -> None:
        dead_url, dead = cloud.queue()
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
        url, queue = cloud.queue(RedrivePolicy=redrive, VisibilityTimeout="2")
        sqs = cloud.client("sqs")
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(["good", "bad"])]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
        self.consumer(cloud, queue)
        assert sorted(m["Body"] for m in cloud.received(dead_url, 2)) == ["bad", "good"]

    def test_the_role_must_be_allowed_to_read_the_queue(self, cloud: Cloud) -> None:
        url, queue = bare_queue(cloud)
        role, client = self.reader(cloud, queue), cloud.client("lambda")
        function = cloud.function(REPORTING, Role=role, Timeout=5)
        mapping = client.create_event_source_mapping(FunctionName=function, EventSourceArn=queue)["UUID"]
        cloud.revoke(role)
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="m")
        found = until(
            lambda: (
                result
                if "PROBLEM" in (result := client.get_event_source_mapping(UUID=mapping)["LastProcessingResult"])
                else None
            )
        )
        assert "is not authorized to perform: sqs:ReceiveMessage" in found

    def test_the_queue_must_wait_as_long_as_the_function_may_run(self, cloud: Cloud) -> None:
        _, queue = cloud.queue(VisibilityTimeout="5")
        function = cloud.function(REPORTING, Role=self.reader(cloud, queue), Timeout=6)
        with pytest.raises(ClientError, match="less than Function timeout"):
            cloud.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=queue)

    @pytest.mark.parametrize("body", [None, "", {}, {"batchItemFailures": None}, '{"batchItemFailures": []}'], ids=str)
    def test_reports_of_success(self, body: Any) -> None:
        assert invalid_report(body, frozenset({"a"})) is None

    @pytest.mark.parametrize("failure", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"id": "a"}, "a"], ids=str)
    def test_reports_that_fail_the_batch(self, failure: Any) -> None:
        known = {"itemIdentifier": "a"}
        assert invalid_report({"batchItemFailures": [known]}, frozenset({"a"})) is None
        assert invalid_report({"batchItemFailures": [known, failure]}, frozenset({"a"})) is not None

    def test_dead_letters_go_home(self, cloud: Cloud) -> None:
        sqs, (dead_url, dead) = cloud.client("sqs"), cloud.queue()
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
        url, _ = cloud.queue(RedrivePolicy=redrive, VisibilityTimeout="0")
        sqs.send_message(QueueUrl=url, MessageBody="m")
        until(lambda: "Messages" not in sqs.receive_message(QueueUrl=url))
        assert (
            sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["All"])["Attributes"][
                "ApproximateNumberOfMessages"
            ]
            == "1"
        )
        assert sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]
        message = cloud.received(url)[0]
        assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ("m", "1")
        task = sqs.list_message_move_tasks(SourceArn=dead)["Results"][0]
        assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)

    def test_only_dead_letter_queues_can_be_redriven(self, cloud: Cloud) -> None:
        _, queue = cloud.queue()
        with pytest.raises(ClientError, match="Dead Letter Queue"):
            cloud.client("sqs").start_message_move_task(SourceArn=queue)
