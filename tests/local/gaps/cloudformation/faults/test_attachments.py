"""A resource that belongs to one that is not there fails its stack."""

from __future__ import annotations

from typing import Any

import pytest

from local.gaps.cloudformation.types import attachments
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow
from tests.local.gaps.refusals import stack_refused

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:none"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:none"
POLICY = {"Version": "2012-10-17", "Statement": [{**allow("*", "*"), "Principal": {"AWS": ACCOUNT}}]}

#: Type, properties, part of the reason.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("AWS::Lambda::Alias", {"FunctionName": "none", "Name": "live", "FunctionVersion": "1"}, "Function not found"),
    (
        "AWS::Lambda::EventInvokeConfig",
        {"FunctionName": "none", "Qualifier": "$LATEST", "MaximumRetryAttempts": 1},
        "Function not found",
    ),
    ("AWS::Lambda::EventSourceMapping", {"FunctionName": "none", "EventSourceArn": QUEUE}, "Function not found"),
    (
        "AWS::Lambda::LayerVersionPermission",
        {
            "LayerVersionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:none:1",
            "Action": "lambda:GetLayerVersion",
            "Principal": ACCOUNT,
        },
        "does not exist",
    ),
    (
        "AWS::Lambda::Permission",
        {"FunctionName": "none", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"},
        "Function not found",
    ),
    ("AWS::Lambda::Url", {"TargetFunctionArn": "none", "AuthType": "NONE"}, "Function not found"),
    ("AWS::Lambda::Version", {"FunctionName": "none"}, "Function not found"),
    (
        "AWS::S3::BucketPolicy",
        {
            "Bucket": "no-such-bucket-at-all",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {**allow("s3:GetObject", "arn:aws:s3:::no-such-bucket-at-all/*"), "Principal": {"AWS": ACCOUNT}}
                ],
            },
        },
        "The specified bucket does not exist",
    ),
    (
        "AWS::SQS::QueuePolicy",
        {"Queues": [f"http://127.0.0.1/{ACCOUNT}/none"], "PolicyDocument": POLICY},
        "The specified queue does not exist.",
    ),
    ("AWS::SNS::TopicPolicy", {"Topics": [TOPIC], "PolicyDocument": POLICY}, "Topic does not exist"),
    ("AWS::SNS::Subscription", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}, "Topic does not exist"),
    (
        "AWS::Events::Rule",
        {"EventBusName": "none", "EventPattern": {"source": ["a"]}},
        "Event bus none does not exist.",
    ),
    ("AWS::Logs::LogStream", {"LogGroupName": "none"}, "The specified log group does not exist."),
    (
        "AWS::Logs::MetricFilter",
        {
            "LogGroupName": "none",
            "FilterPattern": "ERROR",
            "MetricTransformations": [{"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}],
        },
        "The specified log group does not exist.",
    ),
    (
        "AWS::Logs::SubscriptionFilter",
        {
            "LogGroupName": "none",
            "FilterPattern": "",
            "DestinationArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none",
        },
        "The specified log group does not exist.",
    ),
    (
        "AWS::Athena::NamedQuery",
        {"Database": "d", "QueryString": "SELECT 1", "WorkGroup": "none"},
        "WorkGroup none is not found.",
    ),
]


@pytest.mark.parametrize(("kind", "properties", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_of_nothing(cloud: Cloud, kind: str, properties: dict[str, Any], says: str) -> None:
    stack_refused(cloud, kind, properties, says)


def test_each_kind_has_its_row() -> None:
    assert {row[0] for row in REFUSED} == set(attachments.CHECKS)


def test_of_what_is_in_the_same_stack(cloud: Cloud) -> None:
    """A default bus, a policy of a queue and of a topic, a stream of a group."""
    cloud.stack(
        {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Group": {"Type": "AWS::Logs::LogGroup"},
            "Of": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": POLICY},
            },
            "Stream": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "Group"}}},
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": {"Ref": "Topic"},
                    "Protocol": "sqs",
                    "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
                },
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventBusName": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
                    "EventPattern": {"source": ["a"]},
                },
            },
        }
    )
