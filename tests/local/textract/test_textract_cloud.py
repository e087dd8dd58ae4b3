"""Textract in a running cloud: whose rights it uses, the message it sends, the files it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.testing import Cloud
from tests.local.textract.builders import pdf_of, waited

LINES = ("Invoice Number: 4711", "Total: 12.50")
FEATURES = ["FORMS", "TABLES"]


@pytest.fixture(scope="module")
def cloud(clouds: Callable[[Path | None], Cloud]) -> Cloud:
    return clouds(None)


@dataclass
class Place:
    """A bucket with a document, a topic with a queue behind it, and roles."""

    cloud: Cloud
    bucket: str
    topic: str
    queue: str

    def role(self, name: str, trust: str, statements: list[dict[str, Any]]) -> str:
        iam = self.cloud.client("iam")
        principal = {"Service": trust} if trust.endswith(".com") else {"AWS": trust}
        policy = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        return str(arn)

    def caller(self, name: str, *statements: dict[str, Any]) -> Any:
        """A Textract client that acts as a role with these rights and those to call Textract."""
        allowed = [{"Effect": "Allow", "Action": "textract:*", "Resource": "*"}, *statements]
        role = self.role(name, "arn:aws:iam::123456789012:root", allowed)
        keys = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.session.Session().client(
            "textract",
            endpoint_url=self.cloud.url,
            region_name=self.cloud.region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    def messages(self) -> list[dict[str, Any]]:
        sqs = self.cloud.client("sqs")
        found = sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in found]


@pytest.fixture(scope="module")
def place(cloud: Cloud) -> Place:
    bucket = "textract-documents"
    cloud.client("s3").create_bucket(Bucket=bucket)
    cloud.client("s3").put_object(Bucket=bucket, Key="in/a bill.pdf", Body=pdf_of(*LINES))
    topic = cloud.client("sns").create_topic(Name="textract-done")["TopicArn"]
    queue = cloud.client("sqs").create_queue(QueueName="textract-done")["QueueUrl"]
    arn = queue_arn(cloud, queue)
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }
        ]
    }
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return Place(cloud, bucket, topic, queue)


def queue_arn(cloud: Cloud, queue: str) -> str:
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(attributes["Attributes"]["QueueArn"])


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def document(place: Place, key: str = "in/a bill.pdf", **version: str) -> dict[str, Any]:
    return {"S3Object": {"Bucket": place.bucket, "Name": key, **version}}


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_document_is_read_with_the_rights_of_the_caller(place: Place) -> None:
    reader = place.caller("reader", allow("s3:GetObject", f"arn:aws:s3:::{place.bucket}/in/*"))
    stranger = place.caller("stranger", allow("s3:GetObject", "arn:aws:s3:::another-bucket/*"))
    found = reader.analyze_document(Document=document(place), FeatureTypes=FEATURES)
    assert [b["Text"] for b in found["Blocks"] if b["BlockType"] == "LINE"] == list(LINES)
    with pytest.raises(ClientError) as refused:
        stranger.analyze_document(Document=document(place), FeatureTypes=FEATURES)
    assert code(refused) == "InvalidS3ObjectException"
    with pytest.raises(ClientError) as refused:
        stranger.start_document_analysis(DocumentLocation=document(place), FeatureTypes=FEATURES)
    assert code(refused) == "InvalidS3ObjectException"


def test_a_missing_object_is_refused_in_the_same_words(place: Place) -> None:
    textract = place.cloud.client("textract")
    for missing in (document(place, "in/none.pdf"), document(place, Version="0" * 32)):
        with pytest.raises(ClientError) as refused:
            textract.analyze_document(Document=missing, FeatureTypes=FEATURES)
        assert code(refused) == "InvalidS3ObjectException"
    with pytest.raises(ClientError) as refused:
        textract.analyze_document(
            Document={"S3Object": {"Bucket": "no-such-bucket-here", "Name": "a"}}, FeatureTypes=FEATURES
        )
    assert code(refused) == "InvalidS3ObjectException"


def test_a_version_is_the_one_that_is_named(place: Place) -> None:
    s3 = place.cloud.client("s3")
    s3.create_bucket(Bucket="textract-versions")
    s3.put_bucket_versioning(Bucket="textract-versions", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="textract-versions", Key="a.pdf", Body=pdf_of("First version"))["VersionId"]
    s3.put_object(Bucket="textract-versions", Key="a.pdf", Body=pdf_of("Second version"))

    def lines(**version: str) -> list[str]:
        where = {"S3Object": {"Bucket": "textract-versions", "Name": "a.pdf", **version}}
        found = place.cloud.client("textract").detect_document_text(Document=where)
        return [b["Text"] for b in found["Blocks"] if b["BlockType"] == "LINE"]

    assert lines(Version=first) == ["First version"]
    assert lines() == ["Second version"]


def test_a_job_tells_the_topic_and_writes_its_output(place: Place) -> None:
    role = place.role("publisher", "textract.amazonaws.com", [allow("sns:Publish", place.topic)])
    textract = place.cloud.client("textract")
    job = textract.start_document_analysis(
        DocumentLocation=document(place),
        FeatureTypes=FEATURES,
        JobTag="tag-1",
        NotificationChannel={"SNSTopicArn": place.topic, "RoleArn": role},
        OutputConfig={"S3Bucket": place.bucket, "S3Prefix": "out"},
    )["JobId"]
    (message,) = waited(place.messages)
    stamp = message.pop("Timestamp")
    assert isinstance(stamp, int)
    assert stamp > 1_700_000_000_000, "milliseconds"
    assert message == {
        "JobId": job,
        "Status": "SUCCEEDED",
        "API": "StartDocumentAnalysis",
        "JobTag": "tag-1",
        "DocumentLocation": {"S3ObjectName": "in/a bill.pdf", "S3Bucket": place.bucket},
    }
    got = textract.get_document_analysis(JobId=job)
    assert (got["JobStatus"], got["DocumentMetadata"]) == ("SUCCEEDED", {"Pages": 1})
    listed = place.cloud.client("s3").list_objects_v2(Bucket=place.bucket, Prefix=f"out/{job}/")["Contents"]
    assert [item["Key"] for item in listed] == [f"out/{job}/.s3_access_check", f"out/{job}/1"]
    part = json.loads(place.cloud.client("s3").get_object(Bucket=place.bucket, Key=f"out/{job}/1")["Body"].read())
    assert part["NextToken"] is None
    assert {block["Id"] for block in part["Blocks"]} == {block["Id"] for block in got["Blocks"]}
    assert part["Blocks"][0]["BlockType"] == "PAGE"
    assert part["Blocks"][0]["Text"] is None, "members that a block has not are null there"


def test_the_role_of_a_notification_must_exist_and_trust_textract(place: Place) -> None:
    untrusting = place.role("untrusting", "lambda.amazonaws.com", [allow("sns:Publish", "*")])
    for role in (untrusting, "arn:aws:iam::123456789012:role/nobody"):
        with pytest.raises(ClientError) as refused:
            told_job(place, role)
        assert code(refused) == "InvalidParameterException"


def test_a_role_that_may_not_publish_is_not_heard(place: Place) -> None:
    silent = place.role("silent", "textract.amazonaws.com", [allow("sqs:SendMessage", "*")])
    heard = place.role("heard", "textract.amazonaws.com", [allow("sns:Publish", place.topic)])
    told_job(place, silent)
    second = told_job(place, heard)
    assert [message["JobId"] for message in waited(place.messages)] == [second]


def told_job(place: Place, role: str) -> str:
    """A job that tells the topic; its id once it has ended."""
    textract = place.cloud.client("textract")
    job = textract.start_document_analysis(
        DocumentLocation=document(place),
        FeatureTypes=FEATURES,
        NotificationChannel={"SNSTopicArn": place.topic, "RoleArn": role},
    )["JobId"]
    waited(lambda: textract.get_document_analysis(JobId=job)["JobStatus"] == "SUCCEEDED")
    return str(job)


def test_output_is_written_with_the_rights_of_the_caller(place: Place) -> None:
    reader = place.caller("read-only", allow("s3:GetObject", f"arn:aws:s3:::{place.bucket}/*"))
    with pytest.raises(ClientError) as refused:
        reader.start_document_analysis(
            DocumentLocation=document(place), FeatureTypes=FEATURES, OutputConfig={"S3Bucket": place.bucket}
        )
    assert code(refused) == "InvalidS3ObjectException"


def test_a_jobs_result_is_its_accounts_and_operations_own(place: Place) -> None:
    textract = place.cloud.client("textract")
    job = textract.start_document_text_detection(DocumentLocation=document(place))["JobId"]
    waited(lambda: textract.get_document_text_detection(JobId=job)["JobStatus"] == "SUCCEEDED")
    got = textract.get_document_text_detection(JobId=job)
    assert {block["BlockType"] for block in got["Blocks"]} == {"PAGE", "LINE", "WORD"}
    with pytest.raises(ClientError) as refused:
        textract.get_document_analysis(JobId=job)
    assert code(refused) == "InvalidJobIdException"
