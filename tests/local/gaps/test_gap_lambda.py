"""Lambda is as strict as on AWS: asynchronous destinations, request sizes, reserved concurrency."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.gaps.awslambda.requests import ASYNCHRONOUS_BYTES, SYNCHRONOUS_BYTES
from tests.local.gaps.harness import Cloud, allow, until

ECHO = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("on purpose")
    return {"seen": event}
"""


def aliased(cloud: Cloud, *queues: str) -> str:
    """The ARN of an alias "live" whose function may send to ``queues``."""
    role = cloud.role(*(allow("sqs:SendMessage", queue) for queue in queues), service="lambda.amazonaws.com")
    function, client = cloud.function(ECHO, Role=role), cloud.client("lambda")
    until(lambda: client.get_function_configuration(FunctionName=function)["State"] == "Active")
    version = client.publish_version(FunctionName=function)["Version"]
    return str(client.create_alias(FunctionName=function, Name="live", FunctionVersion=version)["AliasArn"])


class TestDestinations:
    def configure(self, cloud: Cloud, alias: str, success: str, failure: str) -> None:
        cloud.client("lambda").put_function_event_invoke_config(
            FunctionName=alias.rsplit(":", 1)[0],
            Qualifier="live",
            MaximumRetryAttempts=1,
            DestinationConfig={"OnSuccess": {"Destination": success}, "OnFailure": {"Destination": failure}},
        )

    def test_both_destinations_of_an_alias(self, cloud: Cloud) -> None:
        (good_url, good), (bad_url, bad) = cloud.queue(), cloud.queue()
        alias = aliased(cloud, good, bad)
        self.configure(cloud, alias, good, bad)
        cloud.invoke(alias, b'{"a": 1}', "Event")
        record = json.loads(cloud.received(good_url)[0]["Body"])
        assert record["requestContext"]["condition"] == "Success"
        assert record["requestContext"]["functionArn"] == alias
        assert record["requestContext"]["approximateInvokeCount"] == 1
        assert record["responsePayload"] == {"seen": {"a": 1}}
        cloud.invoke(alias, b'{"fail": true}', "Event")
        record = json.loads(cloud.received(bad_url)[0]["Body"])
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 2
        assert record["responsePayload"]["errorMessage"] == "on purpose"

    def test_the_function_needs_the_right_to_send(self, cloud: Cloud) -> None:
        url = cloud.client("sqs").create_queue(QueueName=cloud.name("private"))["QueueUrl"]
        attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        private = attributes["Attributes"]["QueueArn"]
        good_url, good = cloud.queue()
        alias = aliased(cloud, good, private)
        self.configure(cloud, alias, good, private)
        role = cloud.client("lambda").get_function_configuration(FunctionName=alias)["Role"]
        statement = {"Version": "2012-10-17", "Statement": [allow("sqs:SendMessage", good)]}
        cloud.client("iam").put_role_policy(
            RoleName=role.rsplit("/", 1)[-1], PolicyName="p", PolicyDocument=json.dumps(statement)
        )
        cloud.invoke(alias, b'{"fail": true}', "Event")
        name = {"FunctionName": alias.split(":")[6]}
        until(lambda: failures(cloud, name) == 2)
        cloud.invoke(alias, b"{}", "Event")
        cloud.received(good_url)
        assert "Messages" not in cloud.client("sqs").receive_message(QueueUrl=url)

    def test_a_dead_letter_queue_gets_the_event_itself(self, cloud: Cloud) -> None:
        url, queue = cloud.queue()
        role = cloud.role(allow("sqs:SendMessage", queue), service="lambda.amazonaws.com")
        function = cloud.function(ECHO, Role=role, DeadLetterConfig={"TargetArn": queue})
        client = cloud.client("lambda")
        client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
        cloud.invoke(function, b'{"fail": true}', "Event")
        message = cloud.received(url)[0]
        assert json.loads(message["Body"]) == {"fail": True}
        assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "on purpose"


def failures(cloud: Cloud, dimensions: dict[str, str]) -> float:
    """Errors of a function over the last hour."""
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    points = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


class TestRequests:
    @pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", SYNCHRONOUS_BYTES), ("Event", ASYNCHRONOUS_BYTES)])
    def test_too_large_an_event(self, cloud: Cloud, kind: str, limit: int) -> None:
        function = cloud.function("def handler(event, context):\n    return len(event)\n")
        exact = json.dumps("x" * (limit - 2)).encode()
        assert cloud.invoke(function, exact, kind)[0] in (200, 202)
        with pytest.raises(ClientError) as error:
            cloud.invoke(function, exact + b" ", kind)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
        assert error.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


class TestTemplate:
    def test_reserved_concurrency_of_a_template(self, cloud: Cloud) -> None:
        archive, bucket = io.BytesIO(), cloud.name("code")
        with zipfile.ZipFile(archive, "w") as z:
            z.writestr("app.py", ECHO)
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="code.zip", Body=archive.getvalue())
        properties: dict[str, Any] = {
            "Runtime": "python3.13",
            "Handler": "app.handler",
            "Role": cloud.role(service="lambda.amazonaws.com"),
            "Code": {"S3Bucket": bucket, "S3Key": "code.zip"},
            "ReservedConcurrentExecutions": 0,
        }
        name = cloud.stack({"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}, Name={"Ref": "F"})[
            "Name"
        ]
        client = cloud.client("lambda")
        assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
        with pytest.raises(client.exceptions.TooManyRequestsException):
            cloud.invoke(name, b"{}")

    def test_a_number_that_a_parameter_gives_is_a_number(self, cloud: Cloud) -> None:
        """A parameter is a text until CloudFormation sends it; one text would stop the poller for every queue."""
        rights = [allow(f"sqs:{verb}", "*") for verb in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")]
        function = cloud.function(ECHO, Role=cloud.role(*rights, service="lambda.amazonaws.com"))
        client = cloud.client("lambda")
        mapping = {
            "EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]},
            "FunctionName": function,
            "BatchSize": 1,
            "ScalingConfig": {"MaximumConcurrency": "4"},
        }
        made = cloud.stack(
            {
                "Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}},
                "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
            },
            Mapping={"Ref": "M"},
        )
        found = client.get_event_source_mapping(UUID=made["Mapping"])
        assert found["ScalingConfig"] == {"MaximumConcurrency": 4}
