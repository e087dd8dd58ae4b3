"""A request that its operation cannot have is refused before MiniStack looks at it, by botocore's models."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from local.gaps import request_bodies
from tests.local.gaps.harness import REGION, Cloud
from tests.local.gaps.refusals import connection_to

#: The operation of each service that the tables below send.
TARGETS = {
    "states": "AWSStepFunctions.ListStateMachines",
    "events": "AWSEvents.ListRules",
    "sqs": "AmazonSQS.ListQueues",
    "dynamodb": "DynamoDB_20120810.ListTables",
    "kinesis": "Kinesis_20131202.ListStreams",
    "firehose": "Firehose_20150804.ListDeliveryStreams",
    "athena": "AmazonAthena.ListWorkGroups",
    "logs": "Logs_20140328.DescribeLogGroups",
    "glue": "AWSGlue.GetDatabases",
    "monitoring": "GraniteServiceVersion20100801.ListMetrics",
    "secretsmanager": "secretsmanager.ListSecrets",
    "ssm": "AmazonSSM.DescribeParameters",
    "kms": "TrentService.ListKeys",
}

#: Service, target, members, error, part of the message.
REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("sqs", "AmazonSQS.GetQueueAttributes", {"QueueUrl": 5}, "SerializationException", "NUMBER_VALUE"),
    ("sqs", "AmazonSQS.SendMessage", {"QueueUrl": "u", "MessageBody": {}}, "SerializationException", "'messageBody'"),
    ("events", "AWSEvents.PutTargets", {"Rule": "r", "Targets": "x"}, "SerializationException", "STRING_VALUE"),
    ("states", "AWSStepFunctions.StartExecution", {"stateMachineArn": 5}, "SerializationException", "to a String"),
    ("states", "AWSStepFunctions.ListExecutions", {"maxResults": 1001}, "ValidationException", "equal to 1000"),
    ("states", "AWSStepFunctions.ListExecutions", {"statusFilter": "FOO"}, "ValidationException", "[RUNNING, "),
    ("athena", "AmazonAthena.StartQueryExecution", {"QueryString": 5}, "SerializationException", "'queryString'"),
    (
        "athena",
        "AmazonAthena.StartQueryExecution",
        {"QueryString": "SELECT 1", "ClientRequestToken": "x" * 31},
        "InvalidRequestException",
        "'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32",
    ),
    (
        "logs",
        "Logs_20140328.PutLogEvents",
        {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": ""}]},
        "InvalidParameterException",
        "'logEvents.1.member.message'",
    ),
    ("kinesis", "Kinesis_20131202.GetRecords", {"ShardIterator": "i", "Limit": 10001}, "ValidationException", "10000"),
    (
        "kinesis",
        "Kinesis_20131202.GetRecords",
        {"ShardIterator": "i", "Limit": 1.5},
        "SerializationException",
        "Integer",
    ),
    (
        "dynamodb",
        "DynamoDB_20120810.PutItem",
        {"TableName": "t", "Item": {"a": {"N": 5}}},
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String, at 'item.a.n'",
    ),
    ("dynamodb", "DynamoDB_20120810.GetItem", {"TableName": "t"}, "ValidationException", "Value null at 'key'"),
    ("dynamodb", "DynamoDB_20120810.Query", {"TableName": "t", "Limit": True}, "SerializationException", "TRUE_VALUE"),
]


def answered(cloud: Cloud, service: str, target: str, body: bytes, key: str = "test") -> tuple[int, dict[str, Any]]:
    """Status and error of a signed request with this body."""
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    request = AWSRequest("POST", cloud.url + "/", data=body, headers=headers)
    SigV4Auth(Credentials(key, "test"), service, REGION).add_auth(request)
    with connection_to(cloud) as connection:
        connection.request("POST", "/", body, dict(request.headers))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class TestTypes:
    @pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b"{", b"\xff", b"[" * 100_000])
    @pytest.mark.parametrize("service", TARGETS)
    def test_a_body_that_is_no_object(self, cloud: Cloud, service: str, body: bytes) -> None:
        status, error = answered(cloud, service, TARGETS[service], body)
        assert (status, error["__type"]) == (400, "SerializationException")

    @pytest.mark.parametrize(("service", "target", "members", "code", "says"), REFUSED)
    def test_members(
        self, cloud: Cloud, service: str, target: str, members: dict[str, Any], code: str, says: str
    ) -> None:
        status, error = answered(cloud, service, target, json.dumps(members).encode())
        assert (status, error["__type"]) == (400, code)
        assert says in error["message"]

    def test_who_is_nobody_hears_only_that(self, cloud: Cloud) -> None:
        status, error = answered(cloud, "dynamodb", TARGETS["dynamodb"], b"[]", key="nobody")
        assert (status, error["__type"].rpartition("#")[2]) == (400, "UnrecognizedClientException")

    def test_members_that_nobody_knows_are_ignored(self, cloud: Cloud) -> None:
        assert answered(cloud, "sqs", TARGETS["sqs"], b'{"Nope": 5, "NextToken": null}')[0] == 200


FUNCTIONS = "/2015-03-31/functions"
#: Method, path, headers, body, error, part of the message.
LAMBDA: list[tuple[str, str, dict[str, str], bytes, str, str]] = [
    ("GET", f"{FUNCTIONS}?MaxItems=abc", {}, b"", "SerializationException", "'maxItems'"),
    ("GET", f"{FUNCTIONS}?MaxItems=0", {}, b"", "ValidationException", "greater than or equal to 1"),
    ("POST", FUNCTIONS, {}, b"{", "SerializationException", "not JSON"),
    ("POST", FUNCTIONS, {}, b"[]", "SerializationException", "not a JSON object"),
    ("POST", FUNCTIONS, {}, b"{}", "ValidationException", "Value null at 'functionName'"),
    ("PUT", f"{FUNCTIONS}/f/configuration", {}, b'{"Timeout": "x"}', "SerializationException", "'timeout'"),
    (
        "PUT",
        f"{FUNCTIONS}/f/configuration",
        {},
        b'{"Environment": {"Variables": {"KEY": 5}}}',
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String",
    ),
    ("POST", "/2015-03-31/event-source-mappings", {}, b'"x"', "SerializationException", "not a JSON object"),
    ("PUT", "/2017-10-31/functions/f/concurrency", {}, b"{", "SerializationException", "not JSON"),
    ("POST", "/2017-03-31/tags/arn%3Ax", {}, b'{"Tags": []}', "SerializationException", "Start of list"),
    ("POST", f"{FUNCTIONS}/f/invocations", {"X-Amz-Invocation-Type": "Foo"}, b"{}", "ValidationException", "[Event, "),
    ("POST", f"{FUNCTIONS}/f/invocations", {}, b"{", "InvalidRequestContentException", "Could not parse request body"),
    ("POST", f"{FUNCTIONS}/a%20b/invocations", {}, b"{}", "ValidationException", "'functionName'"),
]


class TestLambda:
    @pytest.mark.parametrize(("method", "path", "headers", "body", "code", "says"), LAMBDA)
    def test_members(
        self, cloud: Cloud, method: str, path: str, headers: dict[str, str], body: bytes, code: str, says: str
    ) -> None:
        request = AWSRequest(method, cloud.url + path, data=body, headers=headers)
        SigV4Auth(Credentials("test", "test"), "lambda", REGION).add_auth(request)
        with connection_to(cloud) as connection:
            connection.request(method, path, body, dict(request.headers))
            answer = connection.getresponse()
            error = json.loads(answer.read())
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, code)
        assert says in error["message"]


class TestModels:
    def test_the_names_are_those_of_the_models(self) -> None:
        loader = Loader()
        for prefix, service in request_bodies.SERVICES.items():
            assert loader.load_service_model(service, "service-2")["metadata"]["targetPrefix"] == prefix

    @given(
        st.sampled_from(sorted(TARGETS.values())),
        st.dictionaries(
            st.sampled_from(["Limit", "NextToken", "maxResults", "Name", "name"]),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                max_leaves=5,
            ),
        ),
    )
    def test_any_body_is_taken_or_refused(self, target: str, members: dict[str, Any]) -> None:
        answer = request_bodies.refusal(target, json.dumps(members).encode())
        assert answer is None or (answer[0] == 400 and json.loads(answer[2])["message"])
