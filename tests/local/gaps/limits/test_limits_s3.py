"""S3 refuses policies and notifications that are none; the limits of requests are in test_gap_s3_limits.py."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.local.gaps.harness import Cloud
from tests.local.gaps.refusals import refused, stack_refused


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    name = cloud.name("bucket")
    cloud.client("s3").create_bucket(Bucket=name)
    return name


def statement(bucket: str, **members: Any) -> dict[str, Any]:
    resource = f"arn:aws:s3:::{bucket}/*"
    given = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": resource, **members}
    return {name: value for name, value in given.items() if value is not None}


POLICIES: list[tuple[dict[str, Any], str]] = [
    ({"Resource": "arn:aws:s3:::another/*"}, "invalid resource"),
    ({"Resource": "*"}, "invalid resource"),
    ({"Resource": None}, "Missing required field Resource"),
    ({"Principal": None}, "Missing required field Principal"),
    ({"Principal": {"AWS": "somebody"}}, "Invalid principal"),
    ({"Action": "sqs:SendMessage"}, "invalid action"),
    ({"Action": None}, "Missing required field Action"),
    ({"Effect": "Maybe"}, "Invalid effect"),
]


class TestBuckets:
    @pytest.mark.parametrize(("members", "says"), POLICIES, ids=str)
    def test_policies(self, cloud: Cloud, bucket: str, members: dict[str, Any], says: str) -> None:
        document = {"Version": "2012-10-17", "Statement": [statement(bucket, **members)]}
        put = cloud.client("s3").put_bucket_policy
        refused(put, "MalformedPolicy", says, Bucket=bucket, Policy=json.dumps(document))
        stack_refused(cloud, "AWS::S3::BucketPolicy", {"Bucket": bucket, "PolicyDocument": document}, says)

    def test_a_policy_that_is_no_json(self, cloud: Cloud, bucket: str) -> None:
        refused(cloud.client("s3").put_bucket_policy, "MalformedPolicy", "valid JSON", Bucket=bucket, Policy="{")

    def test_notifications(self, cloud: Cloud, bucket: str) -> None:
        put, (_, queue) = cloud.client("s3").put_bucket_notification_configuration, cloud.queue()
        one = {"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}

        def refuse(says: str, *configurations: dict[str, Any]) -> None:
            given = {"QueueConfigurations": list(configurations)}
            refused(put, "InvalidArgument", says, Bucket=bucket, NotificationConfiguration=given)

        refuse("overlap", one, {**one, "Events": ["s3:ObjectCreated:Put"], "Filter": prefix("a/")})
        refuse(
            "IDs must be unique", {**one, "Id": "x", "Filter": prefix("a/")}, {**one, "Id": "x", "Filter": prefix("b/")}
        )
        refuse("event is not supported", {**one, "Events": ["s3:ObjectEaten:*"]})
        refuse("prefix or suffix", {**one, "Filter": {"Key": {"FilterRules": [{"Name": "middle", "Value": "a"}]}}})
        refuse("destination", {**one, "QueueArn": queue + "x"})
        given = {"QueueConfigurations": [{**one, "Filter": prefix(p)} for p in ("a/", "b/")]}
        put(Bucket=bucket, NotificationConfiguration=given)
        events = ("s3:ObjectCreated:*", "s3:ObjectCreated:Put")
        overlapping = {"QueueConfigurations": [{"Queue": queue, "Event": event} for event in events]}
        stack_refused(cloud, "AWS::S3::Bucket", {"NotificationConfiguration": overlapping}, "overlap")

    def test_a_presigned_url_lives_seven_days(self, cloud: Cloud, bucket: str) -> None:
        signer = boto3.client(
            "s3",
            endpoint_url=cloud.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(signature_version="s3v4"),
        )
        url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"}, 604801)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url)
        assert b"AuthorizationQueryParametersError" in caught.value.read()


def prefix(value: str) -> dict[str, Any]:
    return {"Key": {"FilterRules": [{"Name": "prefix", "Value": value}]}}
