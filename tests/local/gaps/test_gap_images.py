"""Function URLs and S3 Object Lambda as the images pipeline uses them."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.cloud import clients
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow

ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}"

ROOT = Credentials("test", "test")


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def send(url: str, credentials: Credentials | None, method: str = "GET") -> tuple[int, bytes]:
    request = AWSRequest(method, url)
    if credentials is not None:
        SigV4Auth(credentials, "lambda", REGION).add_auth(request)
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, headers=dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def made(cloud: Cloud) -> dict[str, str]:
    function = cloud.function(ECHO)
    return cloud.stack(
        {"Url": resource("AWS::Lambda::Url", AuthType="AWS_IAM", TargetFunctionArn=function)},
        Url={"Fn::GetAtt": ["Url", "FunctionUrl"]},
        Function={"Fn::GetAtt": ["Url", "FunctionArn"]},
    )


class TestFunctionUrl:
    def test_the_attribute_is_an_address_that_answers(self, cloud: Cloud, made: dict[str, str]) -> None:
        assert made["Url"].startswith(f"{cloud.url}/")
        assert made["Url"].endswith("/")
        status, body = send(made["Url"] + "a", ROOT)
        assert status == 200, body
        assert send(made["Url"] + "a", None)[0] == 403

    @pytest.mark.parametrize("path", ["a%20b", "%C3%BC", "100%2525", "a%2Fb", "a/b", "", "/a", "_aws/lambda-url/x"])
    def test_the_path_comes_as_it_was_sent(self, made: dict[str, str], path: str) -> None:
        status, body = send(made["Url"] + path, ROOT)
        assert status == 200, body
        assert json.loads(body)["rawPath"] == f"/{path}"

    @pytest.mark.parametrize(
        ("actions", "status"),
        [
            (["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], 200),
            (["lambda:InvokeFunctionUrl"], 403),
            (["lambda:InvokeFunction"], 403),
        ],
    )
    def test_a_caller_needs_both_permissions(
        self, cloud: Cloud, made: dict[str, str], actions: list[str], status: int
    ) -> None:
        role = cloud.role(*(allow(action, made["Function"]) for action in actions))
        granted = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="caller")["Credentials"]
        caller = Credentials(granted["AccessKeyId"], granted["SecretAccessKey"], granted["SessionToken"])
        assert send(made["Url"] + "a", caller)[0] == status


ANSWERING = """
import boto3, json, urllib.parse
s3 = boto3.client("s3")
def handler(event, context):
    place, asked = event["getObjectContext"], urllib.parse.urlsplit(event["userRequest"]["url"])
    answer = {"RequestRoute": place["outputRoute"], "RequestToken": place["outputToken"]}
    if "{" in asked.path:
        answer |= json.loads(asked.path.rsplit("/", 1)[-1].replace("'", '"'))
    else:
        answer["Body"] = json.dumps({"query": asked.query, "input": place["inputS3Url"]})
    s3.write_get_object_response(**answer)
"""


@pytest.fixture(scope="module")
def alias(cloud: Cloud) -> Any:
    """Gives the alias of an access point whose function may answer at what ``resource_arn`` names."""

    def make(resource_arn: str) -> str:
        bucket, name, base = (cloud.name(kind) for kind in ("bucket", "olap", "base"))
        cloud.client("s3").create_bucket(Bucket=bucket)
        arn = f"arn:aws:s3-object-lambda:{REGION}:{ACCOUNT}:accesspoint/{name}"
        role = cloud.role(
            allow("s3-object-lambda:WriteGetObjectResponse", resource_arn.format(own=arn)),
            service="lambda.amazonaws.com",
        )
        function = cloud.function(ANSWERING, Role=role)
        transformation = {
            "Actions": ["GetObject"],
            "ContentTransformation": {"AwsLambda": {"FunctionArn": function}},
        }
        configuration = {
            "SupportingAccessPoint": {"Fn::GetAtt": ["Base", "Arn"]},
            "AllowedFeatures": ["GetObject-PartNumber"],
            "TransformationConfigurations": [transformation],
        }
        return cloud.stack(
            {
                "Base": resource("AWS::S3::AccessPoint", Bucket=bucket, Name=base),
                "Point": resource(
                    "AWS::S3ObjectLambda::AccessPoint", Name=name, ObjectLambdaConfiguration=configuration
                ),
            },
            Alias={"Fn::GetAtt": ["Point", "Alias.Value"]},
        )["Alias"]

    return make


@pytest.fixture(scope="module")
def own(alias: Any) -> str:
    return str(alias("{own}"))


class TestObjectLambda:
    def test_a_role_that_names_the_access_point_may_answer(self, cloud: Cloud, own: str) -> None:
        assert cloud.client("s3").get_object(Bucket=own, Key="a")["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_a_role_that_names_another_may_not(self, cloud: Cloud, alias: Any) -> None:
        other = alias("{own}-other")
        with pytest.raises(ClientError, match="403") as caught:
            cloud.client("s3").get_object(Bucket=other, Key="a")
        assert caught.value.response["Error"]["Code"] == "LambdaRuntimeError"

    def test_the_part_is_in_the_request_and_not_in_the_presigned_url(self, cloud: Cloud, own: str) -> None:
        answer = cloud.client("s3").get_object(Bucket=own, Key="a", PartNumber=2)
        told = json.loads(answer["Body"].read())
        assert told["query"] == "partNumber=2"
        assert "partNumber" not in told["input"]

    def test_s3_control_is_asked_where_the_account_stands_in_the_host(self, cloud: Cloud, own: str) -> None:
        """And the ARN that it gives is read from as the alias is."""
        points = clients.client("s3control", cloud.url).list_access_points_for_object_lambda(AccountId=ACCOUNT)
        (arn,) = (
            point["ObjectLambdaAccessPointArn"]
            for point in points["ObjectLambdaAccessPointList"]
            if point["Alias"]["Value"] == own
        )
        answer = clients.client("s3", cloud.url).get_object(Bucket=arn, Key="a")
        assert b"X-Amz-Signature" in answer["Body"].read()

    def test_a_legal_error_reaches_the_caller(self, cloud: Cloud, own: str) -> None:
        with pytest.raises(ClientError) as caught:
            cloud.client("s3").get_object(Bucket=own, Key="{'StatusCode': 403, 'ErrorCode': 'NotForYou'}")
        assert caught.value.response["Error"]["Code"] == "NotForYou"

    @pytest.mark.parametrize(
        "wish",
        [
            "{'StatusCode': 422, 'ErrorCode': 'Damaged'}",
            "{'StatusCode': 413, 'ErrorCode': 'TooLarge'}",
            "{'StatusCode': 400, 'ErrorCode': 'Error404'}",
            "{'StatusCode': 400, 'ErrorCode': 'lower'}",
            "{'StatusCode': 200, 'ErrorCode': 'Fine'}",
            "{'StatusCode': 400, 'ErrorCode': 'Both', 'Body': 'text'}",
        ],
    )
    def test_what_aws_would_not_take(self, cloud: Cloud, own: str, wish: str) -> None:
        with pytest.raises(ClientError) as caught:
            cloud.client("s3").get_object(Bucket=own, Key=wish)
        assert caught.value.response["Error"]["Code"] == "LambdaRuntimeError"
