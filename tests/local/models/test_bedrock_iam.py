"""Who may invoke a model, over the whole local cloud: a profile without the models behind it is not enough.

The rights that the templates give are tried too, for every form of ModelId and EmbeddingModel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT, Cloud
from tests.template.translate import plain

PROFILE = "us.amazon.nova-lite-v1:0"
QUESTION = [{"role": "user", "content": [{"text": "Ann Lee was discharged."}]}]
OWN = "arn:aws:bedrock:us-east-1:*:inference-profile/us.amazon.nova-lite-v1:0"
EVERY = "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"
HERE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"


@pytest.fixture(scope="module")
def cloud(clouds: Callable[[None], Cloud]) -> Cloud:
    return clouds(None)


@pytest.fixture
def holder(cloud: Cloud) -> Iterator[Callable[..., Any]]:
    """A client of a role that has the given statements."""
    roles = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = roles.create_role(
        RoleName="bedrock-reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]

    def holding(statements: list[dict[str, Any]], region: str = "us-east-1") -> Any:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        roles.put_role_policy(RoleName="bedrock-reader", PolicyName="models", PolicyDocument=policy)
        keys = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.session.Session().client(
            "bedrock-runtime",
            endpoint_url=cloud.url,
            region_name=region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    yield holding
    roles.delete_role_policy(RoleName="bedrock-reader", PolicyName="models")
    roles.delete_role(RoleName="bedrock-reader")


@pytest.fixture
def caller(holder: Callable[..., Any]) -> Callable[..., Any]:
    """A Bedrock client of a role that may invoke the given resources."""

    def allowed(*resources: str) -> Any:
        return holder([{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": list(resources)}])

    return allowed


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


# What the templates allow

NOVA, NOVA_2, TITAN = "amazon.nova-lite-v1:0", "amazon.nova-2-lite-v1:0", "amazon.titan-embed-text-v2:0"
SUMMARIZE = read_template(ROOT / "pipelines" / "documents.yaml")
EVALUATE = read_template(ROOT / "pipelines" / "llm.yaml")


def asking(template: dict[str, Any], function: str, **parameters: str) -> list[dict[str, Any]]:
    """The statements of a function's role that allow to invoke models."""
    policies = plain(template["Resources"][function]["Properties"]["Policies"], template, parameters)
    return [
        statement
        for policy in policies
        for statement in policy.get("Statement", [])
        if statement["Action"] == "bedrock:InvokeModel"
    ]


def summarizing(model_id: str, region: str = "us-east-1") -> list[dict[str, Any]]:
    # What needs a resource of the stack, the bucket, is another policy.
    template = {**SUMMARIZE, "Resources": {"DocumentsSummarize": _models_only(SUMMARIZE, "DocumentsSummarize")}}
    return asking(template, "DocumentsSummarize", **{"ModelId": model_id, "AWS::Region": region})


def evaluating(model_id: str) -> list[dict[str, Any]]:
    template = {**EVALUATE, "Resources": {"LlmEvaluate": _models_only(EVALUATE, "LlmEvaluate")}}
    return asking(template, "LlmEvaluate", EmbeddingModel=model_id)


def _models_only(template: dict[str, Any], function: str) -> dict[str, Any]:
    policies = template["Resources"][function]["Properties"]["Policies"]
    return {"Properties": {"Policies": [_invoking(policy) for policy in policies if "bedrock" in json.dumps(policy)]}}


def _invoking(policy: dict[str, Any]) -> dict[str, Any]:
    if "Statement" not in policy:
        return policy
    return {"Statement": [each for each in policy["Statement"] if "bedrock" in json.dumps(each)]}


@pytest.fixture
def made(cloud: Cloud) -> Iterator[Callable[[str], str]]:
    """Makes an application's profile of a model or profile, or a provisioned model, and gives its ARN."""
    bedrock = cloud.client("bedrock")
    profiles: list[str] = []

    def make(source: str) -> str:
        if source == "provisioned":
            bought = bedrock.create_provisioned_model_throughput(
                provisionedModelName="mine", modelId=NOVA_2, modelUnits=1
            )
            return str(bought["provisionedModelArn"])
        copied = bedrock.create_inference_profile(inferenceProfileName="mine", modelSource={"copyFrom": source})
        profiles.append(copied["inferenceProfileArn"])
        return profiles[-1]

    yield make
    for bought in bedrock.list_provisioned_model_throughputs()["provisionedModelSummaries"]:
        bedrock.delete_provisioned_model_throughput(provisionedModelId=bought["provisionedModelArn"])
    for arn in profiles:
        bedrock.delete_inference_profile(inferenceProfileIdentifier=arn.rpartition("/")[2])


def answered(client: Any, model_id: str) -> bool:
    """Whether the model answers; False where the caller may not ask it."""
    try:
        client.converse(modelId=model_id, messages=QUESTION)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    return True


@pytest.mark.parametrize(("region", "prefix"), [("us-west-1", "us"), ("eu-west-1", "eu"), ("ap-northeast-1", "jp")])
def test_the_default_model_may_be_asked_by_its_profile_alone(holder: Callable[..., Any], region: str, prefix: str):
    client = holder(summarizing("", region), region)
    assert answered(client, f"{prefix}.{NOVA_2}")
    assert not answered(client, f"global.{NOVA_2}")
    assert not answered(client, f"{prefix}.anthropic.claude-haiku-4-5-20251001-v1:0")


@pytest.mark.parametrize(
    "model_id",
    [
        NOVA,
        f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}",
        f"us.{NOVA}",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{NOVA}",
        f"global.{NOVA_2}",
    ],
)
def test_the_model_that_was_chosen_may_be_asked_and_no_other(holder: Callable[..., Any], model_id: str):
    client = holder(summarizing(model_id))
    assert answered(client, model_id)
    for other in ("amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0", "us.amazon.nova-micro-v1:0", f"us.{NOVA_2}"):
        assert not answered(client, other)


@pytest.mark.parametrize(
    "model_id", [f"us.{NOVA}", f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{NOVA}"]
)
def test_a_model_behind_a_profile_may_not_be_asked_around_it(holder: Callable[..., Any], model_id: str):
    assert not answered(holder(summarizing(model_id)), NOVA)


@pytest.mark.parametrize(
    "source",
    [
        f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{NOVA_2}",
        "provisioned",
    ],
)
def test_what_the_account_made_may_be_asked_and_nothing_behind_it(
    holder: Callable[..., Any], made: Callable[[str], str], source: str
):
    own, other = made(source), made(f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}")
    client = holder(summarizing(own))
    assert answered(client, own)
    for around in (NOVA, f"us.{NOVA_2}", other):
        assert not answered(client, around)


def test_an_application_profile_is_no_key_to_its_model(holder: Callable[..., Any], made: Callable[[str], str]):
    """A role with the profile alone lacks the model behind it."""
    own = made(f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}")
    alone = [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": own}]
    with pytest.raises(ClientError, match=r"foundation-model/amazon\.nova-lite"):
        holder(alone).converse(modelId=own, messages=QUESTION)


@pytest.mark.parametrize(
    "model_id", ["us.amazon.nova-2-lite-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/" + NOVA]
)
def test_a_profile_or_an_arn_of_other_regions_is_no_model(holder: Callable[..., Any], model_id: str):
    everything = [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}]
    with pytest.raises(ClientError, match="The provided model identifier is invalid"):
        holder(everything, "eu-west-1").converse(modelId=model_id, messages=QUESTION)


def test_titan_may_be_asked_in_every_form(holder: Callable[..., Any], made: Callable[[str], str]):
    behind = f"arn:aws:bedrock:us-east-1::foundation-model/{TITAN}"
    for model_id in (TITAN, behind, made(behind)):
        client = holder(evaluating(model_id))
        client.invoke_model(modelId=model_id, body=json.dumps({"inputText": "Ann"}))
        assert not answered(client, NOVA)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.invoke_model(modelId=TITAN, body=json.dumps({"inputText": "Ann"}))


def test_a_guardrail_needs_its_own_right(holder: Callable[..., Any]):
    """For ApplyGuardrail, and for a model that is asked behind it."""
    models = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}
    own = "arn:aws:bedrock:us-east-1:123456789012:guardrail/localwatch"
    asked = {"guardrailIdentifier": "localwatch", "guardrailVersion": "1"}
    content = [{"text": {"text": "Ann Lee was discharged."}}]
    for resource in (None, f"{own}2"):
        rights = [models, {"Effect": "Allow", "Action": "bedrock:ApplyGuardrail", "Resource": resource}]
        client = holder(rights if resource else [models])
        assert client.converse(modelId=PROFILE, messages=QUESTION)["output"]
        with pytest.raises(ClientError, match=rf"bedrock:ApplyGuardrail on resource: {own} "):
            client.converse(modelId=PROFILE, messages=QUESTION, guardrailConfig=asked)
        with pytest.raises(ClientError, match="bedrock:ApplyGuardrail"):
            client.apply_guardrail(**asked, source="INPUT", content=content)
    client = holder([models, {"Effect": "Allow", "Action": "bedrock:ApplyGuardrail", "Resource": own}])
    assert client.converse(modelId=PROFILE, messages=QUESTION, guardrailConfig=asked)["output"]
    assert client.apply_guardrail(**asked, source="INPUT", content=content)["action"] == "NONE"
