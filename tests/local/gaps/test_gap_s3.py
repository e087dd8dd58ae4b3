"""S3 is as strict as on AWS: conditions, missing keys, what a template sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from local.gaps.s3.template import lifecycle_xml
from tests.local.gaps.harness import Cloud, allow, until


@pytest.fixture
def bucket(cloud: Cloud) -> str:
    name = cloud.name("bucket")
    cloud.client("s3").create_bucket(Bucket=name)
    return name


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


class TestConditions:
    def test_copy_checks_if_none_match_at_the_destination(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.client("s3")
        s3.put_object(Bucket=bucket, Key="from", Body=b"new")
        source = {"Bucket": bucket, "Key": "from"}
        s3.copy_object(Bucket=bucket, Key="to", CopySource=source, IfNoneMatch="*")
        s3.put_object(Bucket=bucket, Key="from", Body=b"newer")
        with pytest.raises(ClientError) as error:
            s3.copy_object(Bucket=bucket, Key="to", CopySource=source, IfNoneMatch="*")
        assert refusal(error) == (412, "PreconditionFailed")
        assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == b"new"

    def test_copy_checks_if_match_at_the_destination(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.client("s3")
        source = {"Bucket": bucket, "Key": "from"}
        s3.put_object(Bucket=bucket, Key="from", Body=b"new")
        first = s3.put_object(Bucket=bucket, Key="to", Body=b"1")["ETag"]
        second = s3.put_object(Bucket=bucket, Key="to", Body=b"2")["ETag"]
        with pytest.raises(ClientError) as error:
            s3.copy_object(Bucket=bucket, Key="to", CopySource=source, IfMatch=first)
        assert refusal(error) == (412, "PreconditionFailed")
        s3.copy_object(Bucket=bucket, Key="to", CopySource=source, IfMatch=second)
        assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == b"new"

    def test_if_none_match_knows_only_the_star(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.client("s3")
        etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
        with pytest.raises(ClientError) as error:
            s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch=etag)
        assert refusal(error) == (501, "NotImplemented")

    def test_if_match_needs_get_object(self, cloud: Cloud, bucket: str) -> None:
        objects = f"arn:aws:s3:::{bucket}/*"
        etag = cloud.client("s3").put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
        writer = cloud.as_role("s3", cloud.role(allow("s3:PutObject", objects)))
        writer.put_object(Bucket=bucket, Key="other", Body=b"1", IfNoneMatch="*")
        with pytest.raises(ClientError) as error:
            writer.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)
        assert refusal(error) == (403, "AccessDenied")
        both = cloud.as_role("s3", cloud.role(allow("s3:PutObject", objects), allow("s3:GetObject", objects)))
        both.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=etag)


class TestMissingKey:
    def test_without_list_bucket_it_is_forbidden(self, cloud: Cloud, bucket: str) -> None:
        cloud.client("s3").put_object(Bucket=bucket, Key="there", Body=b"1")
        reader = cloud.as_role("s3", cloud.role(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")))
        assert reader.get_object(Bucket=bucket, Key="there")["Body"].read() == b"1"
        with pytest.raises(ClientError) as error:
            reader.get_object(Bucket=bucket, Key="gone")
        assert refusal(error) == (403, "AccessDenied")
        with pytest.raises(ClientError) as error:
            reader.head_object(Bucket=bucket, Key="gone")
        assert refusal(error) == (403, "403")

    def test_with_list_bucket_it_is_not_found(self, cloud: Cloud, bucket: str) -> None:
        arn = f"arn:aws:s3:::{bucket}"
        role = cloud.role(allow("s3:GetObject", f"{arn}/*"), allow("s3:ListBucket", arn))
        reader = cloud.as_role("s3", role)
        with pytest.raises(ClientError) as error:
            reader.get_object(Bucket=bucket, Key="gone")
        assert refusal(error) == (404, "NoSuchKey")
        with pytest.raises(ClientError) as error:
            reader.head_object(Bucket=bucket, Key="gone")
        assert refusal(error) == (404, "404")

    def test_the_source_of_a_copy_too(self, cloud: Cloud, bucket: str) -> None:
        objects = f"arn:aws:s3:::{bucket}/*"
        role = cloud.role(allow("s3:GetObject", objects), allow("s3:PutObject", objects))
        with pytest.raises(ClientError) as error:
            cloud.as_role("s3", role).copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "gone"})
        assert refusal(error) == (403, "AccessDenied")


@pytest.fixture
def told(cloud: Cloud, bucket: str) -> Callable[[], list[Any]]:
    """The events about the bucket, in the order in which they came."""
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events, sqs, name = cloud.client("events"), cloud.client("sqs"), cloud.name("heard")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    found: list[Any] = []

    def collect() -> list[Any]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return collect


class TestEventVersions:
    @pytest.fixture
    def heard(self, told: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
        """Objects of the events about the bucket, in the order in which they came."""
        return lambda: [event["detail"]["object"] for event in told()]

    def test_a_bucket_with_versions(self, cloud: Cloud, bucket: str, heard: Callable[[], list[Any]]) -> None:
        s3 = cloud.client("s3")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        versions = [s3.put_object(Bucket=bucket, Key="a b", Body=body)["VersionId"] for body in (b"1", b"2")]
        until(lambda: len(heard()) == 2)
        told = sorted(heard(), key=lambda each: str(each["sequencer"]))
        assert [each["version-id"] for each in told] == versions

    def test_a_bucket_without(self, cloud: Cloud, bucket: str, heard: Callable[[], list[Any]]) -> None:
        cloud.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
        until(lambda: len(heard()) == 1)
        assert "version-id" not in heard()[0]


class TestVersionHeaders:
    def test_headers_that_are_asked_for_are_sent_for_any_version(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.client("s3")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        old = s3.put_object(Bucket=bucket, Key="a", Body=b"1", ContentType="text/html")["VersionId"]
        s3.put_object(Bucket=bucket, Key="a", Body=b"2", ContentType="text/html")
        for which, body in (({"VersionId": old}, b"1"), ({}, b"2")):
            asked = {"ResponseContentType": "text/plain", "ResponseContentDisposition": "attachment"}
            found = s3.get_object(Bucket=bucket, Key="a", **which, **asked)
            assert (found["ContentType"], found["ContentDisposition"]) == ("text/plain", "attachment")
            assert found["Body"].read() == body
        assert s3.get_object(Bucket=bucket, Key="a", VersionId=old)["ContentType"] == "text/html"


class TestTemplate:
    def test_lifecycle_and_encryption_of_a_template_are_kept(self, cloud: Cloud) -> None:
        rules = [
            {"Id": "old", "Status": "Enabled", "Prefix": "plans/", "ExpirationInDays": 30},
            {
                "Id": "parts",
                "Status": "Enabled",
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}],
            },
        ]
        default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
        properties = {
            "LifecycleConfiguration": {"Rules": rules},
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [default]},
        }
        bucket = cloud.stack({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}, Name={"Ref": "Bucket"})[
            "Name"
        ]
        s3 = cloud.client("s3")
        found = {r["ID"]: r for r in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}
        assert found["old"]["Filter"] == {"Prefix": "plans/"}
        assert found["old"]["Expiration"] == {"Days": 30}
        assert found["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
        assert found["parts"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
        assert found["parts"]["Transitions"] == [{"Days": 90, "StorageClass": "GLACIER"}]
        encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert encryption[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"

    def test_several_filters_are_joined(self) -> None:
        rule = {"Status": "Enabled", "Prefix": "a&b/", "TagFilters": [{"Key": "k", "Value": "v"}]}
        assert b"<Filter><And><Prefix>a&amp;b/</Prefix><Tag><Key>k</Key>" in lifecycle_xml({"Rules": [rule]})


class TestTagEvents:
    TAGS: ClassVar = {"TagSet": [{"Key": "keep", "Value": "no"}]}

    def test_a_version_s_tags(self, cloud: Cloud, bucket: str, told: Callable[[], list[Any]]) -> None:
        """AWS: detail has key, etag and version, no size, sequencer or reason."""
        s3 = cloud.client("s3")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        old, new = (s3.put_object(Bucket=bucket, Key="a b+c", Body=body) for body in (b"1", b"2"))
        until(lambda: len(told()) == 2)
        s3.put_object_tagging(Bucket=bucket, Key="a b+c", VersionId=old["VersionId"], Tagging=self.TAGS)
        until(lambda: len(told()) == 3)
        s3.put_object_tagging(Bucket=bucket, Key="a b+c", Tagging=self.TAGS)
        until(lambda: len(told()) == 4)
        s3.delete_object_tagging(Bucket=bucket, Key="a b+c")
        until(lambda: len(told()) == 5)
        events = told()[2:]
        assert [event["detail-type"] for event in events] == [
            "Object Tags Added", "Object Tags Added", "Object Tags Deleted",
        ]  # fmt: skip
        assert [event["detail"]["object"] for event in events] == [
            {"key": "a b+c", "etag": each["ETag"].strip('"'), "version-id": each["VersionId"]}
            for each in (old, new, new)
        ]
        assert all("reason" not in event["detail"] for event in events)

    def test_a_bucket_without_versions(self, cloud: Cloud, bucket: str, told: Callable[[], list[Any]]) -> None:
        """Tags that come with the upload are told with it alone, and those that are refused not at all."""
        s3 = cloud.client("s3")
        put = s3.put_object(Bucket=bucket, Key="a", Body=b"1", Tagging="keep=no")
        until(lambda: len(told()) == 1)
        with pytest.raises(ClientError):
            s3.put_object_tagging(Bucket=bucket, Key="b", Tagging=self.TAGS)
        with pytest.raises(ClientError):
            s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "aws:a", "Value": ""}]})
        s3.put_object_tagging(Bucket=bucket, Key="a", Tagging=self.TAGS)
        until(lambda: len(told()) == 2)
        assert told()[1]["detail"]["object"] == {"key": "a", "etag": put["ETag"].strip('"')}
        assert told()[1]["detail-type"] == "Object Tags Added"

    def test_a_queue_of_the_bucket_s_own(self, cloud: Cloud, bucket: str) -> None:
        sqs = cloud.client("sqs")
        url = sqs.create_queue(QueueName=cloud.name("tags"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        s3 = cloud.client("s3")
        s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectTagging:*"]}]},
        )
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
        s3.put_object_tagging(Bucket=bucket, Key="a", Tagging=self.TAGS)
        s3.delete_object_tagging(Bucket=bucket, Key="a")
        names: list[str] = []

        def both() -> bool:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                names.extend(each["eventName"] for each in json.loads(message["Body"]).get("Records", []))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return len(names) == 2

        until(both)
        assert sorted(names) == ["ObjectTagging:Delete", "ObjectTagging:Put"]
