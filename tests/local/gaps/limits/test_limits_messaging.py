"""SQS, SNS, DynamoDB, Kinesis and Firehose refuse queues, topics, tables and streams that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.gaps.harness import ACCOUNT, Cloud
from tests.local.gaps.refusals import refused, stack_refused

VALUE, ATTRIBUTE, NAME, PARAMETER = (
    "InvalidParameterValue",
    "InvalidAttributeValue",
    "InvalidAttributeName",
    "InvalidParameter",
)
QUEUES: list[tuple[dict[str, Any], str]] = [
    ({"DelaySeconds": 901}, ATTRIBUTE),
    ({"VisibilityTimeout": 43201}, ATTRIBUTE),
    ({"MessageRetentionPeriod": 59}, ATTRIBUTE),
    ({"ReceiveMessageWaitTimeSeconds": 21}, ATTRIBUTE),
    ({"MaximumMessageSize": 1048577}, ATTRIBUTE),
    ({"ContentBasedDeduplication": "true"}, NAME),
    ({"RedrivePolicy": {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:no", "maxReceiveCount": 1}}, VALUE),
    ({"RedrivePolicy": {"maxReceiveCount": 1}}, VALUE),
]


@pytest.fixture(scope="module")
def queue(cloud: Cloud) -> tuple[str, str]:
    return cloud.queue()


class TestQueues:
    @pytest.mark.parametrize(("attributes", "code"), QUEUES, ids=str)
    def test_both_doors(self, cloud: Cloud, attributes: dict[str, Any], code: str) -> None:
        texts = {key: json.dumps(value) if isinstance(value, dict) else str(value) for key, value in attributes.items()}
        refused(cloud.client("sqs").create_queue, code, QueueName=cloud.name("q"), Attributes=texts)
        stack_refused(cloud, "AWS::SQS::Queue", attributes)

    @pytest.mark.parametrize("times", [0, 1001, "often"])
    def test_how_often_a_message_may_come(self, cloud: Cloud, queue: tuple[str, str], times: Any) -> None:
        policy = {"deadLetterTargetArn": queue[1], "maxReceiveCount": times}
        stack_refused(
            cloud,
            "AWS::SQS::Queue",
            {"RedrivePolicy": policy},
            "maxReceiveCount",
            "expected type: Integer, found: String",
        )

    @pytest.mark.parametrize("name", ["a b", "x" * 81, "plain.fifo"])
    def test_names(self, cloud: Cloud, name: str) -> None:
        refused(cloud.client("sqs").create_queue, VALUE, QueueName=name)
        stack_refused(cloud, "AWS::SQS::Queue", {"QueueName": name})

    def test_a_dead_letter_queue_of_the_other_type(self, cloud: Cloud, queue: tuple[str, str]) -> None:
        policy = {"deadLetterTargetArn": queue[1], "maxReceiveCount": 1}
        attributes = {"FifoQueue": "true", "RedrivePolicy": json.dumps(policy)}
        name = cloud.name("q") + ".fifo"
        refused(cloud.client("sqs").create_queue, VALUE, "same type", QueueName=name, Attributes=attributes)
        stack_refused(cloud, "AWS::SQS::Queue", {"FifoQueue": True, "RedrivePolicy": policy}, "same type")

    def test_other_attributes(self, cloud: Cloud, queue: tuple[str, str]) -> None:
        change = cloud.client("sqs").set_queue_attributes
        refused(change, NAME, "Nope", QueueUrl=queue[0], Attributes={"Nope": "1"})
        refused(change, ATTRIBUTE, "Policy", QueueUrl=queue[0], Attributes={"Policy": "{"})

    @pytest.mark.parametrize(
        "members",
        [
            {"DelaySeconds": 901},
            {"MessageBody": "x" * (1024 * 1024 + 1)},
            {"MessageAttributes": {"a": {"DataType": "Word", "StringValue": "x"}}},
            {"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
            {"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "many"}}},
            {"MessageAttributes": {"AWS.a": {"DataType": "String", "StringValue": "x"}}},
            {"MessageAttributes": {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}},
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_messages(self, cloud: Cloud, queue: tuple[str, str], members: dict[str, Any]) -> None:
        refused(cloud.client("sqs").send_message, VALUE, **{"QueueUrl": queue[0], "MessageBody": "x", **members})

    @pytest.mark.parametrize("members", [{"WaitTimeSeconds": 21}, {"VisibilityTimeout": 43201}], ids=str)
    def test_receiving(self, cloud: Cloud, queue: tuple[str, str], members: dict[str, int]) -> None:
        refused(cloud.client("sqs").receive_message, VALUE, QueueUrl=queue[0], **members)

    def test_what_is_just_right(self, cloud: Cloud) -> None:
        dead = cloud.queue()[1]
        properties = {
            "DelaySeconds": "900",
            "VisibilityTimeout": 43200,
            "MaximumMessageSize": 1048576,
            "RedrivePolicy": {"deadLetterTargetArn": dead, "maxReceiveCount": "1000"},
        }
        assert cloud.stack({"Q": {"Type": "AWS::SQS::Queue", "Properties": properties}})


SUBSCRIPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"FilterPolicy": {"a": 1}}, "must be an object or an array"),
    ({"FilterPolicy": {"a": [{"like": "x"}]}}, "Unrecognized match type like"),
    ({"FilterPolicy": {f"k{n}": ["x"] for n in range(6)}}, "more than 5 keys"),
    ({"FilterPolicyScope": "Message"}, "FilterPolicyScope"),
    ({"RawMessageDelivery": "maybe"}, "RawMessageDelivery"),
    ({"RedrivePolicy": {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:no"}}, "RedrivePolicy"),
]


class TestTopics:
    @pytest.fixture(scope="class")
    @classmethod
    def topic(cls, cloud: Cloud) -> str:
        return str(cloud.client("sns").create_topic(Name=cloud.name("topic"))["TopicArn"])

    @pytest.mark.parametrize(("attributes", "says"), SUBSCRIPTIONS, ids=str)
    def test_subscriptions(
        self, cloud: Cloud, topic: str, queue: tuple[str, str], attributes: dict[str, Any], says: str
    ) -> None:
        texts = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in attributes.items()}
        request = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue[1]}
        refused(cloud.client("sns").subscribe, PARAMETER, says, **request, Attributes=texts)
        stack_refused(cloud, "AWS::SNS::Subscription", {**request, **attributes})

    @pytest.mark.parametrize(
        ("protocol", "endpoint"),
        [("pigeon", "x"), ("sqs", "x"), ("email", "nobody"), ("sqs", "arn:aws:sqs:r:a:q.fifo")],
    )
    def test_endpoints(self, cloud: Cloud, topic: str, protocol: str, endpoint: str) -> None:
        request = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
        refused(cloud.client("sns").subscribe, PARAMETER, **request)
        stack_refused(cloud, "AWS::SNS::Subscription", request)

    @pytest.mark.parametrize("name", ["a b", "x" * 257])
    def test_names(self, cloud: Cloud, name: str) -> None:
        refused(cloud.client("sns").create_topic, PARAMETER, Name=name)
        stack_refused(cloud, "AWS::SNS::Topic", {"TopicName": name})

    @pytest.mark.parametrize(
        "members",
        [
            {"Message": ""},
            {"Subject": "x" * 101},
            {"Subject": "two\nlines"},
            {"MessageStructure": "json"},
            {"MessageStructure": "json", "Message": '{"sqs": "x"}'},
        ],
        ids=str,
    )
    def test_messages(self, cloud: Cloud, topic: str, members: dict[str, str]) -> None:
        refused(cloud.client("sns").publish, PARAMETER, **{"TopicArn": topic, "Message": "x", **members})

    def test_attributes_and_good_filters(self, cloud: Cloud, topic: str, queue: tuple[str, str]) -> None:
        sns = cloud.client("sns")
        change = sns.set_topic_attributes
        refused(change, PARAMETER, TopicArn=topic, AttributeName="Colour", AttributeValue="red")
        refused(change, PARAMETER, TopicArn=topic, AttributeName="Policy", AttributeValue="{")
        policy = {"a": ["x", {"prefix": "y"}], "b": {"c": [{"numeric": [">", 1]}]}, "$or": [{"d": [{"exists": False}]}]}
        attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1], Attributes=attributes)


TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
X = {"AttributeName": "x", "AttributeType": "S"}
INDEX = {
    "IndexName": "by-x",
    "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
TABLES: list[dict[str, Any]] = [
    {"TableName": "ab"},
    {"TableName": "a b c"},
    {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "BOOL"}]},
    {"AttributeDefinitions": [X]},
    {"AttributeDefinitions": [*TABLE["AttributeDefinitions"], X]},
    {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
    {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}] * 2},
    {"BillingMode": "FREE"},
    {"BillingMode": "PROVISIONED"},
    {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
    {"TableClass": "COLD"},
    {"AttributeDefinitions": [*TABLE["AttributeDefinitions"], X], "GlobalSecondaryIndexes": [INDEX, INDEX]},
]


class TestTables:
    @pytest.mark.parametrize("members", TABLES, ids=lambda value: str(value)[:80])
    def test_both_doors(self, cloud: Cloud, members: dict[str, Any]) -> None:
        request = {"TableName": cloud.name("table"), **TABLE, **members}
        refused(cloud.client("dynamodb").create_table, "ValidationException", **request)
        stack_refused(cloud, "AWS::DynamoDB::Table", {**TABLE, **members})

    @pytest.mark.parametrize(
        "stream", [{"StreamEnabled": True}, {"StreamEnabled": True, "StreamViewType": "ALL"}], ids=str
    )
    def test_streams(self, cloud: Cloud, stream: dict[str, Any]) -> None:
        request = {"TableName": cloud.name("table"), **TABLE, "StreamSpecification": stream}
        refused(cloud.client("dynamodb").create_table, "ValidationException", **request)

    def test_a_good_one(self, cloud: Cloud) -> None:
        definitions = {"AttributeDefinitions": [*TABLE["AttributeDefinitions"], X], "GlobalSecondaryIndexes": [INDEX]}
        properties = {**TABLE, **definitions, "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
        assert cloud.stack({"T": {"Type": "AWS::DynamoDB::Table", "Properties": properties}})


class TestStreams:
    @pytest.mark.parametrize(
        "members",
        [
            {"StreamName": "a b", "ShardCount": 1},
            {"StreamModeDetails": {"StreamMode": "SOMETIMES"}},
            {"ShardCount": 1, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}},
            {},
        ],
        ids=str,
    )
    def test_both_doors(self, cloud: Cloud, members: dict[str, Any]) -> None:
        request = {"StreamName": cloud.name("stream"), **members}
        refused(cloud.client("kinesis").create_stream, "ValidationException", **request)
        properties = {"Name" if key == "StreamName" else key: value for key, value in request.items()}
        stack_refused(cloud, "AWS::Kinesis::Stream", properties)

    @pytest.mark.parametrize(("hours", "says"), [(23, "Hours"), (8761, "8761 is not less or equal to 8760")])
    def test_hours(self, cloud: Cloud, hours: int, says: str) -> None:
        stack_refused(cloud, "AWS::Kinesis::Stream", {"ShardCount": 1, "RetentionPeriodHours": hours}, says)

    def test_records_and_deliveries(self, cloud: Cloud) -> None:
        kinesis, name = cloud.client("kinesis"), cloud.name("stream")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        record = {"StreamName": name, "Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "abc"}
        refused(kinesis.put_record, "ValidationException", "'explicitHashKey'", **record)
        role, bucket = cloud.role(service="firehose.amazonaws.com"), cloud.name("bucket")
        cloud.client("s3").create_bucket(Bucket=bucket)
        destination = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", "BufferingHints": {"SizeInMBs": 129}}
        request = {"DeliveryStreamName": cloud.name("d"), "ExtendedS3DestinationConfiguration": destination}
        refused(cloud.client("firehose").create_delivery_stream, "ValidationException", "'extended", **request)
        stack_refused(cloud, "AWS::KinesisFirehose::DeliveryStream", request)
