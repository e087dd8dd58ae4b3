"""Who may invoke a model, over the whole local cloud: a profile without the models behind it is not enough."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.testing import Cloud

PROFILE = "us.amazon.nova-lite-v1:0"
QUESTION = [{"role": "user", "content": [{"text": "Ann Lee was discharged."}]}]
OWN = "arn:aws:bedrock:us-east-1:*:inference-profile/us.amazon.nova-lite-v1:0"
EVERY = "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"
HERE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"


@pytest.fixture(scope="module")
def cloud(clouds: Callable[[None], Cloud]) -> Cloud:
    return clouds(None)


@pytest.fixture
def caller(cloud: Cloud) -> Iterator[Callable[..., Any]]:
    """A Bedrock client of a role that may invoke the given resources."""
    roles = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = roles.create_role(
        RoleName="bedrock-reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]

    def allowed(*resources: str) -> Any:
        statement = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": list(resources)}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        roles.put_role_policy(RoleName="bedrock-reader", PolicyName="models", PolicyDocument=policy)
        keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.session.Session().client(
            "bedrock-runtime",
            endpoint_url=cloud.url,
            region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    yield allowed
    roles.delete_role_policy(RoleName="bedrock-reader", PolicyName="models")
    roles.delete_role(RoleName="bedrock-reader")


@pytest.mark.parametrize("model", [PROFILE, f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{PROFILE}"])
def test_a_profile_with_its_models_is_allowed(caller: Callable[..., Any], model: str):
    assert caller(OWN, EVERY).converse(modelId=model, messages=QUESTION)["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    ("resources", "lacking"), [([OWN], "foundation-model"), ([EVERY], "inference-profile"), ([OWN, HERE], "us-east-2")]
)
def test_either_alone_is_not(caller: Callable[..., Any], resources: list[str], lacking: str):
    with pytest.raises(ClientError) as caught:
        caller(*resources).converse(modelId=PROFILE, messages=QUESTION)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    message = caught.value.response["Error"]["Message"]
    assert "bedrock:InvokeModel on resource: " in message
    assert lacking in message.partition("on resource: ")[2]


def test_a_model_itself_needs_only_itself(caller: Callable[..., Any]):
    answer = caller(HERE).converse(modelId="amazon.nova-lite-v1:0", messages=QUESTION)
    assert answer["output"]["message"]["content"][0]["text"] == "Ann Lee was discharged."
