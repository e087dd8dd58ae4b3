"""What `sam deploy` and `sam delete` lean on, and the APIs that applications in SAM's style have."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
import yaml

from tests.local.gaps.harness import REGION, Cloud, until

ANSWER = """
import json
def handler(event, context):
    route = event.get("routeKey") or event["resource"]
    return {"statusCode": 200, "body": json.dumps([route, event.get("pathParameters"), event.get("version")])}
"""


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def ask(
    cloud: Cloud, path: str, host: str = "", method: str = "GET", *, token: str = "", key: str = ""
) -> tuple[int, Any]:
    """Status and JSON body of an unsigned request; `host` stands for the address that a client believes to call."""
    headers = {name: value for name, value in (("Host", host), ("Authorization", token), ("x-key", key)) if value}
    request = urllib.request.Request(f"{cloud.url}{path}", headers=headers, method=method)  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def integration(function: str, form: str) -> dict[str, Any]:
    """What SAM writes for a route, around the function's ARN."""
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    return {
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": uri,
            "payloadFormatVersion": form,
        }
    }


@pytest.fixture
def function(cloud: Cloud) -> str:
    arn = cloud.function(ANSWER)
    cloud.client("lambda").add_permission(
        FunctionName=arn, StatementId="any", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return arn


def http_api(body: dict[str, Any]) -> dict[str, Any]:
    stage = resource("AWS::ApiGatewayV2::Stage", ApiId={"Ref": "Api"}, StageName="$default", AutoDeploy=True)
    return {"Api": resource("AWS::ApiGatewayV2::Api", Body=body), "Stage": stage}


def document(**paths: dict[str, Any]) -> dict[str, Any]:
    """`hello__name` stands for the path /hello/{name}."""
    names = {"hello__name": "/hello/{name}", "other": "/other", "default": "/$default"}
    return {
        "openapi": "3.0.1",
        "info": {"title": "greeter", "version": "1.0"},
        "paths": {names[key]: item for key, item in paths.items()},
    }


class TestHttpApi:
    def test_routes_of_the_document_answer(self, cloud: Cloud, function: str) -> None:
        body = document(
            hello__name={
                "get": integration(function, "2.0"),
                "x-amazon-apigateway-any-method": integration(function, "2.0"),
            },
            default={"x-amazon-apigateway-any-method": integration(function, "2.0")},
        )
        outputs = cloud.stack(http_api(body), Api={"Ref": "Api"})
        host = f"{outputs['Api']}.execute-api.{REGION}.amazonaws.com"
        assert ask(cloud, "/hello/you", host) == (200, ["GET /hello/{name}", {"name": "you"}, "2.0"])
        assert ask(cloud, "/hello/you", host, "PUT")[1][0] == "ANY /hello/{name}"
        assert ask(cloud, "/elsewhere", host)[1][0] == "$default"
        named = cloud.client("apigatewayv2").get_api(ApiId=outputs["Api"])
        assert (named["Name"], named["Version"]) == ("greeter", "1.0")

    def test_an_update_takes_the_new_document(self, cloud: Cloud, function: str) -> None:
        outputs = cloud.stack(http_api(document(hello__name={"get": integration(function, "2.0")})), Api={"Ref": "Api"})
        api, host = outputs["Api"], f"{outputs['Api']}.execute-api.{REGION}.amazonaws.com"
        assert ask(cloud, "/other", host) == (404, {"message": "Not Found"})
        changed = {"Resources": http_api(document(other={"get": integration(function, "2.0")}))}
        cfn = cloud.client("cloudformation")
        cfn.update_stack(StackName=outputs["StackName"], TemplateBody=json.dumps(changed))
        until(
            lambda: cfn.describe_stacks(StackName=outputs["StackName"])["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
        )
        routes = cloud.client("apigatewayv2").get_routes(ApiId=api)["Items"]
        assert [route["RouteKey"] for route in routes] == ["GET /other"]
        assert ask(cloud, "/hello/you", host)[0] == 404
        assert ask(cloud, "/other", host)[0] == 200

    def test_cors_of_the_document(self, cloud: Cloud, function: str) -> None:
        body = {**document(other={"get": integration(function, "2.0")}),
                "x-amazon-apigateway-cors": {"allowOrigins": ["https://example.org"], "maxAge": 60}}  # fmt: skip
        api = cloud.stack(http_api(body), Api={"Ref": "Api"})["Api"]
        found = cloud.client("apigatewayv2").get_api(ApiId=api)["CorsConfiguration"]
        assert found == {"AllowOrigins": ["https://example.org"], "MaxAge": 60}

    @pytest.mark.parametrize(
        ("properties", "reason"),
        [
            (
                {"Body": document(other={"get": {"security": [{"oauth": []}]}})},
                "GET /other asks for the security scheme",
            ),
            (
                {"Body": {**document(other={"get": {}}), "security": [{"oauth": []}]}},
                "GET /other asks for the security",
            ),
            ({"Body": document(other={"get": integration("arn", "1.0")})}, "GET /other asks for payload format 1.0"),
            ({"BodyS3Location": {"Bucket": "b", "Key": "k"}}, "there is no object k in the bucket b"),
        ],
    )
    def test_what_is_not_served_is_refused(self, cloud: Cloud, properties: dict[str, Any], reason: str) -> None:
        with pytest.raises(AssertionError, match=reason):
            cloud.stack({"Api": resource("AWS::ApiGatewayV2::Api", **properties)})

    def test_a_document_in_s3(self, cloud: Cloud, function: str) -> None:
        bucket = cloud.name("documents")
        cloud.client("s3").create_bucket(Bucket=bucket)
        body = yaml.safe_dump(document(other={"get": integration(function, "2.0")})).encode()
        cloud.client("s3").put_object(Bucket=bucket, Key="api.yaml", Body=body)
        api = {
            **http_api({}),
            "Api": resource("AWS::ApiGatewayV2::Api", BodyS3Location={"Bucket": bucket, "Key": "api.yaml"}),
        }
        host = f"{cloud.stack(api, Api={'Ref': 'Api'})['Api']}.execute-api.{REGION}.amazonaws.com"
        assert ask(cloud, "/other", host) == (200, ["GET /other", None, "2.0"])


@pytest.fixture(scope="module")
def tokens(cloud: Cloud) -> tuple[dict[str, Any], str]:
    """A security scheme that believes a user pool, and a token of the pool."""
    cognito = cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=cloud.name("pool"))["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ann")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Secret-123", Permanent=True)
    signed_in = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": "Secret-123"}
    )["AuthenticationResult"]
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"
    jwt = {"issuer": issuer, "audience": [client]}
    source = "$request.header.Authorization"
    authorizer = {"type": "jwt", "jwtConfiguration": jwt, "identitySource": source}
    return {"type": "oauth2", "x-amazon-apigateway-authorizer": authorizer}, signed_in["IdToken"]


class TestAuthorizers:
    """Of the document of an HTTP API, as SAM writes them."""

    def test_a_token_opens_the_routes_that_ask_for_one(
        self, cloud: Cloud, function: str, tokens: tuple[dict[str, Any], str]
    ) -> None:
        scheme, token = tokens
        asks = {**integration(function, "2.0"), "security": [{"Tokens": []}]}
        scoped = {**integration(function, "2.0"), "security": [{"Tokens": ["orders/write"]}]}
        free = {**integration(function, "2.0"), "security": [{"NONE": []}]}
        body = {
            **document(other={"get": asks, "post": scoped, "put": free}),
            "components": {"securitySchemes": {"Tokens": scheme}},
        }
        host = f"{cloud.stack(http_api(body), Api={'Ref': 'Api'})['Api']}.execute-api.{REGION}.amazonaws.com"
        assert ask(cloud, "/other", host, "PUT")[0] == 200
        assert ask(cloud, "/other", host) == (401, {"message": "Unauthorized"})
        assert ask(cloud, "/other", host, token=f"Bearer {token[:-8]}AAAAAAAA")[0] == 401
        assert ask(cloud, "/other", host, token=f"Bearer {token}")[0] == 200
        assert ask(cloud, "/other", host, "POST", token=f"Bearer {token}") == (403, {"message": "Forbidden"})

    def test_a_function_says_who_may(self, cloud: Cloud, function: str) -> None:
        decides = cloud.function(
            "def handler(event, context): return {'isAuthorized': event['headers']['x-key'] == 'open'}"
        )
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{decides}/invocations"
        cloud.client("lambda").add_permission(
            FunctionName=decides,
            StatementId="any",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        authorizer = {
            "type": "request",
            "authorizerUri": uri,
            "authorizerPayloadFormatVersion": 2.0,
            "enableSimpleResponses": True,
            "identitySource": ["$request.header.x-key"],
            "authorizerResultTtlInSeconds": 0,
        }
        body = {
            **document(other={"get": integration(function, "2.0")}),
            "security": [{"Own": []}],
            "components": {"securitySchemes": {"Own": {"x-amazon-apigateway-authorizer": authorizer}}},
        }
        host = f"{cloud.stack(http_api(body), Api={'Ref': 'Api'})['Api']}.execute-api.{REGION}.amazonaws.com"
        assert ask(cloud, "/other", host)[0] == 401
        assert ask(cloud, "/other", host, key="shut")[0] == 403
        assert ask(cloud, "/other", host, key="open")[0] == 200

    def test_a_signature(self, cloud: Cloud, function: str) -> None:
        signed = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
        asks = {**integration(function, "2.0"), "security": [{"AWS_IAM": []}]}
        body = {**document(other={"get": asks}), "components": {"securitySchemes": {"AWS_IAM": signed}}}
        api = cloud.stack(http_api(body), Api={"Ref": "Api"})["Api"]
        assert ask(cloud, "/other", f"{api}.execute-api.{REGION}.amazonaws.com")[0] == 403
        (route,) = cloud.client("apigatewayv2").get_routes(ApiId=api)["Items"]
        assert route["AuthorizationType"] == "AWS_IAM"


class TestRestApi:
    @pytest.mark.parametrize("host", ["execute-api.us-east-1.amazonaws.com", "execute-api.localhost"])
    def test_any_method_answers_under_the_names_of_aws_and_of_this_machine(
        self, cloud: Cloud, function: str, host: str
    ) -> None:
        body = {
            "swagger": "2.0",
            "info": {"title": "greeter", "version": "1.0"},
            "paths": {"/plain/{rest+}": {"x-amazon-apigateway-any-method": integration(function, "1.0")}},
        }
        resources = {
            "Api": resource("AWS::ApiGateway::RestApi", Body=body),
            "Deployment": resource("AWS::ApiGateway::Deployment", RestApiId={"Ref": "Api"}),
            "Stage": resource(
                "AWS::ApiGateway::Stage",
                RestApiId={"Ref": "Api"},
                DeploymentId={"Ref": "Deployment"},
                StageName="Prod",
            ),
        }
        api = cloud.stack(resources, Api={"Ref": "Api"})["Api"]
        expected = (200, ["/plain/{rest+}", {"rest": "a/b"}, "1.0"])
        assert ask(cloud, "/Prod/plain/a/b", f"{api}.{host}", "POST") == expected
        assert ask(cloud, f"/_aws/execute-api/{api}/Prod/plain/a/b") == expected
        assert ask(cloud, "/Prod/nothing", f"{api}.{host}")[0] == 403

    def test_a_name_that_is_no_api_leads_nowhere(self, cloud: Cloud) -> None:
        assert ask(cloud, "/Prod/x", f"00000000.execute-api.{REGION}.amazonaws.com")[0] in {403, 404}


class Parent:
    """A stack with a nested one, whose template lies in a bucket of its own."""

    def __init__(self, cloud: Cloud, address: str, **resources: Any) -> None:
        self.cloud, self.bucket = cloud, cloud.name("nested").lower()
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket=self.bucket)
        nested = {"Resources": resources, "Outputs": {name: {"Value": {"Ref": name}} for name in resources}}
        s3.put_object(Bucket=self.bucket, Key="nested.json", Body=json.dumps(nested).encode())
        self.url = f"{address}/{self.bucket}/nested.json"
        child = resource("AWS::CloudFormation::Stack", TemplateURL=self.url)
        outputs = {name: {"Fn::GetAtt": ["Child", f"Outputs.{name}"]} for name in resources}
        self.outputs = cloud.stack({"Child": child}, Id={"Ref": "Child"}, **outputs)

    def delete(self) -> str:
        """The status that the delete ends in."""
        cfn = self.cloud.client("cloudformation")
        ((stack,),) = [cfn.describe_stacks(StackName=self.outputs["StackName"])["Stacks"]]
        cfn.delete_stack(StackName=stack["StackId"])

        def ended() -> str | None:
            status = cfn.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"]
            return status if status in {"DELETE_COMPLETE", "DELETE_FAILED"} else None

        return str(until(ended))

    def has(self, bucket: str) -> bool:
        return self.outputs[bucket] in {found["Name"] for found in self.cloud.client("s3").list_buckets()["Buckets"]}


class TestNestedAddresses:
    def test_a_template_is_named_by_s3(self, cloud: Cloud) -> None:
        parent = Parent(cloud, cloud.url, Topic=resource("AWS::SNS::Topic"))
        body = cloud.client("cloudformation").get_template(
            StackName=parent.outputs["StackName"], TemplateStage="Original"
        )["TemplateBody"]
        url = body["Resources"]["Child"]["Properties"]["TemplateURL"]
        assert url == f"https://s3.{REGION}.amazonaws.com/{parent.bucket}/nested.json"

    def test_other_addresses_stay(self, cloud: Cloud) -> None:
        address = f"{cloud.url}/no-such-bucket/key"
        made = cloud.stack({"Topic": resource("AWS::SNS::Topic", DisplayName="x")}, Location=address)
        body = cloud.client("cloudformation").get_template(StackName=made["StackName"])["TemplateBody"]
        assert body["Outputs"]["Location"]["Value"] == address


class TestNestedDeletes:
    def test_what_is_retained_stays(self, cloud: Cloud) -> None:
        kept = {**resource("AWS::S3::Bucket"), "DeletionPolicy": "Retain"}
        parent = Parent(cloud, "https://s3.amazonaws.com", Kept=kept, Gone=resource("AWS::S3::Bucket"))
        cloud.client("s3").put_object(Bucket=parent.outputs["Kept"], Key="k", Body=b"v")
        assert parent.delete() == "DELETE_COMPLETE"
        assert (parent.has("Kept"), parent.has("Gone")) == (True, False)
        nested = cloud.client("cloudformation").describe_stacks(StackName=parent.outputs["Id"])["Stacks"][0]
        assert nested["StackStatus"] == "DELETE_COMPLETE"

    def test_what_cannot_be_deleted_fails_both_stacks_until_it_can(self, cloud: Cloud) -> None:
        parent = Parent(cloud, "https://s3.amazonaws.com", Full=resource("AWS::S3::Bucket"))
        s3, full = cloud.client("s3"), parent.outputs["Full"]
        s3.put_object(Bucket=full, Key="k", Body=b"v")
        assert parent.delete() == "DELETE_FAILED"
        cfn = cloud.client("cloudformation")
        assert cfn.describe_stacks(StackName=parent.outputs["Id"])["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
        events = cfn.describe_stack_events(StackName=parent.outputs["StackName"])["StackEvents"]
        (reason,) = [
            event["ResourceStatusReason"]
            for event in events
            if event["LogicalResourceId"] == "Child" and event["ResourceStatus"] == "DELETE_FAILED"
        ]
        assert "was not successfully deleted: The following resource(s) failed to delete: [Full]" in reason
        assert s3.get_object(Bucket=full, Key="k")["Body"].read() == b"v"
        s3.delete_object(Bucket=full, Key="k")
        assert parent.delete() == "DELETE_COMPLETE"
        assert not parent.has("Full")


class TestBucketDeletes:
    @pytest.mark.parametrize("versioned", [False, True])
    def test_a_bucket_with_something_in_it_fails_the_delete(self, cloud: Cloud, versioned: bool) -> None:
        properties = {"VersioningConfiguration": {"Status": "Enabled"}} if versioned else {}
        made = cloud.stack({"Bucket": resource("AWS::S3::Bucket", **properties)}, Name={"Ref": "Bucket"})
        s3, cfn = cloud.client("s3"), cloud.client("cloudformation")
        s3.put_object(Bucket=made["Name"], Key="k", Body=b"v")
        if versioned:  # a version and a delete marker stay
            s3.delete_object(Bucket=made["Name"], Key="k")
        cfn.delete_stack(StackName=made["StackName"])
        until(lambda: cfn.describe_stacks(StackName=made["StackName"])["Stacks"][0]["StackStatus"] == "DELETE_FAILED")
        events = cfn.describe_stack_events(StackName=made["StackName"])["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events if event["LogicalResourceId"] == "Bucket"]
        assert any("The bucket you tried to delete is not empty" in reason for reason in reasons)
        assert made["Name"] in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
