"""The default model in every Region, and what ModelId and EmbeddingModel take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest
from ministack.core import responses
from ministack.services.cloudformation import engine

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from local.services.bedrock import models
from tests.template.translate import TEMPLATE, plain

DOCUMENTS = ROOT / "pipelines" / "documents.yaml"
LLM = ROOT / "pipelines" / "llm.yaml"
SESSION = boto3.session.Session()
COMMERCIAL = SESSION.get_available_regions("lambda")
OTHERS = [
    region
    for partition in ("aws-cn", "aws-us-gov", "aws-eusc")
    for region in SESSION.get_available_regions("lambda", partition)
]
ACCOUNT = "123456789012"
HERE = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:"


def said_by(path: Path, region: str, given: Mapping[str, str]) -> str:
    """What the Rules of a template say in a Region to these parameters; "" where they let them pass."""
    template = read_template(path)
    declared = {name: str(each.get("Default", "")) for name, each in template["Parameters"].items()}
    parameters = {name: {"Value": value} for name, value in {**declared, **given}.items()}
    before = responses.get_region()
    responses.set_request_region(region)
    try:
        engine._evaluate_rules(template, parameters, {})
    except ValueError as error:
        return str(error)
    finally:
        responses.set_request_region(before)
    return ""


def default_of(region: str) -> str:
    template = read_template(DOCUMENTS)
    summarize = template["Resources"]["DocumentsSummarize"]["Properties"]
    return str(plain(summarize["Environment"]["Variables"]["MODEL_ID"], template, {"AWS::Region": region}))


@pytest.mark.parametrize("path", [TEMPLATE, DOCUMENTS], ids=lambda path: path.name)
@pytest.mark.parametrize("region", [*COMMERCIAL, *OTHERS])
def test_every_region_gets_a_legal_default_or_a_sentence(region: str, path: Path):
    said = said_by(path, region, {})
    legal = models.target(default_of(region)).is_known(region)
    if said:
        assert "Set ModelId to " in said
        assert not legal
    else:
        assert legal


def test_a_profile_of_the_geography_is_the_default_where_there_is_one():
    by_prefix = {
        region: default_of(region).partition(".")[0] for region in COMMERCIAL if not said_by(DOCUMENTS, region, {})
    }
    assert {prefix: sorted(r for r, p in by_prefix.items() if p == prefix) for prefix in set(by_prefix.values())} == {
        "us": ["ca-central-1", "ca-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"],
        "eu": ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
        "jp": ["ap-northeast-1"],
    }


@pytest.mark.parametrize(
    "given",
    [
        {"ModelId": "global.amazon.nova-2-lite-v1:0"},
        {"ModelProvider": "sagemaker", "SageMakerEndpoint": "mine"},
        {"UseDocuments": "false"},
    ],
)
def test_a_region_without_a_default_takes_what_needs_none(given: Mapping[str, str]):
    assert said_by(TEMPLATE, "ap-southeast-2", given) == ""


IDS = (
    "amazon.nova-lite-v1:0",
    "amazon.nova-2-lite-v1:0:256k",
    "us.amazon.nova-2-lite-v1:0",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0",
    "us.openai.gpt-5.6-terra",
    "zai.glm-4.7",
)
ARNS = (
    "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
    f"{HERE}inference-profile/us.amazon.nova-2-lite-v1:0",
    f"{HERE}application-inference-profile/a1b2c3d4e5f6",
    f"{HERE}provisioned-model/a1b2c3d4e5f6",
    f"{HERE}imported-model/a1b2c3d4e5f6",
    f"{HERE}custom-model-deployment/a1b2c3d4e5f6",
    f"arn:aws-us-gov:bedrock:us-gov-west-1:{ACCOUNT}:inference-profile/us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0",
    f"arn:aws:bedrock:ap-southeast-2:{ACCOUNT}:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
)
NO_MODELS = (
    "nova",
    "us.amazon.nova-2-lite-v1:0,eu.amazon.nova-2-lite-v1:0",
    "*",
    f"{HERE}inference-profile/*",
    f"{HERE}prompt-router/a1b2c3d4e5f6",
    f"{HERE}custom-model/amazon.nova-lite-v1:0:300k/abc",
    f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/mine",
    "arn:aws:s3:::bucket",
    " us.amazon.nova-2-lite-v1:0",
)


@pytest.mark.parametrize("model_id", ["", *IDS, *ARNS])
def test_model_id_takes_ids_and_arns(model_id: str):
    taken = read_template(DOCUMENTS)["Parameters"]["ModelId"]
    assert re.fullmatch(taken["AllowedPattern"], model_id)
    assert len(model_id) <= taken["MaxLength"]


@pytest.mark.parametrize("model_id", NO_MODELS)
def test_model_id_takes_nothing_else(model_id: str):
    assert not re.fullmatch(read_template(DOCUMENTS)["Parameters"]["ModelId"]["AllowedPattern"], model_id)


@pytest.mark.parametrize(
    ("model_id", "taken"),
    [
        ("amazon.titan-embed-text-v2:0", True),
        ("amazon.titan-embed-text-v1", True),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0", True),
        (f"{HERE}application-inference-profile/a1b2c3d4e5f6", True),
        (f"{HERE}provisioned-model/a1b2c3d4e5f6", True),
        ("cohere.embed-english-v3", False),  # its bodies are others
        (f"{HERE}inference-profile/us.cohere.embed-v4:0", False),
        ("", False),
    ],
)
def test_embedding_model_takes_titan_by_id_or_arn(model_id: str, taken: bool):
    pattern = read_template(LLM)["Parameters"]["EmbeddingModel"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, model_id)) == taken
