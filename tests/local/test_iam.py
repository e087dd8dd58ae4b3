"""Permissions are those of the template: a role without an action fails under that action's name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from local.cloud import iam

PROFILE_ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
SPEECH = {"Text": "hello", "VoiceId": "Joanna", "OutputFormat": "mp3", "Engine": "neural"}


def _call(cloud: Any, service: str, operation: str, **arguments: Any) -> list[Any]:
    return [service, operation, {"Bucket": cloud.outputs["StoreName"], **arguments} if service == "s3" else arguments]


def test_what_the_policies_allow_works(cloud, call):
    assert call("Mute", _call(cloud, "s3", "put_object", Key="a", Body="text"))["error"] is None
    assert "Body" in call("Talker", _call(cloud, "s3", "get_object", Key="a"))["payload"]
    assert "AudioStream" in call("Talker", _call(cloud, "polly", "synthesize_speech", **SPEECH))["payload"]


@pytest.mark.parametrize(
    ("function", "service", "operation", "arguments", "action"),
    [
        ("Talker", "s3", "put_object", {"Key": "a", "Body": "text"}, "s3:PutObject"),
        ("Mute", "s3", "get_object", {"Key": "a"}, "s3:GetObject"),
        ("Talker", "sqs", "create_queue", {"QueueName": "q"}, "sqs:CreateQueue"),
        ("Mute", "polly", "synthesize_speech", SPEECH, "polly:SynthesizeSpeech"),
        ("Talker", "polly", "describe_voices", {}, "polly:DescribeVoices"),
    ],
)
def test_what_they_do_not_is_refused_by_name(cloud, call, function, service, operation, arguments, action):
    answer = call(function, _call(cloud, service, operation, **arguments))
    assert answer["error"] == "Unhandled"
    message = answer["payload"]["errorMessage"]
    assert re.search(r"\(AccessDenied(Exception)?\)", message)
    # SQS writes its actions in small letters.
    assert f"is not authorized to perform: {action}".lower() in message.lower()
    assert f":assumed-role/{cloud.stack}-{function}Role-" in message, "the caller is the function's own role"


@pytest.fixture
def talker_without_polly(cloud) -> Iterator[None]:
    """Talker's role cut down by the one inline policy that lets it speak, and mended afterwards."""
    roles = cloud.client("iam")
    role = cloud.physical_id("TalkerRole")
    kept = {}
    for name in roles.list_role_policies(RoleName=role)["PolicyNames"]:
        document = roles.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        if "polly:" in json.dumps(document):
            kept[name] = document
            roles.delete_role_policy(RoleName=role, PolicyName=name)
    assert len(kept) == 1
    yield
    for name, document in kept.items():
        roles.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def test_a_role_cut_down_later_fails_too(cloud, call, talker_without_polly):
    answer = call("Talker", _call(cloud, "polly", "synthesize_speech", **SPEECH))
    assert "polly:SynthesizeSpeech" in answer["payload"]["errorMessage"]


def _stranger(cloud: Any, service: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        service,
        endpoint_url=cloud.url,
        region_name=cloud.region,
        aws_access_key_id="ASIA" + "X" * 16,
        aws_secret_access_key="wrong",
        aws_session_token="wrong",
        config=Config(proxies={}, retries={"max_attempts": 1}),
    )


@pytest.mark.parametrize(("service", "operation"), [("polly", "describe_voices"), ("sqs", "list_queues")])
def test_an_unknown_key_is_no_caller(cloud, service, operation):
    with pytest.raises(ClientError) as caught:
        getattr(_stranger(cloud, service), operation)()
    assert caught.value.response["Error"]["Code"] in ("UnrecognizedClientException", "InvalidClientTokenId")


def test_a_session_with_another_secret_is_refused(cloud):
    import boto3
    from botocore.config import Config

    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = cloud.client("iam").create_role(RoleName="forged", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    credentials = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    forged = boto3.session.Session().client(
        "polly",
        endpoint_url=cloud.url,
        region_name=cloud.region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key="another",
        aws_session_token=credentials["SessionToken"],
        config=Config(proxies={}, retries={"max_attempts": 1}),
    )
    with pytest.raises(ClientError) as caught:
        forged.synthesize_speech(**SPEECH)
    assert "Signature" in caught.value.response["Error"]["Code"]


def _request(service: str, method: str, path: str, region: str = "us-east-1", **headers: str) -> iam.Call:
    return iam.Call(service, method, path, path, {}, headers, [], b"{}", region, "test")


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        (_request("polly", "POST", "/v1/speech"), "polly:SynthesizeSpeech"),
        (_request("polly", "GET", "/v1/voices"), "polly:DescribeVoices"),
        (_request("polly", "GET", "/v1/lexicons/name"), "polly:GetLexicon"),
        (_request("bedrock", "POST", "/model/amazon.titan/invoke"), "bedrock:InvokeModel"),
        (_request("bedrock", "POST", "/model/amazon.titan/converse"), "bedrock:InvokeModel"),
        (_request("bedrock", "GET", "/model-invocation-job/ab12cd34ef56"), "bedrock:GetModelInvocationJob"),
        (_request("bedrock", "POST", f"/model/{quote(PROFILE_ARN, safe='')}/converse"), "bedrock:InvokeModel"),
        (_request("sagemaker", "POST", "/endpoints/mine/invocations"), "sagemaker:InvokeEndpoint"),
        (
            _request("textract", "POST", "/", **{"x-amz-target": "Textract.AnalyzeDocument"}),
            "textract:AnalyzeDocument",
        ),
    ],
)
def test_action_of_a_call(request_, action):
    assert iam.action_of(request_) == action


def test_a_call_that_no_model_knows_does_not_pass_unchecked():
    with pytest.raises(LookupError, match="no operation of polly"):
        iam.action_of(_request("polly", "POST", "/v1/everything"))


def _models(model: str, *regions: str) -> list[str]:
    return [f"arn:aws:bedrock:{region}::foundation-model/{model}" for region in regions]


JAPAN = "arn:aws:bedrock:ap-northeast-1:123456789012:inference-profile/jp.amazon.nova-2-lite-v1:0"
EVERYWHERE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.amazon.nova-2-lite-v1:0"


@pytest.mark.parametrize(
    ("model_id", "region", "profile", "behind"),
    [
        ("amazon.nova-lite-v1:0", "us-east-1", None, _models("amazon.nova-lite-v1:0", "us-east-1")),
        ("amazon.titan-embed-text-v2:0", "us-east-1", None, _models("amazon.titan-embed-text-v2:0", "us-east-1")),
        *[
            (name, "us-east-1", PROFILE_ARN, _models("amazon.nova-lite-v1:0", "us-east-1", "us-east-2", "us-west-2"))
            for name in ("us.amazon.nova-lite-v1:0", PROFILE_ARN)
        ],
        (
            "jp.amazon.nova-2-lite-v1:0",
            "ap-northeast-1",
            JAPAN,
            _models("amazon.nova-2-lite-v1:0", "ap-northeast-1", "ap-northeast-3"),
        ),
        (
            "global.amazon.nova-2-lite-v1:0",
            "us-east-1",
            EVERYWHERE,
            _models("amazon.nova-2-lite-v1:0", "us-east-1", ""),
        ),
        (
            "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
            "us-east-1",
            None,
            _models("amazon.nova-lite-v1:0", "us-west-2"),
        ),
    ],
)
def test_a_profile_needs_the_models_behind_it_too(model_id, region, profile, behind):
    call = _request("bedrock", "POST", f"/model/{quote(model_id, safe='')}/converse", region=region)
    through = {"bedrock:InferenceProfileArn": profile} if profile else {}
    asked = [(profile, {})] if profile else []
    assert iam.resources_of(call, "123456789012") == [*asked, *((arn, through) for arn in behind)]


def test_an_endpoint_is_a_resource_and_speech_has_none():
    call = _request("sagemaker", "POST", "/endpoints/mine/invocations")
    endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine"
    assert iam.resources_of(call, "123456789012") == [(endpoint, {})]
    assert iam.resources_of(_request("polly", "POST", "/v1/speech"), "123456789012") == [("*", {})]


def test_a_batch_job_is_a_resource_of_its_own():
    found = iam.resources_of(_request("bedrock", "GET", "/model-invocation-job/ab12cd34ef56"), "123456789012")
    assert found == [("arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/ab12cd34ef56", {})]
