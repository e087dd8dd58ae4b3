"""S3 refuses what AWS refuses: sizes, numbers, parts, rules, names and tags; each with AWS's code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from tests.local.gaps.harness import Cloud, until

PART = b"a" * (5 * 1024 * 1024)
RULE: dict[str, Any] = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 100}}


@pytest.fixture
def bucket(cloud: Cloud) -> str:
    name = cloud.name("limits")
    cloud.client("s3").create_bucket(Bucket=name)
    cloud.client("s3").put_object(Bucket=name, Key="here", Body=b"x")
    return name


def code(call: Callable[..., Any], **arguments: Any) -> str:
    """The code that a call is refused with; an empty text where it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def raw(cloud: Cloud, path: str) -> tuple[int, str]:
    """Status and code of a GET whose query boto3 would not send."""
    request = AWSRequest("GET", cloud.url + path, headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


class TestRequests:
    @pytest.mark.parametrize("key", ["k" * 1025, "é" * 513])
    @pytest.mark.parametrize("operation", ["put_object", "create_multipart_upload", "get_object", "copy_object"])
    def test_a_key_has_1024_bytes(self, cloud: Cloud, bucket: str, operation: str, key: str) -> None:
        more = {"CopySource": f"{bucket}/here"} if operation == "copy_object" else {}
        call = getattr(cloud.client("s3"), operation)
        assert code(call, Bucket=bucket, Key=key, **more) == "KeyTooLongError"
        if operation != "get_object":
            assert code(call, Bucket=bucket, Key=key.encode()[:1024].decode(errors="ignore"), **more) == ""

    @pytest.mark.parametrize("operation", ["put_object", "create_multipart_upload"])
    def test_metadata_has_two_kilobytes(self, cloud: Cloud, bucket: str, operation: str) -> None:
        call = getattr(cloud.client("s3"), operation)
        assert code(call, Bucket=bucket, Key="k", Metadata={"a": "b" * 2047}) == ""
        assert code(call, Bucket=bucket, Key="k", Metadata={"a": "b" * 2048}) == "MetadataTooLarge"

    @pytest.mark.parametrize(
        "query",
        [
            "max-keys=blah", "max-keys=-1", "list-type=2&max-keys=blah", "list-type=2&max-keys=99999999999",
            "versions&max-keys=1.5", "uploads&max-uploads=x", "uploads&max-uploads=-1",
        ],
    )  # fmt: skip
    def test_a_number_is_a_number(self, cloud: Cloud, bucket: str, query: str) -> None:
        assert raw(cloud, f"/{bucket}?{query}") == (400, "InvalidArgument")

    @pytest.mark.parametrize("query", ["partNumber=0", "partNumber=10001", "partNumber=x"])
    def test_a_part_has_a_number_from_1_to_10000(self, cloud: Cloud, bucket: str, query: str) -> None:
        assert raw(cloud, f"/{bucket}/here?{query}") == (400, "InvalidArgument")

    def test_max_buckets(self, cloud: Cloud) -> None:
        assert raw(cloud, "/?max-buckets=none") == (400, "InvalidArgument")
        assert raw(cloud, "/?max-buckets=10001") == (400, "InvalidArgument")
        assert raw(cloud, "/?max-buckets=10") == (200, "")

    def test_no_object_is_copied_onto_itself_unchanged(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.client("s3")
        itself = {"Bucket": bucket, "Key": "here", "CopySource": {"Bucket": bucket, "Key": "here"}}
        assert code(s3.copy_object, **itself) == "InvalidRequest"
        assert code(s3.copy_object, **itself, Metadata={"a": "b"}, MetadataDirective="REPLACE") == ""
        assert code(s3.copy_object, **itself, StorageClass="STANDARD_IA") == ""
        assert code(s3.copy_object, **{**itself, "Key": "there"}) == ""

    @pytest.mark.parametrize(("count", "refusal"), [(1, ""), (1000, ""), (1001, "MalformedXML"), (0, "MalformedXML")])
    def test_one_call_deletes_a_thousand_keys(self, cloud: Cloud, bucket: str, count: int, refusal: str) -> None:
        keys = {"Objects": [{"Key": str(number)} for number in range(count)]}
        assert code(cloud.client("s3").delete_objects, Bucket=bucket, Delete=keys) == refusal


class TestMultipart:
    @pytest.mark.parametrize(
        ("bodies", "order", "refusal"),
        [
            ([PART, b"last"], [1, 2], ""),
            ([b"only"], [1], ""),
            ([PART[:-1], b"last"], [1, 2], "EntityTooSmall"),
            ([PART, PART], [2, 1], "InvalidPartOrder"),
            ([PART, PART], [1, 1], "InvalidPartOrder"),
            ([PART], [], "MalformedXML"),
        ],
        ids=["two", "a small one alone", "too small", "disorder", "twice", "none"],
    )
    def test_parts(self, cloud: Cloud, bucket: str, bodies: list[bytes], order: list[int], refusal: str) -> None:
        s3 = cloud.client("s3")
        upload = s3.create_multipart_upload(Bucket=bucket, Key="whole")["UploadId"]
        place = {"Bucket": bucket, "Key": "whole", "UploadId": upload}
        etags = {
            number: s3.upload_part(**place, PartNumber=number, Body=body)["ETag"]
            for number, body in enumerate(bodies, 1)
        }
        parts = {"Parts": [{"PartNumber": number, "ETag": etags[number]} for number in order]}
        assert code(s3.complete_multipart_upload, **place, MultipartUpload=parts) == refusal
        if refusal:  # the upload stands as it was, and can be finished in the right way or given up
            assert len(s3.list_parts(**place)["Parts"]) == len(bodies)
        else:
            assert s3.head_object(Bucket=bucket, Key="whole")["ContentLength"] == sum(map(len, bodies))


class TestLifecycle:
    @pytest.mark.parametrize(
        ("rules", "refusal"),
        [
            ([RULE], ""),
            ([RULE, {**RULE, "ID": "b"}], ""),
            ([RULE, RULE], "InvalidArgument"),
            ([{**RULE, "ID": "a" * 256}], "InvalidArgument"),
            ([{name: value for name, value in RULE.items() if name != "Expiration"}], "InvalidRequest"),
            ([{**RULE, "ID": str(number)} for number in range(1001)], "MalformedXML"),
            ([], "MalformedXML"),
            ([{**RULE, "Expiration": {"Days": 1, "Date": datetime(2030, 1, 1, tzinfo=UTC)}}], "MalformedXML"),
            ([{**RULE, "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)}}], ""),
            ([{**RULE, "Expiration": {"Date": datetime(2030, 1, 1, 5, tzinfo=UTC)}}], "InvalidArgument"),
            ([{**RULE, "Transitions": [{"Days": 100, "StorageClass": "GLACIER"}]}], "InvalidArgument"),
            ([{**RULE, "Transitions": [{"Days": 99, "StorageClass": "GLACIER"}]}], ""),
            ([{**RULE, "Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]}], "InvalidArgument"),
            (
                [
                    {
                        **RULE,
                        "Filter": {"Tag": {"Key": "k", "Value": "v"}},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                ],
                "InvalidRequest",
            ),
        ],
    )
    def test_rules(self, cloud: Cloud, bucket: str, rules: list[dict[str, Any]], refusal: str) -> None:
        put = cloud.client("s3").put_bucket_lifecycle_configuration
        assert code(put, Bucket=bucket, LifecycleConfiguration={"Rules": rules}) == refusal

    def test_a_template_goes_the_same_way(self, cloud: Cloud) -> None:
        rule = {"Id": "a", "Status": "Enabled", "ExpirationInDays": 1}
        bucket = {
            "Type": "AWS::S3::Bucket",
            "Properties": {"LifecycleConfiguration": {"Rules": [rule, {**rule, "Prefix": "b"}]}},
        }
        cloudformation, name = cloud.client("cloudformation"), cloud.name("stack")
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Bucket": bucket}}))
        until(lambda: "ROLLBACK_COMPLETE" in cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        assert any("Rule ID must be unique" in reason for reason in reasons), reasons


class TestNamesAndTags:
    @pytest.mark.parametrize("name", ["xn--abc", "sthree-x", "amzn-s3-demo-x", "abc-s3alias", "abc--ol-s3", "abc.mrap"])
    def test_names_that_aws_keeps(self, cloud: Cloud, name: str) -> None:
        assert code(cloud.client("s3").create_bucket, Bucket=name) == "InvalidBucketName"

    @pytest.mark.parametrize(
        "tags",
        [
            [("a", "1"), ("a", "2")], [("a" * 129, "")], [("a", "b" * 257)], [("a<", "x")], [("a", "<")],
            [("aws:a", "x")],
        ],
    )  # fmt: skip
    def test_tags(self, cloud: Cloud, bucket: str, tags: list[tuple[str, str]]) -> None:
        s3 = cloud.client("s3")
        tagging = {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}
        assert code(s3.put_object_tagging, Bucket=bucket, Key="here", Tagging=tagging) == "InvalidTag"
        assert code(s3.put_bucket_tagging, Bucket=bucket, Tagging=tagging) == "InvalidTag"

    def test_tags_in_a_header(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.client("s3")
        assert code(s3.put_object, Bucket=bucket, Key="k", Tagging="a=1&a=2") == "InvalidTag"
        assert code(s3.create_multipart_upload, Bucket=bucket, Key="k", Tagging="aws:a=1") == "InvalidTag"
        assert code(s3.put_object, Bucket=bucket, Key="k", Tagging="a=1&b=%C3%A9%20%2B") == ""
